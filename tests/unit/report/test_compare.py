"""What may be said of two weeks, and of small numbers."""

import pytest

from monitor.report.compare import Change, WhyNot, compare, share
from monitor.report.interface import WeekSummary
from monitor.report.summary import summarise
from tests.unit.report.films import HOUR_MS, WEEK, PlainWords, drop, facts


def week(before_hours: int, hours: int = 168) -> WeekSummary:
    span = (WEEK.since_ms - before_hours * HOUR_MS, WEEK.since_ms + hours * HOUR_MS)
    drops = (
        drop(1, "2026-11-15T23:00", 10),
        drop(2, "2026-11-16T00:10", 5),
        drop(3, "2026-11-16T01:10", 1),
    )
    return summarise(facts(*drops, observed=span))


@pytest.mark.parametrize(
    ("summary", "change"),
    [
        (week(168), Change(1, -4 * 60_000, None)),
        (week(126), Change(1, -4 * 60_000, None)),
        (week(125), Change(None, None, WhyNot.HOURS_DIFFER)),
        (week(168, hours=125), Change(None, None, WhyNot.HOURS_DIFFER)),
        (week(0), Change(None, None, WhyNot.NOTHING_BEFORE)),
        (summarise(facts(observed=None)), Change(None, None, WhyNot.NOTHING_NOW)),
    ],
)
def test_only_weeks_watched_alike_are_compared(summary: WeekSummary, change: Change) -> None:
    assert compare(summary) == change


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (0, 0, "0 of 0"),
        (4, 7, "4 of 7"),
        (19, 19, "19 of 19"),
        (5, 20, "5 of 20 (25 %)"),
        (10, 3600, "10 of 3600 (0.28 %)"),
        (0, 3600, "0 of 3600 (0 %)"),
    ],
)
def test_a_percentage_is_told_only_of_twenty_and_more(part: int, whole: int, told: str) -> None:
    assert share(part, whole, PlainWords()) == told
