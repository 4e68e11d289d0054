"""What a process holds, read from /proc (proc(5)), and what its database takes; Linux only."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.usage import usage

MIB = 1024 * 1024
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Held:
    """What is held at one moment, or the most of it over a while."""

    rss_mib: float
    threads: int
    fds: int
    wal_mib: float
    db_mib: float
    pss_mib: float = 0.0
    """0: not asked for."""


def held(pid: int, database: Path, *, with_pss: bool = False) -> Held:
    """Return what a process and its database hold now.

    Raises:
        OSError: the process has ended.
    """
    proc = Path("/proc") / str(pid)
    return Held(
        rss_mib=int((proc / "statm").read_text().split()[1]) * PAGE / MIB,
        threads=_count(proc / "task"),
        fds=_count(proc / "fd"),
        wal_mib=_size(database.with_name(database.name + "-wal")) / MIB,
        db_mib=_size(database) / MIB,
        pss_mib=usage(pid).pss_bytes / MIB if with_pss else 0.0,
    )


def most(seen: Sequence[Held]) -> Held:
    """Return the highest of each figure."""
    return Held(
        max(h.rss_mib for h in seen),
        max(h.threads for h in seen),
        max(h.fds for h in seen),
        max(h.wal_mib for h in seen),
        max(h.db_mib for h in seen),
        max(h.pss_mib for h in seen),
    )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line of least squares; 0 for fewer than two points."""
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    across = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / across if across else 0.0


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())
