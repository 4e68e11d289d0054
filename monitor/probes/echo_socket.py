"""ICMP sockets, and the one that ping3 works on: it compares senders and keeps exact stamps."""

import errno
import ipaddress
import socket
from typing import Any, TypeAlias

from monitor.clock import monotonic_s
from monitor.probes.interface import ProbeError
from monitor.probes.stamps import receive_stamped, switch_stamps_on, wall_offset_s

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

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
        self.is_stamped = switch_stamps_on(sock)
        """True where the kernel tells when a packet arrived: it may be read later."""
        self.is_exact = False
        """True where `received_at_s` is the kernel's and not the instant of the reading."""
        self._offset_s = 0.0

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._sock.fileno()

    def getsockname(self) -> Any:
        """Return the socket's own address; its second part is the id that the kernel gave."""
        return self._sock.getsockname()

    def sendto(self, packet: bytes, _address: object) -> int:
        """Send to the connected host and note when."""
        # send(), because macOS refuses an address on a connected socket.
        self._offset_s = wall_offset_s()
        self.sent_at_s = monotonic_s()
        return self._sock.send(packet)

    def recvfrom(self, size: int) -> tuple[bytes, object]:
        """Return a packet and its sender, and note when the packet arrived.

        Raises:
            NotForUsError: another host sent it.
        """
        if self.is_stamped:
            packet, sender, arrival = receive_stamped(self._sock, size, self._offset_s)
            self.received_at_s, self.is_exact = arrival.at_s, arrival.is_exact
        else:
            packet, sender = self._sock.recvfrom(size)
            self.received_at_s = monotonic_s()
        if socket.inet_pton(self.family, sender[0]) != self._asked:
            raise NotForUsError
        return packet, sender
