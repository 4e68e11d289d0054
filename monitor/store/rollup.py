"""Folds samples into minutes and minutes into hours, a stretch of history in each transaction.

Only what was not folded yet is folded; the mark `ROLLED_UNTIL` says how far that is. A sample that
comes late sets the mark back to the beginning of its hour, unless the raw samples of that hour are
pruned already: then it is not counted. An hour is folded once it is whole.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select

from monitor.model import EpochMs, Outcome, Role, Target
from monitor.store import blocks, histogram, schema
from monitor.store.marks import (
    HOUR_MS,
    MINUTE_MS,
    RAW_SINCE,
    ROLLED_UNTIL,
    read_instant,
    whole,
    write_mark,
)
from monitor.store.reading import targets

SETTLE_MS = 2 * MINUTE_MS
"""A minute is folded only when the batches that may hold its samples have been written."""
MOST_SAMPLES = 12_000
"""Samples that are folded in one transaction, or those of one minute where they are more: at the
defaults an hour's are fewer. Each transaction costs some thirty kilobytes on the disk, so few are
wanted; but whoever writes waits for it, and its samples are in memory: seven times as many left
the daemon 3 MiB larger for good."""

Begin = Callable[[], AbstractContextManager[Connection]]
"""Opens one write transaction."""
Values = dict[str, Any]

_NOT_MEASURED = schema.OUTCOME_CODES[Outcome.NOT_MEASURED]


@dataclass(frozen=True, slots=True)
class RollUp:
    """What one target's samples of one minute or hour come to."""

    at_ms: EpochMs
    """Where the minute or hour begins."""
    target: Target
    measured_count: int
    lost_count: int
    rtt_count: int
    """How many had a round trip."""
    rtt_sum_us: int
    rtt_min_us: int | None
    rtt_max_us: int | None
    rtts: Mapping[int, int]
    """For `monitor.store.histogram.percentile_us`."""


def roll_up(begin: Begin, now_ms: EpochMs) -> Iterator[None]:
    """Fold everything that is whole at `now_ms`, some history in each step."""
    until_ms = whole(now_ms - SETTLE_MS, MINUTE_MS)
    is_over = False
    while not is_over:
        left = MOST_SAMPLES
        with begin() as connection:
            # what is left of one hour and what there is of the next: each page is written once
            while not is_over and left > 0:
                folded = _roll_up_next(connection, until_ms, left)
                is_over = folded is None
                left -= folded or 0
        yield


def _roll_up_next(connection: Connection, until_ms: EpochMs, most: int) -> int | None:
    """Fold the next stretch that has something to fold; return its samples, None where none is.

    It has some `most` samples, or is a minute long, and lies within one hour.
    """
    known = targets(connection)
    mark = read_instant(connection, ROLLED_UNTIL)
    start_ms = mark
    if mark is None or mark % HOUR_MS == 0:
        earliest = max(mark or 0, read_instant(connection, RAW_SINCE) or 0)
        following = blocks.first_ms(connection, earliest)
        if following is None:
            return None
        start_ms = max(earliest, whole(following, HOUR_MS))
    assert start_ms is not None  # it is the mark, or was set just now
    end_ms = min(whole(start_ms, HOUR_MS) + HOUR_MS, until_ms)
    if end_ms <= start_ms:
        return None
    about_ms = blocks.until_about(connection, start_ms, end_ms, most)
    end_ms = min(end_ms, max(whole(about_ms, MINUTE_MS), start_ms + MINUTE_MS))
    count = _roll_up_minutes(connection, known, start_ms, end_ms)
    if end_ms % HOUR_MS == 0:
        _roll_up_hour(connection, end_ms - HOUR_MS)
        blocks.join(connection, end_ms - HOUR_MS)
    write_mark(connection, ROLLED_UNTIL, str(end_ms))
    return count


