"""Which report is due: by local time, across summer time, journeys and missed Mondays."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.daemon.due import due_week

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


def ms(text: str, zone: ZoneInfo) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(
    ("now", "name"),
    [
        ("2026-11-23T07:59:59", "2026-W46"),
        ("2026-11-23T08:00:00", "2026-W47"),
        ("2026-11-26T12:00:00", "2026-W47"),
        ("2026-11-30T00:30:00", "2026-W47"),
        ("2026-11-30T08:00:00", "2026-W48"),
        ("2027-01-04T08:00:00", "2026-W53"),
        ("2027-01-11T08:00:00", "2027-W01"),
    ],
)
def test_the_week_before_from_monday_at_eight(now: str, name: str) -> None:
    assert due_week(ms(now, SHANGHAI), "08:00", SHANGHAI).name == name


def test_of_missed_weeks_only_the_last_is_due() -> None:
    assert due_week(ms("2026-12-18T10:00:00", SHANGHAI), "08:00", SHANGHAI).name == "2026-W50"


@pytest.mark.parametrize("monday", ["2026-03-30", "2026-10-26"])
def test_the_monday_after_the_clocks_are_changed(monday: str) -> None:
    """The week before has 167 or 169 hours; eight o'clock is eight o'clock all the same."""
    before = due_week(ms(f"{monday}T07:59:00", BERLIN), "08:00", BERLIN)
    after = due_week(ms(f"{monday}T08:00:00", BERLIN), "08:00", BERLIN)
    assert before.name < after.name
    assert (after.until_ms - after.since_ms) / 3_600_000 in (167, 169)


def test_a_journey_changes_when_it_is_due() -> None:
    """What is due in Shanghai already is not in New York, where it is still Sunday."""
    now = ms("2026-11-23T08:30:00", SHANGHAI)
    assert due_week(now, "08:00", SHANGHAI).name == "2026-W47"
    assert due_week(now, "08:00", NEW_YORK).name == "2026-W46"


def test_the_machines_own_zone() -> None:
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert due_week(round(noon.timestamp() * 1000), "08:00", None).name == "2026-W47"
