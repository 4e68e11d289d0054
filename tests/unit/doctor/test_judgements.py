"""What each check makes of what it saw."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.config.mistakes import ConfigError, Mistake
from monitor.device.power import POWER_PROFILES, UPOWER
from monitor.doctor.bus_names import Bus
from monitor.doctor.checks import (
    anchors,
    clock,
    config,
    gateway,
    icmp,
    interception,
    ipv6,
    language,
    link,
    memory,
    mtu,
    nat,
    notices,
    portal,
    power,
    python,
    resolvers,
    sleep,
    wallets,
    wifi,
    zone,
)
from monitor.doctor.interface import Finding, System, Verdict
from monitor.locale import translator
from monitor.model import Outcome, ProbeKind, Role, Target
from monitor.probes.interface import Reading
from tests.unit.doctor.around import around

SYSTEMS = (System.LINUX, System.MACOS, System.WINDOWS, System.OTHER)


def said(finding: Finding) -> str:
    tr = translator("en")
    mend = "" if finding.mend is None else finding.mend.said(tr)
    return f"{finding.reason.said(tr)} | {mend}"


def target(host: str, probe: ProbeKind = ProbeKind.ICMP, role: Role = Role.ANCHOR) -> Target:
    return Target(host, role, probe, host)


GOOD, SILENT = Reading(Outcome.REPLY, 1.0), Reading(Outcome.TIMEOUT)


@pytest.mark.parametrize("system", SYSTEMS)
def test_without_any_ping_each_system_gets_a_mend_of_its_own(system: System) -> None:
    finding = icmp.judge(around(system=system), datagram=False, raw=False)
    assert finding.verdict is Verdict.FAIL and finding.mend is not None
    assert ("sysctl" in said(finding)) == (system is System.LINUX)


def test_raw_sockets_alone_are_a_note_and_datagrams_are_well() -> None:
    assert icmp.judge(around(), datagram=False, raw=True).verdict is Verdict.NOTE
    assert icmp.judge(around(), datagram=True, raw=False).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("kept", "ahead", "verdict", "words"),
    [
        (True, 0.3, Verdict.OK, "synchronised"),
        (None, 0.3, Verdict.OK, "agrees"),
        (False, None, Verdict.WARN, "nothing keeps"),
        (False, 1.0, Verdict.NOTE, "right at present"),
        (True, 45.0, Verdict.WARN, "45 s ahead"),
        (True, -4000.0, Verdict.FAIL, "4000 s behind"),
        (None, None, Verdict.NOTE, "no server"),
    ],
)
def test_clock(kept: bool | None, ahead: float | None, verdict: Verdict, words: str) -> None:
    finding = clock.judge(around(), kept, ahead)
    assert finding.verdict is verdict
    assert words in said(finding)


@pytest.mark.parametrize(
    ("system", "words"),
    [
        (System.LINUX, "timedatectl"),
        (System.MACOS, "System Settings"),
        (System.WINDOWS, "w32tm"),
        (System.OTHER, "over the network"),
    ],
)
def test_the_clock_is_mended_as_the_system_does_it(system: System, words: str) -> None:
    assert words in said(clock.judge(around(system=system), False, None))


def test_the_kernel_tells_whether_it_keeps_the_clock() -> None:
    assert clock.is_kept() in (True, False, None)


@pytest.mark.parametrize(
    ("found", "verdict", "words"),
    [
        ({}, Verdict.NOTE, "no router"),
        ({1: "192.168.1.1", 2: "1.2.3.4"}, Verdict.OK, "one router"),
        ({1: "192.168.1.1", 2: "10.0.0.1"}, Verdict.NOTE, "behind a router"),
        ({1: "192.168.1.1", 3: "100.64.7.1"}, Verdict.NOTE, "CGNAT"),
    ],
)
def test_address_translation_is_never_worse_than_a_note(
    found: dict[int, str], verdict: Verdict, words: str
) -> None:
    finding = nat.judge(found)
    assert finding.verdict is verdict
    assert words in said(finding)


@pytest.mark.parametrize(
    ("sizes", "verdict"),
    [
        ([("a", 1500, False)], Verdict.OK),
        ([("a", 1492, True), ("b", 1492, True)], Verdict.NOTE),
        ([("a", 1400, False), ("b", 1400, False)], Verdict.WARN),
        ([("a", 576, False)], Verdict.WARN),
        ([("a", 1400, False)], Verdict.NOTE),
        ([("a", 1400, False), ("b", 1500, False)], Verdict.OK),
        ([("a", 1000, True)], Verdict.WARN),
        ([("a", 0, False)], Verdict.NOTE),
        ([], Verdict.NOTE),
    ],
)
def test_packet_size(sizes: list[tuple[str, int, bool]], verdict: Verdict) -> None:
    assert mtu.judge([mtu.Passed(*each) for each in sizes]).verdict is verdict


def test_anchors_are_dead_only_together() -> None:
    hosts = ["1.1.1.1", "2.2.2.2"]
    icmp_ones = [target(host) for host in hosts]
    tcp_ones = [target(host, ProbeKind.TCP) for host in hosts]
    dead = [(each, SILENT) for each in icmp_ones + tcp_ones]
    assert [each.verdict for each in anchors.judge(dead, 2)] == [Verdict.FAIL]
    by_tcp = [(each, SILENT) for each in icmp_ones] + [(each, GOOD) for each in tcp_ones]
    assert [each.verdict for each in anchors.judge(by_tcp, 2)] == [Verdict.OK, Verdict.NOTE]
    one = [(icmp_ones[0], GOOD), (icmp_ones[1], SILENT), (tcp_ones[1], SILENT)]
    assert [(each.verdict, each.subject) for each in anchors.judge(one, 2)] == [
        (Verdict.OK, ""),
        (Verdict.WARN, "2.2.2.2"),
    ]


def test_a_resolver_that_fails_beside_one_that_works_is_no_breakdown() -> None:
    own, other = (target(host, ProbeKind.DNS, Role.RESOLVER) for host in ("system", "9.9.9.9"))
    found = list(resolvers.judge([(own, GOOD), (other, SILENT)], [own, other]))
    assert [each.verdict for each in found] == [Verdict.OK, Verdict.WARN]
    found = list(resolvers.judge([(other, SILENT)], [own, other]))  # the system's hangs
    assert [each.verdict for each in found] == [Verdict.FAIL, Verdict.FAIL]


def test_a_resolver_that_makes_answers_up_and_one_in_the_way_are_told_apart() -> None:
    nobody, liar = interception.NOBODY, Reading(Outcome.REPLY, 1.0, "203.0.113.9")
    honest = Reading(Outcome.DNS_ERROR, 1.0, "NXDOMAIN")
    assert [f.verdict for f in interception.judge({"9.9.9.9": honest, nobody: SILENT})] == [
        Verdict.OK
    ]
    [finding] = interception.judge({"system": liar, "9.9.9.9": liar, nobody: SILENT})
    assert finding.subject == "9.9.9.9" and "203.0.113.9" in said(finding)
    [finding] = interception.judge({"9.9.9.9": honest, nobody: honest})
    assert finding.code == "network.interception.way" and finding.verdict is Verdict.WARN


def test_the_router_the_portal_and_ipv6() -> None:
    router = target("192.168.1.1", role=Role.GATEWAY)
    assert gateway.judge(router, GOOD, answers_tcp=True).verdict is Verdict.OK
    assert gateway.judge(router, SILENT, answers_tcp=True).verdict is Verdict.NOTE
    assert gateway.judge(router, SILENT, answers_tcp=False).verdict is Verdict.WARN
    unasked = Reading(Outcome.NOT_MEASURED)
    assert gateway.judge(router, unasked, answers_tcp=False).verdict is Verdict.UNKNOWN
    assert portal.judge(GOOD).verdict is Verdict.OK
    assert portal.judge(Reading(Outcome.PORTAL)).verdict is Verdict.FAIL
    assert portal.judge(SILENT).verdict is Verdict.WARN
    v6 = target("2001:db8::1")
    assert ipv6.judge([(v6, GOOD)]).verdict is Verdict.OK
    assert ipv6.judge([(v6, SILENT)]).verdict is Verdict.WARN


def test_link() -> None:
    assert link.judge({"link.up": True, "link.kind": "wifi"}).verdict is Verdict.OK
    assert link.judge({"link.up": False}).verdict is Verdict.FAIL
    assert link.judge({}).verdict is Verdict.UNKNOWN
    here = around(states={"link.up": True, "link.vpn": True}, environment={"https_proxy": "x"})
    assert [each.code for each in link.look(here)] == [
        "network.link",
        "network.link.vpn",
        "network.link.proxy",
    ]


def test_missing_services_matter_only_where_there_is_a_battery() -> None:
    profiles = POWER_PROFILES[0][0]
    none = Bus(why_not="no such file")
    [on_desk] = power.judge_linux(none, has_battery=False)
    [on_lap] = power.judge_linux(none, has_battery=True)
    assert (on_desk.verdict, on_lap.verdict) == (Verdict.NOTE, Verdict.WARN)
    found = list(power.judge_linux(Bus(frozenset({profiles})), has_battery=True))
    assert [(each.subject, each.verdict) for each in found] == [
        ("power-profiles-daemon", Verdict.OK),
        ("UPower", Verdict.WARN),
    ]
    found = list(power.judge_linux(Bus(frozenset({profiles, UPOWER})), has_battery=True))
    assert {each.verdict for each in found} == {Verdict.OK}
    assert {each.verdict for each in sleep.judge(Bus(frozenset({sleep.LOGIND})))} == {
        Verdict.OK,
        Verdict.NOTE,
    }


def test_the_saver_that_is_on_is_told_with_its_round() -> None:
    here = around(
        states={"power.battery_saver": True, "battery.percent": 40.0}, system=System.MACOS
    )
    noted, seen = power.look(here)
    assert "15 s instead of 5 s" in said(noted)
    assert seen.verdict is Verdict.OK


def test_memory_and_wifi() -> None:
    low = around(states={"memory.available_ratio": 0.04, "memory.pressure": 1.0})
    assert [each.verdict for each in memory.look(low)] == [Verdict.WARN]
    untold = around(states={"memory.available_ratio": 0.4})
    assert [each.verdict for each in memory.look(untold)] == [Verdict.NOTE]
    assert wifi.judge_signal(-60).verdict is Verdict.OK
    assert wifi.judge_signal(-82).verdict is Verdict.WARN


def test_language_zone_and_python() -> None:
    assert language.judge_locale(around(environment={"LANG": "C"})).verdict is Verdict.NOTE
    spoken = around(environment={"LANG": "zh_CN.UTF-8"})
    assert language.judge_locale(spoken).verdict is Verdict.OK
    assert [f.verdict for f in zone.look(around(environment={"TZ": "Asia/Shangai"}))] == [
        Verdict.WARN
    ]
    assert zone.is_zone("Asia/Shanghai") and zone.is_zone("CST-8") and zone.is_zone(":UTC")
    assert python.judge(System.WINDOWS, (3, 11), "3.11.7").verdict is Verdict.NOTE
    assert python.judge(System.WINDOWS, (3, 13), "3.13.0").verdict is Verdict.OK
    assert python.judge(System.LINUX, (3, 11), "3.11.7").verdict is Verdict.OK


def test_every_mistake_of_the_configuration_is_a_finding_at_its_place() -> None:
    wrong = ConfigError("c.toml", [Mistake("intervall_s", "no such key"), Mistake("b", "no")])
    found = list(config.look(replace(around(), config=Path("c.toml"), config_error=wrong)))
    assert [(each.verdict, each.subject) for each in found] == [
        (Verdict.FAIL, "intervall_s"),
        (Verdict.FAIL, "b"),
    ]


def test_notices_without_buttons_and_kept_quiet() -> None:
    good = notices.Server("dunst", "1.12", has_buttons=True, is_quiet=False)
    assert [each.verdict for each in notices.judge(good)] == [Verdict.OK]
    plain = replace(good, has_buttons=False, is_quiet=True)
    assert [each.verdict for each in notices.judge(plain)] == [Verdict.WARN, Verdict.NOTE]


def test_wallet_hosts() -> None:
    now_ms = SystemClock().wall_ms()
    day_ms = 86_400_000
    good = wallets.Shaken("203.0.113.1", 20.0, "TLSv1.3", now_ms + 90 * day_ms, 1448)
    assert wallets.judge("h:443", good, is_first=True, now_ms=now_ms).verdict is Verdict.OK
    ending = replace(good, ends_ms=now_ms + 2 * day_ms)
    assert wallets.judge("h:443", ending, is_first=True, now_ms=now_ms).verdict is Verdict.NOTE
    for step in ("name", "connection", "certificate", "hand-shake", "ca_file"):
        broken = wallets.Broken(step, "because")
        first = wallets.judge("h:443", broken, is_first=True, now_ms=now_ms)
        spare = wallets.judge("h:443", broken, is_first=False, now_ms=now_ms)
        assert (first.verdict, spare.verdict) == (Verdict.FAIL, Verdict.WARN)
        assert first.mend is not None and first.detail == "because"
