"""The largest packet that gets through: echoes that may not be cut (RFC 1191), and what comes back.

A router that cannot pass one says so, and the kernel remembers it (ip(7), IP_MTU). Where large
ones vanish without a word, and small ones are answered, the way is a black hole (RFC 2923):
hand-shakes hang in it, and pages load halfway.
"""

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.clock import monotonic_s
from monitor.doctor.checks.icmp import may_open
from monitor.doctor.examine import begin, results
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_
from monitor.probes.icmp_message import request
from monitor.probes.outcomes import ON_LINUX

CODE = "network.mtu"
# Linux <linux/in.h>; the socket module of CPython 3.11 does not name them.
_IP_MTU_DISCOVER = 10
_IP_PMTUDISC_DO = 2
_IP_MTU = 14
HEADERS_BYTES = 28
"""IPv4 and ICMP, without options."""
ETHERNET_BYTES = 1500
SMALL_BYTES = 576
"""Every IPv4 host takes so much (RFC 791)."""
LEAST_BYTES = 1280
"""Less than IPv6 demands of every link (RFC 8200): an uncommon tunnel."""
SIZES = (1492, 1460, 1400, 1280)
"""What is common below Ethernet: PPPoE, then tunnels."""
WAIT_S = 0.8
ASKS = 2
ANCHORS = 3


@dataclass(frozen=True, slots=True)
class Passed:
    """What one way lets through."""

    host: str
    largest_bytes: int
    """The largest size that was answered; 0 where not even a small one was."""
    was_told: bool
    """True where a router (or the own interface) said that larger ones do not fit."""


def look(here: Surroundings) -> Iterator[Finding]:
    """Ask up to three anchors at the same time."""
    hosts = [host for host in here.settings.anchors.hosts if ":" not in host][:ANCHORS]
    if not ON_LINUX or not hosts or not may_open(socket.SOCK_DGRAM):
        yield Finding(
            CODE,
            Verdict.NOT_APPLICABLE,
            "",
            words(N_("looked for on Linux only, where pings need no special rights")),
        )
        return
    asked = [begin(lambda host=host: passed(host), "mtu") for host in hosts]  # type: ignore[misc]
    yield judge([each for each in results(asked, monotonic_s() + 7.0) if each is not None])


def judge(ways: Sequence[Passed]) -> Finding:
    """Return what the ways let through, together. Pure."""
    known = [each for each in ways if each.largest_bytes]
    if not known:
        return Finding(CODE, Verdict.NOTE, "", words(N_("not measured: no anchor answers pings")))
    best = max(known, key=lambda each: each.largest_bytes)
    size = best.largest_bytes
    shown = words(N_("packets of {size} bytes get through"), size=size)
    if size >= ETHERNET_BYTES:
        return Finding(CODE, Verdict.OK, "", shown)
    if not best.was_told and len(known) > 1:
        return Finding(
            CODE,
            Verdict.WARN,
            "",
            words(
                N_("packets above {size} bytes vanish and nobody says so: hand-shakes may hang"),
                size=size,
            ),
            words(N_("Set the MTU of the router, or of this connection, to {size}."), size=size),
        )
    if size < LEAST_BYTES:
        reason = words(N_("only packets of {size} bytes get through"), size=size)
        mend = words(
            N_("Look at the MTU in the router's settings; with PPPoE it is {usual}."), usual=1492
        )
        return Finding(CODE, Verdict.WARN, "", reason, mend)
    if best.was_told:
        return Finding(CODE, Verdict.NOTE, "", shown)
    return Finding(CODE, Verdict.NOTE, best.host, words(N_("large pings are not answered")))


def passed(host: str) -> Passed | None:
    """Return what the way to an IPv4 address lets through; None where it cannot be asked."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
            sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO)
            sock.connect((host, 0))
            return _Way(sock, host).largest()
    except OSError:
        return None


class _Way:
    """One way, asked on one connected socket."""

    def __init__(self, sock: socket.socket, host: str) -> None:
        self._sock = sock
        self._host = host
        self._sequence = 0

    def largest(self) -> Passed:
        told = self._told_bytes()
        if self._is_answered(min(told, ETHERNET_BYTES)):
            return Passed(self._host, min(told, ETHERNET_BYTES), was_told=told < ETHERNET_BYTES)
        told_now = self._told_bytes()
        if told_now < told and self._is_answered(told_now):
            return Passed(self._host, told_now, was_told=True)
        if not self._is_answered(SMALL_BYTES):
            return Passed(self._host, 0, was_told=False)
        for size in SIZES:
            if size < told and self._is_answered(size, 1):
                return Passed(self._host, size, was_told=False)
        return Passed(self._host, SMALL_BYTES, was_told=False)

    def _told_bytes(self) -> int:
        return self._sock.getsockopt(socket.IPPROTO_IP, _IP_MTU)

    def _is_answered(self, size_bytes: int, asks: int = ASKS) -> bool:
        """Ask with a packet of this size; a "too large" that comes back ends the waiting."""
        for _ in range(asks):
            self._sequence += 1
            packet = request(4, 0, self._sequence, bytes(size_bytes - HEADERS_BYTES))
            until_s = monotonic_s() + WAIT_S
            try:
                self._sock.send(packet)
                while (left_s := until_s - monotonic_s()) > 0:
                    self._sock.settimeout(left_s)
                    answer = self._sock.recv(ETHERNET_BYTES)
                    if len(answer) == size_bytes - HEADERS_BYTES + 8:
                        return True
            except TimeoutError:
                continue
            except OSError:  # EMSGSIZE: a router said so, or it does not fit the own interface
                return False
        return False


CHECK = Check(CODE, N_("packet size (MTU)"), look, limit_s=8.0)
