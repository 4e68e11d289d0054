"""The table of samples: one block for each batch, and a batch that spans hours one for each.

Samples of several blocks may overlap in time, yet no two are of the same target and instant: a
later one takes the earlier's place. Every function runs inside a transaction of its caller's.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from sqlalchemy import Connection, delete, func, insert, select

from monitor.model import EpochMs
from monitor.store import block
from monitor.store.block import BlockError, Row
from monitor.store.marks import HOUR_MS, whole
from monitor.store.schema import MOST_ID, sample_block

_AT_ONCE = 16
"""Blocks fetched at a time: a tenth of a megabyte."""
MANY_BLOCKS = 30
"""A quiet hour has six; one with trouble in it a thousand, and is put together once it is over."""
MANY_ROWS = 20_000
"""Rows that one transaction holds: some tens of milliseconds."""

_table = sample_block
_columns = (_table.c.from_ms, _table.c.heads, _table.c.body)
_log = logging.getLogger(__name__)

Found = tuple[EpochMs, bytes, bytes]
"""Where a block begins, its heads and its body."""


def add(connection: Connection, rows: Iterable[Row]) -> None:
    """Store samples; one of the same target and instant replaces the earlier one.

    Raises:
        OverflowError: a number that SQLite cannot hold.
    """
    hours = block.by_hour({(row[0], row[1]): (row[2], row[3]) for row in rows})
    for own in hours.values():
        _add_hour(connection, own)


def _add_hour(connection: Connection, rows: list[Row]) -> None:
    """Store samples of one hour as one block of their own.

    Those of an instant that an earlier block has of the same target, or begins at, go there: so no
    block grows by more than a sample of each target, however often the same time is lived through.
    """
    instants = [at_ms for _, at_ms, _, _ in rows]
    first_ms, last_ms = min(instants), max(instants)
    if not -MOST_ID <= first_ms <= last_ms <= MOST_ID:
        raise OverflowError("an instant too far away to be stored")
    beside = connection.execute(
        select(*_columns).where(
            _table.c.from_ms >= max(whole(first_ms, HOUR_MS), -MOST_ID),
            _table.c.from_ms <= last_ms,
            _table.c.until_ms >= first_ms,
        )
    ).all()
    left = {(row[0], row[1]): row for row in rows}
    for from_ms, heads, body in beside:
        try:
            old = block.unpack(from_ms, heads, body)
        except BlockError:
            old = []  # who reads it says so; what is new must be stored all the same
        merged = {(row[0], row[1]): row for row in old}
        own = [key for key in left if key in merged or key[1] == from_ms]
        if own:
            merged |= {key: left.pop(key) for key in own}
            connection.execute(delete(_table).where(_table.c.from_ms == from_ms))
            _insert(connection, sorted(merged.values()))
    if left:
        _insert(connection, list(left.values()))


def _insert(connection: Connection, rows: list[Row]) -> None:
    heads, body = block.pack(rows)
    instants = [at_ms for _, at_ms, _, _ in rows]
    connection.execute(
        insert(_table).values(
            from_ms=min(instants),
            until_ms=max(instants),
            count=len(rows),
            heads=heads,
            body=body,
        )
    )


def join_targets(connection: Connection, gone: int, kept: int) -> None:
    """Give the samples of one target to another.

    A damaged block stays as it is: whoever reads it says so.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.execute("SELECT from_ms, heads FROM sample_block ORDER BY from_ms")
        begun = [one[0] for one in iter(cursor.fetchone, None) if _tells_of(one[1], gone)]
    finally:
        cursor.close()
    for from_ms in begun:
        here = _table.c.from_ms == from_ms
        try:
            rows = block.unpack(*connection.execute(select(*_columns).where(here)).one())
        except BlockError as error:
            _log.error("samples of %d stay as they are: %s", from_ms, error)
            continue
        connection.execute(delete(_table).where(here))
        # what is left may begin where another block does, as what is moved may
        moved = [(kept, *row[1:]) for row in rows if row[0] == gone]
        add(connection, [*moved, *(row for row in rows if row[0] != gone)])


