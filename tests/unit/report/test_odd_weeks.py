"""Weeks that are not 168 plain hours, or hold next to nothing, or far too much."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from monitor.model import CauseCode, FixCode
from monitor.report.interface import WeekFacts, WeekSummary, Words
from monitor.report.registry import FORMATS
from monitor.report.signs import timeline
from monitor.report.summary import summarise
from monitor.report.weeks import parse_week, week_before
from monitor.wrap import width
from tests.unit.report.films import HOUR_MS, WEEK, PlainWords, because, drop, facts

Render = Callable[[WeekSummary, Words], str]
WORDS = PlainWords()
EACH_FORMAT = pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS.keys())


def whole(name: str, zone: tzinfo) -> WeekFacts:
    week = parse_week(name, 0, zone)
    begin, end = week.since_ms, week.until_ms
    at_ms = begin + 30 * HOUR_MS
    broken = replace(drop(1, "2026-01-01T00:00", 1), started_at_ms=at_ms, ended_at_ms=at_ms + 1000)
    return replace(
        facts(broken, observed=(begin, end)),
        week=week,
        previous=week_before(week),
        now_ms=end,
    )


@pytest.mark.parametrize(
    ("name", "hours", "columns"),
    [("2026-W13", 167, 46), ("2026-W43", 169, 50), ("2026-W53", 168, 48)],
)
def test_a_week_has_the_hours_that_its_clocks_had(name: str, hours: int, columns: int) -> None:
    summary = summarise(whole(name, ZoneInfo("Europe/Berlin")))
    assert summary.observed_ms == hours * HOUR_MS
    assert f"observed {hours}.0 of {hours} hours" in FORMATS["text"](summary, WORDS)
    assert [len(timeline(day)) for day in summary.days] == [48] * 6 + [columns]
    assert json.loads(FORMATS["json"](summary, WORDS))["week"] == name


def test_the_last_week_of_a_long_year_reaches_into_the_next() -> None:
    text = FORMATS["text"](summarise(whole("2026-W53", UTC)), WORDS)
    assert text.startswith("Week 2026-W53, 2026-12-28 to 2027-01-03\n")


class Travelled(tzinfo):
    """The machine's zone for a traveller: Berlin until Wednesday noon UTC, then Shanghai."""

    MOVED = datetime(2026, 11, 18, 12, tzinfo=UTC)

    def utcoffset(self, at: datetime | None) -> timedelta:
        assert at is not None
        east = at.replace(tzinfo=UTC) >= self.MOVED + timedelta(hours=8)
        return timedelta(hours=8 if east else 1)

    def dst(self, at: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, at: datetime | None) -> str:
        return "here"

    def fromutc(self, at: datetime) -> datetime:
        hours = 8 if at.replace(tzinfo=UTC) >= self.MOVED else 1
        return at + timedelta(hours=hours)


def test_a_zone_changed_by_travel_leaves_no_hour_out() -> None:
    facts_of_week = whole("2026-W47", Travelled())
    summary = summarise(facts_of_week)
    week = summary.week
    assert week.until_ms - week.since_ms == 161 * HOUR_MS
    assert sum(day.observed_ms for day in summary.days) == summary.observed_ms == 161 * HOUR_MS
    assert sum(day.until_ms - day.since_ms for day in summary.days) == 161 * HOUR_MS
    for render in FORMATS.values():
        assert render(summary, WORDS)


def test_a_week_told_in_another_zone_is_another_week() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert parse_week("2026-W47", 0, shanghai).since_ms == WEEK.since_ms - 8 * HOUR_MS


def test_three_observed_hours_are_told_as_three() -> None:
    span = (WEEK.since_ms + 8 * HOUR_MS, WEEK.since_ms + 11 * HOUR_MS)
    summary = summarise(facts(drop(1, "2026-11-16T09:00", 6), observed=span))
    text = FORMATS["text"](summary, WORDS)
    assert "observed 3.0 of 168 hours" in text
    assert "  Mon  ////////////////..#...//////////////////////////   1  6 min 0 s\n" in text
    assert "%" not in text.replace("95 %", "")


@EACH_FORMAT
@pytest.mark.parametrize("name", ["2026-W47", "2400-W01"])
def test_a_week_without_data_or_in_the_future_is_no_error(render: Render, name: str) -> None:
    week = parse_week(name, 0, UTC)
    empty = replace(facts(observed=None), week=week, previous=week_before(week))
    assert render(summarise(empty), WORDS)


def test_a_future_week_is_two_lines_even_where_others_were_observed() -> None:
    week = parse_week("2400-W01", 0, UTC)
    text = FORMATS["text"](
        summarise(replace(facts(), week=week, previous=week_before(week))), WORDS
    )
    assert text.splitlines()[1:] == ["Nothing was observed in this week."]


def many() -> WeekFacts:
    first = drop(0, "2026-11-16T00:00", 0.5)
    drops = [
        replace(
            first,
            id=n,
            started_at_ms=first.started_at_ms + n * 60_000,
            ended_at_ms=first.started_at_ms + n * 60_000 + 30_000,
        )
        for n in range(10_000)
    ]
    diagnosis = because(CauseCode.ISP, FixCode.CHECK_NETWORK)
    return facts(*drops, diagnoses=dict.fromkeys(range(10_000), diagnosis))


def test_ten_thousand_disconnects_are_told_in_a_second() -> None:
    week = many()
    begun = time.process_time()
    text = FORMATS["text"](summarise(week), WORDS)
    assert time.process_time() - begun < 1.0
    assert "10000 of 10000 (100 %)" in text
    assert "and 9995 shorter ones" in text
    assert max(width(line) for line in text.splitlines()) <= 80


def test_ten_thousand_disconnects_are_ten_thousand_rows() -> None:
    written = FORMATS["csv"](summarise(many()), WORDS)
    assert len(written.splitlines()) == 10_001
