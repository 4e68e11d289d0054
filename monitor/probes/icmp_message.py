"""ICMP echoes and the errors that quote them (RFC 792, RFC 4443), as bytes. Pure.

What arrives is written by strangers: everything that is no whole message of the kinds below is
None, never an error.
"""

import ipaddress
import struct
from dataclasses import dataclass
from enum import Enum, auto

HEADER_BYTES = 8
"""Type, code, checksum, identifier, sequence number."""

_HEADER = struct.Struct("!BBHHH")
_ICMP_V4, _ICMP_V6 = 1, 58
"""Protocol numbers in an IP header."""
_REQUEST = {4: 8, 6: 128}
_REPLY = {4: 0, 6: 129}
_IP_V4_BYTES, _IP_V6_BYTES = 20, 40


class Kind(Enum):
    """What a message says of an echo."""

    REPLY = auto()
    EXPIRED = auto()
    """Its TTL ran out on the way."""
    UNREACHABLE = auto()
    """Somebody on the way, or the far end, says that it cannot be delivered."""


_ERRORS = {(4, 11, 0): Kind.EXPIRED, (6, 3, 0): Kind.EXPIRED}
"""By version, type, code: TTL exceeded in transit; its other code is about fragments."""
_UNREACHABLE_TYPE = {4: 3, 6: 1}
_TOO_BIG = (4, 3, 4)
"""Fragmentation needed: no word about the way."""


@dataclass(frozen=True, slots=True)
class Echoed:
    """What a message says of one echo."""

    kind: Kind
    icmp_id: int
    sequence: int
    payload: bytes
    """As much as it carries of the echo's payload: an error may quote none of it."""
    destination: str | None
    """Where the quoted echo was sent; None for a reply, whose sender that is."""


def request(version: int, icmp_id: int, sequence: int, payload: bytes) -> bytes:
    """Return an echo request; for IPv6 the kernel puts the checksum in (RFC 3542 section 3.1)."""
    blank = _HEADER.pack(_REQUEST[version], 0, 0, icmp_id, sequence) + payload
    if version == 6:
        return blank
    return blank[:2] + struct.pack("!H", _checksum(blank)) + blank[4:]


def error_kind(version: int, icmp_type: int, code: int) -> Kind | None:
    """Return what an error's type and code say; None for what is no word about the way."""
    if icmp_type == _UNREACHABLE_TYPE[version]:
        return None if (version, icmp_type, code) == _TOO_BIG else Kind.UNREACHABLE
    return _ERRORS.get((version, icmp_type, code))


def echo_header(version: int, icmp: bytes) -> tuple[int, int, bytes] | None:
    """Return (id, sequence, payload) of an echo request, as an error quotes it."""
    return _echo(_REQUEST[version], icmp)


def message(version: int, packet: bytes) -> Echoed | None:
    """Return what a raw socket received; IPv4's begins with an IP header, IPv6's does not."""
    icmp = _ip_payload(packet) if version == 4 else packet
    if icmp is None or len(icmp) < HEADER_BYTES:
        return None
    reply = _echo(_REPLY[version], icmp)
    if reply is not None:
        return Echoed(Kind.REPLY, *reply, destination=None)
    kind = error_kind(version, icmp[0], icmp[1])
    return None if kind is None else _quoted(version, kind, icmp[HEADER_BYTES:])


def _quoted(version: int, kind: Kind, packet: bytes) -> Echoed | None:
    """Return what an error quotes: the IP header of the echo and at least 8 bytes after it."""
    if version == 4:
        inner, destination = _ip_payload(packet), packet[16:20]
    else:
        is_icmp = len(packet) >= _IP_V6_BYTES and packet[0] >> 4 == 6 and packet[6] == _ICMP_V6
        inner, destination = (packet[_IP_V6_BYTES:] if is_icmp else None), packet[24:40]
    asked = None if inner is None else echo_header(version, inner)
    if asked is None:
        return None
    return Echoed(kind, *asked, destination=str(ipaddress.ip_address(destination)))


def _ip_payload(packet: bytes) -> bytes | None:
    """Return what follows an IPv4 header, if that is ICMP and no later fragment."""
    if len(packet) < _IP_V4_BYTES or packet[0] >> 4 != 4 or packet[9] != _ICMP_V4:
        return None
    header_bytes = (packet[0] & 0x0F) * 4
    is_later_fragment = struct.unpack_from("!H", packet, 6)[0] & 0x1FFF != 0
    if header_bytes < _IP_V4_BYTES or is_later_fragment:
        return None
    return packet[header_bytes:]


def _echo(icmp_type: int, icmp: bytes) -> tuple[int, int, bytes] | None:
    if len(icmp) < HEADER_BYTES:
        return None
    found, code, _sum, icmp_id, sequence = _HEADER.unpack_from(icmp)
    return (icmp_id, sequence, icmp[HEADER_BYTES:]) if (found, code) == (icmp_type, 0) else None


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
