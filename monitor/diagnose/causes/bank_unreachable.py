"""The bank's service did not answer, or refused, while the rest of the internet answered."""

from dataclasses import dataclass

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import LED_ASTRAY, N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, lossy, on_the_device, path, silent
from monitor.diagnose.legs import dead, is_of_the_bank_alone, is_side_healthy, loss_ratio
from monitor.diagnose.observed import Span, attempts, elapsed_ms, end_ms, others, samples_on
from monitor.diagnose.wire import Reach, Socket, of_socket, socket, walk
from monitor.model import Case, CauseCode, Episode, Evidence, Finding, How, Leg, Outcome

_NO_SERVICE = (Outcome.REFUSED, Outcome.RESET, Outcome.TIMEOUT, Outcome.UNREACHABLE)
_SILENT_ENDS = (How.TIMEOUT, How.UNREACHABLE)
_WIDER = -0.35
"""What is taken off where another service fell at the same time: it was not the bank alone."""


_FORGOTTEN = 0.35
"""The address answers, the old connection does not: it was forgotten, by a router on the way or
by the bank's own; the one at home is the likelier."""


@dataclass(frozen=True, slots=True)
class _Probes:
    """What the probes of the bank's address brought during the outage."""

    refused_count: int
    failed_count: int
    answered_count: int
    have_refused_tries: bool
    """The session's own tries were refused: a ping that is answered says nothing against that."""

    @property
    def have_failed(self) -> bool:
        """Enough of them failed, and none was answered."""
        return self.failed_count >= limit.LOST_COUNT - 1 and self.answered_count == 0


def judge(case: Case) -> Finding | None:
    """Refused, silent, or stalled at the far end alone; never without a healthy user's side."""
    healthy = _is_side_healthy(case)
    episode, probes = dead(case, Leg.WALLET), _probes(case)
    ground, ratio = _weight(case, episode, probes)
    if healthy is False or ratio == 0.0:
        return None
    device = on_the_device(case) if ground is not Ground.DIRECT else []
    if device:  # what excludes nothing is worth less yet where the bank's address answers
        ratio = min(ratio, 0.3 if probes.answered_count else 0.45)
    if healthy is None and case.disconnect.how is not How.REFUSED:
        ratio = min(ratio, 0.5 if ground is Ground.DIRECT else 0.25)
    control = dead(case, Leg.CONTROL)
    if others(case).fell or control is not None:
        ratio += _WIDER
    return found(
        CauseCode.BANK_UNREACHABLE,
        ground,
        ratio,
        ended(case, supports=True),
        silent(case, episode) if episode else None,
        *of_socket(case, acknowledged=True, unanswered=elapsed_ms(case) >= limit.STALL_MS),
        lossy(Leg.WALLET, loss) if (loss := loss_ratio(case, Leg.WALLET)) else None,
        _refused(probes),
        *path(case, Leg.WALLET),
        silent(case, control, supports=False) if control else None,
        *_answers(probes),
        *device,
    )


def _is_side_healthy(case: Case) -> bool | None:
    """Tell whether the way carried; what came back from the bank's own system tells it as well."""
    healthy = is_side_healthy(case)
    if healthy is not None:
        return healthy
    found = walk(case)
    is_heard = found is not None and found.reach is Reach.WHOLE
    return True if is_heard or socket(case) is Socket.ACKNOWLEDGED else None


def _weight(case: Case, episode: Episode | None, probes: _Probes) -> tuple[Ground, float]:
    """Return the ground and the confidence before anything is taken off; 0.0 for nothing."""
    how, found = case.disconnect.how, socket(case)
    if how in (How.TLS, How.DNS, How.CRASH, How.KILLED):
        return Ground.INFERENCE, 0.0
    if how is How.REFUSED and probes.answered_count == 0:
        return Ground.DIRECT, 0.94
    if episode is not None or probes.have_failed:
        return Ground.DIRECT, 0.92
    if how is How.REFUSED or (probes.have_refused_tries and elapsed_ms(case) > limit.STRAIGHT_MS):
        return Ground.DIRECT, 0.85
    if how not in _SILENT_ENDS:
        return Ground.INFERENCE, 0.0
    if found is Socket.ACKNOWLEDGED:
        return Ground.DIRECT, 0.93
    is_soon = elapsed_ms(case) < limit.STALL_MS
    is_forgotten = found is Socket.UNANSWERED and elapsed_ms(case) < limit.FORGOTTEN_MS
    if is_forgotten and not is_of_the_bank_alone(case):
        return Ground.INFERENCE, _FORGOTTEN if probes.answered_count else 0.45
    ratio = 0.8 if others(case).stood else 0.72
    if probes.answered_count == 0:
        return Ground.INFERENCE, ratio
    return Ground.INFERENCE, 0.45 if is_soon else ratio


def _probes(case: Case) -> _Probes:
    """Count what was asked of the bank's address, and tried by the session, in the outage.

    The last second is left out: it may already belong to the return.
    """
    start = case.disconnect.started_at_ms
    last = min(end_ms(case) - 1, start + limit.AROUND_MS)
    outcomes = [s.outcome for s in samples_on(case, Leg.WALLET, Span(start, max(start, last)))]
    refused_tries = attempts(case).count(How.REFUSED)
    refused_tries -= case.disconnect.how is How.REFUSED  # the end itself is no further try
    failed = [outcome for outcome in outcomes if outcome in _NO_SERVICE]
    return _Probes(
        failed.count(Outcome.REFUSED) + refused_tries,
        len(failed) + refused_tries,
        outcomes.count(Outcome.REPLY),
        refused_tries > 0,
    )


def _refused(probes: _Probes) -> Evidence | None:
    if not probes.refused_count:
        return None
    return Evidence("wallet.refused", True, {"refused_count": probes.refused_count})


def _answers(probes: _Probes) -> list[Evidence]:
    if not probes.answered_count:
        return []
    return [Evidence("wallet.accepts", False, {"answered_count": probes.answered_count})]


CAUSE = Cause(
    code=CauseCode.BANK_UNREACHABLE,
    title=N_("The bank's service did not answer"),
    summary=N_("The bank's service did not answer; no fault was seen in your own network."),
    text=N_(
        "Your router and the internet answered, but the bank's address did not. It may be "
        "maintenance, or a fault at the bank or on the way to it. On your side there is "
        "nothing to mend, and mostly it passes by itself."
    ),
    judge=judge,
    fixes=SUPPORT,
    hidden_by=LED_ASTRAY,
    evidence_texts={
        "wallet.refused": N_("The bank's address refused {refused_count} connection attempts."),
        "wallet.accepts": N_(
            "Meanwhile the bank's address answered {answered_count} separate probes."
        ),
    },
)
