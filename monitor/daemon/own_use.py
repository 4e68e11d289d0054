"""What the daemon itself takes, as states: processor time, memory, and what it wrote."""

import os
from collections.abc import Mapping
from pathlib import Path

from monitor.model import StateValue

CPU_KEY = "monitor.cpu_s"
RSS_KEY = "monitor.rss_mib"
WRITTEN_KEY = "monitor.written_mib"

_MIB = 1024 * 1024
_PROC = Path("/proc/self")


def own_use() -> Mapping[str, StateValue]:
    """Return what this process has taken since its start; keys that the system cannot tell are out.

    Memory and writes are read from proc(5), on Linux; `write_bytes` is what went towards the disk.
    """
    spent = os.times()
    found: dict[str, StateValue] = {CPU_KEY: round(spent.user + spent.system, 2)}
    pages = _field(_PROC / "statm", 1)
    if pages is not None:
        found[RSS_KEY] = round(pages * os.sysconf("SC_PAGE_SIZE") / _MIB, 1)
    written = _after(_PROC / "io", "write_bytes:")
    if written is not None:
        found[WRITTEN_KEY] = round(written / _MIB, 3)
    return found


def _field(file: Path, number: int) -> int | None:
    """Return a number of a file's first line; None where there is no such file."""
    try:
        return int(file.read_text().split()[number])
    except OSError:
        return None


def _after(file: Path, name: str) -> int | None:
    """Return the number that stands after a name; None where there is none."""
    try:
        words = file.read_text().split()
    except OSError:
        return None
    return int(words[words.index(name) + 1]) if name in words else None
