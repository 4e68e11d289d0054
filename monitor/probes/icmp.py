"""ICMP echo: the only door to ping3, which builds, sends, receives and reads the packets.

What ping3 5.1 cannot do safely is mended here:

* It never looks at who answered. Its sockets are connected here, so that the kernel passes a raw
  one only the asked host's packets (raw(7)); for Linux' datagram ones, where that filter is
  missing, the sender is compared. Every question has an (id, sequence) of its own, and an echo
  of something sent before the question counts for nothing.
* It tells time by the wall clock and waits with select(), which fails from descriptor 1024 on.
  Both are names in its module that are given other values below.
* It opens a raw socket first. Here the unprivileged datagram socket comes first (icmp(7)): the
  kernel gives it an id of its own and passes it the replies to that id only.
* The round trip ends where Python gets to run again, up to 5 ms late beside a busy thread. Where
  the kernel stamps packets on arrival (socket(7), SO_TIMESTAMPNS) its stamp is used.
"""

import contextlib
import ipaddress
import itertools
import math
import os
import secrets
import select
import socket
import struct
from collections.abc import Sequence

import ping3

from monitor.clock import monotonic_s
from monitor.model import Outcome, ProbeKind, Target
from monitor.probes.deadline import Deadline
from monitor.probes.echo_socket import (
    EchoSocket,
    IpAddress,
    NotForUsError,
    keep_stamps_on,
    open_icmp_socket,
)
from monitor.probes.interface import Reading
from monitor.probes.outcomes import ICMP_ERROR_MESSAGES, ON_LINUX, hear_icmp_errors, reading_of

PAYLOAD_BYTES = 56
"""As the `ping` command sends: filters along the way know it."""

_MAX_SEQUENCE = 0xFFFF
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
"""struct sock_extended_err of <linux/errqueue.h>: errno, origin, type, code, pad, info, data."""
_ECHO_IDENTITY = struct.Struct("!4xHH")
"""Id and sequence inside an echo's header (RFC 792, RFC 4443)."""


class _MonotonicTime:
    """What ping3 takes for the module `time`: its stamps and its deadlines never step."""

    @staticmethod
    def time() -> float:
        return monotonic_s()

    @staticmethod
    def ctime(seconds: float) -> str:
        return f"{seconds:.6f}"


class _PollSelect:
    """What ping3 takes for the module `select`: poll(2), which knows no highest descriptor."""

    @staticmethod
    def select(
        readers: Sequence[EchoSocket], _writers: object, _others: object, timeout_s: float
    ) -> tuple[list[EchoSocket], list[object], list[object]]:
        poller = select.poll()
        for reader in readers:
            poller.register(reader, select.POLLIN)
        ready = poller.poll(math.ceil(timeout_s * 1000))
        return (list(readers) if ready else [], [], [])


# These names live in ping3's own module: nobody else's time or select changes.
ping3.time = _MonotonicTime
if hasattr(select, "poll"):  # Windows has none, and its select() has no such limit
    ping3.select = _PollSelect