def _tells_of(heads: bytes, number: int) -> bool:
    """Tell whether a block has samples of a target; damaged heads name none."""
    try:
        return number in block.numbers_of(heads)
    except BlockError:
        return False


def join(connection: Connection, hour_ms: EpochMs) -> None:
    """Put the blocks of an hour together where they are very many and small."""
    within = (_table.c.from_ms >= hour_ms, _table.c.from_ms < hour_ms + HOUR_MS)
    blocks, rows = connection.execute(
        select(func.count(), func.sum(_table.c.count)).where(*within)
    ).one()
    if blocks <= MANY_BLOCKS or rows > MANY_ROWS:
        return
    try:
        together = sorted(each(connection, hour_ms, hour_ms + HOUR_MS))
    except BlockError:
        return  # it stays as it is, for whoever may still mend it
    connection.execute(delete(_table).where(*within))
    _insert(connection, together)


def each(
    connection: Connection,
    since_ms: EpochMs,
    until_ms: EpochMs,
    numbers: Collection[int] | None = None,
    *,
    is_lenient: bool = False,
) -> Iterator[Row]:
    """Give the samples of [since, until), block by block; `numbers` None means all targets.

    Raises:
        BlockError: a block is damaged; where `is_lenient` it is left out, with a line in the log.
    """
    for from_ms, heads, body in _blocks(connection, since_ms, until_ms):
        try:
            rows = block.unpack(from_ms, heads, body, numbers)
        except BlockError as error:
            if not is_lenient:
                raise
            _log.error("samples of %d are left out: %s", from_ms, error)
            continue
        if from_ms >= since_ms and whole(from_ms, HOUR_MS) + HOUR_MS <= until_ms:
            yield from rows
        else:
            yield from (row for row in rows if since_ms <= row[1] < until_ms)


def _blocks(connection: Connection, since_ms: EpochMs, until_ms: EpochMs) -> Iterator[Found]:
    """Give the blocks that may hold samples of [since, until).

    Asked of the driver itself: a week is a thousand blocks, and the report is waited for.
    """
    cursor = connection.connection.cursor()
    try:
        cursor.execute(
            "SELECT from_ms, heads, body FROM sample_block"
            " WHERE from_ms >= ? AND from_ms < ? AND until_ms >= ? ORDER BY from_ms",
            (_held(whole(since_ms, HOUR_MS)), _held(until_ms), _held(since_ms)),
        )
        while found := cursor.fetchmany(_AT_ONCE):
            yield from found
    finally:
        cursor.close()


def _held(at_ms: EpochMs) -> EpochMs:
    """Return the instant nearest to this one that SQLite takes in a question."""
    return max(-MOST_ID, min(at_ms, MOST_ID))


def hours(connection: Connection, since_ms: EpochMs) -> tuple[EpochMs, int] | None:
    """Return the first hour at or after that of `since_ms` that has samples, and how many."""
    since_ms = _held(whole(since_ms, HOUR_MS))
    first_ms = connection.execute(
        select(func.min(_table.c.from_ms)).where(_table.c.from_ms >= since_ms)
    ).scalar()
    if first_ms is None:
        return None
    hour_ms = whole(first_ms, HOUR_MS)
    count = select(func.sum(_table.c.count)).where(
        _table.c.from_ms >= first_ms, _table.c.from_ms < _held(hour_ms + HOUR_MS)
    )
    return hour_ms, int(connection.execute(count).scalar() or 0)


def first_ms(connection: Connection, since_ms: EpochMs) -> EpochMs | None:
    """Return the first sample at or after an instant; None where there is none."""
    begun = connection.execute(
        select(func.min(_table.c.from_ms)).where(_table.c.from_ms >= _held(since_ms))
    ).scalar()
    inside = _least(connection, since_ms, min)
    return min((one for one in (begun, inside) if one is not None), default=None)


