"""What a week says of its circumstances, and what it must not say."""

from dataclasses import replace
from random import Random
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.correlate.engine import factors
from monitor.correlate.interface import WatchedWeek
from monitor.model import EpochMs, Factor, FactorVerdict, StateValue
from tests.evaluate.invented_weeks import null_week
from tests.unit.correlate.weeks import at, drop, factor_of, week

SAVER = "power.battery_saver"
EVENINGS = [
    (hour, value)
    for day in range(7)
    for hour, value in ((day * 24 + 20.0 + day % 3, True), (day * 24 + 23.5, False))
]
OFF_AND_EVENINGS = [(0.0, False), *EVENINGS]
IN_EVENINGS = [day * 24 + 22.3 + day / 9 for day in range(7)]


def test_drops_on_evenings_with_battery_saver() -> None:
    found = factor_of(week({SAVER: OFF_AND_EVENINGS}, [*IN_EVENINGS, 40, 110]), SAVER)
    assert found.verdict is FactorVerdict.RAISES
    assert (found.exposed_count, found.unexposed_count) == (7, 2)
    assert found.p is not None
    assert found.q is not None
    assert found.p <= found.q <= 0.1
    assert found.rate_ratio is not None
    assert found.ci_low is not None
    assert found.ci_high is not None
    assert 1 < found.ci_low < found.rate_ratio < found.ci_high


def test_two_incidents_are_not_enough() -> None:
    found = factor_of(week({SAVER: OFF_AND_EVENINGS}, IN_EVENINGS[:2]), SAVER)
    assert found.verdict is FactorVerdict.NOT_ENOUGH
    assert (found.p, found.q) == (None, None)


def test_many_drops_in_a_row_are_still_one_incident() -> None:
    minutes = [22.5 + minute / 60 for minute in range(0, 40, 4)]
    found = factor_of(week({SAVER: OFF_AND_EVENINGS}, minutes), SAVER)
    assert found.exposed_count == 1
    assert found.verdict is FactorVerdict.NOT_ENOUGH


def test_one_bad_day_is_no_evidence_against_what_held_that_day() -> None:
    """Six incidents within three hours of the one day on another network: a plain test says
    p < 0.0001; that they fell into that day by chance has one chance in seven."""
    states = {"wifi.ssid": [(0.0, "home"), (48.0, "office"), (72.0, "home")]}
    watched = week(states, [55 + half / 2 for half in range(6)])
    found = factor_of(watched, "wifi.ssid", "office")
    assert found.exposed_count == 6
    assert found.ci_low is not None
    assert found.ci_low > 1
    assert found.verdict in (FactorVerdict.NO_EVIDENCE, FactorVerdict.NOT_ENOUGH)


def test_what_held_all_week_explains_nothing() -> None:
    found = factor_of(week({SAVER: [(0.0, True)]}, [10, 30, 50, 70, 90]), SAVER)
    assert (found.exposed_count, found.rate_ratio, found.p) == (5, None, None)
    assert found.verdict is FactorVerdict.NOT_ENOUGH


def test_the_saver_is_left_where_the_low_battery_only_came_with_it() -> None:
    """The battery is low in half of the time on battery saver, and low without it as often."""
    low: list[tuple[float, StateValue]] = [(0.0, 80)]
    for day in range(7):
        low += [(day * 24 + 8.0, 15), (day * 24 + 9.5, 80)]
        low += [(day * 24 + 21.0 + day % 3 / 2, 15), (day * 24 + 23.5, 80)]
    saver_on = [(0.0, False)] + [
        turn for day in range(7) for turn in ((day * 24 + 19.0, True), (day * 24 + 23.6, False))
    ]
    inside = [day * 24 + 19.2 + part * 1.4 for day in range(7) for part in range(3)]
    watched = week({SAVER: saver_on, "battery.percent": low}, inside)
    saver, battery = factor_of(watched, SAVER), factor_of(watched, "battery.low")
    assert saver.verdict is FactorVerdict.RAISES
    assert saver.adjusted is not None
    assert (saver.adjusted.by_key, saver.adjusted.is_left) == ("battery.low", True)
    assert battery.adjusted is not None
    assert battery.adjusted.is_left is False
    assert battery.verdict is not FactorVerdict.RAISES