class IcmpProbe:
    """Asks a host for an echo; a `Target.host` is an address literal, IPv4 or IPv6."""

    kind = ProbeKind.ICMP

    def __init__(self) -> None:
        self._sequences = itertools.count(secrets.randbelow(_MAX_SEQUENCE + 1))
        keep_stamps_on(self)

    def ask(self, target: Target, timeout_s: float) -> Reading:
        """Ask once for an echo and wait for it.

        Raises:
            ProbeError: neither a datagram nor a raw ICMP socket is allowed here.
        """
        deadline = Deadline.after(timeout_s)
        address = _unicast_address(target.host)
        if address is None:
            return Reading(
                Outcome.NOT_MEASURED, detail=f"{target.host!r} is no address of one host"
            )
        try:
            with open_icmp_socket(address.version) as sock:
                sock.setblocking(False)  # ready sockets may turn out empty (select(2), BUGS)
                hear_icmp_errors(sock)
                sock.connect((str(address), 0))
                return self._echo(sock, address, deadline)
        except OSError as error:
            return reading_of(error)

    def _echo(self, sock: socket.socket, address: IpAddress, deadline: Deadline) -> Reading:
        echo = EchoSocket(sock, address)
        # 0 is never used: ping3 drops every reply that carries it. Raw sockets of other programs
        # see the same replies, so the id is drawn anew for every question.
        icmp_id = 1 + secrets.randbelow(0xFFFF)
        sequence = next(self._sequences) & _MAX_SEQUENCE
        asked_at_s = monotonic_s()
        ping3.send_one_ping(echo, str(address), icmp_id, sequence, PAYLOAD_BYTES)
        while not deadline.passed:
            try:
                echoed_s = ping3.receive_one_ping(echo, icmp_id, sequence, deadline.left_s)
            except ping3.errors.Timeout:
                break
            except ping3.errors.PingError as error:
                return Reading(Outcome.UNREACHABLE, detail=str(error))
            except (NotForUsError, struct.error):  # struct: a packet cut short
                continue
            except OSError as error:
                reading = _reading_of_error(sock, error, icmp_id, sequence)
                if reading is not None:
                    return reading
                continue
            rtt_s = _rtt_s(echo, echoed_s, asked_at_s, deadline)
            if rtt_s is not None:
                return Reading(Outcome.REPLY, rtt_s * 1000)
        return Reading(Outcome.TIMEOUT)


def _unicast_address(host: str) -> IpAddress | None:
    """Return the address of one host; None for a name, nothing, and what stands for many.

    ping3 takes '' for localhost and would wait for the resolver outside of any time-out.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if address.is_multicast or address.is_unspecified else address


def _rtt_s(
    echo: EchoSocket, echoed_s: float, asked_at_s: float, deadline: Deadline
) -> float | None:
    """Return the round trip in seconds; None where the echo is not of this question.

    `echoed_s` is what ping3 makes of the stamp inside the packet: more than the time since the
    question means that an older one is answered. A reply after the deadline is late, not good.
    """
    if not 0 <= echoed_s <= monotonic_s() - asked_at_s or echo.received_at_s > deadline.ends_at_s:
        return None
    rtt_s = echo.received_at_s - echo.sent_at_s
    return rtt_s if 0 < rtt_s <= echoed_s else echoed_s


def _reading_of_error(
    sock: socket.socket, error: OSError, icmp_id: int, sequence: int
) -> Reading | None:
    """Return what an error while waiting says; None where it is not about this question."""
    if not ON_LINUX:
        return None if isinstance(error, BlockingIOError) else reading_of(error)
    if sock.type == socket.SOCK_DGRAM:
        icmp_id = sock.getsockname()[1]  # the kernel has put its own in
    heard_any = False
    with contextlib.suppress(BlockingIOError):
        while True:
            # Read to its end: as long as something is queued, the socket counts as ready.
            packet, ancillary, _flags, _address = sock.recvmsg(
                PAYLOAD_BYTES, socket.CMSG_SPACE(128), socket.MSG_ERRQUEUE
            )
            heard_any = True
            if len(packet) < _ECHO_IDENTITY.size:
                continue
            # A raw socket also hears of other programs' packets: a trace route to this host.
            if _ECHO_IDENTITY.unpack_from(packet) == (icmp_id, sequence):
                return Reading(Outcome.UNREACHABLE, detail=_icmp_error_text(ancillary))
    if heard_any or isinstance(error, BlockingIOError):
        return None
    return reading_of(error)


def _icmp_error_text(ancillary: Sequence[tuple[int, int, bytes]]) -> str:
    """Return the system's words for the ICMP error in the ancillary data of an error queue."""
    for level, kind, data in ancillary:
        if (level, kind) in ICMP_ERROR_MESSAGES and len(data) >= _EXTENDED_ERROR.size:
            return os.strerror(_EXTENDED_ERROR.unpack_from(data)[0])
    return ""
