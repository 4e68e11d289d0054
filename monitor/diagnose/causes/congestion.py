"""Loss or long round trips on a way that was not dead."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, late, lossy, path
from monitor.diagnose.legs import Health, episodes_at_start, health, late_rtts_ms, loss_ratio
from monitor.diagnose.observed import others
from monitor.model import Case, CauseCode, Condition, Finding, FixCode, How, Leg

_SHARED_ENDS = (How.RESET, How.CLOSED, How.TIMEOUT, How.UNREACHABLE)
_LEGS = (Leg.GATEWAY, Leg.INTERNET, Leg.WALLET)


def judge(case: Case) -> Finding | None:
    """The loss or delay of the first leg that had any; a dead leg is another cause.

    Without either, other wallets that fell at the same time tell of the way that all share.
    """
    for leg in _LEGS:
        if health(case, leg) not in (Health.LOSSY, Health.SLOW):
            continue
        loss, is_late = loss_ratio(case, leg), _is_late(case, leg)
        ratio = max(_by_loss(loss), 0.6 if is_late else 0.0)
        fit = _fit(case.disconnect.how)
        return found(
            CauseCode.CONGESTION,
            Ground.DIRECT,
            ratio * fit,
            lossy(leg, loss) if loss else None,
            late(case, leg) if is_late else None,
            ended(case, supports=fit == 1.0),
            *(item for item in path(case, leg) if item.supports),
        )
    return _together(case)


def _together(case: Case) -> Finding | None:
    """All wallets that are watched fell at once: that is the way they share, seen dead or not."""
    seen = others(case)
    if case.disconnect.how not in _SHARED_ENDS or seen.stood or not seen.fell:
        return None
    return found(
        CauseCode.CONGESTION,
        Ground.INFERENCE,
        0.64 if len(seen.fell) == 1 else 0.78,
        *path(case, Leg.INTERNET),
    )


def _is_late(case: Case, leg: Leg) -> bool:
    return bool(late_rtts_ms(case, leg) or episodes_at_start(case, leg, Condition.SLOW))


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
    text=N_(
        "The network carried traffic, but too much was lost or came far later than usual. It "
        "is told from the share of lost probes and the round-trip times, compared with what "
        "is usual here. A wallet waits for a few seconds only and then takes its connection "
        "for lost. Large downloads, video and busy evening hours are common reasons."
    ),
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
)
