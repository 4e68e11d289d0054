"""ISO 8601 weeks and the instants they begin and end at, in a zone with its summer time.

A zone is a `tzinfo`, or None for the machine's own: `datetime.astimezone` then applies the
system's rules to each instant, which a fixed offset would get wrong across a clock change.
"""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from monitor.model import EpochMs
from monitor.report.interface import Week

_NAME = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)


def parse_week(text: str, now_ms: EpochMs, zone: tzinfo | None) -> Week:
    """Return the week for `2026-W47`, `this` or `last`.

    Raises:
        ValueError: it is none of these, or the year has no such week.
    """
    if text == "this":
        return week_of(now_ms, zone)
    if text == "last":
        return week_before(week_of(now_ms, zone))
    found = _NAME.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is not a week: write this, last or 2026-W47")
    try:
        return _week(date.fromisocalendar(int(found[1]), int(found[2]), 1), zone)
    except (ValueError, OverflowError):
        raise ValueError(f"'{text}' is not a week: {found[1]} has no week {found[2]}") from None


def week_of(at_ms: EpochMs, zone: tzinfo | None) -> Week:
    """Return the week that an instant lies in."""
    day = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date()
    return _week(day - timedelta(days=day.weekday()), zone)


def week_before(week: Week) -> Week:
    """Return the week before."""
    return week_of(week.since_ms - 1, week.zone)


def _week(monday: date, zone: tzinfo | None) -> Week:
    """Return the week that begins with this Monday's local midnight."""
    year, number, _ = monday.isocalendar()
    return Week(
        name=f"{year}-W{number:02d}",
        since_ms=midnight_ms(monday, zone),
        until_ms=midnight_ms(monday + timedelta(days=7), zone),
        zone=zone,
    )


def midnight_ms(day: date, zone: tzinfo | None) -> EpochMs:
    """Return the instant of a day's local midnight; the earlier one where it comes twice."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return round(midnight.astimezone(UTC).timestamp() * 1000)
