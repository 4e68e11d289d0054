"""The opened database file: transactions on what stands at its path, even after it was replaced.

SQLite holds on to the file that it has opened. Where that one is removed, moved away or replaced,
what is written goes to a file that nobody finds again; so each transaction looks first.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, Engine

from monitor.store.engine import open_engine, troubles_in_words
from monitor.store.engine import reading as read_transaction
from monitor.store.engine import writing as write_transaction
from monitor.store.interface import StoreError
from monitor.store.migrate import bring_up_to_date
from monitor.store.place import disk_trouble, ensure_folder

_log = logging.getLogger(__name__)

FileIdentity = tuple[int, int]
"""Device and inode: what stays the same while a name may come to mean another file."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the file since it was opened first."""

    opened: int = 0
    """How often it had to be opened anew: what was read of it before may not hold any more."""
    replaced: int = 0
    """How often that was another file, found at the path or begun there."""


class OpenedFile:
    """The connections to one database file; any thread may use it.

    Every method raises `StoreError` where the disk or the file refuses.
    """

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self.path = path
        self.readonly = readonly
        self.counts = Counts()
        self._engine: Engine = open_engine(path, readonly=readonly)
        self._file = _identity(path)
        self._beside: tuple[FileIdentity | None, ...] | None = None
        self._reopening = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One short read transaction."""
        self.follow()
        with read_transaction(self._engine, self.path) as connection:
            self._note_beside()
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction."""
        self.follow()
        try:
            with write_transaction(self._engine, self.path) as connection:
                self._note_beside()
                yield connection
        except StoreError:
            # a connection that met a full or failing disk may remember it
            self._leave()
            raise

    def run(self, statement: str) -> None:
        """Run one statement of SQLite's own care, outside of any transaction."""
        with troubles_in_words(self.path), self._engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute(statement)
            cursor.fetchall()
            cursor.close()

    def checkpoint(self, how: str) -> None:
        """Have the write-ahead log written into the file; "PASSIVE" waits for nobody."""
        self.run(f"PRAGMA wal_checkpoint({how})")

    def follow(self) -> None:
        """Open anew where the file has been removed or replaced under its name."""
        if self._is_there():
            return
        with self._reopening:
            if not self._is_there():
                self._open_anew()

    def close(self) -> None:
        """Close every connection; the last one out folds the write-ahead log back."""
        self._engine.dispose()

    def _leave(self) -> None:
        """Close the connections; the last one out takes the log away, as it should."""
        self._beside = None
        self._engine.dispose()

    def _note_beside(self) -> None:
        """Remember which log is ours, once a connection has it open.

        A reader opens it with its first question: before, none may be there, or another's last.
        """
        if self._beside is None:
            found = _beside(self.path)
            self._beside = None if None in found else found

    def _is_there(self) -> bool:
        """Tell whether the files that we have open are those that stand at the path.

        SQLite itself does not look: what is written to a log without a name is lost to all others
        at once, and to us at the next kill (sqlite.org/howtocorrupt.html, 1.4).
        """
        if self._file is None or _identity(self.path) != self._file:
            return False
        return self._beside is None or _beside(self.path) == self._beside

    def _open_anew(self) -> None:
        """Leave the old file whole, and open what its name means now, or begin a new one."""
        if self.readonly:
            refuse_missing(self.path)
        was_only_log = self._file is not None and _identity(self.path) == self._file
        if self._file is not None:
            if not self.readonly:
                self._complete_moved_file()
            self._leave()
            self._file = None
        if not self.readonly:
            ensure_folder(self.path.parent)
            bring_up_to_date(self.path)
        self._engine = open_engine(self.path, readonly=self.readonly)
        self._file = _identity(self.path)
        if was_only_log:
            self.counts = replace(self.counts, opened=self.counts.opened + 1)
            _log.warning("the log beside %s had been removed: what it held is saved", self.path)
            return
        self.counts = Counts(self.counts.opened + 1, self.counts.replaced + 1)
        _log.warning("%s had been removed or replaced and was opened anew", self.path)

    def _complete_moved_file(self) -> None:
        """Fold the write-ahead log into the file that was moved away, for SQLite will not.

        It stays behind under the old name, where whoever opens the new file drops it.
        """
        try:
            self.checkpoint("TRUNCATE")
        except StoreError as error:
            _log.warning("what was written last may be missing in the file moved away: %s", error)


def refuse_missing(path: Path) -> None:
    """Raise `StoreError` where there is nothing to read yet."""
    try:
        missing = not path.exists()
    except OSError as error:
        raise disk_trouble(error, path) from error
    if missing:
        raise StoreError(
            "{path} does not exist: nothing was recorded there yet, 'walletwatch run' begins",
            path=path,
        )


def _beside(path: Path) -> tuple[FileIdentity | None, ...]:
    """Return which log and which index of it stand beside the database (sqlite.org/wal.html)."""
    return tuple(_identity(path.with_name(path.name + ending)) for ending in ("-wal", "-shm"))


def _identity(path: Path) -> FileIdentity | None:
    """Return which file stands at the path; None where none does."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_trouble(error, path) from error
    return found.st_dev, found.st_ino
