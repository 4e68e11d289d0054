"""The nouns of the link readers, and how a link is picked from default routes: pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.model import StateValue

LINK_KEYS = (
    "link.up",
    "link.kind",
    "link.interface",
    "link.address",
    "link.gateway",
    "link.gateway_v6",
    "link.vpn",
)


class LinkKind(StrEnum):
    """What the device hangs on."""

    WIFI = "wifi"
    ETHERNET = "ethernet"
    CELLULAR = "cellular"
    VPN = "vpn"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """A default route, whatever system told it."""

    family: int
    """4 or 6."""
    interface: str
    kind: LinkKind
    metric: int
    """The lower, the more preferred."""
    gateway: str | None = None
    """None where the route goes straight to the interface."""
    source: str | None = None
    """The address it is used with; None where the route does not say."""


@dataclass(frozen=True, slots=True)
class Port:
    """An interface as it is now."""

    is_running: bool | None
    address: str | None = None
    """Its IPv4 address, else a lasting global IPv6 one; None where it has none."""
    address_v6: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """What the device is connected through: the physical link, also below a VPN.

    A VPN goes over a link that can be unplugged or roam, so the link is described and `vpn`
    says whether the traffic goes through a tunnel. `kind` is "vpn" only where no other default
    route is left. `up` is False without a default route; None everywhere means "not known".
    """

    up: bool | None = None
    kind: LinkKind | None = None
    interface: str | None = None
    address: str | None = None
    gateway: str | None = None
    gateway_v6: str | None = None
    vpn: bool | None = None


def pick_link(routes: Sequence[DefaultRoute], port_of: Callable[[str], Port], *, vpn: bool) -> Link:
    """Return the link that the routes describe: IPv4's best one, else IPv6's.

    `port_of` tells an interface's present state by its name.
    """
    best_v4, best_v6 = _best(routes, 4), _best(routes, 6)
    main = _preferred(best_v4, best_v6)
    if main is None:
        return Link(up=False, vpn=vpn)
    port = port_of(main.interface)
    own_address = port.address if main.family == 4 else port.address_v6
    return Link(
        up=port.is_running,
        kind=main.kind,
        interface=main.interface,
        address=main.source or own_address,
        gateway=best_v4.gateway if best_v4 else None,
        gateway_v6=_scoped(best_v6) if best_v6 else None,
        vpn=vpn,
    )


def link_values(link: Link) -> Mapping[str, StateValue]:
    """Return the link keys."""
    kind = None if link.kind is None else str(link.kind)
    return dict(
        zip(
            LINK_KEYS,
            (
                link.up,
                kind,
                link.interface,
                link.address,
                link.gateway,
                link.gateway_v6,
                link.vpn,
            ),
            strict=True,
        )
    )


def _best(routes: Sequence[DefaultRoute], family: int) -> DefaultRoute | None:
    mine = [route for route in routes if route.family == family]
    return min(mine, key=lambda r: (r.kind is LinkKind.VPN, r.metric), default=None)


def _preferred(v4: DefaultRoute | None, v6: DefaultRoute | None) -> DefaultRoute | None:
    # A tunnel's IPv4 route does not hide a physical IPv6 one.
    for route in (v4, v6):
        if route is not None and route.kind is not LinkKind.VPN:
            return route
    return v4 or v6


def _scoped(route: DefaultRoute) -> str | None:
    # fe80::1 is some router on every interface: only with its interface can it be asked.
    if route.gateway is None or "%" in route.gateway:
        return route.gateway
    is_link_local = route.gateway.lower().startswith("fe80:")
    return f"{route.gateway}%{route.interface}" if is_link_local else route.gateway
