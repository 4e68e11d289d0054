"""Small watched weeks, told in hours."""

from collections.abc import Mapping, Sequence

from monitor.correlate.engine import factors
from monitor.correlate.interface import WatchedWeek
from monitor.model import Disconnect, Factor, Gap, GapWhy, How, StateChange, StateValue

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
MONDAY_MS = 1_763_942_400_000
"""2025-11-24 00:00 UTC."""


def at(hour: float) -> int:
    """The instant so many hours after Monday's midnight."""
    return MONDAY_MS + round(hour * HOUR_MS)


def drop(hour: float, minutes: float | None = 1) -> Disconnect:
    end_ms = None if minutes is None else at(hour) + round(minutes * MINUTE_MS)
    return Disconnect("icbc", "session", at(hour), end_ms, How.TIMEOUT)


def asleep(since_h: float, until_h: float) -> Gap:
    return Gap(at(since_h), at(until_h), GapWhy.SLEEP)


def week(
    states: Mapping[str, Sequence[tuple[float, StateValue]]],
    drops: Sequence[float] = (),
    gaps: Sequence[Gap] = (),
    hours: float = 168,
) -> WatchedWeek:
    return WatchedWeek(
        since_ms=at(0),
        until_ms=at(hours),
        disconnects=tuple(drop(hour) for hour in drops),
        states=tuple(
            StateChange(at(hour), key, value)
            for key, changes in states.items()
            for hour, value in changes
        ),
        gaps=tuple(gaps),
    )


def factor_of(watched: WatchedWeek, key: str, subject: str = "") -> Factor:
    return next(one for one in factors(watched) if (one.key, one.subject) == (key, subject))
