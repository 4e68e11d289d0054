"""The kernel's figures for another program's connection: sock_diag(7), without a packet sent.

Each connection is asked for by its own two ends, so that a machine with thousands of them is not
walked. Any user may ask. Packing and unpacking are pure; `figures_of` holds the socket.
"""

import errno
import ipaddress
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.wallet.tcp_info import TcpFigures, figures_from

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST = 1
NLMSG_ERROR, NLMSG_DONE = 2, 3
INET_DIAG_INFO = 2
"""linux/inet_diag.h: the attribute with the `struct tcp_info`, and (less one) its bit."""
EVERY_STATE = 0xFFFFFFFF
NO_COOKIE = 0xFFFFFFFF
REPLY_TIMEOUT_S = 0.2
"""The kernel answers within microseconds; this only bounds a read that went wrong."""
RECEIVE_BYTES = 8192
"""The answer for one connection is some 400 bytes."""

_HEADER = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence, port."""
_REQUEST = struct.Struct("=BBBxI")
"""struct inet_diag_req_v2 before its id: family, protocol, extensions, states."""
_ID = struct.Struct("!HH16s16s")
"""struct inet_diag_sockid, its first fields, in network byte order."""
_ID_REST = struct.Struct("=III")
"""...and the others: interface, cookie (two words)."""
_REPLY = struct.Struct("=BBBB")
"""struct inet_diag_msg before its id: family, state, timer, retransmissions."""
_REPLY_BYTES = _REPLY.size + _ID.size + _ID_REST.size + 5 * 4
"""...the id, then expires, rqueue, wqueue, uid, inode."""
_ATTRIBUTE = struct.Struct("=HH")


class DiagError(Exception):
    """The kernel refused the question: its errno is in `number`."""

    def __init__(self, number: int) -> None:
        super().__init__(f"sock_diag: {errno.errorcode.get(number, number)}")
        self.number = number


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of a TCP connection: an address and a port each."""

    own: tuple[str, int]
    far: tuple[str, int]


def request(ends: Ends, sequence: int) -> bytes:
    """Return the question for one connection.

    Raises:
        ValueError: an end is no address literal, or one is IPv4 and the other IPv6.
    """
    own, far = ipaddress.ip_address(_bare(ends.own[0])), ipaddress.ip_address(_bare(ends.far[0]))
    if own.version != far.version:
        raise ValueError(f"{own} and {far} are of two families")
    family = socket.AF_INET if own.version == 4 else socket.AF_INET6
    body = _REQUEST.pack(family, socket.IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), EVERY_STATE)
    body += _ID.pack(ends.own[1], ends.far[1], own.packed, far.packed)
    body += _ID_REST.pack(0, NO_COOKIE, NO_COOKIE)
    length = _HEADER.size + len(body)
    return _HEADER.pack(length, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, sequence, 0) + body


def figures_in(answer: bytes, ends: Ends, sequence: int) -> TcpFigures | None:
    """Return the figures in the kernel's answer; None where it is of no such connection.

    Raises:
        DiagError: the kernel refused, otherwise than because there is no such connection.
    """
    for kind, number, payload in _messages(answer):
        if number != sequence:
            continue
        if kind == NLMSG_ERROR and len(payload) >= 4:
            code = -struct.unpack_from("=i", payload)[0]
            if code not in (0, errno.ENOENT):
                raise DiagError(code)
        elif kind == SOCK_DIAG_BY_FAMILY and _is_of(payload, ends):
            info = _attribute(payload[_REPLY_BYTES:], INET_DIAG_INFO)
            return None if info is None else figures_from(info)
    return None


def figures_of(every: Iterable[Ends]) -> list[TcpFigures]:
    """Ask the kernel for these connections; those that are gone are left out (Linux only).

    Raises:
        OSError: the system has no sock_diag, or forbids it (Android).
        DiagError: the kernel refused.
    """
    asked = list(every)
    if not asked or not hasattr(socket, "AF_NETLINK"):
        return []
    found = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as sock:
        sock.settimeout(REPLY_TIMEOUT_S)
        sock.bind((0, 0))
        for sequence, ends in enumerate(asked, 1):
            sock.send(request(ends, sequence))
            answer, sender = sock.recvfrom(RECEIVE_BYTES)
            # Port 0 is the kernel (netlink(7)).
            figures = figures_in(answer, ends, sequence) if sender[0] == 0 else None
            if figures is not None:
                found.append(figures)
    return found


def _is_of(payload: bytes, ends: Ends) -> bool:
    """Tell whether an answer is about these ends: without them a listener may be answered."""
    if len(payload) < _REPLY_BYTES:
        return False
    own_port, far_port, *_ = _ID.unpack_from(payload, _REPLY.size)
    return (own_port, far_port) == (ends.own[1], ends.far[1])


def _messages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (type, sequence, payload) of each message; a cut-off last one is left out."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _flags, sequence, _port = _HEADER.unpack_from(data, at)
        if length < _HEADER.size or at + length > len(data):
            return
        yield kind, sequence, data[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _attribute(data: bytes, wanted: int) -> bytes | None:
    """Return one attribute (struct rtattr) of those that fill `data`; None where it is missing."""
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size or at + length > len(data):
            return None
        if kind == wanted:
            return data[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
    return None


def _bare(host: str) -> str:
    """Return an address without its zone: the kernel knows it by the connection."""
    return host.partition("%")[0]
