"""Names could not be looked up while addresses answered."""

from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, path, troubled
from monitor.diagnose.observed import Health, dead, health, tally
from monitor.model import Case, CauseCode, Finding, FixCode, How, Leg


def judge(case: Case) -> Finding | None:
    """A session that could not come back for want of its name, or look-ups dead at its end.

    A session that stands needs no names: dead look-ups alone explain only that it did not return.
    """
    is_silent = dead(case, Leg.DNS) is not None
    could_not_look_up = case.disconnect.how is How.DNS
    if not is_silent and not could_not_look_up:
        return None
    evidence = [
        ended(case, supports=True) if could_not_look_up else ended(case, supports=False),
        troubled(case, Leg.DNS, supports=True) if is_silent else None,
        *path(case, Leg.DNS),
    ]
    ratio = _ratio(case, is_silent=is_silent, could_not_look_up=could_not_look_up)
    return found(CauseCode.DNS, Ground.DIRECT, ratio, *evidence)


def _ratio(case: Case, *, is_silent: bool, could_not_look_up: bool) -> float:
    if not could_not_look_up:
        return 0.5
    if tally(case, Leg.INTERNET).answered_count == 0:
        return 0.6
    if is_silent:
        return 0.96
    return 0.75 if health(case, Leg.DNS) is Health.ANSWERED else 0.9


CAUSE = Cause(
    code=CauseCode.DNS,
    title=N_("Name look-up (DNS) failed"),
    summary=N_("The internet answered, but names such as the bank's could not be looked up."),
    judge=judge,
    fixes=(FixCode.CHECK_NETWORK, *SUPPORT),
    hidden_by=(
        CauseCode.SLEEP,
        CauseCode.ROAMING,
        CauseCode.LINK_DOWN,
        CauseCode.GATEWAY,
        CauseCode.ISP,
        CauseCode.CAPTIVE_PORTAL,
    ),
)
