"""rtnetlink (rtnetlink(7)): ask the kernel for routes, interfaces and addresses.

Packing and unpacking are pure; `Netlink` is the socket. It is used in place of /proc/net and
/sys because it follows the caller's network namespace, tells policy routes (a VPN's) from the
main table, and also says when something changes.
"""

import errno
import ipaddress
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

NETLINK_ROUTE = 0
SOL_NETLINK = 270
NETLINK_GET_STRICT_CHK = 12
REPLY_TIMEOUT_S = 0.5
"""The kernel answers within microseconds; this only bounds a read that went wrong."""
RECEIVE_BYTES = 65536
"""The kernel cuts its dumps to at most 32 KiB a datagram."""

NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
RTM_NEWLINK, RTM_GETLINK = 16, 18
RTM_NEWADDR, RTM_GETADDR = 20, 22
RTM_NEWROUTE, RTM_GETROUTE = 24, 26

# linux/rtnetlink.h: the multicast groups, as bits of an address' second field.
GROUP_LINK = 0x1
GROUP_IPV4_ADDRESS, GROUP_IPV4_ROUTE = 0x10, 0x40
GROUP_IPV6_ADDRESS, GROUP_IPV6_ROUTE = 0x100, 0x400
EVERY_GROUP = (
    GROUP_LINK | GROUP_IPV4_ADDRESS | GROUP_IPV4_ROUTE | GROUP_IPV6_ADDRESS | GROUP_IPV6_ROUTE
)

TABLE_MAIN = 254
TYPE_UNICAST = 1
ROUTE_IS_DEAD = 0x1
IFF_UP, IFF_RUNNING, IFF_LOWER_UP = 0x1, 0x40, 0x10000
IFF_IN_USE = IFF_UP | IFF_RUNNING | IFF_LOWER_UP
ADDRESS_SECONDARY, ADDRESS_DAD_FAILED = 0x01, 0x08
ADDRESS_DEPRECATED, ADDRESS_TENTATIVE = 0x20, 0x40
SCOPE_GLOBAL = 0

_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_PREFSRC = 1, 4, 5, 6, 7
_RTA_MULTIPATH, _RTA_TABLE = 9, 15
_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_INFO_KIND = 3, 18, 1
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8
_ADDRESS_BYTES: Mapping[int, int] = {socket.AF_INET: 4, socket.AF_INET6: 16}


@dataclass(frozen=True, slots=True)
class RouteMessage:
    """One route; `gateway` and `source` as text, None where it has none."""

    family: int
    """socket.AF_INET or AF_INET6."""
    destination: str
    """Empty for a default route."""
    prefix_bits: int
    table: int
    type: int
    flags: int
    oif: int
    gateway: str | None
    source: str | None
    metric: int

    @property
    def is_usable_default(self) -> bool:
        """True for a live default route of the main table."""
        return (
            self.prefix_bits == 0
            and self.table == TABLE_MAIN
            and self.type == TYPE_UNICAST
            and not self.flags & ROUTE_IS_DEAD
        )


@dataclass(frozen=True, slots=True)
class LinkMessage:
    """One interface."""

    index: int
    name: str
    hardware: int
    """ARPHRD_*, linux/if_arp.h."""
    driver_kind: str
    """What made a virtual interface ("veth", "tun", "wireguard"); empty for real hardware."""
    flags: int

    @property
    def is_running(self) -> bool:
        """True where it is switched on and has a carrier (and, on Wi-Fi, is associated).

        The kernel clears RUNNING up to a second after the carrier is lost, LOWER_UP at once.
        """
        return self.flags & IFF_IN_USE == IFF_IN_USE


@dataclass(frozen=True, slots=True)
class AddressMessage:
    """One address of an interface."""

    family: int
    index: int
    address: str
    scope: int
    flags: int


_NEXT_HOP = struct.Struct("=HBBi")
"""struct rtnexthop (rtnetlink(7))."""


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, payload) of each message in a datagram; a cut-off last one is left out."""
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if length < 16 or at + length > len(data):
            return
        yield kind, data[at + 16 : at + length]
        at += (length + 3) & ~3


def attributes(data: bytes) -> Mapping[int, bytes]:
    """Return the attributes (struct rtattr) that fill `data`; of a repeated one, the last."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4 or at + length > len(data):
            break
        # The two highest bits are flags ("nested", "network byte order").
        found[kind & 0x3FFF] = data[at + 4 : at + length]
        at += (length + 3) & ~3
    return found


def route_from(payload: bytes) -> RouteMessage:
    """Unpack an RTM_NEWROUTE; of several next hops the first one counts."""
    family, bits, _src, _tos, table, _protocol, _scope, kind, flags = struct.unpack_from(
        "=8BI", payload
    )
    known = attributes(payload[12:])
    hop, oif = known, _number(known.get(_RTA_OIF))
    several = known.get(_RTA_MULTIPATH, b"")
    if len(several) >= _NEXT_HOP.size:
        length, hop_flags, _weight, oif = _NEXT_HOP.unpack_from(several)
        hop, flags = attributes(several[8:length]), flags | hop_flags
    return RouteMessage(
        family=family,
        destination=_address(family, known.get(_RTA_DST)) or "",
        prefix_bits=bits,
        table=_number(known.get(_RTA_TABLE)) or table,
        type=kind,
        flags=flags,
        oif=oif,
        gateway=_address(family, hop.get(_RTA_GATEWAY)),
        source=_address(family, known.get(_RTA_PREFSRC)),
        metric=_number(known.get(_RTA_PRIORITY)),
    )


