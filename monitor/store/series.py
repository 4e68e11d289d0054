"""Reads how the way was over a week, summed up, without ever holding a week of raw samples.

What is rolled up is read from the roll-ups; the newest samples, which are not yet, are folded here
as they are read. Every function runs inside a read transaction of its caller's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

from sqlalchemy import Connection, func, select

from monitor.model import EpochMs, Leg, Outcome, Role, Target
from monitor.store import blocks, histogram, schema
from monitor.store.marks import HOUR_MS, MINUTE_MS, ROLLED_UNTIL, read_instant, whole
from monitor.store.reading import targets

_NOT_MEASURED = schema.OUTCOME_CODES[Outcome.NOT_MEASURED]
_US_PER_MS = 1000
_AT_ONCE = 1_000
"""Rows fetched at a time: a tenth of a megabyte."""


@dataclass(frozen=True, slots=True)
class TargetMinute:
    """What one target answered in one minute."""

    at_ms: EpochMs
    target: Target
    measured_count: int
    lost_count: int
    rtt_ms: float | None
    """Mean of those that answered; None where nothing timed came back."""


@dataclass(frozen=True, slots=True)
class LegStep:
    """What one leg went through in one step of time."""

    at_ms: EpochMs
    measured_count: int
    lost_count: int
    p50_ms: float | None
    p95_ms: float | None
    max_ms: float | None


@dataclass(frozen=True, slots=True)
class LegSteps:
    """One leg over a stretch of time; steps in which nothing was measured are left out."""

    leg: Leg
    step_ms: int
    steps: tuple[LegStep, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """The way to the wallet over a stretch of time."""

    minutes: tuple[TargetMinute, ...]
    """By target, in time order; of the roles that were asked for."""
    legs: tuple[LegSteps, ...]
    """Nearest first."""


Folded: TypeAlias = tuple[EpochMs, int, int, int, int, int | None, bytes]
"""Where a minute or hour begins, the target's number, measured, lost, sum and longest of the round
trips in microseconds, and their packed histogram."""


@dataclass(slots=True)
class _Sum:
    """What is added up of one leg and step, or of one target and minute."""

    measured_count: int = 0
    lost_count: int = 0
    sum_us: int = 0
    max_us: int | None = None
    rtts: histogram.Histogram = field(default_factory=dict)

    def add_longest(self, longest_us: int | None) -> None:
        if longest_us is not None and (self.max_us is None or longest_us > self.max_us):
            self.max_us = longest_us

    def add_sample(self, rtt_us: int | None, *, is_lost: bool) -> None:
        """Count one raw sample."""
        self.measured_count += 1
        self.lost_count += is_lost
        if rtt_us is not None:
            self.sum_us += rtt_us
            self.add_longest(rtt_us)
            number = histogram.bucket(rtt_us)
            self.rtts[number] = self.rtts.get(number, 0) + 1


def way(
    connection: Connection,
    since_ms: EpochMs,
    until_ms: EpochMs,
    step_ms: int,
    minute_roles: frozenset[Role],
) -> Way:
    """Return how the way was over [since, until), the newest samples included.

    The steps are hours where the minutes of the first of them are pruned already.

    Args:
        connection: in a read transaction.
        since_ms: a whole minute.
        until_ms: the first instant that is left out.
        step_ms: how long a step is; whole minutes.
        minute_roles: the roles whose targets are returned minute by minute as well.
    """
    known = targets(connection)
    raw_ms = _raw_since(connection, since_ms, until_ms)
    only_hours = _has_only_hours(connection, since_ms, until_ms)
    hours_until_ms = since_ms
    if only_hours:
        step_ms = HOUR_MS
        # an hour is folded once it is over: of the last one there are only minutes
        rolled_ms = read_instant(connection, ROLLED_UNTIL) or since_ms
        hours_until_ms = min(whole(rolled_ms, HOUR_MS), raw_ms)
    sums: dict[Leg, dict[EpochMs, _Sum]] = {target.leg: {} for target in known.values()}
    minutes: dict[int, list[TargetMinute]] = {
        number: [] for number, target in known.items() if target.role in minute_roles
    }
    for row in _folded(connection, "sample_minute", since_ms, raw_ms):
        if row[1] in minutes:
            minutes[row[1]].append(_minute(known[row[1]], row))
        if row[0] >= hours_until_ms:
            _add_folded(sums[known[row[1]].leg], row, step_ms)
    if only_hours:
        for row in _folded(connection, "sample_hour", since_ms, hours_until_ms):
            _add_folded(sums[known[row[1]].leg], row, step_ms)
    for number, raw in _raw_minutes(connection, known, raw_ms, until_ms).items():
        if number in minutes:
            minutes[number] += _raw_to_minutes(known[number], raw)
        for at_ms, one in raw.items():
            _add(sums[known[number].leg], at_ms, one, step_ms)
    legs = tuple(
        LegSteps(leg, step_ms, tuple(_step(at_ms, found[at_ms]) for at_ms in sorted(found)))
        for leg in Leg
        if (found := sums.get(leg))
    )
    return Way(tuple(chain.from_iterable(minutes.values())), legs)


def _minute(target: Target, row: Folded) -> TargetMinute:
    """Return a minute that was rolled up."""
    at_ms, _, measured, lost, sum_us, max_us, _ = row
    return TargetMinute(at_ms, target, measured, lost, _mean_ms(sum_us, measured - lost, max_us))


def _raw_to_minutes(target: Target, raw: Mapping[EpochMs, _Sum]) -> Iterator[TargetMinute]:
    """Give the minutes of one target that are not rolled up yet."""
    for at_ms, one in raw.items():
        mean_ms = _mean_ms(one.sum_us, one.measured_count - one.lost_count, one.max_us)
        yield TargetMinute(at_ms, target, one.measured_count, one.lost_count, mean_ms)


def _raw_since(connection: Connection, since_ms: EpochMs, until_ms: EpochMs) -> EpochMs:
    """Return from where on samples are not rolled up yet, within [since, until]."""
    mark = read_instant(connection, ROLLED_UNTIL) or since_ms
    return min(max(mark, since_ms), until_ms)


def _has_only_hours(connection: Connection, since_ms: EpochMs, until_ms: EpochMs) -> bool:
    """Tell whether hours are kept of a time whose minutes are gone."""
    hour_ms, minute_ms = (
        connection.execute(
            select(func.min(table.c.at_ms)).where(
                table.c.at_ms >= since_ms, table.c.at_ms < until_ms
            )
        ).scalar()
        for table in (schema.sample_hour, schema.sample_minute)
    )
    return hour_ms is not None and (minute_ms is None or hour_ms < whole(minute_ms, HOUR_MS))


def _folded(
    connection: Connection, table: str, since_ms: EpochMs, until_ms: EpochMs
) -> Iterator[Folded]:
    """Give the rolled up minutes or hours of all targets in time order.

    Asked of the driver itself: a week is forty thousand rows, and the report is waited for.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.execute(
            "SELECT at_ms, target_id, measured, lost, rtt_sum_us, rtt_max_us, histogram"
            f" FROM {table} WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms, target_id",
            (since_ms, until_ms),
        )
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows
    finally:
        cursor.close()


