"""What a process and its children cost, read from /proc (proc(5)); Linux only."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over the living tree of one process; what its dead children used is in the first two."""

    cpu_s: float
    written_bytes: int
    """What was sent towards the disk (write_bytes), not what was only cached and dropped again."""
    rss_bytes: int
    pss_bytes: int
    """Memory with shared pages divided among those who share them."""
    wakeups: int
    """Voluntary context switches of all threads: each ends with a wake-up."""


def usage(pid: int) -> Usage:
    """Return what the process and its descendants have used until now.

    Raises:
        ProcessLookupError: the process has ended.
    """
    if not (PROC / str(pid)).exists():
        raise ProcessLookupError(pid)
    each = [_own(member) for member in tree(pid)]
    return Usage(
        cpu_s=sum(own.cpu_s for own in each),
        written_bytes=sum(own.written_bytes for own in each),
        rss_bytes=sum(own.rss_bytes for own in each),
        pss_bytes=sum(own.pss_bytes for own in each),
        wakeups=sum(own.wakeups for own in each),
    )


def tree(pid: int) -> list[int]:
    """Return the process and all its living descendants."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            fields = _stat_fields(folder)
            if fields:
                children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [pid]
    for member in found:
        found.extend(children.get(member, []))
    return found


def _own(pid: int) -> Usage:
    folder = PROC / str(pid)
    fields = _stat_fields(folder)
    # utime, stime, cutime, cstime: fields 14 to 17 of proc_pid_stat(5), counted here from the third
    ticks = sum(int(field) for field in fields[11:15])
    memory = _numbers(folder / "smaps_rollup")
    return Usage(
        cpu_s=ticks / TICKS_PER_S,
        written_bytes=_numbers(folder / "io").get("write_bytes", 0),
        rss_bytes=memory.get("Rss", 0) * 1024,
        pss_bytes=memory.get("Pss", 0) * 1024,
        wakeups=sum(
            _numbers(Path(thread.path) / "status").get("voluntary_ctxt_switches", 0)
            for thread in _threads(folder)
        ),
    )


def _stat_fields(folder: Path) -> list[str]:
    """Return the fields of `stat` from the third on: the name before them may hold anything."""
    return _text(folder / "stat").rpartition(")")[2].split()


def _threads(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder / "task"))
    except (FileNotFoundError, ProcessLookupError):
        return []


def _numbers(file: Path) -> dict[str, int]:
    """Return the lines "name: number ..." of a file."""
    found = {}
    for line in _text(file).splitlines():
        name, _, rest = line.partition(":")
        first = rest.split()[:1]
        if first and first[0].isdigit():
            found[name] = int(first[0])
    return found


def _text(file: Path) -> str:
    """Return the file's text; empty where the process has ended meanwhile."""
    try:
        return file.read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
