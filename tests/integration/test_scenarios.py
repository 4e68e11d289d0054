"""Every scenario once, through the real pipeline and a real store, with seeds that stay.

What is right overall is measured by `make evaluate` with new dice; here the plain stories must be
told rightly, and every story must run.
"""

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest

from monitor.model import CauseCode
from tests.evaluate.compose import compose
from tests.evaluate.files import load
from tests.evaluate.perform import Told, forget_templates, perform
from tests.evaluate.scenario import Scenario

SEED = 4
LEAST = 80
LEAST_SHOWN = 2
LEAST_UNLIKE = 2


def test_every_cause_is_shown_twice_and_looked_like_twice() -> None:
    scenarios = load()
    shown = Counter(cause for s in scenarios for cause in s.shows)
    unlike = Counter(cause for s in scenarios for cause in s.unlike)
    assert len(scenarios) >= LEAST
    assert {c for c in CauseCode if shown[c] < LEAST_SHOWN} == set()
    assert {c for c in CauseCode if unlike[c] < LEAST_UNLIKE} == set()


def test_no_story_is_unlike_what_it_shows() -> None:
    contradictory = [
        s.name for s in load() if s.unlike & (s.shows | {c for t in s.truths for c in t.also})
    ]
    assert contradictory == []


def _tell(scenarios: list[Scenario]) -> list[Told]:
    try:
        return [perform(compose(s, SEED), live=s.live == "only") for s in scenarios]
    finally:
        forget_templates()


@pytest.mark.timeout(300)  # half a minute on two free cores
def test_every_story_is_told_and_the_plain_ones_rightly() -> None:
    scenarios = load()
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers) as pool:
        told = [
            t
            for part in pool.map(_tell, [scenarios[n::workers] for n in range(workers)])
            for t in part
        ]
    assert {part.scenario for part in told} == {s.name for s in scenarios}
    plain = {s.name for s in scenarios if s.is_plain}
    wrong = [
        row for part in told if part.scenario in plain for row in part.rows if not row.is_right
    ]
    assert wrong == []
