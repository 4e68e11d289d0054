"""A circumstance is worth what its history makes it: nothing where it always holds."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diagnose.engine import diagnose
from monitor.diagnose.exposure import CONDITIONS, exposure
from monitor.diagnose.weighing import causation
from monitor.model import (
    Case,
    CauseCode,
    Exposure,
    Finding,
    Gap,
    GapWhy,
    How,
    StateChange,
    StateValue,
)
from tests.unit.diagnose.case_builder import Story

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
SAVER = CONDITIONS["power.battery_saver"]
TWO_WEEKS_MS = 14 * DAY_MS


def saver(*changes: tuple[int, StateValue]) -> list[StateChange]:
    return [StateChange(at_ms, "power.battery_saver", value) for at_ms, value in changes]


def seen(held_ratio: float, held_count: int, count: int, days: float = 14.0) -> Exposure:
    observed_ms = round(days * DAY_MS)
    return Exposure(round(observed_ms * held_ratio), observed_ms, held_count, count)


def of(case: Case, code: CauseCode) -> Finding | None:
    return next((f for f in diagnose(case).findings if f.cause is code), None)


def saver_on(exposures: Exposure | None, how: How = How.TIMEOUT) -> Case:
    """A drop of five seconds beside a saver that has been on for half an hour."""
    story = Story(how, lasted_s=5).state("power.battery_saver", False, -86_400)
    case = story.state("power.battery_saver", True, -1800).case()
    return case if exposures is None else replace(case, exposures={SAVER.key: exposures})


# How the time is counted.


def test_time_is_counted_from_change_to_change() -> None:
    history = saver((0, True), (10, False), (40, True))
    assert exposure(SAVER, history, [], [5, 20, 50], 0, 100) == Exposure(70, 100, 2, 3)


def test_what_held_before_the_window_holds_in_it() -> None:
    assert exposure(SAVER, saver((-50, True)), [], [], 0, 100) == Exposure(100, 100, 0, 0)


def test_unknown_is_in_no_count() -> None:
    history = saver((0, True), (10, None), (90, False))
    assert exposure(SAVER, history, [], [50], 0, 100) == Exposure(10, 20, 0, 0)
    assert exposure(SAVER, [], [], [50], 0, 100) == Exposure(0, 0, 0, 0)


def test_a_gap_ends_what_was_known_until_it_is_stored_anew() -> None:
    gap = Gap(10, 60, GapWhy.SLEEP)
    assert exposure(SAVER, saver((0, True)), [gap], [], 0, 100) == Exposure(10, 10, 0, 0)
    anew = saver((0, True), (30, True), (60, True))
    assert exposure(SAVER, anew, [gap], [], 0, 100) == Exposure(50, 50, 0, 0)


def test_a_disconnect_that_the_state_followed_late_counts_as_inside() -> None:
    history = saver((0, False), (100_000, True))
    counted = exposure(SAVER, history, [], [90_000, 50_000], 0, 200_000)
    assert (counted.held_count, counted.count) == (1, 2)


def test_just_after_leaving_the_screen_is_two_minutes_and_no_more() -> None:
    away = CONDITIONS["app.in_front"]
    history = [StateChange(0, away.key, True), StateChange(HOUR_MS, away.key, False)]
    assert exposure(away, history, [], [], 0, 2 * HOUR_MS).held_ms == 2 * MINUTE_MS


def test_a_low_battery_that_charges_is_not_low() -> None:
    low = CONDITIONS["battery.percent"]
    history = [
        StateChange(0, "battery.percent", 9),
        StateChange(0, "battery.plugged", False),
        StateChange(40, "battery.plugged", True),
    ]
    assert exposure(low, history, [], [], 0, 100) == Exposure(40, 100, 0, 0)


instants = st.integers(-50, 150)
histories = st.lists(
    st.builds(
        StateChange,
        instants,
        st.just(SAVER.key),
        st.sampled_from([True, False, None, "on", float("nan")]),
    ),
    max_size=12,
)
gap_lists = st.lists(st.builds(Gap, instants, instants, st.just(GapWhy.CLOCK)), max_size=4)


@given(histories, gap_lists, st.lists(instants, max_size=8))
def test_counts_are_possible_whatever_the_records(
    history: list[StateChange], gaps: list[Gap], starts: list[int]
) -> None:
    counted = exposure(SAVER, history, gaps, starts, 0, 100)
    assert 0 <= counted.held_ms <= counted.observed_ms <= 100
    assert 0 <= counted.held_count <= counted.count <= len(starts)
    assert counted == exposure(SAVER, history[::-1], gaps[::-1], starts[::-1], 0, 100)


# What the counts are worth.


def test_a_saver_that_is_always_on_explains_nothing() -> None:
    verdict = diagnose(saver_on(seen(0.98, 4, 4)))
    assert verdict.best.cause is not CauseCode.BATTERY_SAVER
    told = of(saver_on(seen(0.98, 4, 4)), CauseCode.BATTERY_SAVER)
    assert told is None or told.confidence_ratio < 0.1


def test_three_of_three_in_two_percent_of_the_time_explain_much() -> None:
    best = diagnose(saver_on(seen(0.02, 2, 2))).best
    assert best.cause is CauseCode.BATTERY_SAVER
    assert best.confidence_ratio >= 0.9
    [counts] = [item for item in best.evidence if item.code == "saver.seldom"]
    assert counts.supports
    assert counts.values == {"held_ratio": 0.02, "days": 14.0, "held_count": 3, "count": 3}


def test_an_exclusion_is_not_said_beside_a_pattern_on_the_device() -> None:
    verdict = diagnose(saver_on(seen(0.02, 2, 2), How.RESET))
    assert verdict.best.cause is CauseCode.BATTERY_SAVER
    assert all(f.confidence_ratio <= 0.5 for f in verdict.findings[1:])


def test_memory_that_is_always_short_does_not_keep_an_exclusion_from_being_said() -> None:
    case = Story(How.RESET, lasted_s=3).state("memory.available_ratio", 0.04, -86_400).case()
    usual = replace(case, exposures={"memory.available_ratio": seen(0.97, 3, 3)})
    before, after = of(case, CauseCode.BANK_CLOSED), of(usual, CauseCode.BANK_CLOSED)
    assert before is not None
    assert after is not None
    assert before.confidence_ratio < 0.5 < after.confidence_ratio
    assert diagnose(usual).best.cause is CauseCode.BANK_CLOSED


def test_one_coincidence_stays_a_guess() -> None:
    told = of(saver_on(seen(0.02, 0, 0)), CauseCode.BATTERY_SAVER)
    assert told is not None
    assert told.confidence_ratio <= 0.6


def test_drops_that_fall_anywhere_speak_against_it() -> None:
    told = of(saver_on(seen(0.3, 6, 20)), CauseCode.BATTERY_SAVER)
    assert told is None or told.confidence_ratio < 0.15


def test_a_first_day_falls_back_on_its_age() -> None:
    young = of(saver_on(seen(0.5, 0, 0, days=0.5)), CauseCode.BATTERY_SAVER)
    bare = of(saver_on(None), CauseCode.BATTERY_SAVER)
    assert young == bare


@given(
    st.floats(0, 1), st.integers(0, 200), st.integers(0, 200), st.floats(1, 14), st.integers(1, 50)
)
def test_more_inside_never_makes_it_less_likely(
    held_ratio: float, inside: int, outside: int, days: float, more: int
) -> None:
    few = causation(seen(held_ratio, inside, inside + outside, days))
    many = causation(seen(held_ratio, inside + more, inside + more + outside, days))
    assert 0.0 <= few <= 1.0
    assert many >= few - 1e-9


@given(st.floats(0, 0.98), st.floats(0, 0.98), st.integers(0, 30), st.integers(0, 30))
def test_the_more_usual_it_is_the_less_it_explains(
    one: float, other: float, inside: int, outside: int
) -> None:
    rare, usual = sorted((one, other))
    count = inside + outside
    assert causation(seen(rare, inside, count)) >= causation(seen(usual, inside, count)) - 1e-6


def test_chance_alone_is_rarely_believed() -> None:
    """A condition of a tenth of the time that one drop of two fell into is told as unlikely."""
    assert causation(seen(0.1, 0, 1)) < 0.3


@pytest.mark.parametrize("key", sorted(CONDITIONS))
@pytest.mark.parametrize(
    "odd", [Exposure(0, 0, 0, 0), Exposure(-5, -9, -1, -2), Exposure(9**20, 1, 5, 0)]
)
def test_impossible_counts_are_as_good_as_none(key: str, odd: Exposure) -> None:
    case = saver_on(None)
    assert diagnose(replace(case, exposures={key: odd})) == diagnose(case)
