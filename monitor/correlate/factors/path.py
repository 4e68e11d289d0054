"""The state of the way to the wallet in the minutes before: loss and latency.

A disconnect shows as loss itself. So a minute counts as lossy or slow by what was measured in the
five minutes before it, and minutes that an incident touches are no measure of anything.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.correlate.exposure import Spans, common, union
from monitor.correlate.factors.interface import Held, Scene
from monitor.correlate.interface import PathMinute
from monitor.model import EpochMs, Role, Target
from monitor.stats import median

MINUTE_MS = 60_000
BEFORE_MINUTES = 5
"""Long enough for 60 probes of a target at the usual 5 s, so that 1 % can be told from nothing."""
LOSS_RATIO = 0.01
"""From here on a voice call is disturbed, and TCP slows down."""
LOST_COUNT = 2
"""A single lost probe means nothing, whatever the ratio."""
SLOW_FACTOR = 2.0
"""Latency above twice its usual..."""
SLOW_EXTRA_MS = 10.0
"""...and this much more: nobody feels 2 ms become 5 ms."""
SILENT_RATIO = 0.5
"""A target that is mostly silent all week does not answer probes: it says nothing of the way."""
FAR_ROLES = (Role.ANCHOR, Role.WALLET)
"""What is measured through the whole way; the router stands in only where there is none."""


@dataclass(frozen=True, slots=True)
class _Minute:
    """All targets of one minute together."""

    measured_count: int
    lost_count: int
    is_slow: bool | None
    """Most targets are slow; None where no round trip was measured."""


def before(scene: Scene) -> list[Held]:
    """Return the minutes before which more than 1 % was lost, and those before which it was slow.

    No factor where nothing was measured.
    """
    minutes = list(_with_before(_minutes(scene)))
    if not minutes:
        return []
    return [
        _held("path.loss", {at: _was_lossy(earlier) for at, earlier in minutes}, scene),
        _held("path.latency", {at: _was_slow(earlier) for at, earlier in minutes}, scene),
    ]


def _was_lossy(earlier: Sequence[_Minute]) -> bool:
    """Tell whether more than 1 % was lost, and more than a stray probe."""
    lost = sum(minute.lost_count for minute in earlier)
    measured = sum(minute.measured_count for minute in earlier)
    return lost >= LOST_COUNT and lost > LOSS_RATIO * measured


def _was_slow(earlier: Sequence[_Minute]) -> bool | None:
    """Tell whether most minutes were slow; None where none has a round trip."""
    known = [minute.is_slow for minute in earlier if minute.is_slow is not None]
    return 2 * sum(known) > len(known) if known else None


def _held(key: str, judged: Mapping[EpochMs, bool | None], scene: Scene) -> Held:
    """Return the factor of minutes that were judged."""
    spans = {
        answer: union((at, at + MINUTE_MS) for at, one in judged.items() if one is answer)
        for answer in (True, False)
    }
    known = union((*spans[True], *spans[False]))
    return Held(key, "", common(spans[True], scene.observed), known)


def _with_before(
    minutes: Mapping[EpochMs, _Minute],
) -> Iterable[tuple[EpochMs, list[_Minute]]]:
    """Give each minute that has some measured ones before it, with these."""
    offsets = range(MINUTE_MS, (BEFORE_MINUTES + 1) * MINUTE_MS, MINUTE_MS)
    wanted = {at + offset for at in minutes for offset in offsets}
    for at in sorted(wanted):
        yield at, [minutes[at - offset] for offset in offsets if at - offset in minutes]


def _minutes(scene: Scene) -> dict[EpochMs, _Minute]:
    """Return the minutes that no incident touches, all usable targets together."""
    touched = _touched(scene.incidents)
    clear = [minute for minute in scene.week.minutes if minute.at_ms not in touched]
    by_target: dict[Target, list[PathMinute]] = {}
    for minute in clear:
        by_target.setdefault(minute.target, []).append(minute)
    by_time: dict[EpochMs, list[tuple[PathMinute, bool | None]]] = {}
    for target in _usable(by_target):
        usual_ms = median([m.rtt_ms for m in by_target[target] if m.rtt_ms is not None])
        for minute in by_target[target]:
            entry = (minute, _is_slow(minute.rtt_ms, usual_ms))
            by_time.setdefault(minute.at_ms, []).append(entry)
    return {at: _together(entries) for at, entries in by_time.items()}


def _usable(by_target: Mapping[Target, Sequence[PathMinute]]) -> list[Target]:
    """Return the far targets that mostly answer; the router where there is none."""
    answering = [
        target
        for target, minutes in by_target.items()
        if sum(m.lost_count for m in minutes)
        < SILENT_RATIO * sum(m.measured_count for m in minutes)
    ]
    far = [target for target in answering if target.role in FAR_ROLES]
    return far or [target for target in answering if target.role is Role.GATEWAY]


def _is_slow(rtt_ms: float | None, usual_ms: float | None) -> bool | None:
    """Tell whether a round trip is far above the usual one; None where one is missing."""
    if rtt_ms is None or usual_ms is None:
        return None
    return rtt_ms > SLOW_FACTOR * usual_ms and rtt_ms > usual_ms + SLOW_EXTRA_MS


def _together(entries: Sequence[tuple[PathMinute, bool | None]]) -> _Minute:
    """Return one minute of all targets."""
    known = [is_slow for _, is_slow in entries if is_slow is not None]
    return _Minute(
        measured_count=sum(minute.measured_count for minute, _ in entries),
        lost_count=sum(minute.lost_count for minute, _ in entries),
        is_slow=2 * sum(known) > len(known) if known else None,
    )


def _touched(incidents: Spans) -> Collection[EpochMs]:
    """Return the minutes in which an incident was under way."""
    return {
        at
        for start, end in incidents
        for at in range(start - start % MINUTE_MS, end + 1, MINUTE_MS)
    }
