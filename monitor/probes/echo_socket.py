"""ICMP sockets, and the one that ping3 works on: it compares senders and keeps exact stamps.

A Python thread that waits for a packet runs again up to 5 ms after its arrival where another
thread is busy (sys.getswitchinterval). Linux stamps packets as they arrive (socket(7),
SO_TIMESTAMPNS); elsewhere the instant is the one at which Python reads.
"""

import errno
import ipaddress
import socket
import struct
import weakref
from collections.abc import Sequence
from typing import Any, TypeAlias

from monitor.clock import monotonic_s, wall_ns
from monitor.probes.interface import ProbeError
from monitor.probes.outcomes import ON_LINUX

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

# Linux <asm-generic/socket.h>: stamps with 64-bit seconds on every machine (kernel 5.1).
_SO_TIMESTAMPNS_NEW = 64
_TIMESPEC = struct.Struct("=qq")
_MAX_STAMP_READ_S = 0.0002
"""Two clocks read further apart than this were torn by a thread switch: they are read again."""
_STAMP_READS = 3
_NO_DATAGRAM_SOCKET = frozenset(
    {errno.EACCES, errno.EPERM, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT}
)


def open_icmp_socket(version: int) -> socket.socket:
    """Open an ICMP socket: an unprivileged one, else a raw one.

    Raises:
        ProbeError: the system allows neither.
    """
    family, protocol = (
        (socket.AF_INET6, socket.IPPROTO_ICMPV6)
        if version == 6
        else (socket.AF_INET, socket.IPPROTO_ICMP)
    )
    try:
        return socket.socket(family, socket.SOCK_DGRAM, protocol)
    except OSError as error:
        if error.errno not in _NO_DATAGRAM_SOCKET:
            raise
    try:
        return socket.socket(family, socket.SOCK_RAW, protocol)
    except PermissionError as error:
        raise ProbeError(
            "this user may not send pings (ICMP): allow it with "
            "`sudo sysctl -w net.ipv4.ping_group_range='0 2147483647'`, or run as administrator"
        ) from error


class NotForUsError(Exception):
    """A packet of a host that was not asked."""


class EchoSocket:
    """The socket that ping3 is handed for one question: one sender only, and it keeps stamps."""

    def __init__(self, sock: socket.socket, address: IpAddress) -> None:
        self._sock = sock
        self._asked = address.packed
        self.family = sock.family
        self.type = sock.type
        self.proto = sock.proto
        self.sent_at_s = 0.0
        self.received_at_s = 0.0
        self._stamped = _switch_stamps_on(sock)

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._sock.fileno()

    def getsockname(self) -> Any:
        """Return the socket's own address; its second part is the id that the kernel gave."""
        return self._sock.getsockname()

    def sendto(self, packet: bytes, _address: object) -> int:
        """Send to the connected host and note when."""
        # send(), because macOS refuses an address on a connected socket.
        self.sent_at_s = monotonic_s()
        return self._sock.send(packet)

    def recvfrom(self, size: int) -> tuple[bytes, object]:
        """Return a packet and its sender, and note when the packet arrived.

        Raises:
            NotForUsError: another host sent it.
        """
        if self._stamped:
            packet, ancillary, _flags, sender = self._sock.recvmsg(size, socket.CMSG_SPACE(16))
            self.received_at_s = _arrived_at_s(ancillary)
        else:
            packet, sender = self._sock.recvfrom(size)
            self.received_at_s = monotonic_s()
        if socket.inet_pton(self.family, sender[0]) != self._asked:
            raise NotForUsError
        return packet, sender


def _switch_stamps_on(sock: socket.socket) -> bool:
    """Ask the kernel to stamp what arrives; False where it cannot."""
    if not ON_LINUX:
        return False
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS_NEW, 1)
    except OSError:  # a kernel before 5.1
        return False
    return True


def keep_stamps_on(owner: object) -> None:
    """Hold one stamped socket, never used, for as long as the owner lives.

    Linux stamps arriving packets only while somebody wants stamps, and switches that on a little
    later than it is asked: the reply to a fresh socket on the same network would often miss it.
    """
    try:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:  # no descriptors: stamps are a refinement
        return
    _switch_stamps_on(sock)
    weakref.finalize(owner, sock.close)


def _arrived_at_s(ancillary: Sequence[tuple[int, int, bytes]]) -> float:
    """Return the monotonic instant at which the packet arrived: now, less what the stamp tells.

    The stamp is on the wall clock; only its distance from the same clock's present reading is
    used, so that a step of the clock can spoil one reading at most; the caller, who gets a round
    trip below zero or beyond what ping3 measured, throws that out.
    """
    stamp_ns = wall_ns()
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS_NEW) and len(
            data
        ) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            stamp_ns = seconds * 1_000_000_000 + nanoseconds
    now_s = monotonic_s()
    late_ns = wall_ns() - stamp_ns
    for _ in range(_STAMP_READS):
        if monotonic_s() - now_s <= _MAX_STAMP_READ_S:
            break
        now_s = monotonic_s()
        late_ns = wall_ns() - stamp_ns
    return now_s - max(late_ns, 0) / 1e9
