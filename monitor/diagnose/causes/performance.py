"""The device was short of memory or processor time: programs answer too late or are ended."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import is_short_memory, path
from monitor.diagnose.observed import Held, held, number, suspicion
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, How, StateValue


def judge(case: Case) -> Finding | None:
    """A circumstance; together with a killed app, two facts that fit."""
    memory = held(case, "memory.available_ratio", is_short_memory)
    pressure = held(case, "memory.pressure", _is_pressed)
    cpu = held(case, "cpu.load_ratio", _is_busy)
    states = [state for state in (memory, pressure, cpu) if state is not None]
    if not states:
        return None
    ground, ratio = _weight(case, states, is_memory=bool(memory or pressure))
    evidence = [
        _evidence("memory.short", "available_ratio", memory),
        _evidence("memory.pressed", "pressure_percent", pressure),
        _evidence("cpu.busy", "load_ratio", cpu),
    ]
    return found(CauseCode.PERFORMANCE, ground, ratio, *evidence, *path(case, None))


def _weight(case: Case, states: list[Held], *, is_memory: bool) -> tuple[Ground, float]:
    if case.disconnect.how is How.KILLED and is_memory:
        return Ground.INFERENCE, 0.75
    suspect = max(suspicion(case, state) for state in states)
    return Ground.CIRCUMSTANCE, (0.55 if len(states) > 1 else 0.5) * suspect


def _evidence(code: str, name: str, state: Held | None) -> Evidence | None:
    return None if state is None else Evidence(code, True, {name: state.value})


def _is_pressed(value: StateValue) -> bool:
    percent = number(value)
    return percent is not None and percent > limit.MEMORY_PRESSURE_PERCENT


def _is_busy(value: StateValue) -> bool:
    ratio = number(value)
    return ratio is not None and ratio > limit.BUSY_CPU_RATIO


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
    hidden_by=(
        CauseCode.SLEEP,
        CauseCode.LINK_DOWN,
        CauseCode.GATEWAY,
        CauseCode.ISP,
        CauseCode.CAPTIVE_PORTAL,
        CauseCode.INTERCEPTED,
    ),
    evidence_texts={
        "memory.pressed": N_(
            "Share of the time in which programs waited for memory: {pressure_percent} %."
        ),
        "cpu.busy": N_("Share of the time in which the processor was busy: {load_percent} %."),
    },
)
