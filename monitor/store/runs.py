"""The daemon's lives: when each began, was last alive, and ended."""

from sqlalchemy import Connection, func, insert, select, update

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


def beat(connection: Connection, run_id: int, at_ms: EpochMs) -> None:
    """Note that the run lives."""
    connection.execute(update(run_table).where(run_table.c.id == run_id).values(beat_at_ms=at_ms))


def end(connection: Connection, run_id: int, at_ms: EpochMs) -> None:
    """Note that the run ended in good order."""
    connection.execute(
        update(run_table)
        .where(run_table.c.id == run_id)
        .values(beat_at_ms=at_ms, stopped_at_ms=at_ms)
    )


def last(connection: Connection, pid: int | None = None) -> Run | None:
    """Return the run that began last, of one process or of any; None where there is none."""
    newest = select(func.max(run_table.c.id))
    if pid is not None:
        newest = newest.where(run_table.c.pid == pid)
    row = connection.execute(
        select(run_table).where(run_table.c.id == newest.scalar_subquery())
    ).one_or_none()
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
