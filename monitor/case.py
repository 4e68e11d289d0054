"""Everything that was observed around a disconnect, out of the store: what it is judged by."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from monitor.detect.episodes import episodes
from monitor.diagnose import thresholds
from monitor.diagnose.exposure import CONDITIONS, Condition, exposure
from monitor.model import (
    Case,
    Diagnosis,
    Disconnect,
    Episode,
    EpochMs,
    Exposure,
    Leg,
    Role,
    Sample,
    SessionChange,
    StateChange,
    StateValue,
    Verdict,
)

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

BEFORE_MS = 15 * 60_000
"""How far before a drop its window opens: enough to know each leg's usual round trip."""

AFTER_MS = 10 * 60_000
"""How far into an outage its window reaches: what began it shows in the first minutes."""

AROUND_END_MS = 60_000
"""How much after the end still speaks: who came back, and how fast."""

RECENT_MS = 7 * 24 * 3_600_000
"""How far back earlier disconnects bear on a new one."""

VERDICTS_MS = 365 * 24 * 3_600_000
"""How far back the user's word on earlier ones bears on a new one."""


def case_of(
    store: Store,
    disconnect: Disconnect,
    now_ms: EpochMs,
    controls: frozenset[str],
    past: Past | None = None,
) -> Case:
    """Return everything that was observed around a disconnect; `past` spares what is read again."""
    start_ms = disconnect.started_at_ms
    since_ms = start_ms - BEFORE_MS
    until_ms = min(now_ms, start_ms + AFTER_MS)
    if disconnect.ended_at_ms is not None:
        until_ms = min(until_ms, disconnect.ended_at_ms + AROUND_END_MS)
    if past is not None and past.is_before_all(until_ms):
        return Case(
            disconnect=disconnect,
            since_ms=since_ms,
            until_ms=until_ms,
            now_ms=now_ms,
            recent=tuple(past.earlier(disconnect, start_ms - RECENT_MS)),
            controls=controls,
            verdicts=past.verdicts(start_ms - VERDICTS_MS, start_ms),
        )
    samples = store.samples(since_ms, until_ms + 1)
    sessions = [*still_standing(store, since_ms), *store.sessions(since_ms, until_ms + 1)]
    gaps = store.gaps(since_ms, until_ms + 1)
    states_before = still_known(store, since_ms) if samples else {}
    states = store.states(since_ms, until_ms + 1)
    held = [change for key, change in states_before.items() if key == "link.up"]
    recent = _recent(store, disconnect, past)
    return Case(
        disconnect=disconnect,
        since_ms=since_ms,
        until_ms=until_ms,
        now_ms=now_ms,
        samples=tuple(samples),
        episodes=tuple(on_the_way(episodes(samples, [*held, *states], gaps), samples)),
        sessions=tuple(sessions),
        states=tuple(states),
        states_before=states_before,
        gaps=tuple(gaps),
        recent=recent,
        controls=controls,
        exposures=_exposures(store, disconnect, [*states_before.values(), *states], past),
        verdicts=verdicts(store, start_ms, start_ms - VERDICTS_MS)
        if past is None
        else past.verdicts(start_ms - VERDICTS_MS, start_ms),
    )


def _recent(store: Store, drop: Disconnect, past: Past | None) -> tuple[Disconnect, ...]:
    """Return the earlier disconnects of the same wallet and source that bear on one."""
    since_ms = drop.started_at_ms - RECENT_MS
    if past is not None:
        return tuple(past.earlier(drop, since_ms))
    found = store.disconnects(since_ms, drop.started_at_ms, drop.wallet)
    return tuple(
        d for d in found if d.source == drop.source and d.started_at_ms < drop.started_at_ms
    )


class Past:
    """The disconnects and verdicts of a store, read once for many that are judged one by one."""

    def __init__(self, store: Store) -> None:
        self._verdicts = verdicts(store)
        span = store.span()
        self._observed_from_ms = None if span is None else span[0]
        self._drops: dict[tuple[str, str], list[Disconnect]] = {}
        for drop in store.disconnects():
            self._drops.setdefault((drop.wallet, drop.source), []).append(drop)
        self._starts_ms = {
            who: [drop.started_at_ms for drop in drops] for who, drops in self._drops.items()
        }

    def earlier(self, drop: Disconnect, since_ms: EpochMs) -> list[Disconnect]:
        """Return those of the same wallet and source that began in [since, start)."""
        who = (drop.wallet, drop.source)
        starts_ms = self._starts_ms.get(who, [])
        begin, end = bisect_left(starts_ms, since_ms), bisect_left(starts_ms, drop.started_at_ms)
        return self._drops[who][begin:end] if begin < end else []

    def verdicts(self, since_ms: EpochMs, before_ms: EpochMs) -> tuple[Verdict, ...]:
        """Return those on disconnects that began in [since, before)."""
        return tuple(v for v in self._verdicts if since_ms <= v.at_ms < before_ms)

    def is_before_all(self, until_ms: EpochMs) -> bool:
        """Tell whether nothing was observed as early as that."""
        return self._observed_from_ms is None or until_ms < self._observed_from_ms


