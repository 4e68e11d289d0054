"""Free memory, and whether the kernel tells what its lack costs."""

from collections.abc import Iterator

from monitor.doctor.interface import Check, Finding, Surroundings, System, Verdict, words
from monitor.locale import N_
from monitor.report.amounts import percent

CODE = "machine.memory"
LITTLE_RATIO = 0.08
"""From about here on systems swap or end programs."""


def look(here: Surroundings) -> Iterator[Finding]:
    """Look at what the reader brought."""
    ratio = here.states.get("memory.available_ratio")
    pressure = here.states.get("memory.pressure")
    if isinstance(ratio, float) and ratio < LITTLE_RATIO:
        yield Finding(
            CODE,
            Verdict.WARN,
            "",
            words(N_("only {free} of the memory is free"), free=percent(ratio)),
            words(N_("Close programs that you do not need.")),
        )
    elif not isinstance(ratio, float):
        yield Finding(CODE, Verdict.UNKNOWN, "", words(N_("the system does not tell")))
    elif here.system is System.LINUX and pressure is None:
        yield Finding(
            CODE,
            Verdict.NOTE,
            "",
            words(N_("this kernel does not tell its memory pressure; free memory is used instead")),
            words(N_("Boot with `{option}` to have it told."), option="psi=1"),
        )
    else:
        yield Finding(CODE, Verdict.OK, "", words(N_("{free} free"), free=percent(ratio)))


CHECK = Check(CODE, N_("memory"), look)
