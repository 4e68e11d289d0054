"""Each circumstance is read from the week as it was, no more and no less."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from monitor.correlate.engine import factors, scene_of
from monitor.correlate.factors import calendar, path
from monitor.correlate.interface import PathMinute, WatchedWeek
from monitor.model import (
    Disconnect,
    Gap,
    GapWhy,
    ProbeKind,
    Role,
    StateChange,
    StateValue,
    Target,
)
from tests.unit.correlate.weeks import HOUR_MS, MINUTE_MS, asleep, at, drop, factor_of, week

ANCHOR = Target("anchor", Role.ANCHOR, ProbeKind.ICMP)
SILENT = Target("silent", Role.ANCHOR, ProbeKind.ICMP)
ROUTER = Target("gw", Role.GATEWAY, ProbeKind.ICMP)


@pytest.mark.parametrize(
    ("key", "states"),
    [
        ("power.battery_saver", {"power.battery_saver": (False, True)}),
        ("battery.low", {"battery.percent": (21, 20)}),
        ("wifi.weak_signal", {"wifi.signal_dbm": (-75, -76)}),
        ("network.metered", {"network.metered": (False, True)}),
        ("link.vpn", {"link.vpn": (False, True)}),
        ("memory.short", {"memory.available_ratio": (0.05, 0.049)}),
        ("memory.short", {"memory.pressure": (20.0, 20.1)}),
        ("cpu.busy", {"cpu.load_ratio": (0.95, 0.96)}),
    ],
)
def test_time_with_and_without(key: str, states: dict[str, tuple[StateValue, StateValue]]) -> None:
    """Off from hour 10, on from hour 30 to 40; unknown before, and asleep from 35 to 37."""
    told = {name: [(10.0, off), (30.0, on), (40.0, off)] for name, (off, on) in states.items()}
    found = factor_of(week(told, drops=(5, 20, 31, 39), gaps=[asleep(35, 37)], hours=100), key)
    assert (found.exposed_s, found.unexposed_s) == (8 * 3600, 80 * 3600)
    assert (found.exposed_count, found.unexposed_count) == (2, 1)


def test_what_held_before_the_week_holds_on() -> None:
    before = {"link.vpn": StateChange(at(-50), "link.vpn", True)}
    found = factor_of(replace(week({"link.vpn": [(40, False)]}), states_before=before), "link.vpn")
    assert found.exposed_s == 40 * 3600


def test_a_low_battery_that_charges_is_not_low() -> None:
    states: dict[str, Sequence[tuple[float, StateValue]]] = {
        "battery.percent": [(0, 10)],
        "battery.plugged": [(0, False), (10, True)],
    }
    assert factor_of(week(states), "battery.low").exposed_s == 10 * 3600


def test_a_network_that_is_lost_answers_for_its_loss() -> None:
    """Its name goes a moment before the session does."""
    states = {"wifi.ssid": [(0.0, "home"), (10.0, None), (11.0, "home")]}
    found = factor_of(week(states, drops=[10 + 5 / 3600]), "wifi.ssid", "home")
    assert found.exposed_count == 1
    assert found.exposed_s == 167 * 3600 + 60


def test_each_network_against_all_others_the_cable_among_them() -> None:
    states: dict[str, Sequence[tuple[float, StateValue]]] = {
        "link.kind": [(0, "wifi"), (20, "ethernet")],
        "wifi.ssid": [(0, "home"), (10, "café"), (20, None)],
    }
    watched = week(states, drops=(1, 2, 12, 25), hours=30)
    home, cafe = (factor_of(watched, "wifi.ssid", name) for name in ("home", "café"))
    assert (home.exposed_s, home.unexposed_s) == (10 * 3600, 20 * 3600)
    assert (home.exposed_count, cafe.exposed_count, cafe.unexposed_count) == (2, 1, 3)
    cable = factor_of(watched, "link.kind", "ethernet")
    assert (cable.exposed_count, cable.unexposed_count) == (1, 3)


def test_of_dozens_of_networks_those_joined_longest_are_asked_about() -> None:
    names = [(float(number * number) / 10, f"net {number}") for number in range(40)]
    found = [one for one in factors(week({"wifi.ssid": names})) if one.key == "wifi.ssid"]
    assert len(found) == 8
    assert found[0].subject == "net 39"


def test_what_was_never_known_is_no_factor() -> None:
    assert {factor.key for factor in factors(week({}))} == {"time.hour"}


def test_the_first_minutes_after_each_sleep() -> None:
    gaps = [asleep(1, 8), asleep(30, 32), Gap(at(50), at(51), GapWhy.STOPPED)]
    found = factor_of(week({}, drops=(8 + 2 / 60, 40), gaps=gaps), "sleep.wake_up")
    assert found.exposed_s == 600
    assert (found.exposed_count, found.unexposed_count) == (1, 1)


def test_parts_of_the_day_are_local() -> None:
    watched = replace(week({}, hours=48), offsets=((at(0), 8 * 3600),))
    held = {held.subject: held.held for held in calendar.hour_of_day(scene_of(watched))}
    assert held["18-24"] == ((at(10), at(16)), (at(34), at(40)))
    assert sum(end - start for spans in held.values() for start, end in spans) == 48 * HOUR_MS


def test_a_changed_clock_moves_the_parts_of_the_day() -> None:
    """An hour is skipped at 01:00 UTC of Tuesday: that night lasts five hours."""
    watched = replace(week({}, hours=72), offsets=((at(0), 3600), (at(25), 7200)))
    held = {held.subject: held.held for held in calendar.hour_of_day(scene_of(watched))}
    assert held["00-06"] == (
        (at(0), at(5)),
        (at(23), at(28)),
        (at(46), at(52)),
        (at(70), at(72)),
    )


def minutes(
    target: Target, lost: dict[int, int], rtts: dict[int, float] | None = None
) -> list[PathMinute]:
    """Two hours of minutes with 12 probes each."""
    slow = rtts or {}
    return [
        PathMinute(at(0) + m * MINUTE_MS, target, 12, lost.get(m, 0), slow.get(m, 20.0))
        for m in range(120)
    ]


def on_the_way(seen: list[PathMinute], drops: Sequence[Disconnect] = ()) -> WatchedWeek:
    return replace(week({}, hours=2), minutes=tuple(seen), disconnects=tuple(drops))


def held_minutes(watched: WatchedWeek, key: str) -> list[int]:
    held = next(one for one in path.before(scene_of(watched)) if one.key == key)
    return [
        (moment - at(0)) // MINUTE_MS
        for start, end in held.held
        for moment in range(start, end, MINUTE_MS)
    ]


def test_loss_counts_for_the_five_minutes_after_it() -> None:
    watched = on_the_way(minutes(ANCHOR, {30: 2}))
    assert held_minutes(watched, "path.loss") == [31, 32, 33, 34, 35]


def test_a_stray_probe_is_no_loss() -> None:
    assert held_minutes(on_the_way(minutes(ANCHOR, {30: 1})), "path.loss") == []


def test_the_loss_that_a_disconnect_is_itself_does_not_count() -> None:
    lost = dict.fromkeys(range(30, 34), 12)
    watched = on_the_way(minutes(ANCHOR, lost), [drop(0.5, minutes=3.5)])
    assert held_minutes(watched, "path.loss") == []


def test_a_target_that_never_answers_says_nothing() -> None:
    always = dict.fromkeys(range(120), 12)
    watched = on_the_way(minutes(ANCHOR, {}) + minutes(SILENT, always))
    assert held_minutes(watched, "path.loss") == []


def test_the_router_stands_in_only_where_nothing_farther_answers() -> None:
    alone = on_the_way(minutes(ROUTER, {30: 4}))
    assert len(held_minutes(alone, "path.loss")) == 5
    both = on_the_way(minutes(ROUTER, {30: 4}) + minutes(ANCHOR, {}))
    assert held_minutes(both, "path.loss") == []


def test_slow_is_more_than_twice_the_usual() -> None:
    slow = dict.fromkeys(range(30, 40), 41.0)
    assert held_minutes(on_the_way(minutes(ANCHOR, {}, slow)), "path.latency") == list(
        range(33, 43)
    )
    usual = dict.fromkeys(range(30, 40), 39.0)
    assert held_minutes(on_the_way(minutes(ANCHOR, {}, usual)), "path.latency") == []
