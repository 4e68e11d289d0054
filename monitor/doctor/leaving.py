"""Everything that leaves this machine with this configuration, in this network.

Built from the targets that the daemon builds (`daemon.targets.places`) and the wallets that its
sources hold (`daemon.sources`), so that it cannot say less than they do; a test holds the packets
of a running daemon beside it. What the system itself sends (ARP, DHCP, its own updates) is not
walletwatch's and is not listed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.clock import monotonic_s
from monitor.config.settings import Settings, WalletSettings
from monitor.daemon.network import network_now
from monitor.daemon.targets import Network, Place, places, step_of
from monitor.doctor.checks.interception import NOBODY
from monitor.doctor.examine import begin, results
from monitor.doctor.interface import Surroundings, Words, words
from monitor.locale import N_
from monitor.model import ProbeKind, Role, StateValue, Target
from monitor.probes.deadline import Deadline
from monitor.probes.dns import SYSTEM_HOST
from monitor.probes.lookup import Lookup
from monitor.probes.walk import ASKS, MAX_HOPS
from monitor.wallet.names import HostPort, host_port

RESOLVE_S = 2.5
DNS_PORT = 53
HTTP_PORT = 80


@dataclass(frozen=True, slots=True)
class Leaving:
    """One kind of packet to one far end."""

    protocol: str
    """"icmp", "udp" or "tcp"."""
    to: str
    """The name or address as configured, or as the network gave it."""
    port: int | None
    addresses: tuple[str, ...]
    """Where it goes at present; () where that is not known."""
    what: Words
    why: Words
    every_s: float | None
    """None: only on the occasion that `why` names."""


def leaves(here: Surroundings) -> list[Leaving]:
    """Return the list, with the addresses that the names have at present."""
    wallets = _held(here.settings)
    names = {where.host for _wallet, where in wallets}
    portal = urlsplit(here.settings.portal.url).hostname
    addresses = resolved([*names, *([portal] if portal else [])])
    return listed(here.settings, here.states, addresses)


def listed(
    settings: Settings,
    states: Mapping[str, StateValue],
    addresses: Mapping[str, Sequence[str]],
) -> list[Leaving]:
    """Return the list for a device's states and the addresses of names. Pure."""
    network = network_now(states, {})
    step_s = step_of(settings, states.get("power.battery_saver"))
    found: list[Leaving] = []
    for place in places(settings, network, step_s):
        found += _of_place(place, addresses)
    if settings.gateway.host == "auto" and not network.gateway and not network.gateway_v6:
        found.insert(0, _unknown_gateway(step_s))
    for wallet, where in _held(settings):
        found += _of_wallet(wallet, where, addresses, step_s)
    found += _names(settings, network, step_s)
    found += _on_occasion(settings, addresses)
    return list({(e.protocol, e.to, e.port, e.what.text, e.why.text): e for e in found}.values())


