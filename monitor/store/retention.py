"""Forgets what is older than it needs to be, and never by a clock that may be wrong.

Samples go after `raw_days`, minutes and state changes after `minute_days`, hours, session changes,
gaps, notices and runs after `hour_days`; disconnects and their diagnoses stay. Nothing goes that
is not in the next coarser table, and of states and sessions the last change of each always stays.

The rule of the clock: nothing is pruned while `now`
  - lies more than 15 minutes before the newest stored sample (the clock was set back), or
  - lies more than a day after the last instant that any run was alive at, or
  - lies more than a day after the last `now` that was believed; such a `now` is doubted until
    the clock has stood beyond it for a day. A machine that was off for a week prunes a day later.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, func, select

from monitor.model import Delivery, EpochMs
from monitor.store import schema
from monitor.store.marks import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    RAW_SINCE,
    ROLLED_UNTIL,
    read_instant,
    remove_mark,
    whole,
    write_mark,
)
from monitor.store.reading import last_alive_ms, newest_sample_ms, targets

CHUNK_ROWS = 5_000
"""Rows deleted in one transaction: some ten milliseconds, which sampling does not notice."""
VACUUM_PAGES = 1_000
"""Pages given back in one transaction, for the same reason."""
VACUUM_RATIO = 0.125
"""Free pages below this share stay: tomorrow's samples fill what today's prune has freed."""
BACK_MS = 15 * MINUTE_MS
"""A clock that is corrected by minutes is ordinary; by more it is wrong now or was then."""
AHEAD_MS = DAY_MS
"""The daemon beats and rolls up many times a day: a longer silence, or step, is looked at twice."""

_BELIEVED = "care.clock_believed_ms"
_DOUBTED = "care.clock_doubted_ms"

Begin = Callable[[], AbstractContextManager[Connection]]
"""Opens one write transaction."""

_log = logging.getLogger(__name__)


def believe_clock(connection: Connection, now_ms: EpochMs) -> str | None:
    """Return why `now_ms` is not believed; None where it is. Keeps note for the next time."""
    newest = newest_sample_ms(connection)
    if newest is not None and now_ms < newest - BACK_MS:
        return "the clock stands before the newest sample"
    alive = last_alive_ms(connection)
    if alive is not None and now_ms > alive + AHEAD_MS:
        return "nothing was recorded in the day before now"
    believed = read_instant(connection, _BELIEVED)
    if believed is not None and now_ms > believed + AHEAD_MS:
        doubted = read_instant(connection, _DOUBTED)
        if doubted is None or now_ms < doubted:
            write_mark(connection, _DOUBTED, str(now_ms))
        if doubted is None or now_ms < doubted + AHEAD_MS:
            return "the clock went ahead by more than a day, and not a day has passed since"
    write_mark(connection, _BELIEVED, str(now_ms))
    remove_mark(connection, _DOUBTED)
    return None


def prune(begin: Begin, now_ms: EpochMs, *, raw_days: int, minute_days: int, hour_days: int) -> int:
    """Delete what is older than that many days, in small transactions; return how many rows."""
    with begin() as connection:
        doubt = believe_clock(connection, now_ms)
        rolled_until = read_instant(connection, ROLLED_UNTIL) or 0
        ids = list(targets(connection))
        raw_until = min(_before(now_ms, raw_days), whole(rolled_until, HOUR_MS))
        if doubt is None and raw_until > (read_instant(connection, RAW_SINCE) or 0):
            # noted before the first row goes: an hour with rows missing is never folded again
            write_mark(connection, RAW_SINCE, str(raw_until))
    if doubt is not None:
        _log.warning("nothing is pruned: %s", doubt)
        return 0
    minute_until = min(_before(now_ms, minute_days), whole(rolled_until, HOUR_MS))
    removed = 0
    for target_id in ids:
        removed += _prune_series(begin, schema.sample, target_id, raw_until)
        removed += _prune_series(begin, schema.sample_minute, target_id, minute_until)
        removed += _prune_series(begin, schema.sample_hour, target_id, _before(now_ms, hour_days))
    removed += _prune_events(begin, _before(now_ms, minute_days), _before(now_ms, hour_days))
    return removed


def _before(now_ms: EpochMs, days: int) -> EpochMs:
    """Return the whole hour that many days ago."""
    return whole(now_ms - days * DAY_MS, HOUR_MS)


def _prune_series(begin: Begin, table: Table, target_id: int, until_ms: EpochMs) -> int:
    """Delete one target's rows before an instant, a stretch of them at a time."""
    mine = table.c.target_id == target_id
    removed = 0
    while True:
        with begin() as connection:
            beyond = connection.execute(
                select(table.c.at_ms)
                .where(mine, table.c.at_ms < until_ms)
                .order_by(table.c.at_ms)
                .offset(CHUNK_ROWS)
                .limit(1)
            ).scalar()
            stop_ms = until_ms if beyond is None else beyond
            removed += connection.execute(
                delete(table).where(mine, table.c.at_ms < stop_ms)
            ).rowcount
        if beyond is None:
            return removed


def _prune_events(begin: Begin, state_until: EpochMs, event_until: EpochMs) -> int:
    """Delete old changes, gaps, notices and runs."""
    state, session = schema.state_change, schema.session_change
    gap, notice, run = schema.gap, schema.notice, schema.run
    return sum(
        (
            _prune_rows(
                begin, state, state.c.at_ms < state_until, _last(state, state.c.device, state.c.key)
            ),
            _prune_rows(
                begin,
                session,
                session.c.at_ms < event_until,
                _last(session, session.c.device, session.c.wallet, session.c.source),
            ),
            _prune_rows(begin, gap, gap.c.until_ms < event_until),
            _prune_rows(
                begin,
                notice,
                (notice.c.created_at_ms < event_until)
                & (notice.c.delivery != Delivery.PENDING.value),
            ),
            _prune_rows(begin, run, run.c.beat_at_ms < event_until, _last(run)),
        )
    )


def _last(table: Table, *by: ColumnElement[str]) -> Select[tuple[int]]:
    """Select the id of the last row of each group; of the whole table without a group."""
    return select(func.max(table.c.id)).group_by(*by)


def _prune_rows(
    begin: Begin,
    table: Table,
    old: ColumnElement[bool],
    keep: Select[tuple[int]] | None = None,
) -> int:
    """Delete old rows but those to keep, a chunk at a time."""
    some = select(table.c.id).where(old)
    if keep is not None:
        some = some.where(table.c.id.not_in(keep))
    removed = 0
    while True:
        with begin() as connection:
            ids = list(connection.execute(some.limit(CHUNK_ROWS)).scalars())
            for start in range(0, len(ids), 500):
                part = ids[start : start + 500]
                connection.execute(delete(table).where(table.c.id.in_(part)))
        removed += len(ids)
        if len(ids) < CHUNK_ROWS:
            return removed


def give_back(begin: Begin) -> None:
    """Give free pages back to the disk where they are many, some at a time."""
    while True:
        with begin() as connection:
            free, pages = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                for name in ("freelist_count", "page_count")
            )
            if free <= pages * VACUUM_RATIO:
                return
            # the driver steps once for a statement without columns, which frees one page only:
            # fetching to the end frees them all
            cursor = connection.connection.cursor()
            cursor.execute(f"PRAGMA incremental_vacuum({VACUUM_PAGES})")
            cursor.fetchall()
            cursor.close()
            left = int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())
            if left >= free:
                return
