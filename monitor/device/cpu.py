"""How busy the processors are.

The share of busy time between two readings, not the load average: the load average also counts
tasks that wait for a disk, answers a minute late, and does not exist on Windows. The counters
are read here rather than through `psutil.cpu_percent`, whose "since the last call" is remembered
for each thread apart, and readers are called from a pool of threads.
"""

from collections.abc import Mapping
from typing import NamedTuple

import psutil

from monitor.model import StateValue

SHORTEST_SPAN_S = 0.2
"""CPU seconds between two readings; below it, the kernel's 10 ms ticks are the answer's grain."""


class Ticks(NamedTuple):
    """CPU seconds of all cores together since the start of the system."""

    busy_s: float
    total_s: float


class CpuReader:
    """Load of all cores together, 0.0 to 1.0, since the reading before."""

    keys: tuple[str, ...] = ("cpu.load_ratio",)
    every_s: float = 5.0

    def __init__(self) -> None:
        self._before = _ticks()

    def read(self) -> Mapping[str, StateValue]:
        """Return the load; None where the counters are not readable or hardly moved."""
        now = _ticks()
        load = load_between(self._before, now)
        if load is not None or self._before is None:
            self._before = now
        return {"cpu.load_ratio": load}


def load_between(before: Ticks | None, now: Ticks | None) -> float | None:
    """Return the busy share between two readings, 0.0 to 1.0; None where they are too near."""
    if before is None or now is None:
        return None
    total_s = now.total_s - before.total_s
    if total_s < SHORTEST_SPAN_S:
        return None
    return round(min(max((now.busy_s - before.busy_s) / total_s, 0.0), 1.0), 4)


def _ticks() -> Ticks | None:
    # Android and some containers hide /proc/stat.
    try:
        times = psutil.cpu_times()
    except (OSError, ValueError, RuntimeError, LookupError):
        return None
    fields = times._asdict()
    # Linux counts a guest's time into user and nice as well: not twice.
    total_s = sum(fields.values()) - fields.get("guest", 0.0) - fields.get("guest_nice", 0.0)
    idle_s = fields.get("idle", 0.0) + fields.get("iowait", 0.0)
    return Ticks(busy_s=total_s - idle_s, total_s=total_s)
