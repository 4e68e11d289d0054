"""The installed app is older than the newest one."""

import re

from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import path
from monitor.diagnose.observed import state_at
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, StateValue


def judge(case: Case) -> Finding | None:
    """Both versions must be known; an old version may be the cause, and no more than may.

    `app.newest_version` is stored by nothing yet: a reader that knows a phone's app store brings
    it, and until then this cause is silent.
    """
    start = case.disconnect.started_at_ms
    installed = state_at(case, "app.version", start)
    newest = state_at(case, "app.newest_version", start)
    if installed is None or newest is None or not _is_older(installed.value, newest.value):
        return None
    values = {"installed": installed.value, "newest": newest.value}
    return found(
        CauseCode.APP_OUTDATED,
        Ground.CIRCUMSTANCE,
        0.4,
        Evidence("app.older", True, values),
        *path(case, None),
    )


def _is_older(installed: StateValue, newest: StateValue) -> bool:
    """Compare dotted versions number by number; what has no number is not compared."""
    if not isinstance(installed, str) or not isinstance(newest, str):
        return False
    numbers = [[int(part) for part in re.findall(r"[0-9]{1,9}", v)] for v in (installed, newest)]
    return bool(numbers[0]) and bool(numbers[1]) and numbers[0] < numbers[1]


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
    hidden_by=(
        CauseCode.SLEEP,
        CauseCode.LINK_DOWN,
        CauseCode.GATEWAY,
        CauseCode.ISP,
        CauseCode.CAPTIVE_PORTAL,
    ),
    evidence_texts={
        "app.older": N_("Version {installed} is installed; {newest} is the newest."),
    },
)
