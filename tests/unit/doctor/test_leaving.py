"""The list of what leaves names every target that the daemon builds."""

from dataclasses import replace

import pytest

from monitor.config.settings import Settings
from monitor.daemon.network import network_now
from monitor.daemon.targets import places
from monitor.doctor.leaving import listed
from monitor.model import ProbeKind

STATES = {
    "link.gateway": "192.168.1.1",
    "link.gateway_v6": "fe80::1",
    "network.resolvers": "192.168.1.1,9.9.9.9",
}
ADDRESSES = {
    "mybank.icbc.com.cn": ("203.0.113.7", "2001:db8::7"),
    "connect.rom.miui.com": ("203.0.113.8",),
}


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        replace(Settings(), wallets={}),
        replace(Settings(), resolvers=replace(Settings().resolvers, hosts=("8.8.8.8",))),
        replace(Settings(), portal=replace(Settings().portal, url="")),
    ],
)
def test_every_target_is_listed(settings: Settings) -> None:
    found = listed(settings, STATES, ADDRESSES)
    ends = {(each.protocol, address, each.port) for each in found for address in each.addresses}
    protocols = {ProbeKind.ICMP: "icmp", ProbeKind.TCP: "tcp", ProbeKind.DNS: "udp"}
    for place in places(settings, network_now(STATES, {})):
        target = place.target
        if target.probe is ProbeKind.HTTP:
            assert ("tcp", "203.0.113.8", 80) in ends
        elif target.host != "system":
            assert (protocols[target.probe], target.host, target.port) in ends


def test_a_wallet_is_listed_with_its_session_and_its_ping() -> None:
    found = [each for each in listed(Settings(), STATES, ADDRESSES) if "icbc" in each.to]
    assert [(each.protocol, each.port, each.every_s) for each in found] == [
        ("tcp", 443, 15.0),
        ("icmp", None, 2.5),
        ("tcp", 443, None),
    ]
    assert found[0].addresses == ("203.0.113.7", "2001:db8::7")


def test_the_question_to_the_address_that_served_last_is_listed() -> None:
    """`wallet.attempt` opens a connection to it where the name leads elsewhere."""
    [bare] = [each for each in listed(Settings(), STATES, ADDRESSES) if "last" in each.why.text]
    assert (bare.protocol, bare.to, bare.port) == ("tcp", "mybank.icbc.com.cn", 443)
    assert bare.addresses == ("203.0.113.7", "2001:db8::7")
    assert bare.every_s is None, "only in trouble"


def test_on_battery_saver_it_is_said_how_much_less_often() -> None:
    saving = listed(Settings(), {**STATES, "power.battery_saver": True}, ADDRESSES)
    pings = [each for each in saving if (each.protocol, each.to) == ("icmp", "192.168.1.1")]
    assert [each.every_s for each in pings] == [15.0]


def test_a_router_that_is_not_known_yet_is_listed_all_the_same() -> None:
    assert listed(Settings(), {}, {})[0].to == "auto"
