"""Forgets what is older than it needs to be, and never by a clock that may be wrong.

Samples go after `raw_days`, minutes and state changes after `minute_days`, hours, session changes,
gaps, notices and runs after `hour_days`; disconnects and their diagnoses stay. Nothing goes that
is not in the next coarser table, and of states and sessions the last change of each always stays.

How old a row is, `monitor.store.timeline` says: by the time that has surely passed, not by what
the clock says. Rows that a wrong clock has dated into the future, or far back, go in their turn as
well; those of the future are not waited for to be rolled up, for the time they name is not theirs.
Besides, nothing at all is pruned before a day has passed on a clock that was set by much.

Each step is one short transaction, so that whoever writes gets in between.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    delete,
    func,
    select,
)

from monitor.model import Delivery, EpochMs
from monitor.store import schema, timeline
from monitor.store.marks import (
    DAY_MS,
    HOUR_MS,
    LAST_PRUNE,
    RAW_SINCE,
    ROLLED_UNTIL,
    TIMELINE,
    read_instant,
    read_mark,
    whole,
    write_mark,
)
from monitor.store.reading import last_alive_ms
from monitor.store.timeline import Doubt, Spans, Window

CHUNK_ROWS = 2_000
"""Rows deleted in one transaction: some ten milliseconds, which nobody notices who waits."""
CHUNK_BLOCKS = 32
"""Blocks of samples deleted in one transaction: some hundred pages, as of so many rows."""
VACUUM_PAGES = 250
"""Pages given back in one transaction, for the same reason."""
VACUUM_RATIO = 0.125
"""Free pages below this share stay: tomorrow's samples fill what today's prune has freed."""

Begin = Callable[[], AbstractContextManager[Connection]]
"""Opens one write transaction."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long each kind of row is kept."""

    raw_days: int
    minute_days: int
    hour_days: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows of one table that go."""

    table: Table
    old: ColumnElement[bool]
    kept: Select[tuple[int]] | None = None
    """Rows among them that stay, by id."""


def spans_now(connection: Connection, now_ms: EpochMs) -> Spans:
    """Return what was lived through until now, nothing written."""
    text = read_mark(connection, TIMELINE)
    if text is None:
        return timeline.begun(last_alive_ms(connection), now_ms)
    return timeline.advanced(timeline.unpack(text), now_ms)


def look_at_clock(connection: Connection, now_ms: EpochMs) -> Spans:
    """Note what the clock says now."""
    spans = spans_now(connection, now_ms)
    write_mark(connection, TIMELINE, timeline.pack(spans))
    return spans


def prune(begin: Begin, now_ms: EpochMs, keep: Keep) -> Iterator[int]:
    """Delete what is older than that; each step is one transaction and tells how many rows went."""
    with begin() as connection:
        spans = look_at_clock(connection, now_ms)
        doubt = timeline.doubt(spans)
        pieces: list[_Piece] = []
        if doubt is None:
            pieces = _pieces(connection, spans, now_ms, keep)
            _note_raw_since(connection, spans, now_ms, keep)
    if doubt is not None:
        _log.warning("nothing is pruned: %s", _WORDS[doubt])
    removed = 0
    while pieces:
        gone = 0
        with begin() as connection:
            while pieces and gone < CHUNK_ROWS:
                found, is_over = _delete_some(connection, pieces[0], CHUNK_ROWS - gone)
                gone += found
                if not is_over:
                    break
                pieces.pop(0)
        removed += gone
        yield gone
    with begin() as connection:
        _note_prune(connection, now_ms, removed, doubt)
    yield 0


_WORDS = {
    Doubt.SET_BACK: "the clock stands before the newest sample, or did within a day",
    Doubt.WENT_AHEAD: "the clock went ahead by more than a day, and not a day has passed since",
}


def _note_prune(connection: Connection, now_ms: EpochMs, removed: int, doubt: Doubt | None) -> None:
    """Note for `db info` what became of it."""
    told = {"at_ms": now_ms, "rows": removed, "doubt": None if doubt is None else doubt.value}
    write_mark(connection, LAST_PRUNE, json.dumps(told))


def would_go(connection: Connection, now_ms: EpochMs, keep: Keep) -> tuple[int, Doubt | None]:
    """Return how many rows a prune would delete now, or why it would not; nothing is written."""
    spans = spans_now(connection, now_ms)
    doubt = timeline.doubt(spans)
    if doubt is not None:
        return 0, doubt
    count = 0
    for piece in _pieces(connection, spans, now_ms, keep):
        statement = select(_row_count(piece.table)).select_from(piece.table).where(piece.old)
        if piece.kept is not None:
            statement = statement.where(piece.table.c.id.not_in(piece.kept))
        count += connection.execute(statement).scalar_one() or 0
    return count, None


def _pieces(connection: Connection, spans: Spans, now_ms: EpochMs, keep: Keep) -> list[_Piece]:
    """Return everything that goes."""
    old = _rolled_up(connection, timeline.forgotten(spans, keep.raw_days * DAY_MS), now_ms)
    block = schema.sample_block
    # all of a block's samples lie in one hour, and windows are made of whole hours
    pieces = [_Piece(block, _within(block.c.from_ms, window)) for window in old]
    for table, days in (
        (schema.sample_minute, keep.minute_days),
        (schema.sample_hour, keep.hour_days),
    ):
        windows = timeline.forgotten(spans, days * DAY_MS)
        if table is not schema.sample_hour:
            windows = _rolled_up(connection, windows, now_ms)
        pieces += [_Piece(table, _within(table.c.at_ms, window)) for window in windows]
    return pieces + _event_pieces(spans, keep)


def _within(column: ColumnElement[int], window: Window) -> ColumnElement[bool]:
    return (column >= window[0]) & (column < window[1])


def _rolled_up(connection: Connection, windows: list[Window], now_ms: EpochMs) -> list[Window]:
    """Leave out of the past what is not rolled up yet."""
    rolled_until = whole(read_instant(connection, ROLLED_UNTIL) or 0, HOUR_MS)
    return [
        (since_ms, until_ms if since_ms > now_ms else min(until_ms, rolled_until))
        for since_ms, until_ms in windows
        if since_ms > now_ms or since_ms < rolled_until
    ]


def _note_raw_since(connection: Connection, spans: Spans, now_ms: EpochMs, keep: Keep) -> None:
    """Note, before the first row goes, which hours are never folded again: rows of them miss."""
    windows = timeline.forgotten(spans, keep.raw_days * DAY_MS)
    past = [until for _, until in _rolled_up(connection, windows, now_ms) if until <= now_ms]
    raw_since = max(past, default=0)
    if raw_since > (read_instant(connection, RAW_SINCE) or 0):
        write_mark(connection, RAW_SINCE, str(raw_since))


def _event_pieces(spans: Spans, keep: Keep) -> list[_Piece]:
    """Return the old changes, gaps, notices and runs."""
    state, session = schema.state_change, schema.session_change
    gap, notice, run = schema.gap, schema.notice, schema.run
    pieces = [
        _Piece(state, _within(state.c.at_ms, window), _last(state, state.c.device, state.c.key))
        for window in timeline.forgotten(spans, keep.minute_days * DAY_MS)
    ]
    for window in timeline.forgotten(spans, keep.hour_days * DAY_MS):
        by = (session.c.device, session.c.wallet, session.c.source)
        is_told = notice.c.delivery != Delivery.PENDING.value
        pieces += [
            _Piece(session, _within(session.c.at_ms, window), _last(session, *by)),
            _Piece(gap, _within(gap.c.until_ms, window)),
            _Piece(notice, _within(notice.c.created_at_ms, window) & is_told),
            _Piece(run, _within(run.c.beat_at_ms, window), _last(run)),
        ]
    return pieces


def _last(table: Table, *by: ColumnElement[str]) -> Select[tuple[int]]:
    """Select the id of the last row of each group; of the whole table without a group."""
    return select(func.max(table.c.id)).group_by(*by)


def _delete_some(connection: Connection, piece: _Piece, most: int) -> tuple[int, bool]:
    """Delete some rows of a piece; return how many, and whether none is left."""
    if piece.table is schema.sample_block:
        return _delete_blocks(connection, piece)
    if "id" in piece.table.c:
        return _delete_rows(connection, piece, most)
    return _delete_series(connection, piece, most)


def _row_count(table: Table) -> ColumnElement[int]:
    """Return how many rows; of blocks, how many samples."""
    return func.sum(table.c["count"]) if table is schema.sample_block else func.count()


def _delete_blocks(connection: Connection, piece: _Piece) -> tuple[int, bool]:
    """Delete the earliest blocks; return how many samples were in them."""
    columns = piece.table.c
    found = connection.execute(
        select(columns.from_ms, columns["count"])
        .where(piece.old)
        .order_by(columns.from_ms)
        .limit(CHUNK_BLOCKS)
    ).all()
    if found:
        some = piece.old & (columns.from_ms <= found[-1].from_ms)
        connection.execute(delete(piece.table).where(some))
    return sum(block[1] for block in found), len(found) < CHUNK_BLOCKS


def _delete_series(connection: Connection, piece: _Piece, most: int) -> tuple[int, bool]:
    """Delete the earliest minutes or hours, of all targets at once, or one that has more rows."""
    at_ms = piece.table.c.at_ms
    beyond = connection.execute(
        select(at_ms).where(piece.old).order_by(at_ms).offset(most).limit(1)
    ).scalar()
    some = piece.old
    if beyond is not None:
        first = connection.execute(select(func.min(at_ms)).where(piece.old)).scalar_one()
        some = piece.old & ((at_ms < beyond) if first < beyond else (at_ms == first))
    return connection.execute(delete(piece.table).where(some)).rowcount, beyond is None


def _delete_rows(connection: Connection, piece: _Piece, most: int) -> tuple[int, bool]:
    """Delete old rows but those to keep."""
    number = piece.table.c.id
    kept: set[int] = set()
    if piece.kept is not None:
        if connection.execute(select(number).where(piece.old).limit(1)).first() is None:
            return 0, True  # the usual answer, which spares the search for what stays
        kept = set(connection.scalars(piece.kept))
    found = connection.execute(select(number).where(piece.old).limit(most + len(kept))).scalars()
    ids = [one for one in found if one not in kept][:most]
    if ids:
        # one text whatever their number: the driver keeps each that it has seen, for 50 KiB
        gone = delete(piece.table).where(number == bindparam("gone"))
        connection.execute(gone, [{"gone": one} for one in ids])
    return len(ids), len(ids) < most


def give_back(begin: Begin) -> Iterator[int]:
    """Give free pages back to the disk where they are many, some in each step."""
    while True:
        with begin() as connection:
            free, pages = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                for name in ("freelist_count", "page_count")
            )
            if free <= pages * VACUUM_RATIO:
                return
            # the driver steps once for a statement without columns: a page is freed at a time
            cursor = connection.connection.cursor()
            for _ in range(min(VACUUM_PAGES, free)):
                cursor.execute("PRAGMA incremental_vacuum(1)")
            cursor.close()
            left = int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())
        if left >= free:
            return
        yield 0
