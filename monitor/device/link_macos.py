"""The link on macOS: `netstat -rn` for routes, `networksetup` for what a port is."""

from collections.abc import Mapping

from monitor.device.command import command_text
from monitor.device.port import PortOf, port_of
from monitor.device.route import DefaultRoute, Link, LinkKind, pick_link

TUNNEL_NAMES = ("utun", "ipsec", "ppp", "tun", "tap", "feth")
SCOPED_METRIC = 1000
"""Routes bound to an interface (flag I) serve only who asks for it: after all others."""
HALVES_OF_ALL = ("0/1", "128.0/1")
"""How OpenVPN and others take over all traffic without touching the default route."""


class MacLink:
    """Reads the link; remembers which port is which, for that takes a process to learn."""

    def __init__(self) -> None:
        self._ports: dict[str, str] = {}

    def link(self) -> Link:
        """Return the link; every field is None where the tables cannot be read."""
        text = command_text(("/usr/sbin/netstat", "-rn"), timeout_s=1.0)
        if text is None:
            return Link()
        return link_from_netstat(text, self._known_ports(text), port_of)

    def _known_ports(self, text: str) -> Mapping[str, str]:
        names = {name for _, _, _, name in _defaults(text)}
        if missing := {name for name in names - self._ports.keys() if _is_hardware(name)}:
            listed = command_text(
                ("/usr/sbin/networksetup", "-listallhardwareports"), timeout_s=0.7
            )
            # A port that is not listed is remembered as nameless: not asked for each time.
            self._ports |= dict.fromkeys(missing, "") | hardware_ports(listed or "")
        return self._ports


def link_from_netstat(text: str, ports: Mapping[str, str], port_of: PortOf) -> Link:
    """Return the link from `netstat -rn`; `ports` as of `hardware_ports`."""
    routes = []
    vpn = False
    for order, (family, gateway, flags, name) in enumerate(_defaults(text)):
        kind = _kind(name, ports.get(name, ""))
        is_scoped = "I" in flags
        vpn = vpn or (kind is LinkKind.VPN and not is_scoped)
        routes.append(
            DefaultRoute(
                family=family,
                interface=name,
                kind=kind,
                metric=order + (SCOPED_METRIC if is_scoped else 0),
                gateway=None if gateway.startswith("link#") else _clean(gateway),
            )
        )
    # Tunnels of the system's own services always hold scoped IPv6 defaults: not our way out.
    real = [r for r in routes if r.kind is not LinkKind.VPN or r.metric < SCOPED_METRIC]
    return pick_link(real, port_of, vpn=vpn or _is_halved(text))


def hardware_ports(text: str) -> dict[str, str]:
    """Return device -> port name ("Wi-Fi") from `networksetup -listallhardwareports`."""
    ports: dict[str, str] = {}
    port = ""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == "Hardware Port":
            port = value.strip()
        elif name == "Device" and value.strip():
            ports[value.strip()] = port
    return ports


def _defaults(text: str) -> list[tuple[int, str, str, str]]:
    """Return (family, gateway, flags, interface) of each default route, in their order."""
    return [
        (family, fields[1], fields[2], fields[3])
        for family, fields in _lines(text)
        if fields[0] == "default"
    ]


def _lines(text: str) -> list[tuple[int, list[str]]]:
    family = 4
    lines = []
    for line in text.splitlines():
        if line.startswith("Internet"):
            family = 6 if line.startswith("Internet6") else 4
        fields = line.split()
        if len(fields) >= 4:
            lines.append((family, fields))
    return lines


def _is_halved(text: str) -> bool:
    halves = {
        fields[0]
        for family, fields in _lines(text)
        if family == 4 and fields[0] in HALVES_OF_ALL and fields[3].startswith(TUNNEL_NAMES)
    }
    return len(halves) == len(HALVES_OF_ALL)


def _clean(gateway: str) -> str | None:
    # "fe80::%utun0" is an address without a host: a tunnel's way of saying "here".
    return None if gateway.startswith("fe80::%") else gateway


def _is_hardware(name: str) -> bool:
    return not name.startswith(TUNNEL_NAMES)


def _kind(name: str, port: str) -> LinkKind:
    if not _is_hardware(name):
        return LinkKind.VPN
    words = port.lower()
    if "wi-fi" in words or "airport" in words:
        return LinkKind.WIFI
    if any(word in words for word in ("modem", "wwan", "iphone", "cellular")):
        return LinkKind.CELLULAR
    is_wired = any(word in words for word in ("ethernet", "lan", "thunderbolt"))
    return LinkKind.ETHERNET if is_wired else LinkKind.OTHER
