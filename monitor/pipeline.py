"""READ FIRST: the product in a few plain functions.

    sample -> store -> detect -> diagnose -> notify / report

The daemon, `replay` and the tests call these; each loads values from the store, asks the pure
rooms, and saves what they say. They meet only in the store, so the process can be killed between
any two of them and carry on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from monitor.case import AFTER_MS, AROUND_END_MS, BEFORE_MS, Past, case_of, on_the_way
from monitor.detect.disconnects import disconnects, is_heavy
from monitor.detect.episodes import episodes
from monitor.detect.usability import unusable
from monitor.diagnose.engine import diagnose
from monitor.model import (
    Diagnosis,
    Disconnect,
    Episode,
    EpochMs,
    Gap,
    Record,
    SessionChange,
    SessionState,
)

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

LOOK_BACK_MS = 30 * 60_000
"""How far back the daemon looks each time: longer than anything is dated back."""

SETTLED_MS = 30_000
"""A diagnosis is made anew until this long after the end: later samples still speak for it."""

FRESH_MS = 120_000
"""...and this long into an outage that lasts."""

NOTE_CHUNK = 200
"""Diagnoses of told disconnects that are written in one transaction."""

REPLAY_CHUNK = 20_000
"""Records of a trace that are written in one transaction."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one evaluation changed: the disconnects it stored, with their present diagnoses."""

    disconnect: Disconnect
    diagnosis: Diagnosis
    is_new: bool


def evaluate(
    store: Store, now_ms: EpochMs, controls: frozenset[str], since_ms: EpochMs | None = None
) -> list[Outcome]:
    """Find the disconnects since `since_ms` (the usual look-back), store and diagnose them.

    May be called at any time and any number of times: what is stored already is brought up to
    date, never doubled.
    """
    since_ms = now_ms - LOOK_BACK_MS if since_ms is None else since_ms
    stored = store.disconnects(since_ms, now_ms + 1)
    begin_ms = min([since_ms, *(d.started_at_ms - 1 for d in stored if d.ended_at_ms is None)])
    found = find(store, begin_ms, now_ms)
    outcomes = []
    for fresh in found:
        known = _match(fresh, stored)
        if known is not None and known in stored:
            stored.remove(known)
        outcomes += _keep(store, fresh, known, now_ms, controls)
    for left in stored:
        outcomes += _end_if_over(store, left, now_ms, controls)
    return outcomes


def find(store: Store, since_ms: EpochMs, now_ms: EpochMs) -> list[Disconnect]:
    """Return the disconnects that the stored records show since an instant, not stored yet.

    One that would begin only after `now_ms`, when the time to settle after a gap is over, is
    none yet: the session may be back by then.
    """
    before = store.sessions_before(since_ms).values()
    changes = [*before, *store.sessions(since_ms, now_ms + 1)]
    gaps = store.gaps(since_ms - BEFORE_MS, now_ms + 1)
    shown: list[Episode] = []
    for start_ms, end_ms in _windows(changes, now_ms):
        shown += _episodes_in(store, start_ms, end_ms, gaps)
    return [d for d in disconnects(changes, shown, gaps) if d.started_at_ms <= now_ms]


def degrade(store: Store, now_ms: EpochMs) -> list[SessionChange]:
    """Store and return the session changes that heavy loss makes by itself."""
    since_ms = now_ms - LOOK_BACK_MS
    gaps = store.gaps(since_ms, now_ms + 1)
    standing = {
        wallet: change
        for (wallet, source), change in store.sessions_before(now_ms + 1).items()
        if source == "session"
    }
    found = _episodes_in(store, since_ms, now_ms, gaps)
    begin_ms = min((e.started_at_ms for e in found if is_heavy(e)), default=now_ms)
    samples = store.samples(begin_ms, now_ms + 1)
    changes = unusable(found, standing, now_ms, samples)
    if changes:
        store.add_records(changes)
    return changes


def note(
    store: Store,
    told: Sequence[Disconnect],
    now_ms: EpochMs,
    controls: frozenset[str],
    watch: Callable[[int, int], None] = lambda _done, _count: None,
) -> list[Outcome]:
    """Store disconnects that the user told of, each diagnosed from what was observed then.

    One that is stored already (same wallet, source and start) is left as it is, so that an
    import may be repeated. All are stored together, or none. Thousands of them take a while to
    judge: `watch` is told how many are, and of how many.
    """
    new = store.insert_new_disconnects([replace(d, detected_at_ms=now_ms) for d in told])
    past = Past(store)
    outcomes = []
    for number, kept in enumerate(new):
        watch(number, len(new))
        verdict = diagnose(case_of(store, kept, now_ms, controls, past))
        outcomes.append(Outcome(kept, verdict, is_new=True))
    for begin in range(0, len(outcomes), NOTE_CHUNK):
        store.save_diagnoses(
            {
                outcome.disconnect.id: outcome.diagnosis
                for outcome in outcomes[begin : begin + NOTE_CHUNK]
                if outcome.disconnect.id is not None
            }
        )
    return outcomes