def _roll_up_minutes(
    connection: Connection, known: Mapping[int, Target], start_ms: EpochMs, end_ms: EpochMs
) -> int:
    """Write the minutes of [start, end) anew, all of its samples in memory; return how many."""
    # what is damaged is left out: it must not keep what comes after it from being folded
    rows = blocks.each(connection, start_ms, end_ms, known, is_lenient=True)
    minutes: dict[tuple[EpochMs, int], list[tuple[int, int | None]]] = defaultdict(list)
    count = 0
    for target_id, at_ms, outcome, rtt_us in rows:
        count += 1
        if outcome != _NOT_MEASURED:
            minutes[at_ms - at_ms % MINUTE_MS, target_id].append((outcome, rtt_us))
    folded = [
        _minute(target_id, known[target_id].role, at_ms, seen)
        for (at_ms, target_id), seen in sorted(minutes.items())
    ]
    _replace(connection, schema.sample_minute, (start_ms, end_ms), folded)
    return count


def _minute(
    target_id: int, role: Role, at_ms: EpochMs, seen: Sequence[tuple[int, int | None]]
) -> Values:
    """Return the row of one minute."""
    rtts = [rtt for _, rtt in seen if rtt is not None]
    is_lost = schema.lost_codes(role)
    return {
        "target_id": target_id,
        "at_ms": at_ms,
        "measured": len(seen),
        "lost": sum(outcome in is_lost for outcome, _ in seen),
        "rtt_sum_us": sum(rtts),
        "rtt_min_us": min(rtts, default=None),
        "rtt_max_us": max(rtts, default=None),
        "histogram": histogram.pack(histogram.count_up(rtts)),
    }


def _roll_up_hour(connection: Connection, start_ms: EpochMs) -> None:
    """Write one whole hour anew from its minutes."""
    columns = schema.sample_minute.c
    end_ms = start_ms + HOUR_MS
    rows = connection.execute(
        select(schema.sample_minute).where(columns.at_ms >= start_ms, columns.at_ms < end_ms)
    )
    by_target: dict[int, list[Row[Any]]] = {}
    for row in rows:
        by_target.setdefault(row.target_id, []).append(row)
    folded = [
        _hour(target_id, start_ms, minutes) for target_id, minutes in sorted(by_target.items())
    ]
    _replace(connection, schema.sample_hour, (start_ms, end_ms), folded)


def _hour(target_id: int, at_ms: EpochMs, minutes: Sequence[Row[Any]]) -> Values:
    """Return the row of one hour."""
    shortest = (row.rtt_min_us for row in minutes if row.rtt_min_us is not None)
    longest = (row.rtt_max_us for row in minutes if row.rtt_max_us is not None)
    merged: histogram.Histogram = {}
    for row in minutes:
        histogram.add_packed(merged, row.histogram)
    return {
        "target_id": target_id,
        "at_ms": at_ms,
        "measured": sum(row.measured for row in minutes),
        "lost": sum(row.lost for row in minutes),
        "rtt_sum_us": sum(row.rtt_sum_us for row in minutes),
        "rtt_min_us": min(shortest, default=None),
        "rtt_max_us": max(longest, default=None),
        "histogram": histogram.pack(merged),
    }


def _replace(
    connection: Connection,
    table: Table,
    window: tuple[EpochMs, EpochMs],
    rows: list[Values],
) -> None:
    """Put rows in the place of those inside the window."""
    connection.execute(table.delete().where(table.c.at_ms >= window[0], table.c.at_ms < window[1]))
    if rows:
        connection.execute(insert(table), rows)


def roll_ups(
    connection: Connection, table: Table, since_ms: EpochMs, until_ms: EpochMs
) -> list[RollUp]:
    """Return the minutes or hours that begin in [since, until), in time order."""
    known = targets(connection)
    columns = table.c
    rows = connection.execute(
        select(table)
        .where(columns.at_ms >= since_ms, columns.at_ms < until_ms)
        .order_by(columns.at_ms, columns.target_id)
    )
    found = []
    for row in rows:
        rtts = histogram.unpack(row.histogram)
        found.append(
            RollUp(
                at_ms=row.at_ms,
                target=known[row.target_id],
                measured_count=row.measured,
                lost_count=row.lost,
                rtt_count=sum(rtts.values()),
                rtt_sum_us=row.rtt_sum_us,
                rtt_min_us=row.rtt_min_us,
                rtt_max_us=row.rtt_max_us,
                rtts=rtts,
            )
        )
    return found
