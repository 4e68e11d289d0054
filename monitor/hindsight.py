"""What is said of earlier answers: by the user, and by the present engine.

The user's word is kept beside the answer and never in its place, so that it can be taken back and
held against what was told. The engine's second look is at what is still stored of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.case import case_of, verdicts
from monitor.diagnose.engine import diagnose
from monitor.model import Case, CauseCode, Diagnosis, Disconnect, EpochMs, Verdict
from monitor.store.marks import RAW_SINCE

if TYPE_CHECKING:
    from monitor.store.sqlite import Store


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often the user agreed with what was told."""

    agreed_count: int
    count: int
    """Answers that the user judged."""


@dataclass(frozen=True, slots=True)
class Change:
    """One disconnect before and after the present engine looked at it again."""

    disconnect: Disconnect
    before: Diagnosis | None
    """None: it had not been diagnosed yet."""
    after: Diagnosis
    is_left_alone: bool = False
    """True where too little is stored to judge it anew; `after` is `before` then."""

    @property
    def is_turned(self) -> bool:
        """True where another cause is told than before."""
        return self.before is None or self.before.best.cause is not self.after.best.cause

    @property
    def is_new(self) -> bool:
        """True where anything is told otherwise: a cause, its evidence or its weight."""
        return self.before is None or (self.before.findings, self.before.engine) != (
            self.after.findings,
            self.after.engine,
        )


def told_before(store: Store, told: Disconnect) -> Disconnect | None:
    """Return the stored disconnect that `told` is: same wallet, source and start; else None."""
    at_ms = told.started_at_ms
    for known in store.disconnects(at_ms, at_ms + 1, told.wallet):
        if (known.source, known.started_at_ms) == (told.source, at_ms):
            return known
    return None


def take_note(store: Store, known: Disconnect, note: str) -> bool:
    """Store a note beside a disconnect of the user's own; tell whether it is another one now.

    An empty note never takes the place of one that was written.
    """
    if not note or note == known.note or known.id is None:
        return False
    store.update_disconnect(replace(known, note=note))
    now = store.disconnect(known.id)  # names in a note may be stored as hashes
    return now is not None and now.note != known.note


def take_end(
    store: Store, known: Disconnect, ended_at_ms: EpochMs, now_ms: EpochMs, controls: frozenset[str]
) -> bool:
    """Store when a disconnect that was told without its end was over, and judge it anew.

    Returns False where it has an end already, which stays, or where this one is none.
    """
    if known.id is None or known.duration_ms != 0 or ended_at_ms <= known.started_at_ms:
        return False
    ended = replace(known, ended_at_ms=ended_at_ms)
    store.update_disconnect(ended)
    store.save_diagnosis(known.id, diagnose(case_of(store, ended, now_ms, controls)))
    return True


def take_word(store: Store, number: int, truth: CauseCode | None) -> Disconnect | None:
    """Store what the user says the cause was; None: it was not what was told, that is all.

    Returns the disconnect with the word; None where there is no such disconnect.
    """
    if truth is not None:
        return _keep_word(store, number, confirmed=truth, denied=None)
    if store.disconnect(number) is None:
        return None
    told = store.diagnosis(number)
    denied = told.best.cause if told else CauseCode.UNEXPLAINED
    return _keep_word(store, number, confirmed=None, denied=denied)


def retract_word(store: Store, number: int) -> Disconnect | None:
    """Take the user's word back, whatever it was; None where there is no such disconnect."""
    return _keep_word(store, number, confirmed=None, denied=None)


def _keep_word(
    store: Store, number: int, *, confirmed: CauseCode | None, denied: CauseCode | None
) -> Disconnect | None:
    """Store the word beside a disconnect; what else is stored of it stays as it is."""
    found = store.disconnect(number)
    if found is None:
        return None
    store.set_word(number, confirmed, denied)
    return replace(found, confirmed=confirmed, denied=denied)


def accuracy(words: Iterable[Verdict]) -> Accuracy:
    """Return how many of the answers that the user judged were right in their eyes."""
    agreed = [verdict.is_agreed for verdict in words]
    return Accuracy(sum(agreed), len(agreed))


def accuracy_so_far(store: Store) -> Accuracy:
    """Return the same of everything that the user has said."""
    return accuracy(verdicts(store))


def rediagnose(
    store: Store,
    controls: frozenset[str],
    now_ms: EpochMs,
    since_ms: EpochMs | None = None,
    wallet: str | None = None,
    *,
    keep: bool,
    watch: Callable[[int, int], None] = lambda _done, _count: None,
) -> list[Change]:
    """Have the present engine judge stored disconnects anew; with `keep`, store what it says.

    The user's words stay. All are judged before the first is stored, so that a trial and the
    real thing say the same. Each is stored in a transaction of its own, and only where the answer
    that it replaces still stands: a daemon that runs meanwhile knows better. A year of them takes
    a minute: `watch` is told how many are judged, and of how many.
    """
    found = [d for d in store.disconnects(since_ms, now_ms + 1, wallet) if d.id is not None]
    told = store.diagnoses([d.id for d in found if d.id is not None])
    pruned_ms = int(store.meta(RAW_SINCE) or 0)
    changes = []
    for number, disconnect in enumerate(found):
        watch(number, len(found))
        before = told.get(disconnect.id or 0)
        changes.append(_judged_anew(store, disconnect, before, now_ms, controls, pruned_ms))
    if keep:
        _store(store, changes)
    return changes


def _judged_anew(
    store: Store,
    disconnect: Disconnect,
    before: Diagnosis | None,
    now_ms: EpochMs,
    controls: frozenset[str],
    pruned_ms: EpochMs,
) -> Change:
    """Return what the present engine says of a disconnect, or that it cannot say better."""
    case = case_of(store, disconnect, now_ms, controls)
    if before is not None and not _is_whole(case, pruned_ms):
        return Change(disconnect, before, before, is_left_alone=True)
    return Change(disconnect, before, diagnose(case))


def _is_whole(case: Case, pruned_ms: EpochMs) -> bool:
    """Tell whether what was measured around a disconnect is still stored.

    Single samples go after some days (states later): an answer from the rest would be a worse one.
    """
    return bool(case.samples) and case.since_ms >= pruned_ms


def _store(store: Store, changes: Sequence[Change]) -> None:
    """Store the answers that say something else."""
    for change in changes:
        number = change.disconnect.id
        if number is None or change.is_left_alone or not change.is_new:
            continue
        if store.diagnosis(number) == change.before:
            store.save_diagnosis(number, change.after)
