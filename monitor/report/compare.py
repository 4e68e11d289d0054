"""What may be said of two weeks and of small numbers: the rules that all formats share."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.report.amounts import percent
from monitor.report.interface import WeekSummary, Words

LIKE_RATIO = 0.75
"""The shorter observed time must be this much of the longer one, or counts say nothing."""

FEW = 20
"""Below this a percentage claims more than was counted."""

FINE_RATIO = 0.1
"""Below ten percent a whole number would round away what matters."""


class WhyNot(StrEnum):
    """Why a week is not compared with the one before it."""

    NOTHING_NOW = "nothing_now"
    """Nothing of this week was observed."""
    NOTHING_BEFORE = "nothing_before"
    """Nothing of the week before was observed."""
    HOURS_DIFFER = "hours_differ"
    """One of the two was observed much longer."""


@dataclass(frozen=True, slots=True)
class Change:
    """This week against the one before it."""

    count: int | None
    """More disconnects than before, or fewer (below zero); None where not compared."""
    lost_ms: int | None
    """More time lost than before, or less; None where not compared."""
    why_not: WhyNot | None
    """None: they are compared."""


def compare(summary: WeekSummary) -> Change:
    """Return the change against the week before, or why there is none to tell."""
    now_ms, before_ms, previous = (
        summary.observed_ms,
        summary.previous_observed_ms,
        summary.previous,
    )
    if not now_ms:
        return Change(None, None, WhyNot.NOTHING_NOW)
    if previous is None or not before_ms:
        return Change(None, None, WhyNot.NOTHING_BEFORE)
    if min(now_ms, before_ms) < LIKE_RATIO * max(now_ms, before_ms):
        return Change(None, None, WhyNot.HOURS_DIFFER)
    totals = summary.totals
    return Change(totals.count - previous.count, totals.lost_ms - previous.lost_ms, None)


def share(part: int, whole: int, words: Words) -> str:
    """Return `4 of 7`, and a percentage from twenty on."""
    told = words.text("{part} of {whole}").format(part=part, whole=whole)
    if whole < FEW:
        return told
    return words.text("{what} ({amount})").format(what=told, amount=_percent(part / whole))


def _percent(ratio: float) -> str:
    """Return a percentage; a small one keeps two digits, for loss is seldom a whole percent."""
    return percent(ratio) if ratio >= FINE_RATIO or not ratio else f"{ratio * 100:.2g} %"
