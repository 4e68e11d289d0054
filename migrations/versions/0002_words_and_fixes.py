"""What the user denies, what a notice names, and fixes that were carried out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("disconnect", sa.Column("denied", sa.Text))
    op.add_column("notice", sa.Column("cause", sa.Text))
    op.add_column("notice", sa.Column("fix", sa.Text))
    op.add_column("notice", sa.Column("subject", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "fix_mark",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("fix", sa.Text, nullable=False),
        sa.Column("is_told", sa.Boolean, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
