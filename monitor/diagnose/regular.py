"""Endings by the far end that come like clockwork: an idle time-out, which is to be expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitor.diagnose import thresholds as limit
from monitor.diagnose.observed import elapsed_ms, others
from monitor.model import Case, EpochMs, Evidence, How, SessionState
from monitor.stats import median

FAR_ENDS = (How.RESET, How.CLOSED)
"""Ways to end a session that are the far end's own word."""

_SAME_MS = 2_000
"""A session change and the disconnect made of it lie this close."""


@dataclass(frozen=True, slots=True)
class Regular:
    """Endings at equal distances."""

    count: int
    """Endings that keep to it, this one included."""
    every_ms: float


@dataclass(frozen=True, slots=True)
class _Ending:
    """One ending by the far end."""

    at_ms: EpochMs
    lived_ms: int | None


def regular(case: Case, least: int = limit.REGULAR_COUNT) -> Regular | None:
    """Return the beat that at least `least` endings keep, this one last; None without one.

    What counts is how long sessions lived, or else how far their ends lie apart. A session that
    does not come straight back, or falls together with other wallets, was not timed out.
    """
    if case.disconnect.how not in FAR_ENDS or elapsed_ms(case) > limit.BACK_SOON_MS:
        return None
    if others(case).fell:
        return None
    endings = _endings(case)
    if endings[-1].lived_ms is not None:
        beat = _beat([e.lived_ms for e in endings if e.lived_ms is not None], least)
        if beat is not None:
            return beat
    apart = [b.at_ms - a.at_ms for a, b in pairwise(endings)]
    return _beat(apart, least, extra=1)


def told(case: Case) -> Evidence | None:
    """Return the beat as evidence."""
    found = regular(case)
    if found is None:
        return None
    values = {"count": found.count, "every_min": round(found.every_ms / 60_000, 1)}
    return Evidence("session.regular", True, values)


def _beat(lengths: Sequence[int], least: int, extra: int = 0) -> Regular | None:
    """Return the beat that the last length sets, if enough of those before keep to it.

    `extra`: by how many the endings outnumber the lengths.
    """
    latest = lengths[-limit.REGULAR_LAST_COUNT :]
    if not latest or latest[-1] < limit.REGULAR_LEAST_MS:
        return None
    spread_ms = max(limit.REGULAR_SPREAD_MS, limit.REGULAR_SPREAD_RATIO * latest[-1])
    equal = [length for length in latest if abs(length - latest[-1]) <= spread_ms]
    every_ms, count = median(equal), len(equal) + extra
    is_rule = len(equal) >= limit.REGULAR_SHARE * len(latest)
    if every_ms is None or count < least or not is_rule:
        return None
    return Regular(count, every_ms)


def _endings(case: Case) -> list[_Ending]:
    """Return the far end's endings in time order, this one last.

    How long a session lived is what the session itself tells, or the time since the disconnect
    before it was over.
    """
    start = case.disconnect.started_at_ms
    lives = {
        change.at_ms: change.lived_ms
        for change in case.sessions
        if change.wallet == case.disconnect.wallet
        and change.source == case.disconnect.source
        and change.state is SessionState.DOWN
        and change.how in FAR_ENDS
        and change.lived_ms is not None
        and change.at_ms <= start + _SAME_MS
    }
    drops = [d for d in case.recent if d.started_at_ms < start] + [case.disconnect]
    found: dict[EpochMs, _Ending] = {}
    over_ms = None
    for drop in drops:
        at_ms = drop.started_at_ms
        if drop.how in FAR_ENDS:
            own = [at for at in lives if abs(at - at_ms) <= _SAME_MS]
            since = None if over_ms is None else max(0, at_ms - over_ms)
            lived = [lives.pop(at) for at in own]
            found[at_ms] = _Ending(at_ms, lived[-1] if lived else since)
        over_ms = drop.ended_at_ms
    found |= {at: _Ending(at, lived) for at, lived in lives.items() if at < start}
    return [found[at_ms] for at_ms in sorted(found)]
