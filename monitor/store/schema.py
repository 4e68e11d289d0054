"""The tables, dialect-neutral; every instant is INTEGER epoch milliseconds.

`migrations/` creates them step by step; a test holds both equal.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.model import Outcome, Role

MOST_ID = 2**63 - 1
"""SQLite counts no further, and takes no greater number even in a question."""

OUTCOME_CODES = {
    Outcome.REPLY: 0,
    Outcome.TIMEOUT: 1,
    Outcome.REFUSED: 2,
    Outcome.RESET: 3,
    Outcome.UNREACHABLE: 4,
    Outcome.DNS_ERROR: 5,
    Outcome.TLS_ERROR: 6,
    Outcome.PORTAL: 7,
    Outcome.NOT_MEASURED: 8,
}
"""What stands in a block of samples; a number once given is never given to another outcome."""
OUTCOMES = {code: outcome for outcome, code in OUTCOME_CODES.items()}

_LOST = frozenset(code for outcome, code in OUTCOME_CODES.items() if outcome.is_lost)
_LOST_OF_RESOLVER = _LOST | {OUTCOME_CODES[Outcome.DNS_ERROR]}


def lost_codes(role: Role) -> frozenset[int]:
    """Return which outcomes are lost on a target's leg: the same as `Sample.is_lost` says."""
    return _LOST_OF_RESOLVER if role is Role.RESOLVER else _LOST


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = BigInteger().with_variant(Integer(), "sqlite")
"""On SQLite only INTEGER PRIMARY KEY numbers itself; BIGINT does not."""


def _id() -> Column[int]:
    """Return the column of a row number that the database gives."""
    return Column("id", _ID, primary_key=True, autoincrement=True)


def _device() -> Column[str]:
    """Return the column that names the device a row is about."""
    return Column("device", Text, nullable=False)


device = Table("device", metadata, Column("name", Text, primary_key=True))

target = Table(
    "target",
    metadata,
    _id(),
    Column("device", Text, ForeignKey("device.name"), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("probe", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("port", Integer),
    Column("family", SmallInteger),
    Column("wallet", Text),
    UniqueConstraint("device", "name", "role", "probe"),
)

sample_block = Table(
    "sample_block",
    metadata,
    Column("from_ms", _ID, primary_key=True, autoincrement=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("heads", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Samples, a batch in each row, all targets together: see `monitor.store.block`. In time order, so
that a batch is written at the end, and once. `from_ms` and `until_ms` are the first and the last
instant that is in it, both of the same hour."""


def _roll_up(name: str) -> Table:
    """Return a roll-up table; `at_ms` is where its stretch of time begins.

    In time order: what is folded lands on the last pages, and not on one of every target, and what
    is forgotten frees whole pages.
    """
    return Table(
        name,
        metadata,
        Column("at_ms", BigInteger, primary_key=True, autoincrement=False),
        Column("target_id", _ID, ForeignKey("target.id"), primary_key=True, autoincrement=False),
        Column("measured", Integer, nullable=False),
        Column("lost", Integer, nullable=False),
        Column("rtt_sum_us", BigInteger, nullable=False),
        Column("rtt_min_us", BigInteger),
        Column("rtt_max_us", BigInteger),
        Column("histogram", LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


sample_minute = _roll_up("sample_minute")
sample_hour = _roll_up("sample_hour")

session_change = Table(
    "session_change",
    metadata,
    _id(),
    _device(),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("wallet", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("how", Text),
    Column("last_good_at_ms", BigInteger),
    Column("lived_ms", BigInteger),
    Column("detail", Text, nullable=False),
)

state_change = Table(
    "state_change",
    metadata,
    _id(),
    _device(),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
)
"""`value` is JSON, so that true, 1, "1" and null stay what they are."""

gap = Table(
    "gap",
    metadata,
    _id(),
    _device(),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("until_ms", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
)

run = Table(
    "run",
    metadata,
    _id(),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("beat_at_ms", BigInteger, nullable=False),
    Column("stopped_at_ms", BigInteger),
    Column("pid", Integer, nullable=False),
    Column("version", Text, nullable=False),
)

disconnect = Table(
    "disconnect",
    metadata,
    _id(),
    _device(),
    Column("wallet", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False, index=True),
    Column("ended_at_ms", BigInteger),
    Column("how", Text, nullable=False),
    Column("detected_at_ms", BigInteger),
    Column("confirmed", Text),
    Column("note", Text, nullable=False),
    Column("denied", Text),
    UniqueConstraint("device", "wallet", "source", "started_at_ms"),
)

diagnosis = Table(
    "diagnosis",
    metadata,
    Column(
        "disconnect_id",
        _ID,
        ForeignKey("disconnect.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("engine", Text, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("runner_up", Text),
    Column("findings", Text, nullable=False),
)
"""`findings` is JSON and whole; cause, confidence and runner-up repeat it for queries."""

notice = Table(
    "notice",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("disconnect_id", _ID, ForeignKey("disconnect.id", ondelete="SET NULL")),
    Column("delivery", Text, nullable=False, index=True),
    Column("backend", Text, nullable=False),
    Column("delivered_at_ms", BigInteger),
    Column("cause", Text),
    Column("fix", Text),
    Column("subject", Text, nullable=False, server_default=""),
)

fix_mark = Table(
    "fix_mark",
    metadata,
    _id(),
    _device(),
    Column("at_ms", BigInteger, nullable=False),
    Column("fix", Text, nullable=False),
    Column("is_told", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
)
"""Fixes that were carried out: what the report compares the weeks before and after by."""

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
