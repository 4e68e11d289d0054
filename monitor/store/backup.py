"""Copies of the database, taken while others read and write it."""

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from monitor.store.engine import connect, in_words, troubles_in_words
from monitor.store.interface import StoreError, StoreUnavailableError
from monitor.store.place import PRIVATE_FILE

_OF_THE_SOURCE = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
)
"""What SQLite says of the file that is read; nobody else knows the one that is written."""


def file_trouble(error: OSError, path: Path) -> StoreError:
    """Return the sentence for a file of the user's choice that cannot be written."""
    return StoreUnavailableError(
        "{path} cannot be written ({reason}): name another file, or mend that",
        path=path,
        reason=error.strerror or str(error),
    )


def copy_database(
    source: Path,
    to: Path,
    *,
    replace: bool = False,
    verify: bool = False,
    trouble: Callable[[OSError, Path], StoreError] = file_trouble,
) -> None:
    """Write a whole copy of `source` to `to`, one plain file of mode 0600.

    It appears under its name only when it is complete (SQLite's online backup, which reads one
    snapshot and does not stop writers), and with `verify` only once it was read through.
    `trouble` words what the system says of `to`.

    Raises:
        StoreError: `to` exists (unless `replace`), cannot be written, or is not whole.
    """
    if not to.parent.is_dir():
        raise StoreError(
            "{folder} is no folder: make it first, or name a file in one that exists",
            folder=to.parent,
        )
    if os.path.lexists(to) and not replace:
        raise StoreError("{path} exists already: name another file for the backup", path=to)
    part = to.with_name(f"{to.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        _copy(source, part)
        if verify:
            refuse_broken(part, source)
        part.replace(to)
    except OSError as error:
        raise trouble(error, to) from error
    finally:
        _remove(part)


def _copy(source: Path, to: Path) -> None:
    """Copy page by page, then make the copy a file that needs no other beside it.

    Raises:
        StoreError: the source cannot be read.
        OSError: the copy cannot be written.
    """
    with troubles_in_words(source):
        origin = connect(source, "ro")
    try:
        copy = connect(to, "rw")
        try:
            origin.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
    except sqlite3.Error as error:
        told = in_words(error, source)
        if told is None:
            raise
        if error.sqlite_errorcode & 0xFF in _OF_THE_SOURCE:
            raise told from error
        is_full = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL
        raise (OSError(errno.ENOSPC, str(error)) if is_full else OSError(str(error))) from error
    finally:
        origin.close()


def refuse_broken(path: Path, told_as: Path | None = None) -> None:
    """Read a whole database through; `told_as` is the file to name where that is another one.

    Raises:
        StoreError: it is not whole.
    """
    named = told_as or path
    with troubles_in_words(named):
        connection = connect(path, "ro")
        try:
            found = complaints(connection)
        finally:
            connection.close()
    if found:
        raise StoreError(
            "{path} is not a whole database ({reason}): use another copy",
            path=named,
            reason=found[0],
        )


def _remove(path: Path) -> None:
    """Remove what an interrupted copy left."""
    for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        try:
            name.unlink(missing_ok=True)
        except OSError:  # the trouble that brought us here is the one to tell
            continue


def size_bytes(path: Path) -> int:
    """Return the size of a database with its write-ahead log."""
    total = 0
    for name in (path, path.with_name(f"{path.name}-wal")):
        try:
            total += name.stat().st_size
        except FileNotFoundError:
            continue
    return total


def wal_bytes(path: Path) -> int:
    """Return the size of a database's write-ahead log."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def complaints(connection: sqlite3.Connection) -> list[str]:
    """Return what SQLite finds wrong with the whole file; nothing where it is whole."""
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    dangling = [
        f"{row[0]}: a row refers to a missing {row[2]}"
        for row in connection.execute("PRAGMA foreign_key_check")
    ]
    return [line for line in found if line != "ok"] + dangling
