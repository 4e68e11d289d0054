"""A week cut into its days and hours: what held when, for the timeline and the heat map.

Days and hours are local: a day has 23 or 25 hours where the clocks are changed, and an hour that
comes twice is one cell of twice the time.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from monitor.model import EpochMs
from monitor.report.interface import Day, HeatCell, Stretch, StretchKind, Week
from monitor.report.weeks import midnight_ms
from monitor.spans import Span, holds, overlap_ms, union, within

HOURS = 24
DAYS = 7

LEAST_FOR_A_PATTERN = 3
"""Fewer disconnects than this make no pattern over the hours of a week."""

_QUARTER_MS = 15 * 60_000
"""Every zone's offset is a multiple of a quarter of an hour, so no quarter lies in two hours."""


@dataclass(frozen=True, slots=True)
class Course:
    """When disconnects began, and what was lost and seen: the week's course, ready to be cut."""

    starts: tuple[EpochMs, ...]
    """In time order."""
    lost: tuple[Span, ...]
    """In time order, apart from each other and from every gap."""
    seen: tuple[Span, ...]
    """In time order, apart from each other."""

    def count(self, since_ms: EpochMs, until_ms: EpochMs) -> int:
        """Return how many began in [since_ms, until_ms)."""
        return bisect_left(self.starts, until_ms) - bisect_left(self.starts, since_ms)


def course(starts: Iterable[EpochMs], lost: Iterable[Span], seen: Iterable[Span]) -> Course:
    """Return the course of a week; overlapping spans become one."""
    return Course(tuple(sorted(starts)), union(lost), union(seen))


def days(week: Week, own: Course) -> tuple[Day, ...]:
    """Return the seven days of a week."""
    return tuple(_day(since_ms, until_ms, own) for since_ms, until_ms in _day_spans(week))


def heat(week: Week, own: Course) -> tuple[HeatCell, ...]:
    """Return the 168 hours of a week, Monday's first; nothing where there is no pattern to show."""
    if own.count(week.since_ms, week.until_ms) < LEAST_FOR_A_PATTERN:
        return ()
    quarters: dict[tuple[int, int], list[Span]] = {
        (weekday, hour): [] for weekday in range(DAYS) for hour in range(HOURS)
    }
    for at_ms in range(week.since_ms, week.until_ms, _QUARTER_MS):
        local = week.local(at_ms)
        quarters[local.weekday(), local.hour].append((at_ms, at_ms + _QUARTER_MS))
    return tuple(
        HeatCell(
            weekday=weekday,
            hour=hour,
            count=sum(own.count(*span) for span in spans),
            lost_ms=sum(_length_ms(stretches(*span, own), StretchKind.LOST) for span in spans),
            observed_ms=sum(overlap_ms(own.seen, *span) for span in spans),
        )
        for (weekday, hour), spans in quarters.items()
    )


def stretches(since_ms: EpochMs, until_ms: EpochMs, own: Course) -> list[Stretch]:
    """Return what held, without a hole; lost time that a user told of need not be observed."""
    lost, seen = within(own.lost, since_ms, until_ms), within(own.seen, since_ms, until_ms)
    inside = [edge for span in (*lost, *seen) for edge in span if since_ms < edge < until_ms]
    held: list[Stretch] = []
    for start, end in pairwise(sorted({since_ms, until_ms, *inside})):
        kind = _kind(start, lost, seen)
        if held and held[-1].kind is kind:
            start = held.pop().since_ms
        held.append(Stretch(start, end, kind))
    return held


def _kind(at_ms: EpochMs, lost: Sequence[Span], seen: Sequence[Span]) -> StretchKind:
    if holds(lost, at_ms):
        return StretchKind.LOST
    return StretchKind.UP if holds(seen, at_ms) else StretchKind.UNOBSERVED


def _day_spans(week: Week) -> list[Span]:
    """Return where each local day begins and ends."""
    first = week.local(week.since_ms).date()
    inner = [midnight_ms(first + timedelta(days=n), week.zone) for n in range(1, DAYS)]
    return list(pairwise([week.since_ms, *inner, week.until_ms]))


def _day(since_ms: EpochMs, until_ms: EpochMs, own: Course) -> Day:
    held = tuple(stretches(since_ms, until_ms, own))
    return Day(
        since_ms=since_ms,
        until_ms=until_ms,
        count=own.count(since_ms, until_ms),
        lost_ms=_length_ms(held, StretchKind.LOST),
        observed_ms=overlap_ms(own.seen, since_ms, until_ms),
        stretches=held,
    )


def _length_ms(held: Iterable[Stretch], kind: StretchKind) -> int:
    return sum(s.until_ms - s.since_ms for s in held if s.kind is kind)
