"""The installed app is older than the newest one."""

from monitor.diagnose.causes.interface import LED_ASTRAY, N_, SUPPORT, Cause, found
from monitor.diagnose.evidence import path
from monitor.diagnose.observed import Held, state_at
from monitor.diagnose.versions import is_older
from monitor.diagnose.weighing import weigh
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode

_RATIO = 0.4
"""Old versions mostly work: banks give them weeks."""


def judge(case: Case) -> Finding | None:
    """Both versions must be known; an old version may be the cause, and no more than may.

    `app.newest_version` is told by traces of phones; without it this cause is silent. An old
    version is old for weeks, so its age says nothing: it is weighed only by what came of it.
    """
    start = case.disconnect.started_at_ms
    installed = state_at(case, "app.version", start)
    newest = state_at(case, "app.newest_version", start)
    if installed is None or newest is None or not is_older(installed.value, newest.value):
        return None
    since_ms = max(installed.at_ms, newest.at_ms)
    weight = weigh(
        case, "app.version", Held(installed.value, since_ms, False), _RATIO, is_aging=False
    )
    values = {"installed": installed.value, "newest": newest.value}
    return found(
        CauseCode.APP_OUTDATED,
        weight.ground,
        weight.ratio,
        Evidence("app.older", True, values),
        *weight.evidence,
        *path(case, None),
    )


CAUSE = Cause(
    code=CauseCode.APP_OUTDATED,
    title=N_("The app is not the newest version"),
    summary=N_("The installed app ({installed}) is older than the newest one ({newest})."),
    text=N_(
        "Banks change their services, and old versions of an app may in time no longer fit. "
        "The installed version was compared with the newest one. It need not be the reason "
        "this time, but an update also mends known faults."
    ),
    judge=judge,
    fixes=(FixCode.UPDATE_APP, *SUPPORT),
    hidden_by=(*LED_ASTRAY, CauseCode.BANK_UNREACHABLE, CauseCode.CONGESTION),
    evidence_texts={
        "app.older": N_("Version {installed} is installed; {newest} is the newest."),
    },
)
