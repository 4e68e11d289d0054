"""Nothing that was measured explains it: an honest answer."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, path
from monitor.diagnose.observed import around
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode


def judge(case: Case) -> Finding | None:
    """Always there; the engine lets it speak only where nothing else says more."""
    near = around(case)
    was_measured = any(near.holds(sample.at_ms) for sample in case.samples)
    nothing = None if was_measured else Evidence("nothing.measured", True)
    known = [item for item in path(case, None) if item.supports]
    return found(
        CauseCode.UNEXPLAINED,
        Ground.DIRECT,
        limit.UNEXPLAINED_RATIO,
        ended(case, supports=True),
        nothing,
        *known,
    )


CAUSE = Cause(
    code=CauseCode.UNEXPLAINED,
    title=N_("Cause not known"),
    summary=N_("Nothing that was measured explains this interruption."),
    text=N_(
        "Whatever was measured looked ordinary, or nothing was measured at that time. Saying "
        "so is more honest than a guess. If you know what it was, you can note it down, and "
        "it is kept with this interruption. The steps below are those that help most often."
    ),
    judge=judge,
    fixes=(
        FixCode.CHECK_NETWORK,
        FixCode.UPDATE_APP,
        FixCode.REVIEW_SETTINGS,
        FixCode.SIGN_IN_AGAIN,
        *SUPPORT,
    ),
    evidence_texts={"nothing.measured": N_("Nothing was measured at that time.")},
)