def resolved(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return each name's addresses, as far as they can be had in time."""

    def find(name: str) -> tuple[str, tuple[str, ...]]:
        found = Lookup().find(name, 0, None, Deadline.after(RESOLVE_S))
        return name, tuple(dict.fromkeys(address.text for address in found.addresses))

    asked = [begin(lambda name=name: find(name), "name") for name in names]  # type: ignore[misc]
    return dict(results(asked, monotonic_s() + RESOLVE_S + 0.5))


def _held(settings: Settings) -> list[tuple[WalletSettings, HostPort]]:
    """Return each wallet host that a session may be held with."""
    return [
        (wallet, host_port(host))
        for wallet in settings.wallets.values()
        if wallet.enabled
        for host in wallet.hosts
    ]


_ECHO = N_("an echo request (ping): 56 bytes that mean nothing")
_WHY = {
    Role.GATEWAY: N_("does the router answer?"),
    Role.ANCHOR: N_("is the internet there?"),
    Role.RESOLVER: N_("are names turned into addresses?"),
}


def _of_place(place: Place, addresses: Mapping[str, Sequence[str]]) -> Iterator[Leaving]:
    """Yield what asking one target sends."""
    target, every_s = place.target, place.step_s
    if target.probe is ProbeKind.HTTP:
        yield _portal(target, addresses, every_s)
        return
    if target.host == SYSTEM_HOST:
        return  # the system's own way goes to its resolvers: told with them, in `_names`
    kind = {ProbeKind.ICMP: "icmp", ProbeKind.TCP: "tcp", ProbeKind.DNS: "udp"}[target.probe]
    what = {
        ProbeKind.ICMP: words(_ECHO),
        ProbeKind.TCP: words(N_("a connection that is closed at its opening, empty")),
        ProbeKind.DNS: words(N_("the question for the address of one fixed name")),
    }[target.probe]
    why = words(_WHY[target.role])
    yield Leaving(kind, target.host, target.port, (target.host,), what, why, every_s)


def _portal(target: Target, addresses: Mapping[str, Sequence[str]], every_s: float) -> Leaving:
    parts = urlsplit(target.host)
    name = parts.hostname or ""
    what = words(N_("a request for {path}, without cookies"), path=parts.path or "/")
    why = words(N_("does a sign-in page stand in between?"))
    port = parts.port or HTTP_PORT
    return Leaving("tcp", name, port, tuple(addresses.get(name, ())), what, why, every_s)


def _unknown_gateway(step_s: float) -> Leaving:
    what, why = words(_ECHO), words(_WHY[Role.GATEWAY])
    return Leaving("icmp", "auto", None, (), what, why, step_s)


def _of_wallet(
    wallet: WalletSettings,
    where: HostPort,
    addresses: Mapping[str, Sequence[str]],
    step_s: float,
) -> Iterator[Leaving]:
    """Yield what holding a session with one host sends: the session, and a ping beside it."""
    now = (where.host,) if where.is_literal else tuple(addresses.get(where.host, ()))
    if wallet.heartbeat == "http":
        what = words(
            N_("one TLS connection that is held; a HEAD request for {path} on it"),
            path=wallet.heartbeat_path,
        )
    else:
        what = words(N_("one TLS connection that is held; empty keep-alive packets on it"))
    why = words(N_("is the wallet's far end there? No log-in, no account"))
    yield Leaving("tcp", where.host, where.port, now, what, why, wallet.heartbeat_s)
    why_ping = words(N_("does the way to the wallet carry? To the address that is held"))
    yield Leaving("icmp", where.host, None, now, words(_ECHO), why_ping, step_s / 2)
    # An attempt whose name was led astray, and the check where acknowledgements cannot be seen.
    bare = words(N_("a connection that is closed at its opening, empty"))
    why_bare = words(N_("only in trouble: does the address that served last still accept?"))
    yield Leaving("tcp", where.host, where.port, now, bare, why_bare, None)


def _names(settings: Settings, network: Network, step_s: float) -> Iterator[Leaving]:
    """Yield the system's own lookups: names of wallets and the portal, and of the DNS check."""
    names = {where.host for _, where in _held(settings) if not where.is_literal}
    portal = urlsplit(settings.portal.url).hostname
    names |= {portal} if portal else set()
    servers = tuple(network.resolvers)
    if SYSTEM_HOST in settings.resolvers.hosts:
        what = words(N_("the name {name}"), name=settings.resolvers.name)
        why = words(N_("are names turned into addresses?"))
        yield Leaving("udp", SYSTEM_HOST, DNS_PORT, servers, what, why, step_s)
        names.add(settings.resolvers.name)
    what = words(N_("the names {names}"), names=", ".join(sorted(names)))
    if names:
        why = words(N_("where a connection is made: through the system, as every program does"))
        yield Leaving("udp", SYSTEM_HOST, DNS_PORT, servers, what, why, None)
        why = words(N_("only where an answer is too long for one packet"))
        yield Leaving("tcp", SYSTEM_HOST, DNS_PORT, servers, what, why, None)


def _on_occasion(settings: Settings, addresses: Mapping[str, Sequence[str]]) -> Iterator[Leaving]:
    """Yield what is sent while something is wrong, and by this command itself."""
    walked = [
        address
        for _, where in _held(settings)
        for address in ((where.host,) if where.is_literal else addresses.get(where.host, ()))
    ]
    walked += list(settings.anchors.hosts)
    what = words(
        N_("at most {count} echo requests whose way is cut short (TTL)"), count=MAX_HOPS * ASKS
    )
    why = words(
        N_(
            "while packets are lost: where does the way end? All of the above is then asked "
            "each 0.25 s, for up to 15 s"
        )
    )
    if walked:
        yield Leaving("icmp", walked[0], None, tuple(dict.fromkeys(walked)), what, why, None)
    yield Leaving(
        "udp",
        NOBODY,
        DNS_PORT,
        (NOBODY,),
        words(N_("the question for the address of one fixed name")),
        words(N_("only when `doctor` is run: does anybody answer in another's place?")),
        None,
    )
