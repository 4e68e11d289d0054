"""The battery was low and no charger was in: the system may hold programs back."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import LED_ASTRAY, N_, SUPPORT, Cause, found
from monitor.diagnose.evidence import path
from monitor.diagnose.exposure import is_low
from monitor.diagnose.observed import held, number, state_at
from monitor.diagnose.weighing import weigh
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode


def judge(case: Case) -> Finding | None:
    """A circumstance only; unknown whether it charges counts for less, charging for nothing."""
    low = held(case, "battery.percent", is_low)
    plug = state_at(case, "battery.plugged", case.disconnect.started_at_ms)
    is_plugged = plug.value if plug is not None else None
    if low is None or is_plugged is True:
        return None
    percent = number(low.value) or 0.0
    ratio = 0.55 if percent <= limit.VERY_LOW_BATTERY_PERCENT else 0.45
    weight = weigh(case, "battery.percent", low, ratio)
    return found(
        CauseCode.LOW_BATTERY,
        weight.ground,
        weight.ratio * (1.0 if is_plugged is False else 0.6),
        Evidence("battery.low", True, {"battery_percent": round(percent)}),
        Evidence("battery.unplugged", True) if is_plugged is False else None,
        *weight.evidence,
        *path(case, None),
    )


CAUSE = Cause(
    code=CauseCode.LOW_BATTERY,
    title=N_("The low battery may be the reason"),
    summary=N_("The battery was at {battery_percent} %; some systems hold apps back then."),
    text=N_(
        "When the battery runs low, some systems limit apps by themselves, even with battery "
        "saver off. The charge is read from the system. With the charger connected this "
        "reason falls away, which is also the simplest way to try it."
    ),
    judge=judge,
    fixes=(FixCode.REVIEW_SETTINGS, *SUPPORT),
    hidden_by=(*LED_ASTRAY, CauseCode.APP_FAULT),
    evidence_texts={
        "battery.low": N_("The battery was at {battery_percent} %."),
        "battery.unplugged": N_("No charger was connected."),
    },
)
