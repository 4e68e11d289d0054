"""Fixes that were seen: read from the store, and marked in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.correlate.seen_fixes import ADVICE_MS, KEYS, USUAL_MS, Advice, seen_fixes
from monitor.model import EpochMs, FixMark

if TYPE_CHECKING:
    from monitor.store.sqlite import Store


def mark_seen(store: Store, until_ms: EpochMs) -> tuple[FixMark, ...]:
    """Mark the recommended fixes that the states up to an instant show, and return them."""
    since_ms = until_ms - ADVICE_MS - USUAL_MS
    advice = [
        Advice(notice.created_at_ms, notice.fix)
        for notice in store.notices_since(since_ms - ADVICE_MS)
        if notice.fix is not None
    ]
    if not advice:
        return ()
    changes = [
        *store.states_at(since_ms, KEYS).values(),
        *store.states(since_ms, until_ms, KEYS),
    ]
    found = seen_fixes(changes, advice, store.fix_marks(), until_ms)
    for mark in found:
        store.add_fix_mark(mark)
    return found