def test_two_that_are_always_together_cannot_be_told_apart() -> None:
    percents = [(hour, 15 if value else 80) for hour, value in OFF_AND_EVENINGS]
    watched = week({SAVER: OFF_AND_EVENINGS, "battery.percent": percents}, IN_EVENINGS)
    for key in (SAVER, "battery.low"):
        found = factor_of(watched, key)
        assert found.verdict is FactorVerdict.RAISES
        assert found.adjusted is not None
        assert found.adjusted.is_left is None


def test_two_names_for_the_same_division_of_the_week_are_one_question() -> None:
    kinds = [(hour, "cellular" if value else "wifi") for hour, value in OFF_AND_EVENINGS]
    drops = [*IN_EVENINGS, 40, 110]
    alone = factor_of(week({SAVER: OFF_AND_EVENINGS}, drops), SAVER)
    beside = factor_of(week({SAVER: OFF_AND_EVENINGS, "link.kind": kinds}, drops), SAVER)
    assert beside.q == alone.q


def test_an_empty_week() -> None:
    assert factors(WatchedWeek(at(0), at(0))) == ()


def moved(watched: WatchedWeek, scale: int) -> WatchedWeek:
    """Return the week with everything so many times as far apart."""

    def instant(at_ms: EpochMs) -> EpochMs:
        return at(0) + (at_ms - at(0)) * scale

    return replace(
        watched,
        until_ms=instant(watched.until_ms),
        states=tuple(replace(one, at_ms=instant(one.at_ms)) for one in watched.states),
        disconnects=tuple(
            replace(one, started_at_ms=instant(one.started_at_ms), ended_at_ms=None)
            for one in watched.disconnects
        ),
    )


HOURS = st.lists(st.integers(1, 166), min_size=3, max_size=12, unique=True)
TURNS = st.lists(st.integers(1, 166), min_size=2, max_size=10, unique=True).map(sorted)


@given(HOURS, TURNS, st.integers(2, 9))
@settings(max_examples=30, deadline=None)
def test_another_pace_changes_no_ratio(drops: list[int], turns: list[int], scale: int) -> None:
    states = {SAVER: [(0.0, False), *((turn, n % 2 == 0) for n, turn in enumerate(turns))]}
    watched = week(states, drops)
    one, other = factor_of(watched, SAVER), factor_of(moved(watched, scale), SAVER)
    assert one.rate_ratio == other.rate_ratio
    assert other.exposed_s == scale * one.exposed_s


@given(HOURS, TURNS)
@settings(max_examples=30, deadline=None)
def test_the_numbers_of_a_week_agree(drops: list[int], turns: list[int]) -> None:
    states = {SAVER: [(0.0, False), *((turn, n % 2 == 0) for n, turn in enumerate(turns))]}
    for factor in factors(week(states, drops)):
        assert factor.exposed_s + factor.unexposed_s == 168 * 3600
        assert factor.exposed_count + factor.unexposed_count == len(drops)
        assert factor.p is None or 0 < factor.p <= 1
        assert factor.q is None or (factor.p is not None and factor.p <= factor.q <= 1)
        if factor.verdict is FactorVerdict.RAISES:
            assert factor.exposed_count >= 3


def test_the_same_week_gives_the_same_answer_in_little_time() -> None:
    watched = null_week(Random(1))
    started = process_time()
    found: tuple[Factor, ...] = factors(watched)
    assert process_time() - started < 0.5
    assert found == factors(watched)
    assert len(found) >= 15


def test_a_disconnect_in_time_that_was_not_observed_is_not_counted() -> None:
    watched = week({SAVER: OFF_AND_EVENINGS}, IN_EVENINGS)
    before = replace(watched, disconnects=(*watched.disconnects, drop(-5), drop(400)))
    assert factor_of(before, SAVER) == factor_of(watched, SAVER)
