"""The table of single values, and what the store notes there about its own care."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from monitor.model import EpochMs
from monitor.store.schema import meta

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

DEMO = "demo"
"""Its value is "1" where all that is stored is synthetic; every page then says so."""
NAMES = "care.names"
"""Under which key names are hashed; empty or missing where they are stored as they are."""
ROLLED_UNTIL = "care.rolled_until_ms"
"""Samples before this instant are in the roll-ups."""
RAW_SINCE = "care.raw_since_ms"
"""Samples before this instant were pruned, a whole hour; it never goes back."""

TIMELINE = "care.timeline"
"""What was lived through: see `monitor.store.timeline`."""
LAST_PRUNE = "care.last_prune"
"""What became of the last prune, as JSON."""


def read_mark(connection: Connection, key: str) -> str | None:
    """Return a value; None where there is none."""
    return connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()


def write_mark(connection: Connection, key: str, value: str) -> None:
    """Set a value."""
    statement = insert(meta).values(key=key, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=[meta.c.key], set_={"value": value})
    )


def read_instant(connection: Connection, key: str) -> EpochMs | None:
    """Return a value that is an instant; None where there is none."""
    value = read_mark(connection, key)
    return None if value is None else int(value)


def whole(at_ms: EpochMs, unit_ms: int) -> EpochMs:
    """Return the beginning of the minute, hour or day (UTC) that the instant lies in."""
    return at_ms - at_ms % unit_ms
