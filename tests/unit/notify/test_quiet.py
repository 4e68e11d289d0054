"""Quiet hours follow the clock on the wall; a snooze is stored and read back."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notify.quiet import (
    Stretch,
    instant_of,
    is_quiet,
    last_quiet,
    snooze_from,
    snooze_text,
)

ZONES = [ZoneInfo(z) for z in ("Asia/Shanghai", "Europe/Berlin", "America/New_York")]


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("hours", "clock", "quiet"),
    [
        ("", "03:00", False),
        ("23:00-07:00", "22:59", False),
        ("23:00-07:00", "23:00", True),
        ("23:00-07:00", "00:00", True),
        ("23:00-07:00", "06:59", True),
        ("23:00-07:00", "07:00", False),
        ("12:30-14:00", "12:29", False),
        ("12:30-14:00", "12:30", True),
        ("12:30-14:00", "14:00", False),
    ],
)
def test_quiet_hours_across_midnight_and_within_a_day(hours: str, clock: str, quiet: bool) -> None:
    assert (
        is_quiet(hours, datetime.fromisoformat(f"2026-11-18T{clock}").replace(tzinfo=UTC)) is quiet
    )


@pytest.mark.parametrize(
    ("now", "since", "until"),
    [
        ("2026-10-25T08:00+01:00", "2026-10-24T23:00+02:00", "2026-10-25T07:00+01:00"),
        ("2026-03-29T07:00+02:00", "2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00"),
        ("2026-11-18T06:59+01:00", "2026-11-16T23:00+01:00", "2026-11-17T07:00+01:00"),
    ],
)
def test_the_last_night_that_is_over(now: str, since: str, until: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    found = last_quiet("23:00-07:00", ms(now), lambda at: datetime.fromtimestamp(at / 1000, berlin))
    assert found == Stretch(ms(since), ms(until))


@given(st.integers(0, 4_000_000_000_000 // 60_000), st.sampled_from(ZONES), st.integers(0, 1439))
def test_an_instant_is_shown_by_the_clock_at_that_minute(
    at_minutes: int, zone: ZoneInfo, minute: int
) -> None:
    def local(at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, zone)

    day = local(at_minutes * 60_000).date()
    shown = local(instant_of(day, minute, local))
    exact = (shown.date(), shown.hour * 60 + shown.minute) == (day, minute)
    before, after = (local(instant_of(day, minute, local) + h * 3_600_000) for h in (-2, 2))
    assert exact or before.utcoffset() != after.utcoffset()


def test_a_morning_after_the_clock_was_changed_in_the_night() -> None:
    new_york = ZoneInfo("America/New_York")
    found = instant_of(
        date(2026, 3, 8), 5 * 60, lambda at: datetime.fromtimestamp(at / 1000, new_york)
    )
    assert found == ms("2026-03-08T05:00-04:00")


@given(st.integers(0), st.integers(0))
def test_a_snooze_is_read_back(since_ms: int, until_ms: int) -> None:
    snooze = Stretch(since_ms, until_ms)
    assert snooze_from(snooze_text(snooze)) == snooze


@pytest.mark.parametrize("text", [None, "", "7", "a b", "1 2 3", "-1 5"])
def test_what_is_no_snooze_is_none(text: str | None) -> None:
    assert snooze_from(text) is None
