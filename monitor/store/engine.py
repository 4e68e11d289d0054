"""Connections to the SQLite file: their settings, their transactions, their troubles in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from monitor.store.block import BlockError
from monitor.store.interface import StoreError, StoreUnavailableError
from monitor.store.place import disk_full, not_writable

BUSY_TIMEOUT_S = 5.0
"""Other writers hold the lock for milliseconds; who holds it for seconds is a stranger."""
PAGE_BYTES = 1024
"""A commit rewrites whole pages for a few bytes in each: small ones keep the disk quiet."""
JOURNAL_LIMIT_BYTES = 8 * 1024 * 1024
"""The write-ahead log is cut back to this once a long reader has let it grow."""
CHECKPOINT_PAGES = 4_000
"""The log is folded back once it has so many pages, about once a day: a page that many batches
write to goes into the file once. The log stays below 5 MB, and below `JOURNAL_LIMIT_BYTES`."""
CACHE_KIB = 512
"""Pages that a connection keeps in memory, of 2 MB that SQLite would: the newest are what is read
again, and the system caches the file as well."""
_POOL_SIZE = 2
_POOL_OVERFLOW = 8


def connect(path: Path, mode: str, busy_timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """Return a bare connection; `mode` is SQLite's own: "rw" or "ro", neither makes a file.

    `isolation_level=None` keeps the driver from opening transactions by itself, which it does too
    late for DDL (docs.python.org, sqlite3, transaction control).
    """
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )


def open_engine(path: Path, *, readonly: bool = False, foreign_keys: bool = True) -> Engine:
    """Return an engine on an existing file; nothing is opened before the first connection."""

    def connected() -> sqlite3.Connection:
        connection = connect(path, "ro" if readonly else "rw")
        try:
            _prepare(connection, readonly=readonly, foreign_keys=foreign_keys)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://",
        creator=connected,
        poolclass=QueuePool,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        hide_parameters=True,  # an error's text is logged, and must not name a network
    )
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, *, readonly: bool, foreign_keys: bool) -> None:
    """Set what SQLite forgets with each connection, and, before the first table, what it keeps."""
    connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
    if readonly:
        return
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    if connection.execute("PRAGMA page_count").fetchone() == (0,):
        # these count only before the first page is written, which WAL does; later they would
        # take the write lock for nothing
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    connection.execute("PRAGMA journal_mode=WAL")
    # NORMAL loses at most the last commits when the power fails, and never damages the file
    connection.execute("PRAGMA synchronous=NORMAL")
    # some systems build SQLite to write zeros over every page that is freed: that is what is kept
    # secret where names are hashed, and only a write more where samples are forgotten
    connection.execute("PRAGMA secure_delete=FAST")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit={JOURNAL_LIMIT_BYTES}")


def _begin(connection: Connection) -> None:
    """Open a transaction: a writer takes the lock at once.

    A reader that turns into a writer later fails with "locked" and is not made to wait.
    """
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine, path: Path) -> Iterator[Connection]:
    """One short read transaction.

    Raises:
        StoreError: the file cannot be read; one sentence.
    """
    with troubles_in_words(path), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, path: Path) -> Iterator[Connection]:
    """One write transaction: all of it is stored, or nothing.

    Raises:
        StoreError: the file cannot be written; one sentence.
    """
    with (
        troubles_in_words(path),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def troubles_in_words(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the disk and the file into a `StoreError`; bugs pass through."""
    try:
        yield
    except DBAPIError as error:
        trouble = in_words(error.orig, path)
        if trouble is None:
            raise
        raise trouble from error
    except sqlite3.Error as error:
        trouble = in_words(error, path)
        if trouble is None:
            raise
        raise trouble from error
    except BlockError as error:
        # no disk that refuses: the same call fails again, whoever has it tried again for ever
        trouble = damaged(path)
        raise StoreError(trouble.text, **trouble.values) from error
    except UnicodeDecodeError as error:  # SQLite did not notice that a text of the file is none
        raise damaged(path) from error


def in_words(error: BaseException | None, path: Path) -> StoreError | None:
    """Return the sentence for an SQLite error; None where it is our own mistake.

    The codes are those of sqlite.org/rescode.html; the low byte is the kind.
    """
    if str(error).startswith("Could not decode"):  # by Python's driver, which gives no code
        return damaged(path)
    kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    match kind:
        case sqlite3.SQLITE_FULL:
            return disk_full(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return not_writable(path)
        case sqlite3.SQLITE_CANTOPEN:
            return StoreUnavailableError(
                "{path} cannot be opened: see that it exists and that your user may read and "
                "write it and its directory, or name another place with --data-dir",
                path=path,
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreUnavailableError(
                "{path} is locked by another program: close what else has it open "
                "(a database browser, a backup program) and try again",
                path=path,
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path)
        case sqlite3.SQLITE_IOERR:
            return StoreUnavailableError(
                "the disk under {path} does not read or write ({reason}): see that it is not "
                "full or failing",
                path=path,
                reason=getattr(error, "sqlite_errorname", error),
            )
    return None


def damaged(path: Path) -> StoreUnavailableError:
    """Return the sentence for a file that is no whole database."""
    return StoreUnavailableError(
        "{path} is damaged or not a database; it was left as it is: move it away to begin anew, "
        "or put a backup in its place (see 'walletwatch db backup')",
        path=path,
    )
