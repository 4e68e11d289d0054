"""The week's pictures in signs, for a page of fixed columns: the timeline and the heat map."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from monitor.report.amounts import HOUR_MS
from monitor.report.days import HOURS
from monitor.report.interface import Day, HeatCell, StretchKind, WeekSummary

FINE, LOST, UNOBSERVED = ".", "#", "/"
MANY = "+"
"""Ten or more in one cell."""

COLUMN_MS = HOUR_MS // 2
"""A day takes 48 columns; 46 or 50 where the clocks are changed."""

HOUR_MARKS = "".join(f"{hour:02d}" + " " * 10 for hour in range(0, HOURS, 6)).rstrip()
"""Stands over a timeline, every six hours."""
HEAT_MARKS = "".join(f"{hour:02d}" + " " * 4 for hour in range(0, HOURS, 3)).rstrip()
"""Stands over a heat map, every three hours."""


def timeline(day: Day) -> str:
    """Return a day in half hours: one that lost anything is lost, however little."""
    ends = range(day.since_ms, day.until_ms, COLUMN_MS)
    return "".join(_sign(day, at_ms, min(at_ms + COLUMN_MS, day.until_ms)) for at_ms in ends)


def _sign(day: Day, since_ms: int, until_ms: int) -> str:
    unseen_ms = 0
    first = bisect_right(day.stretches, since_ms, key=lambda held: held.until_ms)
    last = bisect_left(day.stretches, until_ms, key=lambda held: held.since_ms)
    for held in day.stretches[first:last]:
        inside_ms = min(held.until_ms, until_ms) - max(held.since_ms, since_ms)
        if held.kind is StretchKind.LOST:
            return LOST
        if held.kind is StretchKind.UNOBSERVED:
            unseen_ms += inside_ms
    return UNOBSERVED if 2 * unseen_ms >= until_ms - since_ms else FINE


def heat(summary: WeekSummary) -> Iterator[str]:
    """Yield a row a weekday, Monday's first: how many began in each hour, in two columns each."""
    for first in range(0, len(summary.heat), HOURS):
        yield " ".join(_cell(cell) for cell in summary.heat[first : first + HOURS])


def _cell(cell: HeatCell) -> str:
    if not cell.count:
        return FINE if cell.observed_ms else UNOBSERVED
    return str(cell.count) if cell.count < 10 else MANY
