"""What the database holds, what it takes on disk, and what it leads to."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, select

from monitor.model import EpochMs
from monitor.store import blocks, schema
from monitor.store.marks import (
    DAY_MS,
    HOUR_MS,
    LAST_PRUNE,
    ROLLED_UNTIL,
    read_instant,
    read_mark,
)
from monitor.store.retention import Keep
from monitor.store.timeline import Doubt

LATELY_MS = 7 * DAY_MS
"""What a day takes is the mean of the observed part of the last week."""
USUAL_BYTES = {"sample_block": 4, "sample_minute": 45, "sample_hour": 80, "state_change": 60}
"""A row with its share of pages and indexes, where SQLite cannot tell (measured: 14 targets)."""


@dataclass(frozen=True, slots=True)
class LastPrune:
    """What became of the last prune."""

    at_ms: EpochMs
    row_count: int
    doubt: Doubt | None
    """Why nothing was deleted; None where the clock was believed."""


@dataclass(frozen=True, slots=True)
class TableRoom:
    """What one table takes."""

    row_count: int
    """Of the blocks of samples, how many samples are in them."""
    size_bytes: int | None
    """With its indexes; None where this build of SQLite cannot tell."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where the room goes."""

    tables: dict[str, TableRoom]
    day_bytes: int | None
    """What a day of being on has taken lately; None before the first whole hour."""
    bound_bytes: int | None
    """What the file comes to at that rate and the retention asked about."""
    rolled_until_ms: EpochMs | None
    last_prune: LastPrune | None


def measure(connection: Connection, keep: Keep) -> Room:
    """Return where the room goes now, and where that leads with this retention."""
    sizes = _sizes(connection)
    tables = {
        name: TableRoom(_row_count(connection, table), sizes.get(name) if sizes else None)
        for name, table in schema.metadata.tables.items()
    }
    a_day = _bytes_a_day(connection, tables)
    bound = None
    if a_day is not None:
        days = {
            "sample_block": keep.raw_days,
            "sample_minute": keep.minute_days,
            "sample_hour": keep.hour_days,
            "state_change": keep.minute_days,
        }
        others = sum(t.size_bytes or 0 for name, t in tables.items() if name not in days)
        bound = round(sum(a_day[name] * days[name] for name in days)) + others
    return Room(
        tables=tables,
        day_bytes=None if a_day is None else round(sum(a_day.values())),
        bound_bytes=bound,
        rolled_until_ms=read_instant(connection, ROLLED_UNTIL),
        last_prune=_last_prune(connection),
    )


def _sizes(connection: Connection) -> dict[str, int] | None:
    """Return the bytes of each table with its indexes; None where SQLite cannot tell."""
    used = connection.exec_driver_sql("SELECT sqlite_compileoption_used('ENABLE_DBSTAT_VTAB')")
    if not used.scalar_one():
        return None
    rows = connection.exec_driver_sql(
        "SELECT m.tbl_name, sum(d.pgsize) FROM dbstat AS d"
        " JOIN sqlite_master AS m ON m.name = d.name GROUP BY m.tbl_name"
    )
    return {str(name): int(size) for name, size in rows}


def _row_count(connection: Connection, table: Table) -> int:
    """Return how many rows there are; of blocks, how many samples."""
    if table is schema.sample_block:
        return blocks.count(connection)
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _bytes_a_day(connection: Connection, tables: dict[str, TableRoom]) -> dict[str, float] | None:
    """Return what each growing table took in a day of being on, lately."""
    hour, minute, state = schema.sample_hour.c, schema.sample_minute.c, schema.state_change.c
    rolled_until = read_instant(connection, ROLLED_UNTIL)
    if rolled_until is None:
        return None
    lately = (rolled_until - LATELY_MS, rolled_until)
    measured, hour_rows, hour_count = connection.execute(
        select(func.sum(hour.measured), func.count(), func.count(hour.at_ms.distinct())).where(
            hour.at_ms.between(*lately)
        )
    ).one()
    if not hour_count:
        return None
    minute_rows, state_rows = (
        connection.execute(select(func.count()).where(column.between(*lately))).scalar_one()
        for column in (minute.at_ms, state.at_ms)
    )
    rows = {
        "sample_block": measured,
        "sample_minute": minute_rows,
        "sample_hour": hour_rows,
        "state_change": state_rows,
    }
    day_count = hour_count * HOUR_MS / DAY_MS
    return {
        name: count / day_count * _row_bytes(tables[name], name) for name, count in rows.items()
    }


def _row_bytes(table: TableRoom, name: str) -> float:
    """Return what a row takes; of a small table the usual."""
    if table.size_bytes is None or table.row_count < 1_000:
        return USUAL_BYTES[name]
    return table.size_bytes / table.row_count


def _last_prune(connection: Connection) -> LastPrune | None:
    """Return what became of the last prune; None before the first."""
    told = read_mark(connection, LAST_PRUNE)
    if told is None:
        return None
    values = json.loads(told)
    doubt = values["doubt"]
    return LastPrune(values["at_ms"], values["rows"], None if doubt is None else Doubt(doubt))
