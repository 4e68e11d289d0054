"""The figures in words: docs/faults.md."""

from collections.abc import Sequence

from tests.torture.bed import STEP_MS
from tests.torture.crowd import Crowd
from tests.torture.kills import Kills
from tests.torture.trial import APART_S, LATE_MS, OUTAGE_S, Figures

INTRODUCTION = f"""# Faults injected into the running program

Written by `make torture`. Each fault meets the real daemon (`python -m monitor run`) with a grid of
{STEP_MS} ms, a bank of the test's own whose session it holds, and a desktop with a private D-Bus.
Before, within and {APART_S:g} s after each fault the bank truly ends the session; within the fault
it also refuses a new one for {OUTAGE_S:g} s. Each of these ends must be stored and told, nothing
else may be, no target may go unasked for more than {STEP_MS + LATE_MS} ms outside of a stored gap,
and nothing the process takes may grow.
"""

MEANING = """
*stored*, *told*: disconnects in the store and in the log, of those that truly were. *shown*:
desktop notices (an incident earns one while it lasts; a loss below 5 s none). *longest*: the time
between two samples of one target, without gaps. *lines*: what the log said besides disconnects.
"""


def page(
    figures: Sequence[Figures], kills: Kills | None, crowds: Sequence[Crowd], machine: str
) -> str:
    """Return the page."""
    parts = [INTRODUCTION, machine, "\n## For a while\n", _table(figures), MEANING]
    parts += ["\n### What the log said\n", *map(_lines, figures)]
    if kills is not None:
        parts += ["\n## Killed\n", _killed(kills)]
    parts += ["\n## Half of the targets are dead\n", *map(_crowd, crowds)] if crowds else []
    return "\n".join(parts).rstrip() + "\n"


def _table(figures: Sequence[Figures]) -> str:
    rows = [
        "| fault | lasted | ended | stored | told | shown | longest | threads | descriptors | RSS "
        "(MiB) | lines | verdict |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in figures:
        before, after = each.before, each.after
        cells = [
            each.fault,
            f"{each.lasted_s:.0f} s",
            f"{each.breaks}",
            f"{each.stored}",
            f"{each.told}",
            f"{each.shown}",
            f"{each.longest_ms} ms",
            f"{before.threads} → {after.threads}",
            f"{before.descriptors} → {after.descriptors}",
            f"{before.resident_kib / 1024:.1f} → {after.resident_kib / 1024:.1f}",
            f"{len(each.lines)}",
            "; ".join(each.wrong) or "as promised",
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _lines(each: Figures) -> str:
    """Return the log's lines, each without its time."""
    said = [line.split(" ", 2)[-1] for line in each.lines] or ["(nothing)"]
    return "\n".join([f"- {each.fault}", *(f"  - `{line}`" for line in said)])


def _killed(kills: Kills) -> str:
    wrong = "; ".join(kills.wrong) or "as promised"
    return (
        f"SIGKILL at random, {kills.lives} times on one data directory (seed {kills.seed}): "
        f"{kills.breaks} sessions truly ended, {kills.stored} disconnects stored, "
        f"{kills.lost_samples} stored samples gone, {kills.gaps} stops stored as gaps, integrity "
        f"checked after each. Ready again after {kills.median_start_s:.2f} s (median; longest "
        f"{kills.longest_start_s:.2f} s). Database {kills.database_kib} KiB. Verdict: {wrong}."
    )


def _crowd(crowd: Crowd) -> str:
    took = crowd.vitals
    return (
        f"- {crowd.targets} targets on the {crowd.step_s:g} s grid, {crowd.heard} of them alive, "
        f"for {crowd.watched_s:.0f} s: {crowd.points} samples of the living, {crowd.missing} grid "
        f"points missing, longest distance {crowd.longest_ms} ms; one host fell silent meanwhile, "
        f"and at most {crowd.close_questions} questions a second were asked; "
        f"{crowd.busy_ratio:.0%} of a core, {took.threads} threads, {took.descriptors} "
        f"descriptors, {took.resident_kib / 1024:.0f} MiB."
    )
