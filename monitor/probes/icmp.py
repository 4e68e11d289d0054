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
  the kernel stamps packets on arrival (socket(7), SO_TIMESTAMPNS) its stamp is used, and with it
  the replies of a whole round can be read together later (`begin`).
"""

import contextlib
import ipaddress
import itertools
import math
import os
import random
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
    open_icmp_socket,
)
from monitor.probes.interface import Question, Reading
from monitor.probes.outcomes import ICMP_ERROR_MESSAGES, ON_LINUX, hear_icmp_errors, reading_of
from monitor.probes.stamps import keep_stamps_on

PAYLOAD_BYTES = 56
"""As the `ping` command sends: filters along the way know it."""

_RANDOM = random.SystemRandom()
"""The system's, as in `secrets`, which would load every hash function there is."""
_MAX_SEQUENCE = 0xFFFF
_MOST_READS = 64
"""Packets read for one question at a time: who floods us is not read to the end."""
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
        if timeout_s <= 0:  # reading tells the same, and the sockets do not block
            return (list(readers), [], [])
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
        self._sequences = itertools.count(_RANDOM.randrange(_MAX_SEQUENCE + 1))
        self._has_stamps = keep_stamps_on(self)

    def ask(self, target: Target, timeout_s: float) -> Reading:
        """Ask once for an echo and wait for it.

        Raises:
            ProbeError: neither a datagram nor a raw ICMP socket is allowed here.
        """
        asked = self._send(target, timeout_s)
        if isinstance(asked, Reading):
            return asked
        with contextlib.closing(asked):
            return asked.wait()

    def begin(self, target: Target, timeout_s: float) -> Question | Reading | None:
        """Send an echo whose reply is read later; None where the kernel gives no stamps.

        Raises:
            ProbeError: neither a datagram nor a raw ICMP socket is allowed here.
        """
        return self._send(target, timeout_s) if self._has_stamps else None

    def _send(self, target: Target, timeout_s: float) -> "_Echo | Reading":
        deadline = Deadline.after(timeout_s)
        address = _unicast_address(target.host)
        if address is None:
            return Reading(
                Outcome.NOT_MEASURED, detail=f"{target.host!r} is no address of one host"
            )
        try:
            sock = open_icmp_socket(address.version)
        except OSError as error:
            return reading_of(error)
        try:
            sock.setblocking(False)  # ready sockets may turn out empty (select(2), BUGS)
            hear_icmp_errors(sock)
            sock.connect((str(address), 0))
            return _Echo(sock, address, deadline, next(self._sequences) & _MAX_SEQUENCE)
        except OSError as error:
            sock.close()
            return reading_of(error)


class _Echo:
    """One echo request on its own socket."""

    def __init__(
        self, sock: socket.socket, address: IpAddress, deadline: Deadline, sequence: int
    ) -> None:
        """Send it."""
        self.ends_at_s = deadline.ends_at_s
        self._sock = sock
        self._deadline = deadline
        self._echo = EchoSocket(sock, address)
        # 0 is never used: ping3 drops every reply that carries it. Raw sockets of other programs
        # see the same replies, so the id is drawn anew for every question.
        self._icmp_id = 1 + _RANDOM.randrange(0xFFFF)
        self._sequence = sequence
        self._asked_at_s = monotonic_s()
        self._is_drained = False
        ping3.send_one_ping(self._echo, str(address), self._icmp_id, sequence, PAYLOAD_BYTES)

    def wait(self) -> Reading:
        """Return the reading, at the deadline at the latest."""
        while not self._deadline.passed:
            reading = self._hear(self._deadline.left_s)
            if reading is not None:
                return reading
        return Reading(Outcome.TIMEOUT)

    def answer(self) -> Reading | None:
        """Return the reading; None while the echo may still come."""
        is_over = self._deadline.passed
        self._is_drained = False
        for _ in range(_MOST_READS):
            reading = self._hear(0.0)
            if reading is not None:
                return reading
            if self._is_drained:
                break
        return Reading(Outcome.TIMEOUT) if is_over else None

    def close(self) -> None:
        """Close its socket."""
        self._sock.close()

    def _hear(self, wait_s: float) -> Reading | None:
        """Take one packet; None where none came or it was not about this question."""
        try:
            echoed_s = ping3.receive_one_ping(self._echo, self._icmp_id, self._sequence, wait_s)
        except ping3.errors.Timeout:
            return None
        except ping3.errors.PingError as error:
            return Reading(Outcome.UNREACHABLE, detail=str(error))
        except (NotForUsError, struct.error):  # struct: a packet cut short
            return None
        except OSError as error:
            self._is_drained = isinstance(error, BlockingIOError)
            return _reading_of_error(self._sock, error, self._icmp_id, self._sequence)
        if not self._is_of_this_question(echoed_s):
            return None
        rtt_s = self._echo.received_at_s - self._echo.sent_at_s
        if self._echo.is_exact:
            # No more than ping3 found, whose stamp lies inside the packet.
            return Reading(Outcome.REPLY, (rtt_s if 0 < rtt_s <= echoed_s else echoed_s) * 1000)
        # Read in time, but nobody knows when it came, unless somebody waited for it.
        return Reading(Outcome.REPLY, echoed_s * 1000 if wait_s > 0 else None)

    def _is_of_this_question(self, echoed_s: float) -> bool:
        """Tell whether an echo counts.

        `echoed_s` is what ping3 makes of the stamp inside the packet: more than the time since
        the question means that an older one is answered. A reply after the deadline is late.
        """
        is_own = 0 <= echoed_s <= monotonic_s() - self._asked_at_s
        return is_own and self._echo.received_at_s <= self.ends_at_s


def _unicast_address(host: str) -> IpAddress | None:
    """Return the address of one host; None for a name, nothing, and what stands for many.

    ping3 takes '' for localhost and would wait for the resolver outside of any time-out.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if address.is_multicast or address.is_unspecified else address


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
