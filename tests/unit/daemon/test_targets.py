"""The targets without any settings, and their places on the grid."""

from monitor.config.settings import GatewaySettings, Settings
from monitor.daemon.targets import Network, places
from monitor.model import ProbeKind, Role

HOME = Network("192.168.1.1", None, ("192.168.1.1",), {"icbc": "203.0.113.7"})


def test_the_default_targets_cover_every_leg() -> None:
    roles = {(p.target.role, p.target.probe) for p in places(Settings(), HOME)}
    assert roles == {
        (Role.GATEWAY, ProbeKind.ICMP),
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
    assert [g.host for g in gateways] == ["10.0.0.1"]


def test_without_a_network_the_anchors_are_still_asked() -> None:
    assert any(p.target.role is Role.ANCHOR for p in places(Settings(), Network()))
