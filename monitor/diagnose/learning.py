"""What the user said of earlier answers shifts the weights on this device, within bounds.

A pure function of the verdicts that are there: one taken back leaves no trace.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from monitor.diagnose import thresholds as limit
from monitor.model import Evidence, Finding, Verdict


def learned(finding: Finding, verdicts: Sequence[Verdict]) -> Finding:
    """Return the finding as the user's word on its cause has it: odds at most times or by two.

    The factor is the ratio of what was said for the cause and against it, with two imagined
    verdicts on either side (Laplace's smoothing). What was measured directly is moved less, and
    no order is turned among findings that the same words are about.
    """
    agreed_count = sum(verdict.truth is finding.cause for verdict in verdicts)
    denied_count = sum(
        verdict.told is finding.cause and not verdict.is_agreed for verdict in verdicts
    )
    if agreed_count == denied_count:
        return finding
    factor = rank_shift(agreed_count, denied_count)
    code = "learned.agreed" if factor > 1.0 else "learned.denied"
    values = {"agreed_count": agreed_count, "count": agreed_count + denied_count}
    return replace(
        finding,
        confidence_ratio=_shifted(finding.confidence_ratio, factor),
        evidence=(*finding.evidence, Evidence(code, factor > 1.0, values)),
    )


def rank_shift(agreed_count: int, denied_count: int) -> float:
    """Return by what the odds of a cause are multiplied, from 1/2 to 2."""
    factor = (agreed_count + limit.LEARNED_START) / (denied_count + limit.LEARNED_START)
    return min(max(factor, 1.0 / limit.LEARNED_ODDS), limit.LEARNED_ODDS)


def _shifted(ratio: float, factor: float) -> float:
    """Return the ratio with its odds shifted; the surer it is, the less.

    The weight falls more slowly than the log-odds rise, so that of two ratios the greater one
    stays the greater one.
    """
    if not 0.0 < ratio < 1.0:
        return ratio
    beyond = (ratio - limit.LEARNED_FULL_RATIO) / (1.0 - limit.LEARNED_FULL_RATIO)
    weight = 1.0 - (1.0 - limit.LEARNED_LEAST) * min(1.0, max(0.0, beyond))
    log_odds = math.log(ratio / (1.0 - ratio)) + weight * math.log(factor)
    return round(1.0 / (1.0 + math.exp(-log_odds)), 3)