def _add_folded(sums: dict[EpochMs, _Sum], row: Folded, step_ms: int) -> None:
    """Add a rolled up minute or hour to the step that it lies in."""
    at_ms, _, measured, lost, _, max_us, packed = row
    one = _of_step(sums, at_ms, step_ms)
    one.measured_count += measured
    one.lost_count += lost
    one.add_longest(max_us)
    histogram.add_packed(one.rtts, packed)


def _of_step(sums: dict[EpochMs, _Sum], at_ms: EpochMs, step_ms: int) -> _Sum:
    """Return the sum of the step that an instant lies in."""
    start_ms = at_ms - at_ms % step_ms
    one = sums.get(start_ms)
    if one is None:
        one = sums[start_ms] = _Sum()
    return one


def _add(sums: dict[EpochMs, _Sum], at_ms: EpochMs, more: _Sum, step_ms: int) -> None:
    """Add a minute to the step that it lies in."""
    one = _of_step(sums, at_ms, step_ms)
    one.measured_count += more.measured_count
    one.lost_count += more.lost_count
    one.add_longest(more.max_us)
    for number, count in more.rtts.items():
        one.rtts[number] = one.rtts.get(number, 0) + count


def _raw_minutes(
    connection: Connection,
    known: Mapping[int, Target],
    since_ms: EpochMs,
    until_ms: EpochMs,
) -> dict[int, dict[EpochMs, _Sum]]:
    """Return the minutes of each target's raw samples in [since, until), folded as read."""
    sums: dict[int, dict[EpochMs, _Sum]] = {number: {} for number in known}
    if since_ms >= until_ms:
        return sums
    lost = {number: schema.lost_codes(target.role) for number, target in known.items()}
    for number, at_ms, outcome, rtt_us in blocks.each(connection, since_ms, until_ms, known):
        if outcome != _NOT_MEASURED:
            one = _of_step(sums[number], at_ms, MINUTE_MS)
            one.add_sample(rtt_us, is_lost=outcome in lost[number])
    return sums


def _mean_ms(sum_us: int, answered_count: int, max_us: int | None) -> float | None:
    """Return the mean round trip; None where there is none.

    How many were timed is only known from the histogram, which is not read for this: nearly all
    that answered were.
    """
    if max_us is None:
        return None
    return min(sum_us / max(answered_count, 1), max_us) / _US_PER_MS


def _step(at_ms: EpochMs, one: _Sum) -> LegStep:
    """Return a step with its percentiles."""
    p50_us, p95_us = histogram.percentiles_us(one.rtts, (0.5, 0.95))
    return LegStep(
        at_ms=at_ms,
        measured_count=one.measured_count,
        lost_count=one.lost_count,
        p50_ms=None if p50_us is None else p50_us / _US_PER_MS,
        p95_ms=None if p95_us is None else p95_us / _US_PER_MS,
        max_ms=None if one.max_us is None else one.max_us / _US_PER_MS,
    )
