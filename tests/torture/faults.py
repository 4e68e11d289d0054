"""The faults: each lasts as long as its `with` block."""

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TypeAlias

from monitor.clock import SystemClock
from tests.integration.small_disk import fill
from tests.torture.bed import Bed

Fault: TypeAlias = Callable[[Bed], AbstractContextManager[None]]


@contextmanager
def nothing(_bed: Bed) -> Iterator[None]:
    """No fault: what the figures are compared with."""
    yield


@contextmanager
def stopped(bed: Bed) -> Iterator[None]:
    """The process is not run at all (SIGSTOP), then goes on."""
    os.kill(bed.daemon.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(bed.daemon.process.pid, signal.SIGCONT)


@contextmanager
def locked(bed: Bed) -> Iterator[None]:
    """Another program holds the database's write lock."""
    with closing(sqlite3.connect(bed.daemon.database, isolation_level=None)) as stranger:
        stranger.execute("PRAGMA busy_timeout=5000")
        stranger.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            stranger.execute("ROLLBACK")


@contextmanager
def disk_full(bed: Bed) -> Iterator[None]:
    """Every byte of the disk is taken; the trial's data lie on a small one."""
    ballast = fill(bed.daemon.data_dir.resolve().parent)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def deleted(bed: Bed) -> Iterator[None]:
    """The database and its log are deleted under the daemon."""
    for file in bed.daemon.data_dir.glob("walletwatch.db*"):
        file.unlink()
    bed.breaks_ms.clear()  # deleted on purpose is deleted
    yield


@contextmanager
def folder_deleted(bed: Bed) -> Iterator[None]:
    """The whole data directory is deleted under the daemon, its lock with it."""
    gone = bed.daemon.data_dir.with_name("gone")
    bed.daemon.data_dir.rename(gone)
    shutil.rmtree(gone)
    bed.breaks_ms.clear()  # deleted on purpose is deleted
    yield


@contextmanager
def log_deleted(bed: Bed) -> Iterator[None]:
    """Only the write-ahead log is deleted: a tidy person's mistake."""
    for ending in ("-wal", "-shm"):
        Path(f"{bed.daemon.database}{ending}").unlink()
    yield


@contextmanager
def server_hung(bed: Bed) -> Iterator[None]:
    """The notification server takes what it is told, and never answers."""
    assert bed.desktop is not None and bed.desktop.server is not None
    bed.desktop.server.is_silent = True
    try:
        yield
    finally:
        bed.desktop.server.is_silent = False


@contextmanager
def bus_gone(bed: Bed) -> Iterator[None]:
    """Both buses go with all their services, and come back."""
    assert bed.desktop is not None
    bed.desktop.die()
    try:
        yield
    finally:
        bed.desktop.come_back()


@contextmanager
def image_mounted(mount: Path, image: Path) -> Iterator[str]:
    """Mount a small ext4 file system of its own; give its loop device's name."""
    if not image.exists():
        image.write_bytes(b"")
        os.truncate(image, 16 * 1024 * 1024)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    mount.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop,errors=remount-ro", image, mount], check=True)
    source = subprocess.run(
        ["findmnt", "-no", "SOURCE", mount], check=True, capture_output=True, text=True
    ).stdout.strip()
    device = source.removeprefix("/dev/")
    assert device.startswith("loop"), "only a disk of the test's own is ever hurt"
    try:
        yield device
    finally:
        subprocess.run(["umount", "--lazy", mount], check=True)


def turn_read_only(device: str) -> None:
    """Have the kernel meet an error there, on which it makes the file system read-only."""
    assert device.startswith("loop")
    Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("a trial\n")


@contextmanager
def read_only(bed: Bed) -> Iterator[None]:
    """The kernel makes the file system read-only; after, it is checked and mounted anew.

    Such a file system never takes a byte again before it is unmounted, so its user's way back is
    ours: unmount (what is open stays open), fsck, mount.
    """
    disk = bed.daemon.data_dir.resolve().parent
    image, copy = bed.folder / "disk.img", bed.folder / "mended.img"
    device = subprocess.run(
        ["findmnt", "-no", "SOURCE", disk], check=True, capture_output=True, text=True
    ).stdout.strip()
    subprocess.run(["sync", "--file-system", disk], check=True)  # what no fault may take back
    turn_read_only(device.removeprefix("/dev/"))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
        shutil.copyfile(image, copy)
        subprocess.run(["e2fsck", "-fy", copy], check=False, stdout=subprocess.DEVNULL)
        subprocess.run(["mount", "-o", "loop", copy, disk], check=True)


@contextmanager
def disk_hung(bed: Bed) -> Iterator[None]:
    """Whoever writes to the disk is made to wait (fsfreeze(8)): a network disk that is away."""
    disk = bed.daemon.data_dir.resolve().parent
    subprocess.run(["fsfreeze", "--freeze", disk], check=True)
    try:
        yield
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", disk], check=True)


@contextmanager
def resolver_hung(bed: Bed) -> Iterator[None]:
    """The system's resolver takes every question and never answers: getaddrinfo(3) hangs.

    A wallet whose name nobody finds is a true loss, the one that this trial has within.
    """
    assert bed.name_server is not None
    bed.name_server.is_deaf = True
    bed.note_break(SystemClock().wall_ms())
    try:
        yield
    finally:
        bed.name_server.is_deaf = False
