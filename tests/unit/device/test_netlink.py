"""rtnetlink messages, packed by hand after rtnetlink(7)."""

import socket
import struct
from ipaddress import ip_address
from pathlib import Path

import pytest

from monitor.device.link_linux import (
    device_facts,
    kind_of,
    lasting_address,
    wireless_interfaces,
)
from monitor.device.netlink import (
    AddressMessage,
    LinkMessage,
    address_from,
    attributes,
    link_from,
    messages,
    route_from,
)
from monitor.device.route import LinkKind


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def message(kind: int, payload: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(payload), kind, 0, 0, 0) + payload


def route_payload(bits: int = 0, kind: int = 1, table: int = 254, flags: int = 0) -> bytes:
    return struct.pack("=8BI", socket.AF_INET, bits, 0, 0, table, 4, 0, kind, flags)


def u32(number: int) -> bytes:
    return struct.pack("=I", number)


def test_a_default_route() -> None:
    route = route_from(
        route_payload()
        + attribute(5, ip_address("192.168.1.1").packed)
        + attribute(4, u32(3))
        + attribute(6, u32(600))
        + attribute(7, ip_address("192.168.1.23").packed)
    )
    assert route.is_usable_default
    assert (route.gateway, route.oif, route.metric) == ("192.168.1.1", 3, 600)
    assert route.source == "192.168.1.23"


@pytest.mark.parametrize(
    "payload",
    [
        route_payload(bits=1),
        route_payload(kind=7),
        route_payload(table=200),
        route_payload(flags=1),
        route_payload() + attribute(15, u32(51820)),
    ],
    ids=["half of all", "unreachable", "other table", "dead", "other table by attribute"],
)
def test_not_a_default_route_to_use(payload: bytes) -> None:
    assert not route_from(payload).is_usable_default


def test_the_first_of_several_next_hops_counts() -> None:
    hop = struct.pack("=HBBi", 16, 0, 0, 7) + attribute(5, ip_address("10.0.0.1").packed)
    route = route_from(route_payload() + attribute(9, hop + hop))
    assert (route.gateway, route.oif) == ("10.0.0.1", 7)


def test_an_interface_and_what_made_it() -> None:
    linkinfo = attribute(1, b"veth\0")
    header = struct.pack("=BxHiII", 0, 1, 4, 0x1 | 0x40 | 0x10000, 0)
    link = link_from(header + attribute(3, b"eth0\0") + attribute(18 | 0x8000, linkinfo))
    assert (link.name, link.driver_kind, link.index) == ("eth0", "veth", 4)
    assert link.is_running


@pytest.mark.parametrize("flags", [0x1, 0x41, 0x10001, 0x10040, 0])
def test_without_carrier_or_switched_off_it_is_not_running(flags: int) -> None:
    assert not link_from(struct.pack("=BxHiII", 0, 1, 4, flags, 0)).is_running


def test_our_end_of_a_point_to_point_line() -> None:
    payload = struct.pack("=4BI", socket.AF_INET, 32, 0, 0, 5)
    payload += attribute(1, ip_address("10.0.0.1").packed)
    payload += attribute(2, ip_address("10.0.0.2").packed)
    assert address_from(payload).address == "10.0.0.2"


def test_messages_that_are_cut_off_end_the_list() -> None:
    whole = message(24, route_payload())
    assert [kind for kind, _ in messages(whole + whole[:-1])] == [24]
    assert list(messages(b"")) == []
    assert attributes(attribute(1, b"four")[:-1]) == {}


def v6(address: str, flags: int = 0, scope: int = 0) -> AddressMessage:
    return AddressMessage(socket.AF_INET6, 2, address, scope, flags)


def test_the_address_that_lasts_is_taken() -> None:
    addresses = [
        v6("fe80::1", scope=253),
        v6("2001:db8::dead", flags=0x40),
        v6("2001:db8::0dd", flags=0x20),
        v6("2001:db8::5ec", flags=0x01),
        v6("2001:db8::1a57", flags=0x80),
    ]
    assert lasting_address(addresses, socket.AF_INET6) == "2001:db8::1a57"
    assert lasting_address(addresses, socket.AF_INET) is None


@pytest.mark.parametrize(
    ("hardware", "driver_kind", "devtype", "kind"),
    [
        (1, "", "", LinkKind.ETHERNET),
        (1, "veth", "", LinkKind.ETHERNET),
        (1, "bridge", "bridge", LinkKind.ETHERNET),
        (1, "", "wlan", LinkKind.WIFI),
        (1, "", "wwan", LinkKind.CELLULAR),
        (519, "", "", LinkKind.CELLULAR),
        (65534, "tun", "", LinkKind.VPN),
        (65534, "wireguard", "wireguard", LinkKind.VPN),
        (768, "ipip", "", LinkKind.VPN),
        (512, "ppp", "ppp", LinkKind.OTHER),
    ],
)
def test_kind_of_link(hardware: int, driver_kind: str, devtype: str, kind: LinkKind) -> None:
    link = LinkMessage(2, "if0", hardware, driver_kind, 0x41)
    assert kind_of(link, {"DEVTYPE": devtype} if devtype else {}) is kind


def test_wireless_interfaces_by_type_or_by_their_folder(tmp_path: Path) -> None:
    for name in ("eth0", "wlan0", "wlp3s0"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "uevent").write_text(f"INTERFACE={name}\nIFINDEX=2\n")
    (tmp_path / "wlan0" / "uevent").write_text("DEVTYPE=wlan\nINTERFACE=wlan0\n")
    (tmp_path / "wlp3s0" / "phy80211").mkdir()
    assert wireless_interfaces(tmp_path) == ["wlan0", "wlp3s0"]
    assert device_facts("gone", tmp_path) == {}
    assert wireless_interfaces(tmp_path / "missing") == []
