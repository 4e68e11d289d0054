"""TCP connect: the time from SYN to SYN-ACK, and who says no (RFC 9293)."""

import errno
import ipaddress
import os
import select
import socket
import struct

from monitor.clock import monotonic_s
from monitor.model import Outcome, ProbeKind, Target
from monitor.probes.connect import open_tcp
from monitor.probes.deadline import Deadline
from monitor.probes.interface import Question, Reading
from monitor.probes.lookup import Lookup
from monitor.probes.outcomes import ON_LINUX, reading_of

_RTT_AT = 68
_INFO = struct.Struct("=I")
"""`tcpi_rtt` of struct tcp_info (<linux/tcp.h>), in microseconds: at first the hand-shake's."""
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR})


class TcpProbe:
    """Connects to `Target.host` (a name or a literal) on `Target.port` and closes in good order."""

    kind = ProbeKind.TCP

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._refusing: set[tuple[str, int | None]] = set()
        """Whose answer is no: the kernel keeps no time of it, somebody has to wait for it."""

    def ask(self, target: Target, timeout_s: float) -> Reading:
        """Connect once; the round trip is the connect alone, without the name's lookup."""
        opened = open_tcp(
            self._lookup, target.host, target.port, target.family, Deadline.after(timeout_s)
        )
        if isinstance(opened, Reading):
            return self.noted(target, opened)
        opened.sock.close()
        return self.noted(target, Reading(Outcome.REPLY, opened.connect_ms, opened.address))

    def begin(self, target: Target, timeout_s: float) -> Question | Reading | None:
        """Send a SYN; None for a name, a port that refuses, and a kernel that keeps no time."""
        port = target.port
        if port is None or not ON_LINUX or (target.host, port) in self._refusing:
            return None
        try:
            version = ipaddress.ip_address(target.host).version
        except ValueError:
            return None
        try:
            sock = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET)
        except OSError as error:
            return reading_of(error)
        deadline = Deadline.after(timeout_s)
        try:
            sock.setblocking(False)
            began_at_s = monotonic_s()
            code = sock.connect_ex((target.host, port))
        except OSError as error:
            sock.close()
            return reading_of(error)
        if code and code not in _UNDER_WAY:
            elapsed_ms = (monotonic_s() - began_at_s) * 1000
            sock.close()
            return self.noted(target, reading_of(OSError(code, os.strerror(code)), elapsed_ms))
        return _Connect(self, target, sock, deadline)

    def noted(self, target: Target, reading: Reading) -> Reading:
        """Remember whether the port refuses."""
        where = (target.host, target.port)
        if reading.outcome is Outcome.REFUSED:
            self._refusing.add(where)
        elif reading.outcome is Outcome.REPLY:
            self._refusing.discard(where)
        return reading


class _Connect:
    """One connection that is being made."""

    def __init__(
        self, probe: TcpProbe, target: Target, sock: socket.socket, deadline: Deadline
    ) -> None:
        """Watch over a socket on which a connect has begun."""
        self.ends_at_s = deadline.ends_at_s
        self._probe = probe
        self._target = target
        self._sock = sock
        self._deadline = deadline
        self._timeout_ms = deadline.left_s * 1000

    def answer(self) -> Reading | None:
        """Return the reading; None while the hand-shake may still end."""
        is_over = self._deadline.passed
        poller = select.poll()
        poller.register(self._sock, select.POLLOUT)
        if not poller.poll(0):
            return Reading(Outcome.TIMEOUT) if is_over else None
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        rtt_ms = self._rtt_ms()
        if code and rtt_ms is None:  # what ended after the hand-shake was a reply all the same
            return self._probe.noted(self._target, reading_of(OSError(code, os.strerror(code))))
        if rtt_ms is not None and rtt_ms > self._timeout_ms:
            return Reading(Outcome.TIMEOUT)
        return Reading(Outcome.REPLY, rtt_ms, self._target.host)

    def close(self) -> None:
        """Close it in good order."""
        self._sock.close()

    def _rtt_ms(self) -> float | None:
        """Return the time of the hand-shake; None where there was none."""
        info = self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RTT_AT + _INFO.size)
        if len(info) < _RTT_AT + _INFO.size:
            return None
        rtt_us: int = _INFO.unpack_from(info, _RTT_AT)[0]
        return rtt_us / 1000 if rtt_us else None
