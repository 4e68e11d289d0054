"""A network of a test's own: a namespace, and hosts in it that answer as the test wants.

A thread enters a fresh network namespace (unshare(2)); its sockets, its child processes and the
threads it starts live there, and the namespace goes when they do. `TunHosts` is a TUN device
whose far side is played by Python: every packet to 10.9.0.0/24 asks a rule for the answers.
"""

import ctypes
import fcntl
import heapq
import itertools
import os
import select
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Answers: TypeAlias = Iterable[tuple[float, bytes]]
"""Packets to send back, each with a delay in seconds."""
Rule: TypeAlias = Callable[[bytes], Answers]

DEVICE = "10.9.0.1"

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x1001

ECHO_REPLY = 0
HOST_UNREACHABLE = (3, 1)
TIME_EXCEEDED = (11, 0)


def in_namespace(work: Callable[[], T]) -> T:
    """Run `work` in a thread with a network of its own (loopback is up) and return its result."""
    results: list[T] = []
    errors: list[BaseException] = []

    def enter_and_work() -> None:
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.unshare(_CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWNET)")
            run("ip", "link", "set", "lo", "up")
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            errors.append(error)

    thread = threading.Thread(target=enter_and_work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def run(*command: str) -> str:
    """Run a command in the calling thread's namespace and return what it prints."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    return done.stdout


def allow_datagram_icmp(allowed: bool) -> None:
    """Let every group use unprivileged ICMP sockets in this namespace, or none."""
    # Through thread-self: /proc/sys/net shows the network of whoever opens it.
    Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 2147483647" if allowed else "1 0")


@contextmanager
def tun_hosts(rules: Mapping[str, Rule]) -> Iterator[None]:
    """Play hosts of 10.9.0.0/24 by `rules` (by address); a host without a rule is silent."""
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    wake_read, wake_write = os.pipe()
    try:
        fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", b"lab0", _IFF_TUN_NO_PI))
        run("ip", "address", "add", f"{DEVICE}/24", "dev", "lab0")
        run("ip", "link", "set", "lab0", "up")
        run("ip", "route", "add", "default", "dev", "lab0")
        thread = threading.Thread(target=_play, args=(tun, wake_read, rules))
        thread.start()
        try:
            yield
        finally:
            os.write(wake_write, b"x")
            thread.join()
    finally:
        for descriptor in (tun, wake_read, wake_write):
            os.close(descriptor)


def _play(tun: int, wake: int, rules: Mapping[str, Rule]) -> None:
    due: list[tuple[float, int, bytes]] = []
    numbers = itertools.count()
    while True:
        wait_s = max(due[0][0] - time.monotonic(), 0.0) if due else None
        ready, _, _ = select.select([tun, wake], [], [], wait_s)
        if wake in ready:
            return
        if tun in ready:
            packet = os.read(tun, 2000)
            if packet[0] >> 4 == 4:
                rule = rules.get(socket.inet_ntoa(packet[16:20]))
                for delay_s, answer in rule(packet) if rule else ():
                    heapq.heappush(due, (time.monotonic() + delay_s, next(numbers), answer))
        while due and due[0][0] <= time.monotonic():
            os.write(tun, heapq.heappop(due)[2])


def after(delay_s: float) -> Rule:
    """A host that answers each echo this much later."""
    return lambda packet: [(delay_s, echo_reply(packet))]


def echo_reply(packet: bytes, source: str | None = None, payload: bytes | None = None) -> bytes:
    """Return the reply to an echo request, from the asked host or from another."""
    icmp = packet[20:]
    body = icmp[4:8] + (icmp[8:] if payload is None else payload)
    return ip_packet(source or socket.inet_ntoa(packet[16:20]), ECHO_REPLY, 0, body)


def icmp_error(packet: bytes, source: str, kind: tuple[int, int], sequence: int = -1) -> bytes:
    """Return a router's ICMP error about a packet, or about one with another sequence number."""
    quoted = packet[:28]
    if sequence >= 0:
        quoted = quoted[:26] + struct.pack("!H", sequence)
    return ip_packet(source, *kind, bytes(4) + quoted)


def ip_packet(source: str, icmp_type: int, code: int, rest: bytes) -> bytes:
    """Return an ICMP packet from `source` to the device; `rest` follows the checksum."""
    icmp = struct.pack("!BBH", icmp_type, code, 0) + rest
    icmp = icmp[:2] + struct.pack("!H", _checksum(icmp)) + icmp[4:]
    header = struct.pack(
        "!BBHHHBBH4s4s",
        *(0x45, 0, 20 + len(icmp), 0, 0, 64, socket.IPPROTO_ICMP, 0),
        *(socket.inet_aton(source), socket.inet_aton(DEVICE)),
    )
    return header[:10] + struct.pack("!H", _checksum(header)) + header[12:] + icmp


def _checksum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
