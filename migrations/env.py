"""Alembic's environment: runs on the connection that `monitor.store.migrate` hands over.

Each migration is one transaction, its version mark included: it happens wholly or not at all.
"""

from typing import Any

from alembic import context


def no_dangling_references(*, ctx: Any, **_: Any) -> None:
    """Refuse a migration, still inside its transaction, that leaves a reference to nothing.

    Foreign keys are switched off while tables are rebuilt, so nobody else looks.
    """
    dangling = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if dangling:
        raise RuntimeError(f"the migration leaves references to nothing: {dangling[:5]}")


context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,
    transaction_per_migration=True,
    render_as_batch=True,
    on_version_apply=no_dangling_references,
)
with context.begin_transaction():
    context.run_migrations()
