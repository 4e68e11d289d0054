"""The device slept: the connection ends with it, and that is no fault."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, Cause, Ground, found
from monitor.diagnose.observed import Span
from monitor.model import Case, CauseCode, Evidence, Finding, GapWhy


def judge(case: Case) -> Finding | None:
    """A sleep began right after the start, held at it, or had just ended."""
    start = case.disconnect.started_at_ms
    for gap in case.gaps:
        touching = Span(gap.at_ms - limit.SLEEP_EDGE_MS, gap.until_ms + limit.WAKE_MS)
        if gap.why is not GapWhy.SLEEP or not touching.holds(start):
            continue
        if start > gap.until_ms:
            values = {"woke_s": (start - gap.until_ms) / 1000}
            return found(CauseCode.SLEEP, Ground.DIRECT, 0.85, Evidence("sleep.woke", True, values))
        slept = {"slept_s": max(0, gap.until_ms - gap.at_ms) / 1000}
        return found(CauseCode.SLEEP, Ground.DIRECT, 0.95, Evidence("sleep.slept", True, slept))
    return None


CAUSE = Cause(
    code=CauseCode.SLEEP,
    title=N_("The device was asleep"),
    summary=N_("The device slept, and the connection ended with it; nothing is wrong."),
    text=N_(
        "A device that sleeps answers nobody, so the other side closes the connection after a"
        " while. Sleep is told from the device's own clocks. Nothing has to be done: the "
        "wallet connects again after waking up."
    ),
    judge=judge,
    fixes=(),
    evidence_texts={
        "sleep.slept": N_("The device slept for {slept_s} s."),
        "sleep.woke": N_("The device had woken up {woke_s} s before."),
    },
)
