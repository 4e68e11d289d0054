"""What is written all day in time order: samples in blocks, roll-ups by time, one index less.

A batch of samples is one row, and each sample takes four bytes instead of twenty-four. The packing
is the store's own: a block names its version, and whatever later code packs, later code reads.
"""

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
MANY_ROWS = 20_000
"""Samples that a block holds at most, or nearly: an hour of a thousand targets is put together of
many blocks, and never in memory as a whole."""


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
    for name in ("sample_minute", "sample_hour"):
        _put_in_time_order(name)
    op.drop_index("ix_state_change_key_at_ms")
    op.execute("DELETE FROM meta WHERE key = 'care.settled_until_ms'")


def _put_in_time_order(name: str) -> None:
    """Make a roll-up table anew, clustered by time and not by target."""
    op.create_table(
        f"{name}_in_order",
        sa.Column("at_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("target_id", ID, primary_key=True, autoincrement=False),
        sa.Column("measured", sa.Integer, nullable=False),
        sa.Column("lost", sa.Integer, nullable=False),
        sa.Column("rtt_sum_us", sa.BigInteger, nullable=False),
        sa.Column("rtt_min_us", sa.BigInteger),
        sa.Column("rtt_max_us", sa.BigInteger),
        sa.Column("histogram", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name=f"fk_{name}_target_id_target"),
        sqlite_with_rowid=False,
    )
    columns = "at_ms, target_id, measured, lost, rtt_sum_us, rtt_min_us, rtt_max_us, histogram"
    op.execute(
        f"INSERT INTO {name}_in_order ({columns}) SELECT {columns} FROM {name}"
        " ORDER BY at_ms, target_id"
    )
    op.drop_table(name)
    op.rename_table(f"{name}_in_order", name)


def _first_ms(connection: sa.Connection, numbers: Sequence[int], since_ms: int) -> int | None:
    """Return the first sample at or after an instant, by one seek for each target."""
    if since_ms > MOST:
        return None
    firsts = [connection.exec_driver_sql(FIRST, (number, since_ms)).scalar() for number in numbers]
    firsts.append(connection.exec_driver_sql(FIRST_RECENT, (since_ms,)).scalar())
    return min((first for first in firsts if first is not None), default=None)


def _carry_hour(connection: sa.Connection, numbers: Sequence[int], hour_ms: int) -> None:
    """Write the samples of one hour as one block, or of very many as blocks one after another."""
    count = sum(
        connection.exec_driver_sql(f"SELECT count(*) FROM ({question})", values).scalar_one()
        for question, values in _questions(numbers, hour_ms, hour_ms + HOUR_MS)
    )
    step_ms = -(-HOUR_MS // (1 + count // MANY_ROWS))
    for begin_ms in range(hour_ms, hour_ms + HOUR_MS, step_ms):
        end_ms = min(begin_ms + step_ms, hour_ms + HOUR_MS)
        _carry(connection, numbers, begin_ms, end_ms)


def _questions(
    numbers: Sequence[int], begin_ms: int, end_ms: int
) -> list[tuple[str, tuple[int, ...]]]:
    """Return what is asked for the samples of [begin, end)."""
    begin_ms, last_ms = max(begin_ms, -MOST), min(end_ms - 1, MOST)
    asked: list[tuple[str, tuple[int, ...]]] = [
        (OF_HOUR, (number, begin_ms, last_ms)) for number in numbers
    ]
    return [*asked, (RECENT_OF_HOUR, (begin_ms, last_ms))]


def _carry(connection: sa.Connection, numbers: Sequence[int], begin_ms: int, end_ms: int) -> None:
    """Write the samples of [begin, end), which lies within an hour, as one block."""
    found = [
        row
        for question, values in _questions(numbers, begin_ms, end_ms)
        for row in connection.exec_driver_sql(question, values)
    ]
    hours = by_hour({(row[0], row[1]): (row[2], row[3]) for row in found})
    for rows in hours.values():
        heads, body = pack(rows)
        instants = [row[1] for row in rows]
        connection.exec_driver_sql(
            "INSERT INTO sample_block (from_ms, until_ms, count, heads, body)"
            " VALUES (?, ?, ?, ?, ?)",
            (min(instants), max(instants), len(rows), heads, body),
        )
