"""The link on Linux: rtnetlink for routes and interfaces, /sys for what makes a Wi-Fi."""

import socket
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from monitor.device.netlink import (
    ADDRESS_DAD_FAILED,
    ADDRESS_DEPRECATED,
    ADDRESS_SECONDARY,
    ADDRESS_TENTATIVE,
    SCOPE_GLOBAL,
    AddressMessage,
    LinkMessage,
    Netlink,
    RouteMessage,
)
from monitor.device.route import DefaultRoute, Link, LinkKind, Port, pick_link

SYS_NET = Path("/sys/class/net")
PUBLIC_ADDRESSES = ("223.5.5.5", "2400:3200::1")
"""Public resolvers: the kernel is asked how it would reach them; nothing is sent to them."""

ARPHRD_ETHER, ARPHRD_RAWIP = 1, 519
TUNNEL_HARDWARE = frozenset({768, 769, 776, 778, 823})
"""ARPHRD_TUNNEL, TUNNEL6, SIT, IPGRE, IP6GRE: linux/if_arp.h."""
TUNNEL_KINDS = frozenset(
    {"tun", "wireguard", "amneziawg", "ovpn", "ipip", "gre", "sit", "ip6tnl", "vti", "xfrm"}
)


def read_link() -> Link:
    """Return the link; every field is None where the kernel does not tell (Android)."""
    try:
        with closing(Netlink()) as netlink:
            return _LinkReading(netlink).link()
    except OSError:
        return Link()


class _LinkReading:
    """One reading: each interface is asked for once."""

    def __init__(self, netlink: Netlink) -> None:
        self._netlink = netlink
        self._links: dict[int, LinkMessage | None] = {}

    def link(self) -> Link:
        families = (socket.AF_INET, socket.AF_INET6)
        tables = [route for family in families for route in self._netlink.main_routes(family)]
        defaults = [self._default(route) for route in tables if route.is_usable_default]
        known = [route for route in defaults if route is not None]
        used = self._used_route()
        vpn = used is not None and used.kind is LinkKind.VPN
        if not known and used is not None:
            # All default routes stand in tables of policy rules.
            known = [used]
        return pick_link(known, self._port, vpn=vpn)

    def _used_route(self) -> DefaultRoute | None:
        for address in PUBLIC_ADDRESSES:
            route = self._netlink.route_to(address)
            if route is not None:
                return self._default(route)
        return None

    def _default(self, route: RouteMessage) -> DefaultRoute | None:
        link = self._link(route.oif)
        if link is None:
            return None
        return DefaultRoute(
            family=4 if route.family == socket.AF_INET else 6,
            interface=link.name,
            kind=kind_of(link, device_facts(link.name)),
            metric=route.metric,
            gateway=route.gateway,
            source=route.source,
        )

    def _link(self, index: int) -> LinkMessage | None:
        if index not in self._links:
            self._links[index] = self._netlink.link(index)
        return self._links[index]

    def _port(self, name: str) -> Port:
        link = next(link for link in self._links.values() if link and link.name == name)
        addresses = self._netlink.addresses(link.index)
        return Port(
            is_running=link.is_running,
            address=lasting_address(addresses, socket.AF_INET),
            address_v6=lasting_address(addresses, socket.AF_INET6),
        )


def lasting_address(addresses: list[AddressMessage], family: int) -> str | None:
    """Return the first global address of the family that is not about to change.

    A privacy address (RFC 8981, flagged like a secondary one) changes daily by itself; taken
    for the device's address it would look like a change of network.
    """
    unfit = ADDRESS_DEPRECATED | ADDRESS_TENTATIVE | ADDRESS_DAD_FAILED
    fit = [
        address
        for address in addresses
        if address.family == family and address.scope == SCOPE_GLOBAL and not address.flags & unfit
    ]
    fit.sort(key=lambda address: bool(address.flags & ADDRESS_SECONDARY))
    return fit[0].address if fit else None


def kind_of(link: LinkMessage, facts: Mapping[str, str]) -> LinkKind:
    """Return what sort of link an interface is; `facts` as of `device_facts`."""
    if link.driver_kind in TUNNEL_KINDS or link.hardware in TUNNEL_HARDWARE:
        return LinkKind.VPN
    if facts.get("DEVTYPE") == "wlan":
        return LinkKind.WIFI
    if facts.get("DEVTYPE") == "wwan" or link.hardware == ARPHRD_RAWIP:
        return LinkKind.CELLULAR
    return LinkKind.ETHERNET if link.hardware == ARPHRD_ETHER else LinkKind.OTHER


def device_facts(name: str, sys_net: Path = SYS_NET) -> Mapping[str, str]:
    """Return the lines of an interface's `uevent` (DEVTYPE=wlan, wwan, bridge); maybe empty.

    Drivers that set no DEVTYPE still have a `wireless` or `phy80211` beside it.
    """
    try:
        text = (sys_net / name / "uevent").read_text("utf-8", errors="replace")
    except OSError:
        return {}
    facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    is_wireless = any((sys_net / name / sign).exists() for sign in ("wireless", "phy80211"))
    if is_wireless:
        facts["DEVTYPE"] = "wlan"
    return facts


def wireless_interfaces(sys_net: Path = SYS_NET) -> list[str]:
    """Return the names of the Wi-Fi interfaces."""
    try:
        names = sorted(entry.name for entry in sys_net.iterdir())
    except OSError:
        return []
    return [name for name in names if device_facts(name, sys_net).get("DEVTYPE") == "wlan"]
