"""Weeks begin at local midnight, and have 167 or 169 hours where the clock is changed."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from monitor.report.weeks import parse_week, week_before, week_of

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR_MS = 3_600_000


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("name", "zone", "hours"),
    [
        ("2026-W13", BERLIN, 167),  # summer time began on Sunday, 29 March
        ("2026-W43", BERLIN, 169),  # and ended on Sunday, 25 October
        ("2026-W44", BERLIN, 168),
        ("2026-W13", SHANGHAI, 168),
        ("2026-W43", UTC, 168),
    ],
)
def test_a_week_has_the_hours_of_its_zone(name: str, zone: tzinfo, hours: int) -> None:
    week = parse_week(name, 0, zone)
    assert (week.until_ms - week.since_ms) / HOUR_MS == hours
    assert week.local(week.since_ms).isoformat()[10:19] == "T00:00:00"
    assert week.local(week.until_ms).isoformat()[10:19] == "T00:00:00"


def test_weeks_touch_without_a_gap_through_a_year_of_clock_changes() -> None:
    week = parse_week("2027-W02", 0, BERLIN)
    for _ in range(60):
        before = week_before(week)
        assert before.until_ms == week.since_ms
        week = before
    assert week.name == "2025-W47"


def test_a_week_is_named_by_iso_8601() -> None:
    assert week_of(ms("2027-01-03T12:00:00+00:00"), UTC).name == "2026-W53"
    assert week_of(ms("2024-12-30T00:00:00+00:00"), UTC).name == "2025-W01"


def test_the_zone_decides_which_week_an_instant_is_in() -> None:
    sunday_evening_in_utc = ms("2026-11-15T20:00:00+00:00")
    assert week_of(sunday_evening_in_utc, UTC).name == "2026-W46"
    assert week_of(sunday_evening_in_utc, SHANGHAI).name == "2026-W47"


def test_this_and_last_are_seen_from_now() -> None:
    now_ms = ms("2026-11-18T08:00:00+08:00")
    assert parse_week("this", now_ms, SHANGHAI).name == "2026-W47"
    assert parse_week("last", now_ms, SHANGHAI).name == "2026-W46"
    assert parse_week("2026W47", now_ms, SHANGHAI) == parse_week("this", now_ms, SHANGHAI)


def test_the_machines_own_zone_needs_no_name() -> None:
    week = parse_week("2026-W47", 0, None)
    assert week.local(week.since_ms).isoformat()[:19] == "2026-11-16T00:00:00"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("yesterday", "'yesterday' is not a week: write this, last or 2026-W47"),
        ("2025-W53", "'2025-W53' is not a week: 2025 has no week 53"),
        ("2026-W00", "'2026-W00' is not a week: 2026 has no week 00"),
        ("9999-W52", "'9999-W52' is not a week: 9999 has no week 52"),
    ],
)
def test_what_is_no_week_is_told(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="is not a week") as caught:
        parse_week(text, 0, UTC)
    assert str(caught.value) == message
