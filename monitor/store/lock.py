"""Locks between processes: one daemon for each data directory, one migration at a time.

The operating system drops such a lock when its process ends in whatever way, so the file of a
killed process stops nobody; the pid inside it is only there to be told to the user.
"""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.store.interface import StoreError
from monitor.store.place import PRIVATE_FILE, disk_trouble, ensure_folder

LOCK_NAME = "walletwatch.lock"

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30
    """Windows locks bytes against reading too: lock one far behind the pid."""

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class Lock:
    """A held lock; give it back with `release`, or let the process end."""

    def __init__(self, handle: int, path: Path) -> None:
        self._handle: int | None = handle
        self._path = path

    def is_in_place(self) -> bool:
        """Tell whether the file that is locked still stands at its path.

        Deleted, it locks nothing that others would find. Where that cannot be told (a directory
        without rights), it counts as in place.
        """
        if self._handle is None:
            return False
        try:
            found = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        own = os.fstat(self._handle)
        return (own.st_dev, own.st_ino) == (found.st_dev, found.st_ino)

    def renew(self) -> bool:
        """Lock the file that stands at the path now, made with its directory where it is missing.

        Returns False where another process holds it.

        Raises:
            StoreError: it cannot be made.
        """
        ensure_folder(self._path.parent)
        fresh = take(self._path)
        if fresh is None:
            return False
        self.release()
        self._handle = fresh._handle
        return True

    def release(self) -> None:
        """Give the lock back; a second call does nothing. The file stays."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        """Return the lock itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release it."""
        self.release()


def take(path: Path) -> Lock | None:
    """Lock the file `path`, made where it is missing, and write our pid into it.

    Returns None where another process (or another part of this one) holds it.

    Raises:
        StoreError: the file cannot be made.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    except OSError as error:
        raise disk_trouble(error, path) from error
    if not _try_lock(handle):
        os.close(handle)
        return None
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
    except OSError as error:
        os.close(handle)
        raise disk_trouble(error, path) from error
    return Lock(handle, path)


def hold(data_dir: Path) -> Lock:
    """Take the data directory for this daemon alone.

    Raises:
        StoreError: another walletwatch holds it (the message names its pid), or the directory
            cannot be written.
    """
    ensure_folder(data_dir)
    lock = take(data_dir / LOCK_NAME)
    if lock is None:
        raise StoreError(
            "another walletwatch (pid {pid}) already watches with this data directory {path}: "
            "stop it first, or name another directory with --data-dir",
            pid=_written_pid(data_dir / LOCK_NAME) or "?",
            path=data_dir,
        )
    return lock


def holder(data_dir: Path) -> int | None:
    """Return the pid of the daemon that holds the data directory; None where none does."""
    path = data_dir / LOCK_NAME
    try:
        if not path.exists():
            return None
    except OSError:
        return None  # another user's: whoever opens the store says so
    pid = _written_pid(path)
    lock = take_quietly(path)
    if lock is None:
        return pid
    lock.release()
    return None


def take_quietly(path: Path) -> Lock | None:
    """Lock an existing file without writing to it; None where it is held or unreadable."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    if _try_lock(handle):
        return Lock(handle, path)
    os.close(handle)
    return None


def _written_pid(path: Path) -> int | None:
    """Return the pid that stands in a lock file; None where none can be read."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
