"""Whether a fix that was carried out helped: the rates before and after it, exactly, with counts.

Incidents, not disconnects, are counted: drops that come together share their reason. The interval
is exact for Poisson counts (`monitor.correlate.exact`). It is one comparison that was asked for
beforehand, so nothing is corrected for many questions.
"""

from collections.abc import Sequence

from monitor.correlate.exact import rate_ratio
from monitor.correlate.exposure import Spans, common, length_ms
from monitor.correlate.incidents import merged
from monitor.model import CauseCode, Disconnect, EpochMs, FixCheck, FixMark, HelpVerdict

WINDOW_MS = 28 * 24 * 3_600_000
"""Four weeks either side: longer, and the world has changed besides the fix."""

LEAST_AFTER_MS = 3 * 24 * 3_600_000
"""Three observed days: less does not hold a working day and a weekend's evening."""

LEAST_COUNT = 3
"""Fewer incidents than this in all may always be a coincidence."""


def fix_check(
    mark: FixMark,
    cause: CauseCode | None,
    disconnects: Sequence[Disconnect],
    observed: Spans,
    until_ms: EpochMs,
) -> FixCheck:
    """Return the time before and after a fix.

    Args:
        mark: what was done, and when.
        cause: what it was done against; None: anything.
        disconnects: those that it could have helped against, in any order.
        observed: stretches that were observed, in time order and apart from each other.
        until_ms: the end of the time that is looked at.
    """
    starts = [start_ms for start_ms, _ in merged(disconnects)]
    before = ((mark.at_ms - WINDOW_MS, mark.at_ms),)
    after = ((mark.at_ms, min(until_ms, mark.at_ms + WINDOW_MS)),)
    before_ms, before_count = _weighed(before, starts, observed)
    after_ms, after_count = _weighed(after, starts, observed)
    ratio = rate_ratio(after_count, after_ms, before_count, before_ms)
    return FixCheck(
        fix=mark.fix,
        cause=cause,
        at_ms=mark.at_ms,
        is_told=mark.is_told,
        before_count=before_count,
        before_observed_ms=before_ms,
        after_count=after_count,
        after_observed_ms=after_ms,
        rate_ratio=ratio.value,
        ci_low=ratio.low,
        ci_high=ratio.high,
        verdict=_verdict(before_count, after_count, after_ms, ratio.low, ratio.high),
        detail=mark.detail,
    )


def _weighed(window: Spans, starts: Sequence[EpochMs], observed: Spans) -> tuple[int, int]:
    """Return how much of a window was observed, and how many incidents began in that."""
    seen = common(window, observed)
    return length_ms(seen), sum(start <= at_ms < end for at_ms in starts for start, end in seen)


def _verdict(
    before_count: int, after_count: int, after_ms: int, low: float | None, high: float | None
) -> HelpVerdict:
    """Say what the numbers say: a verdict only where the interval leaves 1.0 out."""
    if after_ms < LEAST_AFTER_MS or before_count + after_count < LEAST_COUNT:
        return HelpVerdict.TOO_EARLY
    if high is not None and high < 1.0:
        return HelpVerdict.HELPED
    if low is not None and low > 1.0:
        return HelpVerdict.WORSE
    return HelpVerdict.NO_CHANGE
