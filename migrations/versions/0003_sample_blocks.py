"""Samples in blocks: a batch in one row, and each sample in four bytes instead of twenty-four."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from monitor.store.block import by_hour, pack

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HOUR_MS = 3_600_000
FIRST = "SELECT min(at_ms) FROM sample WHERE target_id = ? AND at_ms >= ?"
FIRST_RECENT = "SELECT min(at_ms) FROM sample_recent WHERE at_ms >= ?"
OF_HOUR = """
SELECT target_id, at_ms, outcome, rtt_us FROM sample WHERE target_id = ? AND at_ms BETWEEN ? AND ?
"""
RECENT_OF_HOUR = """
SELECT target_id, at_ms, outcome, rtt_us FROM sample_recent WHERE at_ms BETWEEN ? AND ?
"""
MOST = 2**63 - 1


def upgrade() -> None:
    op.create_table(
        "sample_block",
        sa.Column("from_ms", ID, primary_key=True, autoincrement=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("heads", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    connection = op.get_bind()
    numbers = [number for (number,) in connection.exec_driver_sql("SELECT id FROM target")]
    next_ms: int | None = _first_ms(connection, numbers, -MOST)
    while next_ms is not None:
        hour_ms = next_ms - next_ms % HOUR_MS
        _carry_hour(connection, numbers, hour_ms)
        next_ms = _first_ms(connection, numbers, hour_ms + HOUR_MS)
    op.drop_table("sample")
    op.drop_table("sample_recent")
    op.execute("DELETE FROM meta WHERE key = 'care.settled_until_ms'")


def _first_ms(connection: sa.Connection, numbers: Sequence[int], since_ms: int) -> int | None:
    """Return the first sample at or after an instant, by one seek for each target."""
    if since_ms > MOST:
        return None
    firsts = [connection.exec_driver_sql(FIRST, (number, since_ms)).scalar() for number in numbers]
    firsts.append(connection.exec_driver_sql(FIRST_RECENT, (since_ms,)).scalar())
    return min((first for first in firsts if first is not None), default=None)


def _carry_hour(connection: sa.Connection, numbers: Sequence[int], hour_ms: int) -> None:
    """Write the samples of one hour as one block."""
    begin_ms, end_ms = max(hour_ms, -MOST), min(hour_ms + HOUR_MS - 1, MOST)
    found = [
        row
        for number in numbers
        for row in connection.exec_driver_sql(OF_HOUR, (number, begin_ms, end_ms)).all()
    ]
    found += connection.exec_driver_sql(RECENT_OF_HOUR, (begin_ms, end_ms)).all()
    hours = by_hour({(row[0], row[1]): (row[2], row[3]) for row in found})
    for rows in hours.values():
        heads, body = pack(rows)
        instants = [row[1] for row in rows]
        connection.exec_driver_sql(
            "INSERT INTO sample_block (from_ms, until_ms, count, heads, body)"
            " VALUES (?, ?, ?, ?, ?)",
            (min(instants), max(instants), len(rows), heads, body),
        )
