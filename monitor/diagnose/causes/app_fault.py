"""The app itself ended: a crash, or stopped by something else."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, path
from monitor.diagnose.exposure import is_low, is_true
from monitor.diagnose.observed import Span, changes, held
from monitor.diagnose.weighing import weigh
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, How


def judge(case: Case) -> Finding | None:
    """A crash says it all; an app that merely stopped running may have been closed on purpose."""
    how = case.disconnect.how
    if how in (How.CRASH, How.KILLED):
        ratio = 0.95 if how is How.CRASH else _killed_ratio(case)
        return found(
            CauseCode.APP_FAULT,
            Ground.DIRECT,
            ratio,
            ended(case, supports=True),
            *path(case, None),
        )
    start = case.disconnect.started_at_ms
    span = Span(start - limit.APP_EDGE_BEFORE_MS, start + limit.APP_EDGE_AFTER_MS)
    if not any(change.value is False for change in changes(case, "app.running", span)):
        return None
    return found(
        CauseCode.APP_FAULT,
        Ground.INFERENCE,
        0.8,
        Evidence("app.not_running", True),
        Evidence("app.maybe_closed", False),
        *path(case, None),
    )


def _killed_ratio(case: Case) -> float:
    """Weigh an app that was stopped: by a saving system, where it is always stopped then."""
    saver = held(case, "power.battery_saver", is_true)
    low = held(case, "battery.percent", is_low)
    weights = [
        weigh(case, key, state, limit.SAVER_RATIO)
        for key, state in (("power.battery_saver", saver), ("battery.percent", low))
        if state is not None
    ]
    is_saving = any(w.is_pattern and w.ratio >= limit.HIDES_RATIO for w in weights)
    return 0.5 if is_saving else 0.9


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
