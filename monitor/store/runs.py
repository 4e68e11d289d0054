"""The daemon's lives: when each began, was last alive, and ended."""

import dataclasses

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.model import (
    EpochMs,
)
from monitor.store.conclusions import new_id
from monitor.store.interface import Run
from monitor.store.schema import run as run_table


def start(connection: Connection, at_ms: EpochMs, pid: int, version: str) -> int:
    """Note that the daemon begins; return the run's id."""
    added = connection.execute(
        insert(run_table).values(started_at_ms=at_ms, beat_at_ms=at_ms, pid=pid, version=version)
    )
    return new_id(added.inserted_primary_key)


def beat(connection: Connection, run_id: int, at_ms: EpochMs) -> bool:
    """Note that the run lives; False where the store does not know it (another file)."""
    changed = connection.execute(
        update(run_table).where(run_table.c.id == run_id).values(beat_at_ms=at_ms)
    )
    return bool(changed.rowcount)


def end(connection: Connection, run_id: int, at_ms: EpochMs) -> None:
    """Note that the run ended in good order."""
    connection.execute(
        update(run_table)
        .where(run_table.c.id == run_id)
        .values(beat_at_ms=at_ms, stopped_at_ms=at_ms)
    )


def restore(connection: Connection, run: Run) -> None:
    """Write the present run into a file that has come in the place of the one it began in."""
    connection.execute(upsert(run_table).values(**dataclasses.asdict(run)).on_conflict_do_nothing())


def last(connection: Connection) -> Run | None:
    """Return the run that began last; None before the first."""
    newest = select(func.max(run_table.c.id)).scalar_subquery()
    row = connection.execute(select(run_table).where(run_table.c.id == newest)).one_or_none()
    if row is None:
        return None
    return Run(
        id=row.id,
        started_at_ms=row.started_at_ms,
        beat_at_ms=row.beat_at_ms,
        stopped_at_ms=row.stopped_at_ms,
        pid=row.pid,
        version=row.version,
    )
