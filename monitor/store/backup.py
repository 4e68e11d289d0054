"""Copies of the database, taken while others read and write it."""

import os
import sqlite3
from pathlib import Path

from monitor.store.engine import connect, troubles_in_words
from monitor.store.interface import StoreError
from monitor.store.place import disk_trouble, ensure_private_file


def copy_database(source: Path, to: Path, *, replace: bool = False, verify: bool = False) -> None:
    """Write a whole copy of `source` to `to`, one plain file of mode 0600.

    It appears under its name only when it is complete (SQLite's online backup, which reads one
    snapshot and does not stop writers), and with `verify` only once it was read through.

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
        ensure_private_file(part)
        _copy(source, part)
        if verify:
            refuse_broken(part)
        part.replace(to)
    except OSError as error:
        raise disk_trouble(error, to) from error
    finally:
        _remove(part)


def _copy(source: Path, to: Path) -> None:
    """Copy page by page, then make the copy a file that needs no other beside it."""
    with troubles_in_words(source):
        origin = connect(source, "ro")
    try:
        with troubles_in_words(to):
            copy = connect(to, "rw")
            try:
                origin.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
            finally:
                copy.close()
    finally:
        origin.close()


def refuse_broken(path: Path) -> None:
    """Read a whole database through.

    Raises:
        StoreError: it is not whole.
    """
    with troubles_in_words(path):
        connection = connect(path, "ro")
        try:
            found = complaints(connection)
        finally:
            connection.close()
    if found:
        raise StoreError(
            "{path} is not a whole database ({reason}): use another copy",
            path=path,
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
