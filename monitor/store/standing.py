"""What stood when something was written last: told again to a file that knows nothing of it.

A session that ends is a disconnect only where it stood before, and a cause is found in states
that changed long ago. A new file in the place of the old one would know neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from monitor.model import (
    EpochMs,
    Gap,
    GapWhy,
    Record,
    SessionChange,
    SessionState,
    StateChange,
)

PASSING = ("tcp.", "path.")
"""States of one moment: they say nothing of a later one."""

LEAST_GAP_MS = 60_000
"""A hole shorter than this is some samples that are missing; a gap would have the watch settle
anew, and a session that ends meanwhile would be no disconnect."""


@dataclass(slots=True)
class Standing:
    """The last change of each session and state that is safely stored."""

    _sessions: dict[tuple[str, str], SessionChange] = field(default_factory=dict)
    _states: dict[str, StateChange] = field(default_factory=dict)
    _written_ms: EpochMs | None = None

    def note(self, batch: Iterable[Record]) -> None:
        """Remember what has just been stored."""
        for record in batch:
            self._written_ms = record.at_ms
            if isinstance(record, SessionChange):
                self._sessions[record.wallet, record.source] = record
            elif isinstance(record, StateChange) and not record.key.startswith(PASSING):
                self._states[record.key] = record

    def told_again(self, known_until_ms: EpochMs | None) -> list[Record]:
        """Return what a file must be told that holds nothing later than `known_until_ms`.

        [] for a file that knows it all. What stands is dated at the last write, for a new file
        begins there; a session that is down keeps its date, and stood until then. What lies
        between an older file (a backup that was put back) and that is a gap.
        """
        written_ms = self._written_ms
        if written_ms is None or (known_until_ms is not None and known_until_ms >= written_ms):
            return []
        told: list[Record] = [replace(each, at_ms=written_ms) for each in self._states.values()]
        for change in self._sessions.values():
            if change.state is SessionState.UP:
                told.append(replace(change, at_ms=written_ms))
            else:
                stood_ms = change.at_ms - 1
                stood = SessionChange(stood_ms, change.wallet, SessionState.UP, None, change.source)
                told += [replace(stood, device=change.device), change]
        if known_until_ms is None:
            return told
        fresh = [record for record in told if record.at_ms > known_until_ms]
        begin_ms = min([written_ms, *(record.at_ms for record in fresh)])
        if begin_ms - known_until_ms < LEAST_GAP_MS:
            return fresh
        return [Gap(known_until_ms, begin_ms, GapWhy.STOPPED), *fresh]
