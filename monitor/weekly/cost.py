"""What walletwatch itself took: from the states in which the daemon notes its own use."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from monitor.model import EpochMs, StateChange
from monitor.report.interface import OwnCost

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

CPU_KEY = "monitor.cpu_s"
"""Seconds of processor time since the daemon's start."""
RSS_KEY = "monitor.rss_mib"
WRITTEN_KEY = "monitor.written_mib"
"""Written to disk since the daemon's start."""

_MIB = 1024 * 1024

LONGEST_STEP_MS = 7_200_000
"""Two notes farther apart were not made by one run that went on: the daemon notes each hour."""


def own_cost(store: Store, since_ms: EpochMs, until_ms: EpochMs) -> OwnCost:
    """Return what was taken in [since, until); None where it was not noted."""
    noted: dict[str, list[StateChange]] = {CPU_KEY: [], RSS_KEY: [], WRITTEN_KEY: []}
    for change in store.states(since_ms, until_ms, tuple(noted)):
        if isinstance(change.value, int | float) and not isinstance(change.value, bool):
            noted[change.key].append(change)
    cpu_s, lasted_ms = _grown(noted[CPU_KEY])
    written_mib, _ = _grown(noted[WRITTEN_KEY])
    return OwnCost(
        cpu_ratio=cpu_s * 1000 / lasted_ms if lasted_ms else None,
        rss_mib=max((_number(change) for change in noted[RSS_KEY]), default=None),
        written_mib=written_mib if noted[WRITTEN_KEY] else None,
        database_mib=store.size_bytes() / _MIB,
    )


def _grown(changes: Sequence[StateChange]) -> tuple[float, int]:
    """Return by how much a count grew, and in how many milliseconds; a start begins it at zero."""
    grown, lasted_ms = 0.0, 0
    for before, after in pairwise(changes):
        step_ms = after.at_ms - before.at_ms
        step = _number(after) - _number(before)
        if 0 < step_ms <= LONGEST_STEP_MS and step >= 0:
            grown += step
            lasted_ms += step_ms
    return grown, lasted_ms


def _number(change: StateChange) -> float:
    assert isinstance(change.value, int | float)  # all others were left out
    return float(change.value)
