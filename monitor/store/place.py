"""Where the store lives on disk, and the sentences for when that place refuses."""

import errno
import os
from pathlib import Path

from monitor.store.interface import StoreError, StoreUnavailableError

DATABASE_NAME = "walletwatch.db"
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_OTHERS = 0o077
"""What a wallet's history names (hosts, networks, times at home) is nobody else's business."""


def ensure_folder(data_dir: Path) -> None:
    """Create the data directory (0700) where there is none; one that exists is left as it is.

    Raises:
        StoreError: it is a file, or cannot be made or entered.
    """
    try:
        data_dir.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise disk_trouble(error, data_dir) from error


def ensure_private_file(path: Path) -> None:
    """Create `path` empty with mode 0600, or take others' rights from the one that is there.

    SQLite gives its write-ahead log and shared memory the rights of the database itself
    (sqlite.org/src, findCreateFileMode), so they are covered as well.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
        if os.name == "posix" and path.stat().st_mode & _OTHERS:
            path.chmod(PRIVATE_FILE)
    except OSError as error:
        raise disk_trouble(error, path) from error


def disk_trouble(error: OSError, path: Path) -> StoreError:
    """Return the sentence for an error of the operating system at `path`."""
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return StoreError(
            "{path} is not a directory, or lies below a file: name another place with --data-dir",
            path=path,
        )
    if error.errno == errno.EISDIR:
        return StoreError("{path} is a directory where a file is expected: move it away", path=path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(path)
    if error.errno == errno.EROFS:
        return StoreUnavailableError(
            "{path} is on a disk that is mounted read-only: mount it for writing, "
            "or name another place with --data-dir",
            path=path,
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return not_writable(path)
    return StoreUnavailableError(
        "{path} cannot be used ({reason}): mend that, or name another place with --data-dir",
        path=path,
        reason=error.strerror or str(error),
    )


def disk_full(path: Path) -> StoreUnavailableError:
    """Return the sentence for a full disk."""
    return StoreUnavailableError(
        "the disk that holds {path} is full: free some space, or name another place "
        "with --data-dir",
        path=path,
    )


def not_writable(path: Path) -> StoreUnavailableError:
    """Return the sentence for a file or directory without the right to write."""
    return StoreUnavailableError(
        "{path} cannot be written: give your user the right to write to it and to its directory, "
        "or name another place with --data-dir",
        path=path,
    )
