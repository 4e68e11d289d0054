"""The lab's part of the evaluation: real faults of random strength, and what was told of them.

`python -m tests.lab.evaluation --seed N --repeat 3 --only NAME --json FILE` prints a line a run.
A run that could not be carried out is told as such, and is no answer of the product's.
"""

import argparse
import json
import logging
import os
import random
import secrets
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.model import CauseCode
from tests.evaluate.judged import Judged
from tests.lab.daemon import INTERVAL_S
from tests.lab.instant import Instant
from tests.lab.namespaces import LabError
from tests.lab.runs import Course, Observation, observe
from tests.lab.stories import STORIES, Story

_LOG = logging.getLogger(__name__)

WORLDS = int(os.environ.get("LAB_WORLDS", "6"))
"""At once: a daemon takes a few percent of a core, so the timing of none is disturbed."""
TRIES = 2
"""A run that the lab itself could not carry out is tried again so often in all."""
BEFORE_S = 15.0
"""A disconnect that began earlier than this before the fault is none of its doing."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One run as the dice fell."""

    story: Story
    name: str
    course: Course


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one run."""

    name: str
    judged: tuple[Judged, ...] = ()
    failure: str = ""
    """Why it could not be carried out; then nothing was judged."""
    log: str = ""
    """What the daemon said, and the lines of `disconnects --json`."""

    @property
    def is_right(self) -> bool:
        """True where it was carried out and all that was told is true."""
        return not self.failure and all(row.is_right for row in self.judged)


def judge(seed: int, repeats: int = 3) -> list[Judged]:
    """Carry out every story so often and return the answers; what failed is logged."""
    judged: list[Judged] = []
    for result in carry_out_all(seed, repeats):
        judged.extend(result.judged)
        if result.failure:
            _LOG.error("%s was not carried out: %s", result.name, result.failure)
    return judged


def carry_out_all(seed: int, repeats: int, stories: Sequence[Story] = STORIES) -> Iterator[Result]:
    """Yield the result of each run as it ends, several worlds side by side."""
    runs = [draw(story, seed, number) for number in range(repeats) for story in stories]
    stopping = threading.Event()
    with ThreadPoolExecutor(WORLDS) as pool:
        futures = [pool.submit(_carry_out, run, stopping) for run in runs]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            stopping.set()
            pool.shutdown(cancel_futures=True)


def draw(story: Story, seed: int, number: int) -> Drawn:
    """Draw moment, strength and length of one run; the same numbers give the same run."""
    chance = random.Random(f"{seed} {story.name} {number}")
    fault = story.draw(chance)
    course = Course(
        fault=fault,
        settle_s=story.settle_s + chance.uniform(0.0, INTERVAL_S),
        hold_s=chance.uniform(*story.hold_s),
        expects_disconnect=story.truth is not None and not story.may_pass,
        options=story.options,
        before=story.before,
        make_world=story.make_world,
    )
    words = [story.name, f"#{number + 1}", *([fault.strength] if fault.strength else [])]
    return Drawn(story, " ".join(words), course)


def _carry_out(run: Drawn, stopping: threading.Event) -> Result:
    failure = ""
    for _ in range(TRIES):
        try:
            seen = observe(run.course, stopping)
        except (LabError, OSError, RuntimeError, AssertionError) as error:
            failure = f"{type(error).__name__}: {error}"
            if stopping.is_set():
                break
            continue
        return result_of(run, seen)
    return Result(run.name, failure=failure)


def result_of(run: Drawn, seen: Observation) -> Result:
    """Judge what was seen of one run."""
    log = "\n".join([*(json.dumps(each) for each in seen.disconnects), seen.log])
    if "Traceback" in seen.log or seen.stopped.exit_code != 0:
        # A daemon that breaks is worse than a wrong answer, and no answer hides it.
        return Result(run.name, failure=f"the daemon broke, {seen.stopped}", log=log)
    return Result(run.name, tuple(_judged(run, seen)), log=log)


def _judged(run: Drawn, seen: Observation) -> Iterator[Judged]:
    """Yield the answer to the fault, and one more for each disconnect that was told besides."""
    story = run.story
    nothing = Judged(run.name, "lab", story.truth, None, also_right=story.also_right)
    answered = False
    for disconnect in seen.disconnects:
        is_answer = story.truth is not None and not answered and _is_during(disconnect, seen)
        answered = answered or is_answer
        found = _found(nothing, disconnect, seen)
        yield found if is_answer else replace(found, truth=None, also_right=frozenset())
    if not answered and (story.truth is not None or not seen.disconnects):
        yield replace(nothing, truth=None) if story.may_pass else nothing


def _is_during(disconnect: dict[str, object], seen: Observation) -> bool:
    """Tell whether a disconnect overlaps the fault."""
    after_s = _seconds_from(seen.began, disconnect["started_at"])
    held_s = seen.ended.since(seen.began) / 1000
    return -BEFORE_S <= after_s <= held_s + INTERVAL_S


def _found(nothing: Judged, disconnect: dict[str, object], seen: Observation) -> Judged:
    told, confidence = _finding(disconnect["cause"])
    runner_up, _ = _finding(disconnect["runner_up"])
    number, ended_at = disconnect["id"], disconnect["ended_at"]
    assert isinstance(number, int)
    stored = seen.first_seen.get(number)
    return replace(
        nothing,
        told=told,
        confidence_ratio=confidence,
        runner_up=runner_up,
        delay_s=None if stored is None else round(stored.since(seen.began) / 1000, 3),
        start_error_s=_seconds_from(seen.began, disconnect["started_at"]),
        end_error_s=None if ended_at is None else _seconds_from(seen.ended, ended_at),
    )


def _finding(written: object) -> tuple[CauseCode | None, float | None]:
    if not isinstance(written, dict):
        return None, None
    return CauseCode(written["code"]), float(written["confidence"])


def _seconds_from(truth: Instant, written: object) -> float:
    assert isinstance(written, str)
    return round(datetime.fromisoformat(written).timestamp() - truth.wall_ms / 1000, 3)


def main(words: Sequence[str]) -> int:
    """Print a line a run; return 1 where one was wrong or was not carried out."""
    asked = _arguments(words)
    stories = [story for story in STORIES if not asked.only or story.name in asked.only]
    _say(f"seed {asked.seed}: {len(stories)} faults, {asked.repeat} times, {WORLDS} at once")
    results = []
    for result in carry_out_all(asked.seed, asked.repeat, stories):
        results.append(result)
        for line in _lines(result):
            _say(line)
        if asked.json:
            _write(asked.json, asked.seed, results)
        if asked.logs and not result.is_right:
            asked.logs.mkdir(parents=True, exist_ok=True)
            name = "".join(c if c.isalnum() else "_" for c in result.name)
            (asked.logs / f"{name}.log").write_text(f"{result.failure}\n{result.log}")
    rows = [row for result in results for row in result.judged]
    right_count = sum(row.is_right for row in rows)
    failed_count = sum(bool(result.failure) for result in results)
    _say(f"{right_count} of {len(rows)} right, {failed_count} runs not carried out")
    return int(right_count < len(rows) or failed_count > 0)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.evaluation")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--repeat", type=int, default=3)
    names = [story.name for story in STORIES]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="keep the logs of wrong runs")
    return parser.parse_args(words)


def _lines(result: Result) -> Iterator[str]:
    if result.failure:
        yield f"FAILED {result.name}: {result.failure}"
    for row in result.judged:
        mark = "right " if row.is_right else "WRONG "
        truth, told = row.truth or "nothing", row.told or "nothing"
        line = f"{mark} {row.name:<42} {truth:<22} -> {told:<22}"
        if row.told is not None:
            second = "" if row.runner_up is None else f" then {row.runner_up}"
            late = "".join(
                " " * 7 if seconds is None else f"{seconds:>+7.2f}"
                for seconds in (row.delay_s, row.start_error_s, row.end_error_s)
            )
            line += f" {row.confidence_ratio:.2f}{late}{second}"
        yield line


def _write(path: Path, seed: int, results: Sequence[Result]) -> None:
    """Write all that there is so far: a run that is stopped early loses nothing."""
    rows = [asdict(row) for result in results for row in result.judged]
    failures = {result.name: result.failure for result in results if result.failure}
    text = json.dumps({"seed": seed, "rows": rows, "failures": failures}, default=sorted, indent=1)
    path.write_text(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
