"""Brings the file up to the schema of this code, or says why not.

A new file is made as the code's schema says. Alembic is only imported when an older one is to be
carried over, and then in a short-lived process of its own, so that the daemon's memory never holds
it: `python -m monitor.store.migrate PATH`.
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from monitor.clock import monotonic_s
from monitor.store import schema
from monitor.store.backup import copy_database
from monitor.store.engine import connect, damaged, open_engine, troubles_in_words, writing
from monitor.store.interface import StoreError, StoreUnavailableError
from monitor.store.lock import Lock, holder, take
from monitor.store.place import disk_trouble, ensure_private_file

REVISIONS = ("0001", "0002", "0003")
"""Every revision in `migrations/versions`, oldest first; a test holds the two equal."""
HEAD = REVISIONS[-1]
MIGRATION_LOCK_NAME = "migrate.lock"
_LOCK_WAIT_S = 60.0
"""A migration with its backup takes seconds; a year of history below a minute."""
_LOCK_POLL_S = 0.05
_REFUSED = 2
_UNAVAILABLE = 3
"""Exit codes of the child whose stderr is one sentence for the user: the two kinds of error."""


def current_revision(path: Path) -> str | None:
    """Return the schema revision of the file; None where it is missing or empty.

    Raises:
        StoreError: the file is damaged, unreadable, or a database of something else.
    """
    try:
        if path.stat().st_size == 0:
            return None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_trouble(error, path) from error
    with troubles_in_words(path):
        connection = connect(path, "ro")
        try:
            return _stored_revision(connection, path)
        finally:
            connection.close()


def _stored_revision(connection: sqlite3.Connection, path: Path) -> str | None:
    """Read Alembic's mark."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if "alembic_version" not in tables:
        if tables:
            raise StoreError(
                "{path} is the database of another program: name another place with --data-dir",
                path=path,
            )
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        if len(tables) > 1:
            raise damaged(path)
        return None
    return str(row[0])


def bring_up_to_date(
    path: Path,
    upgrade: Callable[[Path], None] | None = None,
    revisions: Sequence[str] = REVISIONS,
) -> None:
    """Create the schema in a new file, or carry an older one to the newest after a backup.

    The backup stands beside it. `upgrade` and `revisions` are for tests of migrations to come.

    Raises:
        StoreError: the file is newer than this code, damaged or unwritable, or an older daemon is
            still at work on it.
    """
    if is_current(path, revisions):
        return
    with _migration_lock(path):
        if is_current(path, revisions):
            return
        is_new = current_revision(path) is None
        if not is_new:
            _refuse_under_running_daemon(path)
            before = path.with_name(f"{path.stem}-before-{revisions[-1]}.db")
            copy_database(path, before, replace=True, trouble=disk_trouble)
        ensure_private_file(path)
        (upgrade or (create_here if is_new else upgrade_apart))(path)


def is_current(path: Path, revisions: Sequence[str]) -> bool:
    """Tell whether nothing is to be done.

    Raises:
        StoreError: the file was written by a newer walletwatch.
    """
    revision = current_revision(path)
    if revision is not None and revision not in revisions:
        raise StoreError(
            "{path} was written by a newer walletwatch (schema {found}, this one knows {known}): "
            "install the newer version, or name another place with --data-dir",
            path=path,
            found=revision,
            known=revisions[-1],
        )
    return revision == revisions[-1]


def _migration_lock(path: Path) -> Lock:
    """Wait for our turn to migrate."""
    until = monotonic_s() + _LOCK_WAIT_S
    lock_path = path.with_name(MIGRATION_LOCK_NAME)
    while (lock := take(lock_path)) is None:
        if monotonic_s() > until:
            raise StoreError(
                "{path} is held by another walletwatch that is bringing the database up to date: "
                "wait for it, or end it",
                path=lock_path,
            )
        time.sleep(_LOCK_POLL_S)
    return lock


def _refuse_under_running_daemon(path: Path) -> None:
    """Raise where a daemon, necessarily of an older version, is at work on the file."""
    pid = holder(path.parent)
    if pid is not None and pid != os.getpid():
        raise StoreError(
            "{path} is of an older version and in use by a running walletwatch (pid {pid}): "
            "restart that one with the new version first",
            path=path,
            pid=pid,
        )


def create_here(path: Path) -> None:
    """Make the newest schema in an empty file, in one transaction and without Alembic.

    Its process would take longer than the rest of a first start; a test holds both ways equal.

    Raises:
        StoreError: the file cannot be written.
    """
    engine = open_engine(path)
    try:
        with writing(engine, path) as connection:
            schema.metadata.create_all(connection)
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL,"
                " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
            )
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (HEAD,))
    finally:
        engine.dispose()


def upgrade_apart(path: Path) -> None:
    """Run the migrations in a process of their own; in this one where none can be started.

    Raises:
        StoreError: what the child says for the user.
        RuntimeError: a migration is broken; the message carries the child's traceback.
    """
    package_root = str(Path(__file__).parents[2])
    search_path = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH", "")]))
    try:
        # -P: a directory called monitor where the user happens to stand is not ours
        done = subprocess.run(
            [_interpreter(), "-P", "-m", "monitor.store.migrate", str(path)],
            env={**os.environ, "PYTHONPATH": search_path, "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        upgrade_here(path)
        return
    if done.returncode == _UNAVAILABLE:
        raise StoreUnavailableError(done.stderr.strip())
    if done.returncode == _REFUSED:
        raise StoreError(done.stderr.strip())
    if done.returncode:
        raise RuntimeError(f"migrating {path} failed:\n{done.stderr.strip()}")


def _interpreter() -> str:
    """Return the Python that runs this.

    Raises:
        FileNotFoundError: there is none by itself (a frozen program, an embedded interpreter).
    """
    if getattr(sys, "frozen", False) or not sys.executable:
        raise FileNotFoundError("no interpreter")
    return sys.executable


def upgrade_here(path: Path, scripts: Path | None = None) -> None:
    """Run the migrations in this process (imports Alembic: a quarter second, 12 MiB)."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    location = str(scripts or scripts_folder())
    config.set_main_option("script_location", location.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    engine = open_engine(path, foreign_keys=False)
    try:
        connection = engine.connect().execution_options(writes=True)
        with troubles_in_words(path), connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def scripts_folder() -> Path:
    """Return where the migrations are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    shipped = package / "_migrations"
    return shipped if shipped.is_dir() else package.parent / "migrations"


def main(arguments: list[str]) -> int:
    """Migrate the file that is named; print a refusal on stderr."""
    try:
        upgrade_here(Path(arguments[0]))
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return _UNAVAILABLE if isinstance(error, StoreUnavailableError) else _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
