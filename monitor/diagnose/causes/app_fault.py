"""The app itself ended: a crash, or stopped by something else."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, path
from monitor.diagnose.exposure import is_low, is_true
from monitor.diagnose.observed import Span, changes, held
from monitor.diagnose.weighing import weigh
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, How

_CRASHED = 0.93
"""An exit code that tells of an error, or a signal that a program brings upon itself (signal(7));
now and then a program ends so that was only told to end."""
_GONE = 0.55
"""Gone, and how is not known: a fault, the system, or somebody who closed the window. Only a
parent learns the exit code (waitpid(2)), so this is what is mostly seen."""


def judge(case: Case) -> Finding | None:
    """A crash says it all; a program that is merely gone may have been closed on purpose."""
    how = case.disconnect.how
    if how is How.CRASH:
        evidence = [ended(case, supports=True), *path(case, None)]
        return found(CauseCode.APP_FAULT, Ground.DIRECT, _CRASHED, *evidence)
    if how is How.KILLED:
        return found(
            CauseCode.APP_FAULT,
            Ground.CIRCUMSTANCE,
            _gone_ratio(case),
            ended(case, supports=True),
            Evidence("app.maybe_closed", False),
            *path(case, None),
        )
    start = case.disconnect.started_at_ms
    span = Span(start - limit.APP_EDGE_BEFORE_MS, start + limit.APP_EDGE_AFTER_MS)
    if not any(change.value is False for change in changes(case, "app.running", span)):
        return None
    return found(
        CauseCode.APP_FAULT,
        Ground.INFERENCE,
        limit.HIDES_RATIO,
        Evidence("app.not_running", True),
        Evidence("app.maybe_closed", False),
        *path(case, None),
    )


def _gone_ratio(case: Case) -> float:
    """Weigh a program that is gone: what a saving system is known to stop is no fault of its."""
    saver = held(case, "power.battery_saver", is_true)
    low = held(case, "battery.percent", is_low)
    weights = [
        weigh(case, key, state, limit.SAVER_RATIO)
        for key, state in (("power.battery_saver", saver), ("battery.percent", low))
        if state is not None
    ]
    pattern = max((weight.ratio for weight in weights if weight.is_pattern), default=0.0)
    return min(_GONE, 1.0 - pattern)


CAUSE = Cause(
    code=CauseCode.APP_FAULT,
    title=N_("The wallet app stopped"),
    summary=N_("The wallet app itself stopped, so its connection ended with it."),
    text=N_(
        "The wallet app itself stopped: it crashed, or the system or somebody ended it. It is"
        " seen because the program was gone at that moment. Its connections end with it, "
        "whatever the network does."
    ),
    judge=judge,
    fixes=(FixCode.UPDATE_APP, FixCode.FREE_MEMORY, *SUPPORT),
    hidden_by=(CauseCode.PERFORMANCE,),
    evidence_texts={
        "app.not_running": N_("The app stopped running at that moment."),
        "app.maybe_closed": N_("It may also have been closed on purpose."),
    },
)
