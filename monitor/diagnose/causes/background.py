"""The system cut an app in the background, by design."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, found
from monitor.diagnose.causes.network_restriction import blocking
from monitor.diagnose.evidence import path
from monitor.diagnose.exposure import is_false
from monitor.diagnose.observed import held, held_s
from monitor.diagnose.weighing import weigh
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode

WORDS = frozenset({"DOZE", "APP_STANDBY", "APP_BACKGROUND"})
"""Android's own words for a block of what is not in use (ConnectivityManager.BLOCKED_REASON_*)."""


def judge(case: Case) -> Finding | None:
    """Sure where the system names it; a hint where the app had just left the screen."""
    blocked = blocking(case, WORDS)
    if blocked is not None:
        ground, ratio, told = blocked
        return found(CauseCode.BACKGROUND, ground, ratio, *told, *path(case, None))
    away = held(case, "app.in_front", is_false)
    if away is None or not away.was_switched:
        return None
    if held_s(case, away) * 1000 > limit.BACKGROUND_MS:
        return None
    left = Evidence("app.left_front", True, {"held_s": held_s(case, away)})
    weight = weigh(case, "app.in_front", away, 0.5)
    evidence = [left, *weight.evidence, *path(case, None)]
    return found(CauseCode.BACKGROUND, weight.ground, weight.ratio, *evidence)


CAUSE = Cause(
    code=CauseCode.BACKGROUND,
    title=N_("The system paused the app in the background"),
    summary=N_("The app was in the background, where the system may pause its connections."),
    text=N_(
        "Systems pause apps that are not on the screen to save power, and their connections "
        "with them. It is seen because the wallet was in the background at that moment. "
        "Nothing is broken: it connects again when it is opened. While you pay, keep it on "
        "the screen."
    ),
    judge=judge,
    fixes=(FixCode.REVIEW_SETTINGS, *SUPPORT),
    hidden_by=(
        CauseCode.SLEEP,
        CauseCode.LINK_DOWN,
        CauseCode.GATEWAY,
        CauseCode.ISP,
        CauseCode.APP_FAULT,
    ),
    evidence_texts={"app.left_front": N_("The app left the screen {held_s} s before.")},
)
