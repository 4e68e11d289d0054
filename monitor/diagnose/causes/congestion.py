"""Loss or long round trips on a way that was not dead."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, NO_WAY, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, late, lossy, path, thrashing
from monitor.diagnose.legs import (
    Health,
    dead,
    episodes_at_start,
    health,
    is_heard_through,
    is_of_the_bank_alone,
    late_rtts_ms,
    loss_ratio,
)
from monitor.diagnose.observed import around, others, samples_on
from monitor.diagnose.wire import late as late_socket
from monitor.model import (
    Case,
    CauseCode,
    Condition,
    Evidence,
    Finding,
    FixCode,
    How,
    Leg,
    Outcome,
)

_SHARED_ENDS = (How.RESET, How.CLOSED, How.TIMEOUT, How.UNREACHABLE)
_LEGS = (Leg.GATEWAY, Leg.INTERNET, Leg.WALLET)
_HEARD_LATE = 0.9
"""Every probe was given up for lost, and the session's own connection was answered: only late."""
_NOT_THE_WAY = 0.35
"""Loss or delay of which the shared way is free, or that the device itself brings."""


def judge(case: Case) -> Finding | None:
    """The loss or delay of the first leg that had any; a dead leg is another cause.

    Without either, other wallets that fell at the same time tell of the way that all share.
    """
    for leg in _LEGS:
        if health(case, leg) in (Health.LOSSY, Health.SLOW):
            return _of_leg(case, leg)
    return _together(case)


def _of_leg(case: Case, leg: Leg) -> Finding | None:
    loss, is_late = loss_ratio(case, leg), _is_late(case, leg)
    ratio = max(_by_loss(loss), 0.6 if is_late else 0.0)
    is_heard = is_heard_through(case, leg)
    if is_heard:
        ratio = _HEARD_LATE
    fit = _fit(case, loss)
    pressed = None if loss or is_heard else thrashing(case)
    if is_of_the_bank_alone(case) or pressed is not None:
        ratio = min(ratio, _NOT_THE_WAY)
    return found(
        CauseCode.CONGESTION,
        Ground.DIRECT,
        ratio * fit,
        lossy(leg, loss) if loss else None,
        late(case, leg) if is_late else None,
        _heard(case) if is_heard else None,
        ended(case, supports=fit == 1.0),
        pressed,
        *(item for item in path(case, leg) if item.supports),
    )


def _heard(case: Case) -> Evidence:
    """Return how the session's own connection was heard through a leg that seemed dead."""
    return late_socket(case) or Evidence("tcp.heard", True)


def _together(case: Case) -> Finding | None:
    """All wallets that are watched fell at once: that is the way they share, seen dead or not."""
    seen = others(case)
    if case.disconnect.how not in _SHARED_ENDS or seen.stood or not seen.fell:
        return None
    if dead(case, Leg.WALLET) is not None and dead(case, Leg.CONTROL) is not None:
        return None  # a way that is dead is not a crowded one
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


def _fit(case: Case, loss: float) -> float:
    """Return how well an end fits loss: silence well, an answer from the far end less.

    Where one of five is lost, questions to the resolver are lost as well (it is asked a few times
    only, over UDP); a resolver that answers, and has no name to tell, is another matter.
    """
    how = case.disconnect.how
    if how in (How.TIMEOUT, How.UNREACHABLE, How.REPORTED):
        return 1.0
    if how is How.DNS and loss >= limit.HEAVY_LOSS_RATIO and not _has_resolver_erred(case):
        return 1.0
    return 0.6 if how in (How.RESET, How.CLOSED, How.DNS) else 0.3


def _has_resolver_erred(case: Case) -> bool:
    """Tell whether a resolver answered that it cannot tell: that is no packet lost."""
    asked = samples_on(case, Leg.DNS, around(case))
    return any(sample.outcome is Outcome.DNS_ERROR for sample in asked)


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
    hidden_by=(*NO_WAY, CauseCode.WEAK_SIGNAL),
)
