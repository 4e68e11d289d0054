"""The evaluation as a page of Markdown. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.model import CauseCode
from tests.evaluate import metrics
from tests.evaluate.judged import Judged


@dataclass(frozen=True, slots=True)
class Run:
    """What was run, and what came out."""

    made_on: str
    """The date."""
    seed: int
    repeat: int
    version: str
    engine: str
    scenario_count: int
    sample_count: int
    """Of the healthy days."""
    rows: Sequence[Judged]
    """Scenarios."""
    lab: Sequence[Judged]
    healthy: Sequence[Judged]
    notes: Sequence[str]
    """What was left out, and why."""


HEAD = """\
# How right it is

Written by `make evaluate`; do not edit. What is true in each story was written down without
looking at the engine's rules, the dice of each run are new, and every wrong answer is listed.

Method. Each scenario (`tests/scenarios/*.toml`) is a family of stories: times, strengths, round
trips and noise are drawn anew in every run. Each is replayed through the real pipeline into a real
store; a part is also evaluated step by step, as the daemon does, with a growing present. The lab
makes real faults between network namespaces and watches them with the real program. The healthy
days have single losses every few minutes, round trips that a power-saving Wi-Fi holds back,
sleeps, roams, and idle closes. An answer is right if it is the story's cause, or another that is
also true where two troubles came together or where the evidence cannot tell two apart. A
disconnect that was not found counts against the recall of its cause, a false alarm against the
precision of what it was called.
"""


def markdown(run: Run) -> str:
    """Return the page."""
    rows = [*run.rows, *run.lab]
    parts = [
        HEAD,
        _facts(run),
        "## Goals\n\n" + _goals(rows, run.healthy),
        "## Causes\n\n" + _causes(rows),
        "## Confusion\n\nOnly cells that are not empty; the first two columns tell what was true "
        "and what was told, most frequent mistakes first.\n\n" + _confusion(rows),
        "## Confidence\n\n" + _confidence(rows),
        "## Time\n\nSizes, in seconds. The delay is only known where time is the machine's own: "
        "in the lab.\n\n" + _time(run),
        "## Wrong answers\n\n" + _wrong([*rows, *run.healthy]),
    ]
    return "\n".join(parts)


def _table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    listed = [" | ".join(str(cell) for cell in line) for line in lines]
    rule = " | ".join("---" for _ in head)
    return "\n".join(f"| {line} |" for line in (" | ".join(head), rule, *listed)) + "\n"


def _facts(run: Run) -> str:
    lab_count = len({row.name for row in run.lab})
    facts = [
        ("date", run.made_on),
        ("walletwatch", run.version),
        ("engine", run.engine or "none answered"),
        ("seed", f"{run.seed} (`--seed {run.seed}` repeats it)"),
        (
            "scenarios",
            f"{run.scenario_count}, each with {run.repeat} seeds: {len(run.rows)} answers",
        ),
        ("lab runs", f"{lab_count}: {len(run.lab)} answers"),
        ("healthy days", f"{len(run.healthy)}: {run.sample_count} samples"),
    ]
    notes = "".join(f"\nNot run: {note}\n" for note in run.notes)
    return _table(("what", "value"), facts) + notes


def _goals(rows: Sequence[Judged], healthy: Sequence[Judged]) -> str:
    found = metrics.goals(rows, healthy)
    met = sum(goal.is_met for goal in found)
    lines = [(goal.text, "met" if goal.is_met else "**not met**") for goal in found]
    return f"{met} of {len(found)} met.\n\n" + _table(("goal", ""), lines)


def _causes(rows: Sequence[Judged]) -> str:
    lines = [
        (
            f"`{score.cause}`",
            "direct" if score.cause in metrics.DIRECT else "",
            _ratio(score.precision),
            f"{score.right_count} of {score.told_count}",
            _ratio(score.recall),
            f"{score.found_count} of {score.true_count}",
            score.exact_count,
        )
        for score in metrics.scores(rows)
    ]
    head = ("cause", "evidence", "precision", "right of told", "recall", "found of true")
    return _table((*head, "by its own name"), lines)


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _code(cause: CauseCode | None) -> str:
    return "no disconnect" if cause is None else f"`{cause}`"


def _confusion(rows: Sequence[Judged]) -> str:
    cells = sorted(
        metrics.confusion(rows).items(),
        key=lambda cell: (cell[0][0] == cell[0][1], -cell[1], str(cell[0])),
    )
    return _table(("true", "told", "count"), [(_code(t), _code(w), n) for (t, w), n in cells])


def _confidence(rows: Sequence[Judged]) -> str:
    value = metrics.brier(rows)
    lines = [
        (f"{b.low:.2f}–{b.high:.2f}", b.count, f"{b.mean_confidence:.3f}", f"{b.right_share:.3f}")
        for b in metrics.reliability(rows)
    ]
    said = "no answers" if value is None else f"{value:.4f}"
    table = _table(("confidence told", "answers", "mean confidence", "share right"), lines)
    return f"Brier score {said} (0 is perfect, 0.25 is a coin that says 0.5).\n\n{table}"


def _time(run: Run) -> str:
    lines = []
    for name, rows in (("scenarios", run.rows), ("lab", run.lab)):
        for what, values in (
            ("detection delay", [row.delay_s for row in rows]),
            ("start error", [row.start_error_s for row in rows]),
            ("end error", [row.end_error_s for row in rows]),
        ):
            found = metrics.spread(values)
            if found is not None:
                cells = (f"{v:.2f}" for v in (found.p50, found.p95, found.most))
                lines.append((name, what, found.count, *cells))
    return _table(("part", "what", "count", "p50", "p95", "max"), lines)


def _wrong(rows: Sequence[Judged]) -> str:
    found = metrics.wrong(rows)
    if not found:
        return "None.\n"
    lines = [
        (
            row.source,
            row.name,
            _code(row.truth),
            _code(row.told),
            _ratio(row.confidence_ratio),
            "" if row.runner_up is None else _code(row.runner_up),
        )
        for row in sorted(found, key=lambda row: row.name)
    ]
    head = ("part", "scenario, seed", "true", "told", "confidence", "runner-up")
    return f"{len(found)} of {len(rows)}.\n\n" + _table(head, lines)
