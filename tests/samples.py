"""What the blocks of samples hold, as a table that a test may ask in SQL."""

import re
import sqlite3
from typing import Any

from monitor.store.block import unpack

_NAMED = re.compile(r"\bsample\b")


def ask(connection: sqlite3.Connection, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query, which may name a table `sample` with a row for each sample."""
    if _NAMED.search(query) and not _has_table(connection):
        _lay_out(connection)
    return connection.execute(query).fetchall()


def _has_table(connection: sqlite3.Connection) -> bool:
    """Tell whether it is laid out already, or the file is of an older release, which had one."""
    sql = (
        "SELECT name FROM sqlite_master WHERE name = 'sample'"
        " UNION ALL SELECT name FROM sqlite_temp_master WHERE name = 'sample'"
    )
    return connection.execute(sql).fetchone() is not None


def _lay_out(connection: sqlite3.Connection) -> None:
    """Make the table, of this connection alone: target_id, at_ms, outcome, rtt_us."""
    connection.execute("CREATE TEMP TABLE sample (target_id, at_ms, outcome, rtt_us)")
    blocks = connection.execute("SELECT from_ms, heads, body FROM sample_block").fetchall()
    for block in blocks:
        connection.executemany("INSERT INTO sample VALUES (?, ?, ?, ?)", unpack(*block))
