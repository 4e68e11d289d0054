"""Which link counts, from default routes of every system."""

from collections.abc import Callable

import pytest

from monitor.device.link_macos import hardware_ports, link_from_netstat
from monitor.device.link_windows import link_from_route_print
from monitor.device.route import (
    LINK_KEYS,
    DefaultRoute,
    Link,
    LinkKind,
    Port,
    link_values,
    pick_link,
)

Recorded = Callable[[str], str]

PORT = Port(is_running=True, address="192.168.1.23", address_v6="2001:db8::23")


def port_of(_name: str) -> Port:
    return PORT


def route(interface: str, kind: LinkKind, metric: int = 0, family: int = 4) -> DefaultRoute:
    gateway = "192.168.1.1" if family == 4 else "fe80::1"
    return DefaultRoute(family, interface, kind, metric, gateway)


def test_no_default_route_is_down() -> None:
    assert pick_link([], port_of, vpn=False) == Link(up=False, vpn=False)


def test_the_lower_metric_wins() -> None:
    routes = [route("wlan0", LinkKind.WIFI, 600), route("eth0", LinkKind.ETHERNET, 100)]
    assert pick_link(routes, port_of, vpn=False).interface == "eth0"


def test_a_pulled_cable_is_down_though_its_route_stands() -> None:
    down = Port(is_running=False, address="192.168.1.23")
    link = pick_link([route("eth0", LinkKind.ETHERNET)], lambda _name: down, vpn=False)
    assert link.up is False
    assert link.interface == "eth0"


def test_the_physical_link_is_told_below_a_vpn() -> None:
    routes = [
        DefaultRoute(4, "tun0", LinkKind.VPN, 50, None),
        route("wlan0", LinkKind.WIFI, 600),
    ]
    link = pick_link(routes, port_of, vpn=True)
    assert (link.kind, link.gateway, link.vpn) == (LinkKind.WIFI, "192.168.1.1", True)


def test_a_tunnel_is_the_link_where_nothing_else_is_known() -> None:
    link = pick_link([DefaultRoute(4, "tun0", LinkKind.VPN, 50)], port_of, vpn=True)
    assert (link.kind, link.gateway) == (LinkKind.VPN, None)


def test_ipv6_alone_is_a_link() -> None:
    link = pick_link([route("eth0", LinkKind.ETHERNET, family=6)], port_of, vpn=False)
    assert link.up is True
    assert link.address == "2001:db8::23"
    assert (link.gateway, link.gateway_v6) == (None, "fe80::1%eth0")


def test_an_ipv4_tunnel_does_not_hide_physical_ipv6() -> None:
    routes = [route("tun0", LinkKind.VPN), route("eth0", LinkKind.ETHERNET, family=6)]
    assert pick_link(routes, port_of, vpn=True).interface == "eth0"


def test_the_values_have_all_keys_and_plain_words() -> None:
    values = link_values(Link(up=True, kind=LinkKind.WIFI))
    assert tuple(values) == LINK_KEYS
    assert values["link.kind"] == "wifi"
    assert type(values["link.kind"]) is str


OWNERS = {
    "192.168.1.23": ("Wi-Fi", "a4-b1-c1-d2-e3-f4"),
    "192.168.1.50": ("以太网", "8c-16-45-aa-bb-cc"),
    "10.8.0.6": ("本地连接", "00-ff-5c-11-22-33"),
}


def test_windows_wifi(recorded: Recorded) -> None:
    link = link_from_route_print(recorded("route_print_en"), OWNERS, port_of)
    assert link == Link(
        up=True,
        kind=LinkKind.WIFI,
        interface="Wi-Fi",
        address="192.168.1.23",
        gateway="192.168.1.1",
        gateway_v6="fe80::1%12",
        vpn=False,
    )


def test_windows_in_chinese_with_a_vpn_by_two_halves(recorded: Recorded) -> None:
    link = link_from_route_print(recorded("route_print_zh_vpn"), OWNERS, port_of)
    assert link == Link(
        up=True,
        kind=LinkKind.ETHERNET,
        interface="以太网",
        address="192.168.1.50",
        gateway="192.168.1.1",
        vpn=True,
    )


def test_windows_offline(recorded: Recorded) -> None:
    link = link_from_route_print(recorded("route_print_offline"), {}, port_of)
    assert link == Link(up=False, vpn=False)


def test_windows_on_link_default_in_several_words() -> None:
    line = "  0.0.0.0          0.0.0.0   Auf Verbindung   10.8.0.6   3\n"
    link = link_from_route_print(line, {"10.8.0.6": ("OpenVPN TAP", "")}, port_of)
    assert (link.kind, link.gateway, link.vpn) == (LinkKind.VPN, None, True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "netstat_macos",
            Link(True, LinkKind.WIFI, "en0", "192.168.1.23", "192.168.1.1", "fe80::1%en0", False),
        ),
        (
            "netstat_macos_vpn",
            Link(True, LinkKind.WIFI, "en0", "192.168.1.23", "192.168.1.1", None, True),
        ),
        (
            "netstat_macos_openvpn",
            Link(True, LinkKind.ETHERNET, "en5", "192.168.1.23", "192.168.1.1", None, True),
        ),
    ],
)
def test_macos(recorded: Recorded, name: str, expected: Link) -> None:
    ports = hardware_ports(recorded("networksetup_ports"))
    assert link_from_netstat(recorded(name), ports, port_of) == expected


def test_macos_offline_with_the_systems_own_tunnels() -> None:
    text = "Internet6:\nDestination Gateway Flags Netif\ndefault fe80::%utun0 UGcIg utun0\n"
    assert link_from_netstat(text, {}, port_of) == Link(up=False, vpn=False)
