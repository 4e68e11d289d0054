"""Names could not be looked up while addresses answered."""

from monitor.diagnose.causes.interface import N_, NO_WAY, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, path, troubled
from monitor.diagnose.legs import Health, dead, health
from monitor.diagnose.observed import attempts, tally
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, How, Leg


def judge(case: Case) -> Finding | None:
    """A session that could not come back for want of its name, or look-ups dead at its end.

    A session that stands needs no names: dead look-ups explain only that it did not return.
    """
    is_silent = dead(case, Leg.DNS) is not None
    is_own_end = How.DNS in (case.disconnect.how, *attempts(case))
    if not is_silent and not is_own_end:
        return None
    evidence = [
        Evidence("session.dns", True) if is_own_end else ended(case, supports=False),
        troubled(case, Leg.DNS, supports=True) if is_silent else None,
        *path(case, Leg.DNS),
    ]
    ratio = _ratio(case, is_silent=is_silent) if is_own_end else _ratio_of_staying_away(case)
    return found(CauseCode.DNS, Ground.DIRECT, ratio, *evidence)


def _ratio(case: Case, *, is_silent: bool) -> float:
    if tally(case, Leg.INTERNET).answered_count == 0:
        return 0.6
    if is_silent:
        return 0.96
    return 0.75 if health(case, Leg.DNS) is Health.ANSWERED else 0.9


def _ratio_of_staying_away(case: Case) -> float:
    """Weigh dead look-ups beside another end: they matter while the session stays away."""
    episode, ended_at_ms = dead(case, Leg.DNS), case.disconnect.ended_at_ms
    is_back = ended_at_ms is not None and (
        episode is None or episode.ended_at_ms is None or ended_at_ms < episode.ended_at_ms
    )
    if is_back or case.disconnect.how not in (How.RESET, How.CLOSED):
        return 0.35
    return 0.68


CAUSE = Cause(
    code=CauseCode.DNS,
    title=N_("Name look-up (DNS) failed"),
    summary=N_("Names such as the bank's could not be looked up."),
    text=N_(
        "Before a connection is opened, the bank's name has to be turned into an address "
        "(DNS). The network itself worked, but these questions stayed without a usable "
        "answer. A wallet that cannot find the bank's address cannot connect; restarting the "
        "router or changing the network mostly helps."
    ),
    judge=judge,
    fixes=(FixCode.CHECK_NETWORK, *SUPPORT),
    hidden_by=(
        *NO_WAY,
        CauseCode.CONGESTION,  # where everything is lost, questions to the resolver are as well
    ),
)
