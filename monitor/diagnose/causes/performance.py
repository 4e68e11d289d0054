"""The device was short of memory or processor time: programs answer too late or are ended."""

from collections.abc import Mapping

from monitor.diagnose.causes.interface import LED_ASTRAY, N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import path, thrashing
from monitor.diagnose.exposure import is_busy, is_pressed, is_short_memory
from monitor.diagnose.observed import Held, held
from monitor.diagnose.weighing import weigh
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, How

_HELD_UP = 0.75
"""Two facts that fit: programs waited for memory, and answers came late from the router on."""
_MEMORY = ("memory.available_ratio", "memory.pressure")


def judge(case: Case) -> Finding | None:
    """A circumstance; together with a killed app, two facts that fit."""
    states = {
        "memory.available_ratio": held(case, "memory.available_ratio", is_short_memory),
        "memory.pressure": held(case, "memory.pressure", is_pressed),
        "cpu.load_ratio": held(case, "cpu.load_ratio", is_busy),
    }
    known = {key: state for key, state in states.items() if state is not None}
    if not known:
        return None
    ground, ratio, told = _weight(case, known)
    held_up = thrashing(case, supports=True)
    if held_up is not None:
        ground, ratio = Ground.INFERENCE, max(ratio, _HELD_UP)
    evidence = [
        _evidence("memory.short", "available_ratio", states["memory.available_ratio"]),
        _evidence("memory.pressed", "pressure_percent", states["memory.pressure"]),
        _evidence("cpu.busy", "load_ratio", states["cpu.load_ratio"]),
    ]
    return found(CauseCode.PERFORMANCE, ground, ratio, *evidence, held_up, *told, *path(case, None))


def _weight(case: Case, known: Mapping[str, Held]) -> tuple[Ground, float, list[Evidence]]:
    """Return the ground, the confidence, and how often each condition holds here."""
    ratio = 0.55 if len(known) > 1 else 0.5
    weights = [weigh(case, key, state, ratio) for key, state in known.items()]
    told = [item for weight in weights for item in weight.evidence]
    if case.disconnect.how is How.KILLED and any(key in known for key in _MEMORY):
        return Ground.INFERENCE, 0.85, told
    best = max(weights, key=lambda weight: weight.ratio)
    return best.ground, best.ratio, told


def _evidence(code: str, name: str, state: Held | None) -> Evidence | None:
    return None if state is None else Evidence(code, True, {name: state.value})


CAUSE = Cause(
    code=CauseCode.PERFORMANCE,
    title=N_("The device may have been too busy"),
    summary=N_("The device was short of memory or computing power, so apps may have to wait."),
    text=N_(
        "With little free memory or a busy processor, an app answers too late, or the system "
        "ends it to make room. It is told from the free memory, the waiting times and the "
        "load at that moment. It fits, but it need not have been the reason."
    ),
    judge=judge,
    fixes=(FixCode.FREE_MEMORY, *SUPPORT),
    hidden_by=LED_ASTRAY,
    evidence_texts={
        "memory.pressed": N_(
            "Share of the time in which programs waited for memory: {pressure_percent} %."
        ),
        "cpu.busy": N_("Share of the time in which the processor was busy: {load_percent} %."),
    },
)
