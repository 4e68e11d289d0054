"""`python -m tests.evaluate`: run everything, print it, and write docs/evaluation.md."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from random import SystemRandom

from monitor import __version__
from monitor.clock import SystemClock, local
from tests.evaluate import correlation, healthy, metrics, page
from tests.evaluate.amount import ScenarioError
from tests.evaluate.compose import compose
from tests.evaluate.files import load
from tests.evaluate.judged import Judged
from tests.evaluate.perform import Told, forget_templates, perform
from tests.evaluate.scenario import Scenario

OUT = Path("docs/evaluation.md")
REPEAT = 3
LAB_REPEAT = 3
FACTOR_WEEKS = 1000
MOST_SEED = 10**6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the evaluation; 0 where it ran, whatever it found, 2 where a scenario is wrong."""
    asked = _asked(arguments)
    seed = SystemRandom().randrange(MOST_SEED) if asked.seed is None else asked.seed
    _say(f"seed {seed}")
    try:
        scenarios = load(asked.only)
    except ScenarioError as error:
        _say(str(error))
        return 2
    workers = asked.workers
    with ProcessPoolExecutor(workers) as pool:
        if asked.skip_live:
            scenarios = [replace(s, live="no") for s in scenarios if s.live != "only"]
        jobs = [(s, seed + turn) for turn in range(asked.repeat) for s in scenarios]
        told = _heard(pool.map(_perform, jobs))
        _say(f"{len(scenarios)} scenarios told")
        days = [] if asked.only or asked.skip_healthy else range(healthy.DAYS)
        watched = list(pool.map(_watch_day, [(seed, day) for day in days]))
        list(pool.map(_tidy, range(workers)))
    lab, notes = _lab(seed, asked)
    if asked.skip_live:
        notes.append("evaluation step by step (it was not asked for)")
    run = page.Run(
        made_on=local(SystemClock().wall_ms()).strftime("%Y-%m-%d"),
        seed=seed,
        repeat=asked.repeat,
        version=__version__,
        engine=", ".join(sorted({part.engine for part in told if part.engine})),
        scenario_count=len(scenarios),
        sample_count=sum(count for _, count in watched),
        rows=[row for part in told for row in part.rows],
        lab=lab,
        healthy=[row for rows, _ in watched for row in rows],
        notes=notes if days else [*notes, "the healthy days"],
    )
    text = page.markdown(run) + _factors(seed, asked)
    sys.stdout.write(text)
    if asked.out is not None:
        asked.out.write_text(text, "utf-8")
    met = [goal.is_met for goal in metrics.goals([*run.rows, *run.lab], run.healthy)]
    _say(f"goals: {sum(met)} of {len(met)} met; seed {seed}")
    return 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.evaluate", description=__doc__)
    parser.add_argument("--seed", type=int, help="repeat an earlier run (default: drawn anew)")
    parser.add_argument("--repeat", type=int, default=REPEAT, help="seeds for each scenario")
    parser.add_argument("--only", default="", help="scenarios whose file names hold this")
    parser.add_argument("--skip-lab", action="store_true", help="do not make real faults")
    parser.add_argument("--skip-live", action="store_true", help="only replay")
    parser.add_argument("--skip-healthy", action="store_true", help="leave out the healthy days")
    parser.add_argument("--skip-factors", action="store_true", help="no weeks for the factors")
    workers = os.cpu_count() or 1
    parser.add_argument("--workers", type=int, default=workers, help="processes at once")
    parser.add_argument("--out", type=Path, help=f"where to write the page (default: {OUT})")
    asked = parser.parse_args(arguments)
    if asked.out is None and not asked.only:
        asked.out = OUT
    return asked


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _heard(parts: Iterable[list[Told]]) -> list[Told]:
    """Return all that is told; each wrong answer is said as it comes."""
    told = []
    for part in parts:
        told += part
        for row in metrics.wrong([row for one in part for row in one.rows]):
            _say(f"wrong: {row.name}: {row.truth}, told {row.told} {row.confidence_ratio}")
    return told


def _perform(job: tuple[Scenario, int]) -> list[Told]:
    scenario, seed = job
    story = compose(scenario, seed)
    told = []
    if scenario.live != "only":
        told.append(perform(story, live=False))
    if scenario.live != "no":
        told.append(perform(story, live=True))
    return told


def _watch_day(job: tuple[int, int]) -> tuple[list[Judged], int]:
    return healthy.judge_day(*job)


def _tidy(_worker: int) -> None:
    forget_templates()


def _lab(seed: int, asked: argparse.Namespace) -> tuple[list[Judged], list[str]]:
    """Return what the lab told, and what is to be said where it was not run."""
    if asked.skip_lab or asked.only:
        return [], ["the lab (it was not asked for)"]
    judged, notes = [], []
    try:
        for result in import_module("tests.lab.evaluation").carry_out_all(seed, LAB_REPEAT):
            judged += result.judged
            if result.failure:
                notes.append(f"a run of {result.name} in the lab ({result.failure})")
            _say(f"lab: {result.name}: {'right' if result.is_right else 'WRONG'}")
    except (ImportError, OSError, RuntimeError) as error:
        notes.append(f"the lab, or the rest of it ({type(error).__name__}: {error})")
    return judged, notes


def _factors(seed: int, asked: argparse.Namespace) -> str:
    """Return the section on the weekly report's factors."""
    if asked.skip_factors or asked.only:
        return ""
    null = correlation.null_trial(FACTOR_WEEKS, seed)
    ratio = correlation.ratio_trial(FACTOR_WEEKS, seed)
    return "\n" + correlation.section(null, ratio, seed)


if __name__ == "__main__":
    sys.exit(main())