def _least(
    connection: Connection,
    at_ms: EpochMs,
    choose: Callable[[Iterable[EpochMs]], EpochMs],
) -> EpochMs | None:
    """Return the first (or last) sample at or after (before) an instant, of blocks across it."""
    rows = connection.execute(
        select(*_columns).where(
            _table.c.from_ms >= _held(whole(at_ms, HOUR_MS)),
            _table.c.from_ms < _held(at_ms),
            _table.c.until_ms >= _held(at_ms),
        )
    )
    found = []
    for from_ms, heads, body in rows:
        try:
            instants = [row[1] for row in block.unpack(from_ms, heads, body)]
        except BlockError:
            continue  # its ends are known, and are near enough
        found += [one for one in instants if (one >= at_ms) is (choose is min)]
    return choose(found) if found else None


def last_ms(connection: Connection, before_ms: EpochMs | None = None) -> EpochMs | None:
    """Return the last sample before an instant (None: of all); None where there is none."""
    limit = () if before_ms is None else (_table.c.from_ms < _held(before_ms),)
    begun = connection.execute(select(func.max(_table.c.from_ms)).where(*limit)).scalar()
    if begun is None:
        return None
    whole_ones = () if before_ms is None else (_table.c.until_ms < _held(before_ms),)
    # blocks of one hour may overlap: the last one to begin need not be the last to end
    ended = connection.execute(
        select(func.max(_table.c.until_ms)).where(
            _table.c.from_ms >= _held(whole(begun, HOUR_MS)), *limit, *whole_ones
        )
    ).scalar()
    inside = None if before_ms is None else _least(connection, before_ms, max)
    return max(one for one in (ended, inside, begun) if one is not None)


def newest(connection: Connection, numbers: Collection[int]) -> Mapping[int, Row]:
    """Return the newest sample of each of these targets that has one."""
    found: dict[int, Row] = {}
    hour_ms: EpochMs | None = None
    of_hour: dict[int, Row] = {}
    cursor = connection.connection.cursor()
    try:
        cursor.execute("SELECT from_ms, until_ms, heads FROM sample_block ORDER BY from_ms DESC")
        for from_ms, until_ms, heads in iter(cursor.fetchone, None):
            if whole(from_ms, HOUR_MS) != hour_ms:
                found, of_hour = {**of_hour, **found}, {}
                hour_ms = whole(from_ms, HOUR_MS)
            # what ends before the newest that is known so far has nothing newer
            known = {n for n, row in of_hour.items() if row[1] >= until_ms}
            missing = set(numbers).difference(found, known)
            if missing:
                missing.intersection_update(block.numbers_of(heads))
            for row in _of_block(connection, from_ms, missing):
                if row[0] not in of_hour or of_hour[row[0]][1] < row[1]:
                    of_hour[row[0]] = row
            if len(found) == len(numbers):
                break
    finally:
        cursor.close()
    return {**of_hour, **found}


def _of_block(connection: Connection, from_ms: EpochMs, numbers: Collection[int]) -> list[Row]:
    """Return the rows of some targets of one block."""
    if not numbers:
        return []
    found = connection.execute(select(*_columns).where(_table.c.from_ms == from_ms)).one()
    return block.unpack(*found, numbers)


def count(connection: Connection) -> int:
    """Return how many samples there are."""
    return int(connection.execute(select(func.sum(_table.c.count))).scalar() or 0)


def until_about(connection: Connection, since_ms: EpochMs, until_ms: EpochMs, most: int) -> EpochMs:
    """Return until when there are about `most` samples of [since, until); blocks stay packed.

    A block's samples count as spread evenly over its time.
    """
    found = connection.execute(
        select(_table.c.from_ms, _table.c.until_ms, _table.c.count)
        .where(_table.c.from_ms < until_ms, _table.c.until_ms >= since_ms)
        .where(_table.c.from_ms >= whole(since_ms, HOUR_MS))
        .order_by(_table.c.from_ms)
    )
    left = float(most)
    for begin_ms, end_ms, count in found:
        length_ms = end_ms + 1 - begin_ms
        inside_ms = min(end_ms + 1, until_ms) - max(begin_ms, since_ms)
        part = count * inside_ms / length_ms
        if part > left:
            return max(int(begin_ms), since_ms) + int(inside_ms * left / part)
        left -= part
    return until_ms
