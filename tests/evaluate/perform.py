"""A story through the real pipeline and a real store -> what was told of it beside the truth."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor import pipeline
from monitor.hindsight import take_word
from monitor.model import CauseCode, Diagnosis, Disconnect, EpochMs, How, Record, Sample
from monitor.store.sqlite import Store, open_store
from monitor.wallet.imports import SOURCE as REPORTED
from tests.evaluate.compose import Happened, Story
from tests.evaluate.judged import Judged

NEAR_MS = 90_000
"""A disconnect told this far from a true one may still be it; a silent end is dated back as far."""

LIVE_STEP_MS = 15_000
ALERT_MS = 60_000
"""The daemon evaluates every second for a minute after a sign of trouble; fewer tell the
same, as each evaluation brings the last one up to date."""


@dataclass(frozen=True, slots=True)
class Told:
    """A story's rows, and who told them."""

    scenario: str
    seed: int
    way: str
    """"replay" or "live"."""
    rows: tuple[Judged, ...]
    engine: str


_templates: dict[str, Path] = {}


@contextmanager
def fresh_store() -> Iterator[Store]:
    """Give an empty store in a directory of its own; making the tables is done once."""
    if "empty" not in _templates:
        made = Path(tempfile.mkdtemp(prefix="evaluate-"))
        open_store(made / "data").close()
        _templates["empty"] = made
    with tempfile.TemporaryDirectory(prefix="evaluate-") as place:
        shutil.copytree(_templates["empty"] / "data", Path(place) / "data")
        store = open_store(Path(place) / "data")
        try:
            yield store
        finally:
            store.close()


def forget_templates() -> None:
    """Delete the empty stores that were copied."""
    while _templates:
        shutil.rmtree(_templates.popitem()[1], ignore_errors=True)


def perform(story: Story, *, live: bool) -> Told:
    """Return what the pipeline tells of a story, replayed or evaluated step by step."""
    with fresh_store() as store:
        if live:
            _live(store, story)
        elif "word" in story.scenario.history:
            _past(store, story)
            pipeline.replay(
                store, [r for r in story.records if r.at_ms >= story.start_ms], story.controls
            )
        else:
            pipeline.replay(store, story.records, story.controls)
        _report(store, story)
        rows, engine = judge(store, story, "live" if live else "replay")
    return Told(story.scenario.name, story.seed, "live" if live else "replay", rows, engine)


def _report(store: Store, story: Story) -> None:
    """Add what the user typed in."""
    said = [
        Disconnect(report.wallet, REPORTED, report.at_ms, report.until_ms, How.REPORTED)
        for report in story.reports
    ]
    if said:
        span = store.span()
        latest_ms = span[1] if span else max(report.until_ms for report in story.reports)
        pipeline.note(store, said, latest_ms, story.controls)


def _past(store: Store, story: Story) -> None:
    """Replay the weeks before the story, and take the user's word on what was told of them."""
    history = [record for record in story.records if record.at_ms < story.start_ms]
    if not history:
        return
    pipeline.replay(store, history, story.controls)
    word = story.scenario.history.get("word")
    if word is None:
        return
    truth = None if word == "no" else CauseCode(word)
    for known in store.disconnects():
        assert known.id is not None
        take_word(store, known.id, truth)


def _live(store: Store, story: Story) -> None:
    """Store and evaluate as the daemon does: each thing when it is known, with a growing now."""
    _past(store, story)
    order = sorted(
        (story.known_ms.get(place, record.at_ms), place)
        for place, record in enumerate(story.records)
        if record.at_ms >= story.start_ms
    )
    waiting: list[Record] = []
    alert_until_ms = next_ms = 0
    for known_ms, place in order:
        record = story.records[place]
        waiting.append(record)
        if _is_sign(record):
            alert_until_ms = known_ms + ALERT_MS
        is_event = not isinstance(record, Sample)
        if is_event or (known_ms >= next_ms and known_ms <= alert_until_ms + LIVE_STEP_MS):
            store.add_records(waiting)
            waiting = []
            next_ms = known_ms + LIVE_STEP_MS
            _round(store, known_ms, story.controls)
    store.add_records(waiting)
    if order:
        _round(store, order[-1][0], story.controls)


def _is_sign(record: Record) -> bool:
    return record.is_lost if isinstance(record, Sample) else True


def _round(store: Store, now_ms: EpochMs, controls: frozenset[str]) -> None:
    pipeline.degrade(store, now_ms)
    pipeline.evaluate(store, now_ms, controls)


def judge(store: Store, story: Story, way: str) -> tuple[tuple[Judged, ...], str]:
    """Return what is stored about a story beside its truth, and the engine that told it."""
    found = [d for d in store.disconnects(story.start_ms) if d.started_at_ms >= story.start_ms]
    found = [d for d in found if d.wallet not in story.controls]
    verdicts = store.diagnoses([d.id for d in found if d.id is not None])
    name = f"{story.scenario.name} #{story.seed}" + (" live" if way == "live" else "")
    rows: list[Judged] = []
    left = list(found)
    for truth in story.happened:
        match = _match(truth, left)
        for told in match:
            left.remove(told)
        if truth.is_judged:
            rows += [_row(name, truth, told, verdicts) for told in match]
            if not match:
                rows.append(_row(name, truth, None, verdicts))
    rows += [
        Judged(
            name,
            "scenario",
            None,
            verdicts[d.id].best.cause if d.id in verdicts else None,
            verdicts[d.id].best.confidence_ratio if d.id in verdicts else None,
        )
        for d in left
        if d.id is not None
    ]
    if not story.happened and not rows:
        rows.append(Judged(name, "scenario", None, None))
    engine = next((v.engine for v in verdicts.values()), "")
    return tuple(rows), engine


def _match(truth: Happened, found: Sequence[Disconnect]) -> list[Disconnect]:
    """Return what was told of one true disconnect: the nearest of each source."""
    near: dict[str, Disconnect] = {}
    for told in found:
        end_ms = told.ended_at_ms
        last_ms = truth.end_ms if truth.end_ms is not None else truth.start_ms + NEAR_MS
        overlaps = told.started_at_ms <= max(last_ms, truth.start_ms + NEAR_MS) and (
            end_ms is None or end_ms >= truth.start_ms - NEAR_MS
        )
        if told.wallet != truth.wallet or not overlaps:
            continue
        best = near.get(told.source)
        if best is None or abs(told.started_at_ms - truth.start_ms) < abs(
            best.started_at_ms - truth.start_ms
        ):
            near[told.source] = told
    return list(near.values())


def _row(
    name: str, truth: Happened, told: Disconnect | None, verdicts: dict[int, Diagnosis]
) -> Judged:
    if told is None or told.id is None:
        return Judged(name, "scenario", truth.cause, None, also_right=truth.also)
    verdict = verdicts[told.id]
    runner_up = verdict.runner_up
    end_error_s = None
    if truth.end_ms is not None and told.ended_at_ms is not None:
        end_error_s = (told.ended_at_ms - truth.end_ms) / 1000
    is_measured = told.how is not How.REPORTED
    return Judged(
        name,
        "scenario",
        truth.cause,
        verdict.best.cause,
        verdict.best.confidence_ratio,
        None if runner_up is None else runner_up.cause,
        truth.also,
        start_error_s=(told.started_at_ms - truth.start_ms) / 1000 if is_measured else None,
        end_error_s=end_error_s if is_measured else None,
    )
