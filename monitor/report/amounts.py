"""Durations and instants as people read them."""

from datetime import UTC, datetime
from typing import Protocol

from monitor.model import Disconnect, EpochMs

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
REPORTED = "reported"
"""The source of what the user told: one whose end they did not know is stored without length."""


class Translates(Protocol):
    """Whatever turns an English text into the user's language."""

    def text(self, msgid: str) -> str:
        """Return the text in the user's language."""
        ...


def duration(ms: int, words: Translates) -> str:
    """Return a duration in its two largest units: `0.4 s`, `41 s`, `3 min 5 s`, `2 h 10 min`."""
    if ms < 10_000:
        return words.text("{seconds:.1f} s").format(seconds=ms / 1000)
    seconds = round(ms / 1000)
    if seconds < 60:
        return words.text("{seconds} s").format(seconds=seconds)
    if seconds < 3600:
        return words.text("{minutes} min {seconds} s").format(
            minutes=seconds // 60, seconds=seconds % 60
        )
    minutes = round(ms / MINUTE_MS)
    if minutes < 24 * 60:
        return words.text("{hours} h {minutes} min").format(
            hours=minutes // 60, minutes=minutes % 60
        )
    hours = round(ms / HOUR_MS)
    return words.text("{days} d {hours} h").format(days=hours // 24, hours=hours % 24)


def rounded(ms: int, words: Translates) -> str:
    """Return a duration in its largest unit, for narrow places."""
    if ms < MINUTE_MS:
        return words.text("{seconds} s").format(seconds=round(ms / 1000) or int(ms > 0))
    if ms < HOUR_MS:
        return words.text("{minutes} min").format(minutes=round(ms / MINUTE_MS))
    return words.text("{hours:.1f} h").format(hours=ms / HOUR_MS)


def is_end_known(disconnect: Disconnect) -> bool:
    """Tell whether it is over, and when that was is known."""
    is_untold = disconnect.source == REPORTED and disconnect.duration_ms == 0
    return disconnect.ended_at_ms is not None and not is_untold


def lasted(disconnect: Disconnect, words: Translates) -> str:
    """Return how long a session was lost, as far as that is known."""
    if disconnect.duration_ms is None:
        return words.text("still down")
    if not is_end_known(disconnect):
        return words.text("not known")
    return duration(disconnect.duration_ms, words)


def instant(at: datetime) -> str:
    """Return a local instant to the second: `2026-11-18 08:03:11`."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


def utc_iso(at: datetime) -> str:
    """Return a UTC datetime as the public interface writes it: `2026-11-18T08:03:11.250Z`."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def iso(at_ms: EpochMs) -> str:
    """Return an instant as the public interface writes it."""
    return utc_iso(datetime.fromtimestamp(at_ms / 1000, UTC))


def percent(ratio: float) -> str:
    """Return a ratio as a whole percentage."""
    return f"{round(ratio * 100)} %"