def replay(store: Store, records: Iterable[Record], controls: frozenset[str]) -> list[Outcome]:
    """Run the pipeline over a recorded trace, with the trace's own clock, into an empty store.

    Nothing is asked of the network and no notice is made.
    """
    stream = iter(records)
    while chunk := list(islice(stream, REPLAY_CHUNK)):
        store.add_records(chunk)
    span = store.span()
    if span is None:
        return []
    return evaluate(store, span[1], controls, since_ms=span[0])


def _windows(changes: Sequence[SessionChange], now_ms: EpochMs) -> list[tuple[EpochMs, EpochMs]]:
    """Return the stretches of time whose samples bear on the drops among the changes."""
    windows = []
    down: dict[tuple[str, str], EpochMs] = {}
    for change in changes:
        who = (change.wallet, change.source)
        if change.state is SessionState.DOWN:
            down.setdefault(who, change.at_ms)
        elif who in down:
            windows += _window(down.pop(who), change.at_ms)
    for start_ms in down.values():
        windows += _window(start_ms, now_ms)
    merged: list[tuple[EpochMs, EpochMs]] = []
    for start_ms, end_ms in sorted(windows):
        if merged and start_ms <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_ms))
        else:
            merged.append((start_ms, end_ms))
    return merged


def _window(down_ms: EpochMs, up_ms: EpochMs) -> list[tuple[EpochMs, EpochMs]]:
    """Return what bears on one drop: its beginning and, apart where it is long, its end."""
    start = (down_ms - BEFORE_MS, min(up_ms, down_ms + AFTER_MS) + AROUND_END_MS)
    return [start, (up_ms - BEFORE_MS, up_ms + AROUND_END_MS)]


def _episodes_in(
    store: Store, since_ms: EpochMs, until_ms: EpochMs, gaps: Sequence[Gap]
) -> list[Episode]:
    """Return the episodes of a stretch of time, on the way that the wallets use."""
    held = [c for key, c in store.states_before(since_ms).items() if key == "link.up"]
    samples = store.samples(since_ms, until_ms + 1)
    states = [*held, *store.states(since_ms, until_ms + 1)]
    return on_the_way(episodes(samples, states, gaps), samples)


def _match(fresh: Disconnect, stored: Sequence[Disconnect]) -> Disconnect | None:
    """Return the stored disconnect that is the same one as `fresh`."""
    for known in stored:
        same = (known.device, known.wallet, known.source) == (
            fresh.device,
            fresh.wallet,
            fresh.source,
        )
        if same and known.started_at_ms <= _end(fresh) and fresh.started_at_ms <= _end(known):
            return known
    return None


def _end(disconnect: Disconnect) -> float:
    """Return when a disconnect ended; one that lasts has no end."""
    return math.inf if disconnect.ended_at_ms is None else disconnect.ended_at_ms


def _keep(
    store: Store,
    fresh: Disconnect,
    known: Disconnect | None,
    now_ms: EpochMs,
    controls: frozenset[str],
) -> list[Outcome]:
    """Store a disconnect that was found, or what is new about it, and diagnose it if need be."""
    if known is None:
        kept = store.insert_disconnect(replace(fresh, detected_at_ms=now_ms))
    else:
        kept = replace(
            known,
            started_at_ms=min(known.started_at_ms, fresh.started_at_ms),
            ended_at_ms=fresh.ended_at_ms,
            how=fresh.how,
            note=fresh.note or known.note,
        )
        if kept != known:
            store.update_disconnect(kept)
    if kept == known and not _is_fresh(kept, now_ms):
        return []
    return [_judge(store, kept, now_ms, controls, is_new=known is None)]


def _is_fresh(disconnect: Disconnect, now_ms: EpochMs) -> bool:
    """Tell whether later samples may still change what is said about a disconnect."""
    if disconnect.ended_at_ms is None:
        return now_ms - disconnect.started_at_ms < FRESH_MS
    return now_ms - disconnect.ended_at_ms < SETTLED_MS


def _judge(
    store: Store, kept: Disconnect, now_ms: EpochMs, controls: frozenset[str], *, is_new: bool
) -> Outcome:
    """Diagnose a stored disconnect; save the diagnosis where it says something else."""
    assert kept.id is not None
    verdict = diagnose(case_of(store, kept, now_ms, controls))
    before = store.diagnosis(kept.id)
    if before is None or (before.findings, before.engine) != (verdict.findings, verdict.engine):
        store.save_diagnosis(kept.id, verdict)
    return Outcome(kept, verdict, is_new)


def _end_if_over(
    store: Store, left: Disconnect, now_ms: EpochMs, controls: frozenset[str]
) -> list[Outcome]:
    """End a stored disconnect that is no longer seen and whose session stands again."""
    if left.ended_at_ms is not None:
        return []
    last = store.sessions_before(now_ms + 1).get((left.wallet, left.source))
    if last is None or last.state is SessionState.DOWN or last.at_ms < left.started_at_ms:
        return []
    ended = replace(left, ended_at_ms=last.at_ms)
    store.update_disconnect(ended)
    return [_judge(store, ended, now_ms, controls, is_new=False)]
