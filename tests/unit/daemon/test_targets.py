"""The targets without any settings, and their places on the grid."""

from monitor.config.settings import GatewaySettings, ResolverSettings, Settings
from monitor.daemon.network import network_now
from monitor.daemon.targets import Network, places, step_of
from monitor.model import ProbeKind, Role

HOME = Network("192.168.1.1", None, ("192.168.1.1",), {"icbc": "203.0.113.7"})


def test_the_default_targets_cover_every_leg() -> None:
    roles = {(p.target.role, p.target.probe) for p in places(Settings(), HOME)}
    assert roles == {
        (Role.GATEWAY, ProbeKind.ICMP),
        (Role.GATEWAY, ProbeKind.TCP),
        (Role.ANCHOR, ProbeKind.ICMP),
        (Role.ANCHOR, ProbeKind.TCP),
        (Role.RESOLVER, ProbeKind.DNS),
        (Role.WALLET, ProbeKind.ICMP),
        (Role.ANCHOR, ProbeKind.HTTP),
    }


def test_something_on_the_way_is_asked_every_second() -> None:
    step_s = Settings().interval_s
    asked = sorted(p.phase_s % step_s for p in places(Settings(), HOME) if p.step_s <= step_s)
    steps = [b - a for a, b in zip(asked, [*asked[1:], asked[0] + step_s], strict=True)]
    assert max(steps) < 1.0


def test_ipv6_anchors_are_asked_only_with_an_ipv6_route() -> None:
    def families(network: Network) -> set[int | None]:
        return {p.target.family for p in places(Settings(), network)} - {None}

    assert families(HOME) == {4}
    assert families(Network("192.168.1.1", "fe80::1")) == {4, 6}


def test_a_given_gateway_is_asked_instead_of_the_found_one() -> None:
    settings = Settings(gateway=GatewaySettings("10.0.0.1"))
    gateways = [p.target for p in places(settings, HOME) if p.target.role is Role.GATEWAY]
    assert [g.host for g in gateways] == ["10.0.0.1", "10.0.0.1"]


def test_without_a_network_the_anchors_are_still_asked() -> None:
    assert any(p.target.role is Role.ANCHOR for p in places(Settings(), Network()))


def resolvers(settings: Settings, network: Network) -> list[tuple[str, int | None]]:
    found = [p.target for p in places(settings, network) if p.target.role is Role.RESOLVER]
    assert all(t.probe is ProbeKind.DNS and t.host == t.name for t in found)
    return [(target.name, target.family) for target in found]


def test_the_systems_resolvers_are_asked_in_its_way_and_directly() -> None:
    network = network_now({"network.resolvers": "192.168.1.1,fe80::1%eth0,9.9.9.9,8.8.8.8"}, {})
    assert resolvers(Settings(), network) == [
        ("system", None),
        ("192.168.1.1", 4),
        ("fe80::1%eth0", 6),
        ("9.9.9.9", 4),
    ]
    assert resolvers(Settings(), network_now({"network.resolvers": None}, {})) == [("system", None)]


def test_resolvers_that_are_named_are_asked_alone_and_once() -> None:
    network = Network(resolvers=("192.168.1.1",))
    named = Settings(resolvers=ResolverSettings(("223.5.5.5",)))
    assert resolvers(named, network) == [("223.5.5.5", 4)]
    both = Settings(resolvers=ResolverSettings(("192.168.1.1", "system")))
    assert resolvers(both, network) == [("192.168.1.1", 4), ("system", None)]


def test_on_battery_saver_the_grid_is_slower_and_never_faster() -> None:
    assert [step_of(Settings(), saver) for saver in (True, False, None)] == [15.0, 5.0, 5.0]
    assert step_of(Settings(interval_s=60.0), True) == 60.0


def test_a_slower_grid_asks_the_same_targets_less_often() -> None:
    usual, slower = places(Settings(), HOME), places(Settings(), HOME, 15.0)
    assert [p.target for p in usual] == [p.target for p in slower]
    on_grid = [p for p in usual if p.target.probe is not ProbeKind.HTTP]
    assert [p.step_s * 3 for p in on_grid] == [
        p.step_s for p in slower if p.target.probe is not ProbeKind.HTTP
    ]
