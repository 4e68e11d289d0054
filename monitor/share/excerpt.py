"""The trace in a bundle: what was recorded around a disconnect, and whether it says the same."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from monitor.case import AFTER_MS, BEFORE_MS, still_known, still_standing
from monitor.model import (
    CauseCode,
    Disconnect,
    EpochMs,
    Record,
    Sample,
    SessionChange,
    StateChange,
)
from monitor.pipeline import LOOK_BACK_MS, replay
from monitor.store.sqlite import Store, open_store

HOUR_MS = 3_600_000
STRETCHES_MS = (2 * HOUR_MS, 24 * HOUR_MS)
"""How far before a disconnect its trace begins: the second is tried where the first does not bring
the same answer, since what is usual on a device shows only in a day."""
SAME_MS = 60_000
"""A replay may date a disconnect a little otherwise, and it is still the same one."""


def around(store: Store, found: Disconnect, before_ms: int) -> list[Record]:
    """Return the records from so long before a disconnect until it and its end were judged."""
    since_ms = found.started_at_ms - before_ms
    ended_ms = found.started_at_ms if found.ended_at_ms is None else found.ended_at_ms
    until_ms = max(found.started_at_ms + AFTER_MS, ended_ms) + LOOK_BACK_MS
    if found.ended_at_ms is not None:
        until_ms = min(until_ms, ended_ms + AFTER_MS)
    return [*standing(store, since_ms), *store.records(since_ms, until_ms)]


def week(store: Store, since_ms: EpochMs, until_ms: EpochMs) -> Iterator[Record]:
    """Give what happened in a week; of the samples only those around a disconnect."""
    windows = [
        (d.started_at_ms - BEFORE_MS, d.started_at_ms + AFTER_MS)
        for d in store.disconnects(since_ms, until_ms)
    ]
    yield from standing(store, since_ms)
    for record in store.records(since_ms, until_ms):
        is_near = any(first <= record.at_ms <= last for first, last in windows)
        if is_near or not isinstance(record, Sample):
            yield record


def standing(store: Store, at_ms: EpochMs) -> list[Record]:
    """Return what held before an instant as records of that instant."""
    held: list[SessionChange | StateChange] = [
        *still_standing(store, at_ms),
        *still_known(store, at_ms).values(),
    ]
    return [replace(change, at_ms=at_ms) for change in held]


def verdict_of(
    records: Iterable[Record], found: Disconnect, controls: frozenset[str]
) -> CauseCode | None:
    """Return what a replay of the records says of a disconnect; None: it does not find it."""
    with tempfile.TemporaryDirectory(prefix="walletwatch-share-") as folder:
        store = open_store(Path(folder))
        try:
            outcomes = replay(store, records, controls)
        finally:
            store.close()
    for outcome in outcomes:
        same = outcome.disconnect
        near = abs(same.started_at_ms - found.started_at_ms) <= SAME_MS
        if near and (same.wallet, same.source) == (found.wallet, found.source):
            return outcome.diagnosis.best.cause
    return None


def telling(
    store: Store, found: Disconnect, told: CauseCode | None, controls: frozenset[str]
) -> tuple[Sequence[Record], bool]:
    """Return the shortest stretch of records whose replay brings the same answer, and whether any.

    Where none does (the answer rests on weeks, or on what the user typed), the shortest comes back.
    """
    first: list[Record] | None = None
    for before_ms in STRETCHES_MS:
        records = around(store, found, before_ms)
        if told is not None and verdict_of(records, found, controls) is told:
            return records, True
        first = records if first is None else first
    return first or [], False
