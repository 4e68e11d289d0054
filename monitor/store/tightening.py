"""Rights at the start: whatever others were given on the data directory is taken back."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from monitor.store.interface import StoreError
from monitor.store.place import PRIVATE_FILE, PRIVATE_FOLDER

_log = logging.getLogger(__name__)

OWN_PREFIXES = ("walletwatch", "migrate.lock", "names.key", "web.html")
"""How the names begin of what the program itself puts into its directory."""
REPORTS = "reports"
OTHERS = 0o077


def tighten(data_dir: Path) -> None:
    """Make the directory 0700 and its files 0600 where somebody loosened them, with a log line.

    Only what is ours is touched: files of the program's own names, and the directory only where
    nothing else lies in it (a person may have named /tmp, or their home). No link is followed.

    Raises:
        StoreError: the directory belongs to another user, who could exchange what is in it.
    """
    if os.name != "posix":
        return  # Windows gives a folder below a user's profile to that user alone
    try:
        found = data_dir.stat()
    except OSError:
        return  # whoever opens it next says why it cannot be
    me = os.geteuid()
    if found.st_uid != me:
        if me != 0:
            raise StoreError(
                "{path} belongs to another user, who could exchange what is kept there: "
                "name another place with --data-dir",
                path=data_dir,
            )
        _log.warning("%s belongs to another user (uid %d)", data_dir, found.st_uid)
        return
    loose = [data_dir] if _is_ours_alone(data_dir) and _take_back(data_dir, PRIVATE_FOLDER) else []
    loose += [path for path, mode in _within(data_dir) if _take_back(path, mode)]
    if loose:
        _log.warning(
            "others could read %s; the rights were taken back", ", ".join(str(p) for p in loose)
        )


def _is_ours_alone(data_dir: Path) -> bool:
    """Tell whether nothing but the program's own files lies in the directory."""
    try:
        names = os.listdir(data_dir)  # noqa: PTH208  names alone are wanted
    except OSError:
        return False
    return all(name.startswith(OWN_PREFIXES) or name == REPORTS for name in names)


def _within(data_dir: Path) -> Iterator[tuple[Path, int]]:
    """Give the program's own files with the rights that each should have."""
    try:
        for path in sorted(data_dir.iterdir()):
            if path.name.startswith(OWN_PREFIXES):
                yield path, PRIVATE_FILE
        reports = data_dir / REPORTS
        if reports.is_dir() and not reports.is_symlink():
            yield reports, PRIVATE_FOLDER
            for path in sorted(reports.iterdir()):
                yield path, PRIVATE_FILE
    except OSError:
        return


def _take_back(path: Path, mode: int) -> bool:
    """Take others' rights on our own plain file or directory; tell whether there were any."""
    kind = stat.S_ISDIR if mode == PRIVATE_FOLDER else stat.S_ISREG
    try:
        before = path.stat() if mode == PRIVATE_FOLDER else path.lstat()
        if not kind(before.st_mode) or before.st_uid != os.geteuid():
            return False
        if not before.st_mode & OTHERS:
            return False
        # The name may come to mean another file between the two: O_NOFOLLOW and the descriptor
        # keep us on what was looked at (open(2)).
        flags = os.O_RDONLY | os.O_NONBLOCK | (0 if mode == PRIVATE_FOLDER else os.O_NOFOLLOW)
        handle = os.open(path, flags)
    except OSError:
        return False
    try:
        if not os.path.samestat(os.fstat(handle), before):
            return False
        os.fchmod(handle, mode)
    except OSError as error:
        _log.warning("others can read %s, and that cannot be changed: %s", path, error)
        return False
    finally:
        os.close(handle)
    return True


def look_above(data_dir: Path) -> None:
    """Tell where others could move the whole directory away; that is the user's to mend.

    A group of one's own, which many systems give each user, is nobody else.
    """
    parent = data_dir.absolute().parent
    try:
        found = parent.stat()
    except OSError:
        return
    if os.name != "posix" or found.st_mode & stat.S_ISVTX:
        return
    by_group = found.st_mode & stat.S_IWGRP and found.st_gid != os.getegid()
    if by_group or found.st_mode & stat.S_IWOTH:
        _log.warning("others can write to %s, and so exchange what lies in it", parent)
