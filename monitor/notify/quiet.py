"""When nothing may be shown: quiet hours and snooze; pure.

Quiet hours are read off the user's clock on the wall, so a night in which it is put forward or
back is an hour shorter or longer, and quiet from the same hour to the same hour.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.model import EpochMs
from monitor.notify.interface import Local

SNOOZE_KEY = "notify.snooze"
"""The store's name for the snooze: `<since ms> <until ms>`."""

MINUTES_IN_HOUR = 60
MINUTE_MS = 60_000
_EPOCH = date(1970, 1, 1)
_NIGHTS_BACK = 2
"""The last quiet stretch that is over began at most two days ago, whatever the time is."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which nothing is shown: from `since_ms` to before `until_ms`."""

    since_ms: EpochMs
    until_ms: EpochMs

    def holds(self, at_ms: EpochMs) -> bool:
        """Tell whether the instant lies in it."""
        return self.since_ms <= at_ms < self.until_ms


def is_quiet(hours: str, at: datetime) -> bool:
    """Tell whether the local time lies in the quiet hours, `23:00-07:00`; empty: never."""
    if not hours:
        return False
    begin, end = _minutes(hours)
    minute = at.hour * MINUTES_IN_HOUR + at.minute
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def last_quiet(hours: str, now_ms: EpochMs, local: Local) -> Stretch | None:
    """Return the last quiet hours that are over; None where there are none."""
    if not hours:
        return None
    begin, end = _minutes(hours)
    today = local(now_ms).date()
    for days in range(_NIGHTS_BACK + 1):
        first = today - timedelta(days=days)
        last = first if begin < end else first + timedelta(days=1)
        until_ms = instant_of(last, end, local)
        if until_ms <= now_ms:
            return Stretch(instant_of(first, begin, local), until_ms)
    return None


def instant_of(day: date, minute: int, local: Local) -> EpochMs:
    """Return the instant at which the local clock shows this minute of this day.

    Where the clock is put forward over it, an instant within the hour that is left out.
    """
    shown_ms = ((day - _EPOCH).days * 24 * MINUTES_IN_HOUR + minute) * MINUTE_MS
    at_ms = shown_ms
    for _ in range(2):  # the offset at the guess, then the one at the instant itself
        offset = local(at_ms).utcoffset()
        assert offset is not None
        at_ms = shown_ms - round(offset.total_seconds() * 1000)
    return at_ms


def snooze_text(snooze: Stretch) -> str:
    """Return the snooze as it is stored."""
    return f"{snooze.since_ms} {snooze.until_ms}"


def snooze_from(text: str | None) -> Stretch | None:
    """Return the snooze that was stored; None where there never was one, or it is no such text."""
    since, _, until = (text or "").partition(" ")
    if not (since.isdecimal() and until.isdecimal()):
        return None
    return Stretch(int(since), int(until))


def _minutes(hours: str) -> tuple[int, int]:
    """Return the minutes of the day at which the stretch begins and ends."""
    begin, _, end = hours.partition("-")
    return _minute(begin), _minute(end)


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * MINUTES_IN_HOUR + int(minute)
