"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    create_series()
    create_events()
    create_conclusions()


def create_series() -> None:
    op.create_table("device", sa.Column("name", sa.Text, primary_key=True))
    op.create_table(
        "target",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("probe", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("port", sa.Integer),
        sa.Column("family", sa.SmallInteger),
        sa.Column("wallet", sa.Text),
        sa.UniqueConstraint(
            "device", "name", "role", "probe", name="uq_target_device_name_role_probe"
        ),
        sa.ForeignKeyConstraint(["device"], ["device.name"], name="fk_target_device_device"),
    )
    op.create_table(
        "sample",
        sa.Column("target_id", ID, primary_key=True, autoincrement=False),
        sa.Column("at_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.SmallInteger, nullable=False),
        sa.Column("rtt_us", sa.BigInteger),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name="fk_sample_target_id_target"),
        sqlite_with_rowid=False,
    )
    for name in ("sample_minute", "sample_hour"):
        op.create_table(
            name,
            sa.Column("target_id", ID, primary_key=True, autoincrement=False),
            sa.Column("at_ms", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("measured", sa.Integer, nullable=False),
            sa.Column("lost", sa.Integer, nullable=False),
            sa.Column("rtt_sum_us", sa.BigInteger, nullable=False),
            sa.Column("rtt_min_us", sa.BigInteger),
            sa.Column("rtt_max_us", sa.BigInteger),
            sa.Column("histogram", sa.LargeBinary, nullable=False),
            sa.ForeignKeyConstraint(
                ["target_id"], ["target.id"], name=f"fk_{name}_target_id_target"
            ),
            sqlite_with_rowid=False,
        )


def create_events() -> None:
    op.create_table(
        "session_change",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("wallet", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("how", sa.Text),
        sa.Column("last_good_at_ms", sa.BigInteger),
        sa.Column("lived_ms", sa.BigInteger),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "state_change",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_index("ix_state_change_key_at_ms", "state_change", ["key", "at_ms"])
    op.create_table(
        "gap",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    for name in ("session_change", "state_change", "gap"):
        op.create_index(f"ix_{name}_at_ms", name, ["at_ms"])
    op.create_table(
        "run",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("beat_at_ms", sa.BigInteger, nullable=False),
        sa.Column("stopped_at_ms", sa.BigInteger),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
    )


def create_conclusions() -> None:
    op.create_table(
        "disconnect",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("wallet", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("detected_at_ms", sa.BigInteger),
        sa.Column("confirmed", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.UniqueConstraint(
            "device",
            "wallet",
            "source",
            "started_at_ms",
            name="uq_disconnect_device_wallet_source_started_at_ms",
        ),
    )
    op.create_index("ix_disconnect_started_at_ms", "disconnect", ["started_at_ms"])
    op.create_table(
        "diagnosis",
        sa.Column("disconnect_id", ID, primary_key=True, autoincrement=False),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("made_at_ms", sa.BigInteger, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("runner_up", sa.Text),
        sa.Column("findings", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["disconnect_id"],
            ["disconnect.id"],
            name="fk_diagnosis_disconnect_id_disconnect",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "notice",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("disconnect_id", ID),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("backend", sa.Text, nullable=False),
        sa.Column("delivered_at_ms", sa.BigInteger),
        sa.ForeignKeyConstraint(
            ["disconnect_id"],
            ["disconnect.id"],
            name="fk_notice_disconnect_id_disconnect",
            ondelete="SET NULL",
        ),
    )
    op.create_index("ix_notice_delivery", "notice", ["delivery"])
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
