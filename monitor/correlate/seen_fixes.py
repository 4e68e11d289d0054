"""Fixes that can be seen in the device's states: the saver stays off, another network is used.

Only what had been recommended counts: who changes networks without having been told to has not
carried out anything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from monitor.model import EpochMs, FixCode, FixMark, StateChange, StateValue

DAY_MS = 86_400_000

SAVER_KEY = "power.battery_saver"
NETWORK_KEY = "wifi.ssid"
RESOLVERS_KEY = "network.resolvers"
VERSION_KEY = "app.version"
KEYS = frozenset({SAVER_KEY, NETWORK_KEY, RESOLVERS_KEY, VERSION_KEY})

USUAL_MS = 14 * DAY_MS
"""How far back the usual is looked for: two weeks hold two of each day."""

STAYS_MS = 3 * DAY_MS
"""Something that has come back within three days was not changed for good."""

KNOWN_DAYS = 3
"""Days of which something must be known before: a first evening is no habit."""

ADVICE_MS = 35 * DAY_MS
"""A recommendation is carried out within some weeks, or it was not what moved the user."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A fix that was recommended, in a notice or a report."""

    at_ms: EpochMs
    fix: FixCode


Stretch = tuple[EpochMs, EpochMs, StateValue]


def seen_fixes(
    changes: Iterable[StateChange],
    advice: Sequence[Advice],
    known: Sequence[FixMark],
    now_ms: EpochMs,
) -> tuple[FixMark, ...]:
    """Return the fixes that the states show and that are not marked yet, by time.

    Args:
        changes: those of `KEYS` in the weeks before, with the last one before these.
        advice: what was recommended, in any order.
        known: the fixes that are marked already.
        now_ms: until when the states are known.
    """
    of_key: dict[str, list[StateChange]] = {}
    for change in sorted(changes, key=lambda change: change.at_ms):
        of_key.setdefault(change.key, []).append(change)
    found = []
    for key, look in LOOKS.items():
        seen = look(stretches(of_key.get(key, ()), now_ms))
        mark = None if seen is None else _mark(key, seen, advice, known)
        if mark is not None:
            found.append(mark)
            known = [*known, mark]
    return tuple(sorted(found, key=lambda mark: mark.at_ms))


def stretches(changes: Sequence[StateChange], now_ms: EpochMs) -> list[Stretch]:
    """Return from when until when each value held; what is not known is left out."""
    found: list[Stretch] = []
    for place, change in enumerate(changes):
        end_ms = changes[place + 1].at_ms if place + 1 < len(changes) else now_ms
        if change.value is None or end_ms <= change.at_ms:
            continue
        if found and found[-1][2] == change.value:
            found[-1] = (found[-1][0], end_ms, change.value)
        else:
            found.append((change.at_ms, end_ms, change.value))
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """Something that turned for good."""

    at_ms: EpochMs
    detail: str


def _saver_off(held: Sequence[Stretch]) -> _Seen | None:
    """Return since when the saver, on most days before, has been off."""
    last = held[-1] if held else None
    on = [one for one in held if one[2] is True]
    if last is None or last[2] is not False or not on or last[1] - last[0] < STAYS_MS:
        return None
    off_ms = on[-1][1]
    since_ms = off_ms - USUAL_MS
    on_days = {
        day
        for start, end, _ in on
        if end > since_ms
        for day in range(
            (off_ms - end) // DAY_MS, (off_ms - max(start, since_ms) - 1) // DAY_MS + 1
        )
    }
    known_days = min(USUAL_MS, off_ms - held[0][0]) // DAY_MS
    if known_days < KNOWN_DAYS or 2 * len(on_days) <= known_days:
        return None
    return _Seen(off_ms, f"{SAVER_KEY}: false")


def _other_for_good(key: str) -> Callable[[Sequence[Stretch]], _Seen | None]:
    """Return what sees that the usual value was left for another one and never came back."""

    def look(held: Sequence[Stretch]) -> _Seen | None:
        if not held:
            return None
        now_ms, present = held[-1][1], held[-1][2]
        since_ms = _since(held)
        before = [one for one in held if one[0] < since_ms and one[1] > since_ms - USUAL_MS]
        if not before or now_ms - since_ms < STAYS_MS or present == _longest(before):
            return None
        if since_ms - before[0][0] < KNOWN_DAYS * DAY_MS:
            return None
        return _Seen(since_ms, f"{key}: {present}")

    return look


def _since(held: Sequence[Stretch]) -> EpochMs:
    """Return when the usual value of the time before was left for the last time.

    The usual one is what held longest until the last three days.
    """
    now_ms = held[-1][1]
    older = [
        (start, min(end, now_ms - STAYS_MS), value)
        for start, end, value in held
        if start < now_ms - STAYS_MS
    ]
    usual = _longest(older) if older else held[-1][2]
    left_ms = [end for _, end, value in held if value == usual]
    after = [start for start, _, _ in held if left_ms and start >= left_ms[-1]]
    return after[0] if after else now_ms


def _longest(held: Iterable[Stretch]) -> StateValue:
    """Return the value that held longest."""
    times: dict[StateValue, int] = {}
    for start, end, value in held:
        times[value] = times.get(value, 0) + end - start
    return max(times, key=lambda value: times[value])


def _new_version(held: Sequence[Stretch]) -> _Seen | None:
    """Return when the app's present version came in the place of another one."""
    if len(held) < 2:
        return None
    return _Seen(held[-1][0], f"{VERSION_KEY}: {held[-1][2]}")


LOOKS: Mapping[str, Callable[[Sequence[Stretch]], _Seen | None]] = MappingProxyType(
    {
        SAVER_KEY: _saver_off,
        NETWORK_KEY: _other_for_good(NETWORK_KEY),
        RESOLVERS_KEY: _other_for_good(RESOLVERS_KEY),
        VERSION_KEY: _new_version,
    }
)

FIXES_OF: Mapping[str, frozenset[FixCode]] = MappingProxyType(
    {
        SAVER_KEY: frozenset({FixCode.REVIEW_SETTINGS}),
        NETWORK_KEY: frozenset({FixCode.STRONGER_SIGNAL, FixCode.CHECK_NETWORK}),
        RESOLVERS_KEY: frozenset({FixCode.CHECK_NETWORK}),
        VERSION_KEY: frozenset({FixCode.UPDATE_APP}),
    }
)
"""Which fixes a turn of a state can be."""


def _mark(
    key: str, seen: _Seen, advice: Sequence[Advice], known: Sequence[FixMark]
) -> FixMark | None:
    """Return the mark of what was recommended last before it turned; None where nothing was.

    A fix marked since it was recommended is not marked again.
    """
    fitting = [
        one
        for one in advice
        if one.fix in FIXES_OF[key] and 0 <= seen.at_ms - one.at_ms <= ADVICE_MS
    ]
    if not fitting:
        return None
    last = max(fitting, key=lambda one: one.at_ms)
    first_ms = min(one.at_ms for one in fitting if one.fix is last.fix)
    if any(mark.fix is last.fix and mark.at_ms >= first_ms for mark in known):
        return None
    return FixMark(seen.at_ms, last.fix, is_told=False, detail=seen.detail)
