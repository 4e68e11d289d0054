"""Which targets there are: the settings and what the device knows of its network. Pure.

Each target has a place on the grid. They are spread over the interval, so that something on the
way is asked every second although each target is asked only every five: the first sign of trouble
comes that soon. Those at the same place are asked together, by one wake-up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.config.settings import Settings, WalletSettings
from monitor.model import ProbeKind, Role, StateValue, Target
from monitor.probes.dns import SYSTEM_HOST

WALLET_PER_ROUND = 2
"""The wallet's host is asked this often a round: nothing else on the way tells of it."""

PLACES_PER_ROUND = 6
"""Places on the grid: at 5 s they lie 0.83 s apart, nearer than a time-out, so that one round
collects the answers to the one before. An even number: half of a round is a place too."""

KNOCK_PORT = 53
"""Where the router is asked by TCP as well, and instead where ping is not allowed: many answer
names there, and a refusal is an answer."""
KNOCK_EVERY = 3
"""Rounds from one such question to the next: it tells more than a ping only of a router that
answers none, and the closer look asks it as often as everything else."""

SYSTEM_RESOLVERS = 3
"""So many of the system's resolvers are asked directly: it uses no more (resolv.conf(5))."""


@dataclass(frozen=True, slots=True)
class Place:
    """A target and its place on the grid."""

    target: Target
    step_s: float
    phase_s: float


@dataclass(frozen=True, slots=True)
class Network:
    """What the device knows of the network it is in; None or empty where there is none."""

    gateway: str | None = None
    gateway_v6: str | None = None
    resolvers: Sequence[str] = ()
    """The addresses of the system's resolvers, in its order."""
    wallet_addresses: Mapping[str, str] | None = None
    """The address of each wallet that its session is held with."""


def step_of(settings: Settings, saver: StateValue) -> float:
    """Return the slow grid's step in seconds, from the state of the battery saver."""
    if saver is not True:
        return settings.interval_s
    return max(settings.interval_s, settings.saver_interval_s)


def places(settings: Settings, network: Network, step_s: float | None = None) -> list[Place]:
    """Return every target with its place on the grid of `step_s` (None: the settings')."""
    near = [
        *_gateways(settings, network),
        *_anchors(settings, network),
        *_resolvers(settings, network),
    ]
    far = _wallets(settings, network)
    step_s = settings.interval_s if step_s is None else step_s
    often_s = step_s / WALLET_PER_ROUND
    slot_s = step_s / PLACES_PER_ROUND
    often = PLACES_PER_ROUND // WALLET_PER_ROUND
    # first, so that a router's stand-in for its ping, which is the same target, takes its place
    spread = [Place(t, step_s * KNOCK_EVERY, step_s / 2) for t in _knocks(settings, network)]
    spread += [
        Place(t, step_s, slot_s * _place(i, near, PLACES_PER_ROUND)) for i, t in enumerate(near)
    ]
    spread += [Place(t, often_s, slot_s * _place(i, far, often)) for i, t in enumerate(far)]
    if settings.portal.url:
        page = Target("portal", Role.ANCHOR, ProbeKind.HTTP, settings.portal.url)
        spread.append(Place(page, settings.portal.interval_s, step_s / 2))
    return spread


def _place(number: int, among: Sequence[object], places_count: int) -> int:
    """Return the place of one of many, spread evenly."""
    return number * places_count // len(among)


def _gateways(settings: Settings, network: Network) -> list[Target]:
    found = _routers(settings, network)
    return [Target(h, Role.GATEWAY, ProbeKind.ICMP, h, None, _family(h)) for h in found]


def _knocks(settings: Settings, network: Network) -> list[Target]:
    """Return TCP targets for the routers: without them one that answers no ping cannot be told
    from the provider behind it."""
    found = _routers(settings, network)
    return [Target(h, Role.GATEWAY, ProbeKind.TCP, h, KNOCK_PORT, _family(h)) for h in found]


def _routers(settings: Settings, network: Network) -> list[str]:
    if settings.gateway.host != "auto":
        return [settings.gateway.host]
    return [host for host in (network.gateway, network.gateway_v6) if host]


def _anchors(settings: Settings, network: Network) -> list[Target]:
    """Return ICMP and TCP targets for each anchor: a network may filter either."""
    hosts = list(settings.anchors.hosts)
    if network.gateway_v6:
        hosts += settings.anchors.hosts_v6
    port = settings.anchors.tcp_port
    icmp = [Target(h, Role.ANCHOR, ProbeKind.ICMP, h, None, _family(h)) for h in hosts]
    tcp = [Target(h, Role.ANCHOR, ProbeKind.TCP, h, port, _family(h)) for h in hosts]
    return [target for pair in zip(icmp, tcp[::-1], strict=True) for target in pair]


def _resolvers(settings: Settings, network: Network) -> list[Target]:
    """Return each resolver; the system's both in its own way and directly.

    The system's way may end in a cache or at the second server; a datagram tells each apart.
    """
    hosts = list(settings.resolvers.hosts)
    if SYSTEM_HOST in hosts:
        hosts += network.resolvers[:SYSTEM_RESOLVERS]
    return [
        Target(h, Role.RESOLVER, ProbeKind.DNS, h, 53, None if h == SYSTEM_HOST else _family(h))
        for h in dict.fromkeys(hosts)
    ]


def _wallets(settings: Settings, network: Network) -> list[Target]:
    """Return a ping of the address that each wallet's session is held with.

    Only ping: a connection that carries nothing would be one that a browser does not make.
    """
    addresses = network.wallet_addresses or {}
    return [
        Target(
            name,
            _role(wallet),
            ProbeKind.ICMP,
            addresses[name],
            None,
            _family(addresses[name]),
            name,
        )
        for name, wallet in settings.wallets.items()
        if wallet.enabled and name in addresses
    ]


def _role(wallet: WalletSettings) -> Role:
    return Role.CONTROL if wallet.role == "control" else Role.WALLET


def _family(host: str) -> int:
    return 6 if ":" in host else 4
