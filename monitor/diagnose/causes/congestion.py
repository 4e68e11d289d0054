"""Loss or long round trips on a way that was not dead."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, path
from monitor.diagnose.observed import (
    Span,
    around,
    count,
    dead,
    episodes_at_start,
    samples_on,
)
from monitor.model import Case, CauseCode, Condition, Evidence, Finding, FixCode, How, Leg, Sample
from monitor.stats import median

_LEGS = (Leg.GATEWAY, Leg.INTERNET, Leg.WALLET)


def judge(case: Case) -> Finding | None:
    """The worst loss or delay of the first leg that had any; a dead leg is another cause."""
    for leg in _LEGS:
        loss = loss_ratio(case, leg)
        rtts = late_rtts_ms(case, leg)
        if loss == 0.0 and rtts is None and not _is_slow(case, leg):
            continue
        evidence = []
        if loss:
            evidence.append(Evidence(f"{leg}.lossy", True, {"loss_ratio": round(loss, 3)}))
        if rtts is not None:
            values = {"rtt_ms": round(rtts[0], 1), "usual_rtt_ms": round(rtts[1], 1)}
            evidence.append(Evidence(f"{leg}.late", True, values))
        elif _is_slow(case, leg):
            evidence.append(Evidence(f"{leg}.late_unmeasured", True))
        ratio = max(_by_loss(loss), 0.0 if rtts is None and not _is_slow(case, leg) else 0.6)
        fit = _fit(case.disconnect.how)
        ended_so = ended(case, supports=fit == 1.0)
        beyond = [item for item in path(case, leg) if item.supports]
        return found(CauseCode.CONGESTION, Ground.DIRECT, ratio * fit, *evidence, ended_so, *beyond)
    return None


def loss_ratio(case: Case, leg: Leg) -> float:
    """Return how much of a leg's probes was lost around the start.

    0.0 for an ordinary share, and for a leg that was dead: that is another matter.
    """
    if dead(case, leg) is not None:
        return 0.0
    ratios = [
        episode.lost_count / episode.measured_count
        for episode in episodes_at_start(case, leg, Condition.LOSSY)
        if episode.measured_count
    ]
    start = case.disconnect.started_at_ms
    span = Span(start - limit.LOSS_WINDOW_MS, start + limit.LOSS_WINDOW_MS)
    counted = count(samples_on(case, leg, span))
    usual = count(_usual(case, leg)).loss_ratio
    is_measured = counted.measured_count >= limit.LOSS_MEASURED_COUNT
    is_much = counted.loss_ratio >= max(limit.CONGESTED_LOSS_RATIO, 2 * usual)
    if is_measured and is_much and counted.lost_count >= limit.LOST_COUNT:
        ratios.append(counted.loss_ratio)
    return min(1.0, max(ratios, default=0.0))


def late_rtts_ms(case: Case, leg: Leg) -> tuple[float, float] | None:
    """Return the median round trip around the start and the usual one, where much longer."""
    usual = median(_rtts(_usual(case, leg)))
    now = _rtts(samples_on(case, leg, around(case)))
    middle = median(now)
    if usual is None or middle is None or len(now) < limit.SLOW_COUNT:
        return None
    is_late = middle > max(usual * limit.SLOW_FACTOR, usual + limit.SLOW_EXTRA_MS)
    return (middle, usual) if is_late else None


def _usual(case: Case, leg: Leg) -> list[Sample]:
    last = case.disconnect.started_at_ms - limit.USUAL_GUARD_MS
    return samples_on(case, leg, Span(case.since_ms, last))


def _rtts(samples: list[Sample]) -> list[float]:
    return [sample.rtt_ms for sample in samples if sample.rtt_ms is not None]


def _is_slow(case: Case, leg: Leg) -> bool:
    return bool(episodes_at_start(case, leg, Condition.SLOW))


def _by_loss(ratio: float) -> float:
    if ratio >= limit.HEAVY_LOSS_RATIO:
        return 0.88
    if ratio >= limit.MUCH_LOSS_RATIO:
        return 0.72
    return 0.55 if ratio > 0.0 else 0.0


def _fit(how: How) -> float:
    """Return how well an end fits loss: silence well, an answer from the far end less."""
    if how in (How.TIMEOUT, How.UNREACHABLE, How.REPORTED):
        return 1.0
    return 0.6 if how in (How.RESET, How.CLOSED, How.DNS) else 0.3


CAUSE = Cause(
    code=CauseCode.CONGESTION,
    title=N_("The network was unstable"),
    summary=N_("The network was not down, but too much was lost or came too late."),
    judge=judge,
    fixes=(FixCode.CHECK_NETWORK, FixCode.STRONGER_SIGNAL, *SUPPORT),
    hidden_by=(
        CauseCode.SLEEP,
        CauseCode.ROAMING,
        CauseCode.LINK_DOWN,
        CauseCode.GATEWAY,
        CauseCode.ISP,
        CauseCode.CAPTIVE_PORTAL,
        CauseCode.WEAK_SIGNAL,
    ),
    evidence_texts={
        "gateway.late": N_("The router answered in {rtt_ms} ms; {usual_rtt_ms} ms is usual."),
        "internet.late": N_("The internet answered in {rtt_ms} ms; {usual_rtt_ms} ms is usual."),
        "wallet.late": N_(
            "The bank's address answered in {rtt_ms} ms; {usual_rtt_ms} ms is usual."
        ),
        "gateway.late_unmeasured": N_("The router answered far more slowly than usual."),
        "internet.late_unmeasured": N_("The internet answered far more slowly than usual."),
        "wallet.late_unmeasured": N_("The bank's address answered far more slowly than usual."),
    },
)
