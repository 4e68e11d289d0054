"""Puts a whole file in the place of the database: a backup, or what was just made."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.model import EpochMs
from monitor.store.backup import copy_database, refuse_broken
from monitor.store.engine import connect, damaged, troubles_in_words
from monitor.store.interface import StoreError, StoreUnavailableError
from monitor.store.lock import hold
from monitor.store.marks import NAMES
from monitor.store.migrate import HEAD, REVISIONS, bring_up_to_date, current_revision
from monitor.store.place import DATABASE_NAME, disk_trouble, ensure_folder
from monitor.store.sqlite import Store, open_store
from monitor.store.veil import Fit, carry_key, fit

UNDER_WAY = "replay.part"
"""The folder that a new database is made in."""
BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a database: of another file's, it would spoil the new one."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done."""

    path: Path
    aside: Path | None
    """Where the file that stood there is kept; None where there was none."""
    revision: str
    """The schema that the backup had."""
    is_upgraded: bool
    names: Fit
    """Whether the names of networks in it go on under the key that the data directory has."""


def restore(file: Path, data_dir: Path, now_ms: EpochMs) -> Restored:
    """Make a copy of `file` the database of the data directory, brought up to date.

    Raises:
        StoreError: a daemon holds the directory; `file` is no whole database of walletwatch's, or
            of a newer one; the disk refuses. What stood there stands there still.
    """
    revision = _revision_of(file)
    ensure_folder(data_dir)
    path = data_dir / DATABASE_NAME
    if path.exists() and path.samefile(file):
        raise StoreError("{path} is the database itself: name a backup of it", path=file)
    fresh = data_dir / f"{DATABASE_NAME}.new"
    with hold(data_dir):
        # a copy, so that the backup stays as it is, whole and beside nothing of the old file's
        copy_database(file, fresh, replace=True, verify=True, trouble=_of_the_folder)
        try:
            bring_up_to_date(fresh)
            names = fit(data_dir, _names_mark(fresh))
            aside = _set_aside(path, now_ms)
            try:
                fresh.replace(path)
            except OSError:
                if aside is not None:
                    _move(aside, path)
                raise
        except OSError as error:
            raise disk_trouble(error, path) from error
        finally:
            _drop(fresh)
    return Restored(path, aside, revision, revision != HEAD, names)


def _names_mark(file: Path) -> str:
    """Return under which key the names in a database are hashed; "" where they are not."""
    with troubles_in_words(file):
        connection = connect(file, "ro")
        try:
            found = connection.execute("SELECT value FROM meta WHERE key = ?", (NAMES,)).fetchone()
        finally:
            connection.close()
    return "" if found is None else str(found[0])


def _of_the_folder(error: OSError, fresh: Path) -> StoreError:
    """Return the sentence for a data directory that cannot take a copy."""
    return disk_trouble(error, fresh.parent)


@contextmanager
def a_new_one(data_dir: Path) -> Iterator[Store]:
    """Give a store to be filled, which takes the place of an empty one once it is whole.

    Should anything interrupt that, the data directory is as it was; a kill leaves a folder that
    the next attempt removes. The caller holds the directory.
    """
    under_way = data_dir / UNDER_WAY
    shutil.rmtree(under_way, ignore_errors=True)
    try:
        carry_key(data_dir, under_way)
        store = open_store(under_way)
        try:
            yield store
        finally:
            store.close()
        path = data_dir / DATABASE_NAME
        try:
            for ending in BESIDE:
                path.with_name(path.name + ending).unlink(missing_ok=True)
            (under_way / DATABASE_NAME).replace(path)
        except OSError as error:
            raise disk_trouble(error, path) from error
    finally:
        shutil.rmtree(under_way, ignore_errors=True)


def _revision_of(file: Path) -> str:
    """Return the schema of a backup, which is whole and known.

    Raises:
        StoreError: it is not.
    """
    if file.is_dir():
        raise StoreError("{path} is a folder: name the file of a backup", path=file)
    if not file.is_file():
        raise StoreError("{path} is not there: name the file of a backup", path=file)
    try:
        revision = current_revision(file)
    except StoreError as error:
        is_of_the_disk = (
            isinstance(error, StoreUnavailableError) and error.text != damaged(file).text
        )
        if is_of_the_disk:
            raise
        raise StoreError(
            "{path} is not a whole database of walletwatch: name the file of a backup", path=file
        ) from error
    if revision is None:
        raise StoreError("{path} is empty: name the file of a backup", path=file)
    if revision not in REVISIONS:
        raise StoreError(
            "{path} was written by a newer walletwatch (schema {found}, this one knows {known}): "
            "install the newer version, or name an older backup",
            path=file,
            found=revision,
            known=HEAD,
        )
    refuse_broken(file)
    return revision


def _set_aside(path: Path, now_ms: EpochMs) -> Path | None:
    """Rename the database that stands there, with what is beside it; return its new name."""
    if not path.exists():
        return None
    stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.stem}-replaced-{stamp}.db")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.stem}-replaced-{stamp}-{number}.db")
    _move(path, aside)
    return aside


def _move(path: Path, to: Path) -> None:
    """Rename a database with what is beside it."""
    for ending in BESIDE:  # first, so that nobody finds the file without its last transactions
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.replace(to.with_name(to.name + ending))
    path.replace(to)


def _drop(fresh: Path) -> None:
    """Remove what is left of a copy that did not come into its place, and what is beside it."""
    for name in (fresh, *(fresh.with_name(fresh.name + ending) for ending in BESIDE)):
        name.unlink(missing_ok=True)
    before = fresh.with_name(f"{fresh.stem}-before-{HEAD}.db")
    before.unlink(missing_ok=True)
