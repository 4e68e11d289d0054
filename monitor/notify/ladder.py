"""The fix ladder: what was shown and did not hold is not shown again; pure."""

from collections.abc import Sequence

from monitor.model import CauseCode, Delivery, EpochMs, FixCode, Notice, NoticeKind

START_OVER_MS = 30 * 24 * 3_600_000
"""A cause that stayed away for thirty days was mended: when it comes back it is a new story, and
the simplest thing is the likeliest again. Shorter, and a monthly bill of trouble would never
reach the bank; longer, and last season's router would send somebody to the bank at once."""

NO_RUNGS = (FixCode.SAFE_CHANNELS,)
"""A warning that goes with other advice, and mends nothing by itself."""


def next_fix(
    fixes: Sequence[FixCode], cause: CauseCode, stored: Sequence[Notice], now_ms: EpochMs
) -> FixCode | None:
    """Return the first fix that this cause's notices have not shown; the last one from then on.

    The order is that of `fixes`, with the bank's support last. None: there is nothing to do.
    """
    ladder = _ladder(fixes)
    if not ladder:
        return None
    shown = _shown(cause, stored, now_ms)
    return next((fix for fix in ladder if fix not in shown), ladder[-1])


def _ladder(fixes: Sequence[FixCode]) -> list[FixCode]:
    rungs: list[FixCode] = []
    rungs += [fix for fix in fixes if fix is not FixCode.CONTACT_BANK and fix not in NO_RUNGS]
    if FixCode.CONTACT_BANK in fixes:
        rungs.append(FixCode.CONTACT_BANK)
    return rungs


def _shown(cause: CauseCode, stored: Sequence[Notice], now_ms: EpochMs) -> set[FixCode]:
    """Return the fixes that were shown for the cause since it last stayed away."""
    told = [
        notice
        for notice in stored
        if notice.kind is NoticeKind.LOST
        and notice.cause is cause
        and notice.delivery is not Delivery.FAILED
        and notice.created_at_ms <= now_ms
    ]
    found: set[FixCode] = set()
    later_ms = now_ms
    for notice in sorted(told, key=lambda n: n.created_at_ms, reverse=True):
        if later_ms - notice.created_at_ms >= START_OVER_MS:
            break
        if notice.fix is not None:
            found.add(notice.fix)
        later_ms = notice.created_at_ms
    return found
