"""The link on Windows: `route print`, whose figures read the same in every language."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.device.command import command_text
from monitor.device.port import PortOf, names_and_hardware_addresses, port_of
from monitor.device.route import DefaultRoute, Link, LinkKind, pick_link

HALF_OF_ALL = "128.0.0.0"
"""Mask of the two routes by which a VPN takes over all traffic beside the default route."""

# Words in an adapter's name (the user's language) or description (its maker's English).
KIND_WORDS: tuple[tuple[LinkKind, tuple[str, ...]], ...] = (
    (LinkKind.VPN, ("vpn", "wireguard", "wintun", "tap-windows", "tailscale", "openvpn", "tunnel")),
    (LinkKind.WIFI, ("wi-fi", "wifi", "wlan", "wireless", "802.11", "无线")),
    (LinkKind.CELLULAR, ("cellular", "mobile broadband", "wwan", "手机网络", "移动宽带")),
    (LinkKind.ETHERNET, ("ethernet", "gigabit", "gbe", "以太网", "本地连接", "local area")),
)


@dataclass(frozen=True, slots=True)
class Adapter:
    """A line of the interface list at the head of `route print`."""

    index: int
    hardware: str
    """"a4-b1-c1-d2-e3-f4"; empty for virtual ones."""
    description: str


def read_link() -> Link:
    """Return the link; every field is None where the tables cannot be read."""
    text = command_text(("route", "print"))
    if text is None:
        return Link()
    return link_from_route_print(text, names_and_hardware_addresses(), port_of)


def link_from_route_print(
    text: str, owners: Mapping[str, tuple[str, str]], port_of: PortOf
) -> Link:
    """Return the link from the text of `route print`.

    `owners` tells, for an interface's IPv4 address, its name and hardware address.
    """
    adapters = {adapter.index: adapter for adapter in _adapters(text)}
    by_hardware = {a.hardware: a for a in adapters.values() if a.hardware}
    routes: list[DefaultRoute] = []
    vpn = False
    for fields in map(str.split, text.splitlines()):
        if (v4 := _default_v4(fields)) is None:
            continue
        mask, gateway, address, metric = v4
        name, hardware = owners.get(address, ("", ""))
        adapter = by_hardware.get(hardware)
        kind = _kind(f"{name} {adapter.description if adapter else ''}")
        if mask == HALF_OF_ALL:
            vpn = vpn or kind is LinkKind.VPN
            continue
        routes.append(DefaultRoute(4, name, kind, metric, gateway, address))
    routes += _defaults_v6(text, adapters, owners)
    best = min((r for r in routes), key=lambda r: (r.family, r.metric), default=None)
    vpn = vpn or (best is not None and best.kind is LinkKind.VPN)
    return pick_link(routes, port_of, vpn=vpn)


def _default_v4(fields: list[str]) -> tuple[str, str | None, str, int] | None:
    """Return (mask, gateway, interface's address, metric) of a line that routes "all".

    Active routes have five columns, of which the third may be several words ("on-link" in the
    system's language); persistent ones have four.
    """
    if len(fields) < 5 or not fields[-1].isdigit() or not _is_ip(fields[-2], 4):
        return None
    is_half = fields[1] == HALF_OF_ALL and fields[0] in ("0.0.0.0", "128.0.0.0")
    if fields[:2] != ["0.0.0.0", "0.0.0.0"] and not is_half:
        return None
    gateway = fields[2] if _is_ip(fields[2], 4) else None
    return fields[1], gateway, fields[-2], int(fields[-1])


def _defaults_v6(
    text: str, adapters: Mapping[int, Adapter], owners: Mapping[str, tuple[str, str]]
) -> list[DefaultRoute]:
    """Return the IPv6 defaults: `index metric ::/0 gateway`."""
    name_of = {hardware: name for name, hardware in owners.values()}
    found = []
    for fields in map(str.split, text.splitlines()):
        if len(fields) < 4 or fields[2] != "::/0" or not (fields[0] + fields[1]).isdigit():
            continue
        index = int(fields[0])
        # Persistent routes are listed again with index 0.
        if index == 0:
            continue
        adapter = adapters.get(index, Adapter(index, "", ""))
        name = name_of.get(adapter.hardware, "") if adapter.hardware else ""
        gateway = fields[3] if _is_ip(fields[3], 6) else None
        # Windows writes the scope of a link-local address as the interface's index.
        if gateway is not None and gateway.lower().startswith("fe80:"):
            gateway = f"{gateway}%{index}"
        kind = _kind(f"{name} {adapter.description}")
        found.append(DefaultRoute(6, name, kind, int(fields[1]), gateway))
    return found


def _adapters(text: str) -> list[Adapter]:
    """Return the interface list: ` 12...a4 b1 c1 d2 e3 f4 ......Description`."""
    found = []
    for line in text.splitlines():
        index, dots, rest = line.strip().partition("...")
        if not dots or not index.isdigit():
            continue
        hardware, _, description = rest.partition("...")
        octets = hardware.strip(". ").split()
        dashed = "-".join(octets).lower() if len(octets) == 6 else ""
        found.append(Adapter(int(index), dashed, description.strip(". ")))
    return found


def _kind(words: str) -> LinkKind:
    lower = words.lower()
    for kind, signs in KIND_WORDS:
        if any(sign in lower for sign in signs):
            return kind
    return LinkKind.OTHER


def _is_ip(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False