def verdicts(
    store: Store, before_ms: EpochMs | None = None, since_ms: EpochMs | None = None
) -> tuple[Verdict, ...]:
    """Return what the user said of the answers on disconnects that began in [since, before).

    An answer that was never made, or a disconnect that nothing was said of, is left out.
    """
    judged = {
        d.id: d
        for d in store.disconnects(since_ms, before_ms, only_with_word=True)
        if d.id is not None
        and (d.confirmed or d.denied)
        and (before_ms is None or d.started_at_ms < before_ms)
    }
    answers = store.diagnoses(judged.keys())
    return tuple(
        _verdict(judged[number], answers[number]) for number in judged if number in answers
    )


def _verdict(judged: Disconnect, answer: Diagnosis) -> Verdict:
    """Return what was said; what was denied is what was told then, whatever is found now."""
    told = answer.best.cause if judged.denied is None else judged.denied
    runner_up = None if answer.runner_up is None else answer.runner_up.cause
    return Verdict(judged.started_at_ms, told, judged.confirmed, runner_up)


def still_standing(store: Store, at_ms: EpochMs) -> list[SessionChange]:
    """Return the last change of each session before an instant: nothing holds across a gap."""
    before = sorted(store.sessions_before(at_ms).values(), key=lambda change: change.at_ms)
    since_ms = _last_gap_end_ms(store, before, at_ms)
    return [change for change in before if change.at_ms >= since_ms]


def still_known(store: Store, at_ms: EpochMs) -> dict[str, StateChange]:
    """Return what was known of the device at an instant: nothing holds across a gap.

    After each gap every state is stored anew, so one from before the last gap is only old.
    """
    held = store.states_before(at_ms)
    since_ms = _last_gap_end_ms(store, held.values(), at_ms)
    return {key: change for key, change in held.items() if change.at_ms >= since_ms}


def _last_gap_end_ms(
    store: Store, changes: Iterable[SessionChange | StateChange], at_ms: EpochMs
) -> EpochMs:
    """Return when the last gap between the oldest of the changes and an instant ended.

    Where there is none, that is the oldest change itself; without changes, the instant.
    """
    oldest_ms = min((change.at_ms for change in changes), default=at_ms)
    return max((gap.until_ms for gap in store.gaps(oldest_ms, at_ms)), default=oldest_ms)


def on_the_way(found: Iterable[Episode], samples: Iterable[Sample]) -> list[Episode]:
    """Leave out the legs of an address family that the wallets do not travel over.

    IPv4 and IPv6 are judged apart: a dead IPv6 does not disturb a session over IPv4.
    """
    families = {
        s.target.family
        for s in samples
        if s.target.role in (Role.WALLET, Role.CONTROL) and s.target.family and s.outcome.is_heard
    }
    legs = (Leg.GATEWAY, Leg.INTERNET)
    return [e for e in found if not families or e.leg not in legs or e.family in families]


def _exposures(
    store: Store, disconnect: Disconnect, states: Sequence[StateChange], past: Past | None
) -> Mapping[str, Exposure]:
    """Return how often each condition that held at the start held in the two weeks before.

    Only those are looked up, and not again for the same disconnect: an evaluation runs each
    second while a disconnect is fresh, and a restless state has tens of thousands of changes.
    """
    start_ms = disconnect.started_at_ms
    held = [c for c in CONDITIONS.values() if _holds(c, states, start_ms)]
    if not held:
        return {}
    since_ms = start_ms - thresholds.EXPOSURE_MS
    earlier = (
        store.disconnects(since_ms, start_ms, disconnect.wallet)
        if past is None
        else past.earlier(disconnect, since_ms)
    )
    starts_ms = [
        d.started_at_ms
        for d in earlier
        if d.source == disconnect.source and since_ms <= d.started_at_ms < start_ms
    ]
    asked = (disconnect.device, start_ms, tuple(c.key for c in held), tuple(starts_ms))
    known = _LAST_EXPOSURES.get(store)
    if known is None or known[0] != asked:
        known = asked, _counted(store, held, disconnect.device, starts_ms, (since_ms, start_ms))
        _LAST_EXPOSURES[store] = known
    return known[1]


_Asked = tuple[str, EpochMs, tuple[str, ...], tuple[EpochMs, ...]]

_LAST_EXPOSURES: WeakKeyDictionary[Store, tuple[_Asked, Mapping[str, Exposure]]] = (
    WeakKeyDictionary()
)
"""What was counted last in each store: what lies before a disconnect does not change."""


def _counted(
    store: Store,
    held: Sequence[Condition],
    device: str,
    starts_ms: Sequence[EpochMs],
    window: tuple[EpochMs, EpochMs],
) -> Mapping[str, Exposure]:
    """Count how often each condition held in a window, from the stored states and gaps."""
    since_ms, until_ms = window
    keys = frozenset(key for condition in held for key in condition.keys)
    before = [c for key, c in still_known(store, since_ms).items() if key in keys]
    history = [*before, *store.states(since_ms, until_ms, keys)]
    own = [change for change in history if change.device == device]
    gaps = store.gaps(since_ms, until_ms)
    found = {}
    for condition in held:
        its = [change for change in own if change.key in condition.keys]
        found[condition.key] = exposure(condition, its, gaps, starts_ms, since_ms, until_ms)
    return MappingProxyType(found)


def _holds(condition: Condition, states: Sequence[StateChange], start_ms: EpochMs) -> bool:
    """Tell whether a condition held as a disconnect began; one read a little late counts."""
    values: dict[str, StateValue] = {}
    for change in states:
        if change.at_ms <= start_ms + thresholds.STATE_LAG_MS:
            values[change.key] = change.value
    return condition.holds(values) is True
