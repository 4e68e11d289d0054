"""A week cut into days and hours: whole, in order, and the sums agree with the week's."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.report.days import course, days, heat, stretches
from monitor.report.interface import Stretch, StretchKind, Week
from monitor.report.weeks import parse_week

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000


def week(name: str) -> Week:
    return parse_week(name, 0, BERLIN)


@pytest.mark.parametrize(
    ("name", "hours"), [("2026-W47", 168), ("2026-W13", 167), ("2026-W43", 169)]
)
def test_the_days_fill_the_week_whatever_the_clocks_do(name: str, hours: int) -> None:
    own = week(name)
    found = days(own, course([], [], [(own.since_ms, own.until_ms)]))
    assert [d.since_ms for d in found] == [own.since_ms, *(d.until_ms for d in found[:-1])]
    assert sum(d.until_ms - d.since_ms for d in found) == hours * HOUR_MS
    assert sum(d.observed_ms for d in found) == hours * HOUR_MS
    assert {own.local(d.since_ms).hour for d in found} == {0}


def test_an_hour_that_comes_twice_is_one_cell_of_twice_the_time() -> None:
    own = week("2026-W43")  # Sunday, 25 October: 02:00-03:00 comes twice
    cells = heat(own, course([own.since_ms] * 3, [], [(own.since_ms, own.until_ms)]))
    assert len(cells) == 168
    twice = [cell for cell in cells if cell.observed_ms == 2 * HOUR_MS]
    assert [(cell.weekday, cell.hour) for cell in twice] == [(6, 2)]


def test_fewer_than_three_disconnects_are_no_pattern() -> None:
    own = week("2026-W47")
    assert heat(own, course([own.since_ms] * 2, [], [])) == ()


def test_lost_time_that_a_user_told_of_need_not_be_observed() -> None:
    held = stretches(0, 100, course([20], [(20, 60)], [(0, 40), (80, 100)]))
    assert held == [
        Stretch(0, 20, StretchKind.UP),
        Stretch(20, 60, StretchKind.LOST),
        Stretch(60, 80, StretchKind.UNOBSERVED),
        Stretch(80, 100, StretchKind.UP),
    ]


SPANS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=8)


@given(SPANS, SPANS)
def test_stretches_have_no_hole_and_each_instant_is_what_it_was(
    lost: list[tuple[int, int]], seen: list[tuple[int, int]]
) -> None:
    held = stretches(0, 100, course([], lost, seen))
    assert [s.since_ms for s in held] == [0, *(s.until_ms for s in held[:-1])]
    assert held[-1].until_ms == 100
    for stretch in held:
        for at_ms in range(stretch.since_ms, stretch.until_ms):
            is_seen = any(start <= at_ms < end for start, end in seen)
            is_lost = any(start <= at_ms < end for start, end in lost)
            otherwise = StretchKind.UP if is_seen else StretchKind.UNOBSERVED
            assert stretch.kind is (StretchKind.LOST if is_lost else otherwise)
