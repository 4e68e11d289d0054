"""States that come back every day, and what is left of their shifts."""

import pytest

from monitor.correlate.daily import chances_by_day, days, is_daily
from monitor.correlate.exposure import Spans, length_ms
from tests.unit.correlate.weeks import HOUR_MS, at

WEEK: Spans = ((at(0), at(168)),)
EVENINGS: Spans = tuple((at(day * 24 + 19), at(day * 24 + 23)) for day in range(7))
ALTERNATE_DAYS: Spans = tuple((at(day * 24), at(day * 24 + 24)) for day in (0, 2, 4, 6))
ONE_STRETCH: Spans = ((at(24), at(72)),)
SCATTERED: Spans = ((at(9), at(12)), (at(45), at(49)), (at(80), at(82)), (at(161), at(164)))


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (EVENINGS, True),
        (ALTERNATE_DAYS, False),
        (ONE_STRETCH, False),
        (SCATTERED, False),
        ((), False),
        (WEEK, False),
    ],
)
def test_what_comes_back_every_day(held: Spans, expected: bool) -> None:
    assert is_daily(held, WEEK, days(WEEK, 0)) is expected


def test_days_are_cut_at_four_in_the_morning() -> None:
    found = days(WEEK, 8 * 3600)  # 04:00 there is 20:00 UTC
    assert [length_ms(day) // HOUR_MS for day in found] == [20, *[24] * 6, 4]
    assert found[1][0][0] == at(20)
    assert days((), 0) == []


def test_each_day_is_a_chance_of_its_own() -> None:
    """On two days one incident each in four hours of twenty-four: 1/36 that both fall in."""
    two_days: Spans = ((at(4), at(52)),)
    held = EVENINGS[:2]
    chances = chances_by_day(held, days(two_days, 0), [at(20), at(45)])
    assert chances == pytest.approx([25 / 36, 10 / 36, 1 / 36], abs=0.001)
