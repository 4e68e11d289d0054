"""Reads how the way was over a week, summed up, without ever holding a week of raw samples.

What is rolled up is read from the roll-ups; the newest samples, which are not yet, are folded here
as they are read. Every function runs inside a read transaction of its caller's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, func, select

from monitor.model import EpochMs, Leg, Outcome, Role, Target
from monitor.store import histogram, schema
from monitor.store.marks import HOUR_MS, MINUTE_MS, ROLLED_UNTIL, read_instant, whole
from monitor.store.reading import sample_rows, targets

_NOT_MEASURED = schema.OUTCOME_CODES[Outcome.NOT_MEASURED]
_LOST = frozenset(code for outcome, code in schema.OUTCOME_CODES.items() if outcome.is_lost)
_US_PER_MS = 1000


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

    def add_sample(self, outcome: int, rtt_us: int | None) -> None:
        """Count one raw sample."""
        self.measured_count += 1
        self.lost_count += outcome in _LOST
        if rtt_us is not None:
            self.sum_us += rtt_us
            self.add_longest(rtt_us)
            number = histogram.bucket(rtt_us)
            self.rtts[number] = self.rtts.get(number, 0) + 1


def target_minutes(
    connection: Connection, since_ms: EpochMs, until_ms: EpochMs, roles: frozenset[Role]
) -> list[TargetMinute]:
    """Return the minutes of [since, until) of the targets of these roles, by target."""
    found: list[TargetMinute] = []
    raw_ms = _raw_since(connection, since_ms, until_ms)
    columns = schema.sample_minute.c
    for number, target in targets(connection, roles).items():
        rows = connection.execute(
            select(
                columns.at_ms,
                columns.measured,
                columns.lost,
                columns.rtt_sum_us,
                columns.rtt_max_us,
            ).where(columns.target_id == number, columns.at_ms >= since_ms, columns.at_ms < raw_ms)
        )
        found += [
            TargetMinute(at_ms, target, measured, lost, _mean_ms(sum_us, measured - lost, max_us))
            for at_ms, measured, lost, sum_us, max_us in rows
        ]
        found += [
            TargetMinute(
                at_ms,
                target,
                one.measured_count,
                one.lost_count,
                _mean_ms(one.sum_us, one.measured_count - one.lost_count, one.max_us),
            )
            for at_ms, one in _raw_steps(connection, number, raw_ms, until_ms, MINUTE_MS).items()
        ]
    return found


def leg_steps(
    connection: Connection, since_ms: EpochMs, until_ms: EpochMs, step_ms: int
) -> list[LegSteps]:
    """Return each leg over [since, until), nearest first.

    The steps are hours where the minutes of the first of them are pruned already.
    """
    by_leg: dict[Leg, list[int]] = {}
    for number, target in targets(connection).items():
        by_leg.setdefault(target.leg, []).append(number)
    raw_ms = _raw_since(connection, since_ms, until_ms)
    table: Table = schema.sample_minute
    if _has_only_hours(connection, [n for of_leg in by_leg.values() for n in of_leg], since_ms):
        table, step_ms = schema.sample_hour, HOUR_MS
    found = []
    for leg in Leg:
        sums: dict[EpochMs, _Sum] = {}
        for number in by_leg.get(leg, ()):
            _add_folded(sums, _folded(connection, table, number, since_ms, raw_ms), step_ms)
            for at_ms, one in _raw_steps(connection, number, raw_ms, until_ms, step_ms).items():
                _add(sums.setdefault(at_ms, _Sum()), one)
        if sums:
            steps = tuple(_step(at_ms, sums[at_ms]) for at_ms in sorted(sums))
            found.append(LegSteps(leg, step_ms, steps))
    return found


def _raw_since(connection: Connection, since_ms: EpochMs, until_ms: EpochMs) -> EpochMs:
    """Return from where on samples are not rolled up yet, within [since, until]."""
    mark = read_instant(connection, ROLLED_UNTIL) or since_ms
    return min(max(mark, since_ms), until_ms)


def _has_only_hours(connection: Connection, numbers: list[int], since_ms: EpochMs) -> bool:
    """Tell whether hours are kept of a time whose minutes are gone."""
    for number in numbers:
        firsts = []
        for table in (schema.sample_hour, schema.sample_minute):
            statement = select(func.min(table.c.at_ms)).where(
                table.c.target_id == number, table.c.at_ms >= since_ms
            )
            firsts.append(connection.execute(statement).scalar())
        hour_ms, minute_ms = firsts
        if hour_ms is not None and (minute_ms is None or hour_ms < whole(minute_ms, HOUR_MS)):
            return True
    return False


def _folded(
    connection: Connection, table: Table, number: int, since_ms: EpochMs, until_ms: EpochMs
) -> Iterator[Any]:
    """Give the rolled up minutes or hours of one target."""
    columns = table.c
    return iter(
        connection.execute(
            select(
                columns.at_ms,
                columns.measured,
                columns.lost,
                columns.rtt_max_us,
                columns.histogram,
            ).where(
                columns.target_id == number, columns.at_ms >= since_ms, columns.at_ms < until_ms
            )
        )
    )


def _add_folded(sums: dict[EpochMs, _Sum], rows: Iterator[Any], step_ms: int) -> None:
    """Add rolled up minutes or hours to the steps that they lie in."""
    for at_ms, measured, lost, max_us, packed in rows:
        start_ms = at_ms - at_ms % step_ms
        one = sums.get(start_ms)
        if one is None:
            one = sums[start_ms] = _Sum()
        one.measured_count += measured
        one.lost_count += lost
        one.add_longest(max_us)
        histogram.add_packed(one.rtts, packed)


def _add(one: _Sum, more: _Sum) -> None:
    """Add a sum to another."""
    one.measured_count += more.measured_count
    one.lost_count += more.lost_count
    one.add_longest(more.max_us)
    for number, count in more.rtts.items():
        one.rtts[number] = one.rtts.get(number, 0) + count


def _raw_steps(
    connection: Connection, number: int, since_ms: EpochMs, until_ms: EpochMs, step_ms: int
) -> dict[EpochMs, _Sum]:
    """Return the steps of one target's raw samples in [since, until), folded as they are read."""
    sums: dict[EpochMs, _Sum] = {}
    if since_ms >= until_ms:
        return sums
    rows = connection.execution_options(yield_per=1000).execute(
        sample_rows(
            lambda t: (
                t.c.target_id == number,
                t.c.at_ms >= since_ms,
                t.c.at_ms < until_ms,
                t.c.outcome != _NOT_MEASURED,
            )
        )
    )
    for _, at_ms, outcome, rtt_us in rows:
        start_ms = at_ms - at_ms % step_ms
        one = sums.get(start_ms)
        if one is None:
            one = sums[start_ms] = _Sum()
        one.add_sample(outcome, rtt_us)
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
