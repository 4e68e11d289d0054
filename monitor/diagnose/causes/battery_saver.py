"""Battery saver was on: it may restrict programs in the background."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import LED_ASTRAY, N_, SUPPORT, Cause, found
from monitor.diagnose.causes.network_restriction import blocking
from monitor.diagnose.evidence import path
from monitor.diagnose.exposure import is_true
from monitor.diagnose.observed import held, held_s, is_fresh
from monitor.diagnose.weighing import weigh
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode

WORDS = frozenset({"BATTERY_SAVER", "LOW_POWER_STANDBY"})
"""Android's own words for a block by battery saver (ConnectivityManager.BLOCKED_REASON_*)."""


def judge(case: Case) -> Finding | None:
    """Sure where the system names it as its reason; otherwise a circumstance that is weighed."""
    blocked = blocking(case, WORDS)
    if blocked is not None:
        ground, ratio, told = blocked
        return found(CauseCode.BATTERY_SAVER, ground, ratio, *told, *path(case, None))
    saver = held(case, "power.battery_saver", is_true)
    if saver is None:
        return None
    values = {"held_s": held_s(case, saver), "held_min": round(held_s(case, saver) / 60)}
    weight = weigh(case, "power.battery_saver", saver, limit.SAVER_RATIO)
    is_old = not is_fresh(case, saver) and not weight.evidence
    code = "saver.switched_on" if is_fresh(case, saver) else "saver.was_on"
    return found(
        CauseCode.BATTERY_SAVER,
        weight.ground,
        weight.ratio,
        Evidence(code, True, values),
        Evidence("saver.no_trouble", False, values) if is_old else None,
        *weight.evidence,
        *path(case, None),
    )


CAUSE = Cause(
    code=CauseCode.BATTERY_SAVER,
    title=N_("Battery saver may be the reason"),
    summary=N_("Battery saver was on; it can hold back apps that run in the background."),
    text=N_(
        "Battery saver keeps apps in the background from using the network and the processor "
        "freely. It was on when the connection was lost, and that alone proves nothing. It "
        "becomes likely where interruptions are rarer while it is off."
    ),
    judge=judge,
    fixes=(FixCode.REVIEW_SETTINGS, *SUPPORT),
    hidden_by=(*LED_ASTRAY, CauseCode.APP_FAULT),
    evidence_texts={
        "saver.switched_on": N_("Battery saver was switched on {held_s} s before."),
        "saver.was_on": N_("Battery saver was on."),
        "saver.no_trouble": N_(
            "It had been on for at least {held_min} min by then, so it may be a coincidence."
        ),
    },
)