def link_from(payload: bytes) -> LinkMessage:
    """Unpack an RTM_NEWLINK."""
    _family, hardware, index, flags, _change = struct.unpack_from("=BxHiII", payload)
    known = attributes(payload[16:])
    kind = attributes(known.get(_IFLA_LINKINFO, b"")).get(_IFLA_INFO_KIND, b"")
    return LinkMessage(
        index=index,
        name=_text(known.get(_IFLA_IFNAME, b"")),
        hardware=hardware,
        driver_kind=_text(kind),
        flags=flags,
    )


def address_from(payload: bytes) -> AddressMessage:
    """Unpack an RTM_NEWADDR; IFA_LOCAL is our end of a point-to-point line."""
    family, _bits, flags, scope, index = struct.unpack_from("=4BI", payload)
    known = attributes(payload[8:])
    return AddressMessage(
        family=family,
        index=index,
        address=_address(family, known.get(_IFA_LOCAL, known.get(_IFA_ADDRESS))) or "",
        scope=scope,
        flags=_number(known.get(_IFA_FLAGS)) or flags,
    )


def _number(raw: bytes | None) -> int:
    return int(struct.unpack_from("=I", raw)[0]) if raw and len(raw) >= 4 else 0


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode("utf-8", errors="replace")


def _address(family: int, raw: bytes | None) -> str | None:
    size = _ADDRESS_BYTES.get(family)
    return str(ipaddress.ip_address(raw)) if raw is not None and len(raw) == size else None


class Netlink:
    """One socket to ask the kernel with; opened for a few questions, then closed."""

    def __init__(self) -> None:
        """Open it.

        Raises:
            OSError: where the kernel has no rtnetlink, or forbids it (Android).
        """
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE)
        try:
            self._socket.settimeout(REPLY_TIMEOUT_S)
            self._socket.bind((0, 0))
        except OSError:
            self._socket.close()
            raise
        # Since Linux 4.20 the kernel can filter a dump itself; before, all of it comes.
        try:
            self._socket.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
        except OSError:
            self._is_strict = False
        else:
            self._is_strict = True

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def main_routes(self, family: int) -> list[RouteMessage]:
        """Return the routes of the main table (`family`: socket.AF_INET or AF_INET6)."""
        table = TABLE_MAIN if self._is_strict else 0
        header = struct.pack("=8BI", family, 0, 0, 0, table, 0, 0, 0, 0)
        answer = self._ask(RTM_GETROUTE, NLM_F_DUMP, header)
        routes = [route_from(payload) for kind, payload in answer if kind == RTM_NEWROUTE]
        return [route for route in routes if route.table == TABLE_MAIN]

    def route_to(self, address: str) -> RouteMessage | None:
        """Return the route that a packet to `address` would take; None where there is none.

        It heeds policy rules, which the main table does not show. Nothing is sent.
        """
        target = ipaddress.ip_address(address)
        family = socket.AF_INET if target.version == 4 else socket.AF_INET6
        header = struct.pack("=8BI", family, target.max_prefixlen, 0, 0, 0, 0, 0, 0, 0)
        attribute = struct.pack("=HH", 4 + len(target.packed), _RTA_DST) + target.packed
        try:
            answer = self._ask(RTM_GETROUTE, 0, header + attribute)
        except OSError as error:
            if error.errno in _NO_ROUTE:
                return None
            raise
        routes = [route_from(payload) for kind, payload in answer if kind == RTM_NEWROUTE]
        return routes[0] if routes and routes[0].type == TYPE_UNICAST else None

    def link(self, index: int) -> LinkMessage | None:
        """Return an interface; None where it is gone."""
        header = struct.pack("=BxHiII", 0, 0, index, 0, 0)
        try:
            answer = self._ask(RTM_GETLINK, 0, header)
        except OSError as error:
            if error.errno == errno.ENODEV:
                return None
            raise
        links = [link_from(payload) for kind, payload in answer if kind == RTM_NEWLINK]
        return links[0] if links else None

    def addresses(self, index: int) -> list[AddressMessage]:
        """Return the addresses of an interface, IPv4 and IPv6."""
        only = index if self._is_strict else 0
        header = struct.pack("=4BI", 0, 0, 0, 0, only)
        answer = self._ask(RTM_GETADDR, NLM_F_DUMP, header)
        found = [address_from(payload) for kind, payload in answer if kind == RTM_NEWADDR]
        return [address for address in found if address.index == index]

    def _ask(self, kind: int, flags: int, body: bytes) -> list[tuple[int, bytes]]:
        request = struct.pack("=IHHII", 16 + len(body), kind, flags | NLM_F_REQUEST, 0, 0)
        self._socket.send(request + body)
        answer: list[tuple[int, bytes]] = []
        while True:
            for answered, payload in messages(self._socket.recv(RECEIVE_BYTES)):
                if answered == NLMSG_ERROR:
                    code = -struct.unpack_from("=i", payload)[0]
                    raise OSError(code, f"rtnetlink: {errno.errorcode.get(code, code)}")
                if answered == NLMSG_DONE:
                    return answer
                answer.append((answered, payload))
            if not flags & NLM_F_DUMP:
                return answer


_NO_ROUTE = (
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.EACCES,
    errno.EINVAL,
    errno.ENETDOWN,
    errno.EAFNOSUPPORT,
)
"""What the kernel answers where there is no route, or one that says "unreachable"."""


def open_change_socket() -> socket.socket:
    """Return a socket that becomes readable when a route, interface or address changes.

    Raises:
        OSError: where the kernel has no rtnetlink, or forbids it.
    """
    changes = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE)
    try:
        changes.setblocking(False)
        changes.bind((0, EVERY_GROUP))
    except OSError:
        changes.close()
        raise
    return changes
