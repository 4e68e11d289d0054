"""The minutes around the incidents that are worth a picture, sample by sample."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from monitor.model import Disconnect, Gap, StateChange
from monitor.report.interface import CloseUp, Dot

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

AROUND_MS = 5 * 60_000
"""Before and after the beginning: what led to it, and mostly its end."""

MOST = 12
"""Each takes some hundred samples: a page of them stays small, and nobody reads more."""

LONGEST = 6
"""Of these the longest; the others are the newest."""


def close_ups(
    store: Store, incidents: Sequence[Disconnect], gaps: Iterable[Gap]
) -> dict[int, CloseUp]:
    """Return the close-ups of the incidents that `chosen` chooses, by disconnect id."""
    known = list(gaps)
    return {one.id: _close_up(store, one, known) for one in chosen(incidents) if one.id is not None}


def chosen(incidents: Sequence[Disconnect]) -> list[Disconnect]:
    """Return the longest incidents and the newest of the others, in time order.

    One that lasts is longer than any other.
    """
    by_length = sorted(incidents, key=_length_ms, reverse=True)
    longest = by_length[:LONGEST]
    rest = [one for one in incidents if one not in longest]
    newest = sorted(rest, key=lambda one: one.started_at_ms, reverse=True)
    return sorted(
        [*longest, *newest[: MOST - len(longest)]], key=lambda one: (one.started_at_ms, one.id or 0)
    )


def _length_ms(one: Disconnect) -> float:
    return float("inf") if one.duration_ms is None else one.duration_ms


def _close_up(store: Store, one: Disconnect, gaps: Sequence[Gap]) -> CloseUp:
    """Return what was measured and what turned around a disconnect's beginning."""
    since_ms, until_ms = one.started_at_ms - AROUND_MS, one.started_at_ms + AROUND_MS
    return CloseUp(
        since_ms=since_ms,
        until_ms=until_ms,
        dots=tuple(
            Dot(sample.at_ms, sample.target.leg, sample.outcome, sample.rtt_ms)
            for sample in store.samples(since_ms, until_ms)
        ),
        states=tuple(filter(_is_turn, store.states(since_ms, until_ms))),
        gaps=tuple(g for g in gaps if g.at_ms < until_ms and g.until_ms > since_ms),
    )


def _is_turn(change: StateChange) -> bool:
    """Tell whether a state is one that turns: a number that wanders says nothing by itself."""
    is_number = isinstance(change.value, int | float) and not isinstance(change.value, bool)
    return not is_number and not change.key.startswith("monitor.")
