"""Three days of the real daemon in half a minute: the soak's first part, short (`make soak`)."""

import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.config.settings import StoreSettings
from monitor.model import CauseCode
from monitor.store.sqlite import open_store
from tests.soak import checks, days, story
from tests.soak.figures import Held
from tests.soak.minutes import missing
from tests.soak.page import BEGINS, write

BEFORE_THE_CHANGE = datetime(2025, 10, 25, tzinfo=UTC)
"""A Saturday: summer time ends on the Sunday, and the week's report is due on the Monday."""

THREE_DAYS = story.Plan(
    BEFORE_THE_CHANGE,
    days=3,
    seed=20251026,
    zone="Europe/Berlin",
    sleeps=1,
    losses=1,
    noises=1,
    networks=0,
    resolvers=1,
    steps=((3600.0, 600.0), (-3600.0, 600.0)),
)


@pytest.fixture
def own_zone() -> Iterator[None]:
    """Give the process its zone back."""
    before = os.environ.get("TZ")
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("own_zone")
def test_three_days_of_the_real_daemon_lose_nothing_and_tell_nothing_false(tmp_path: Path) -> None:
    keep = StoreSettings(raw_days=1, minute_days=2, hour_days=3)
    said: list[str] = []
    result = days.run(THREE_DAYS, tmp_path, keep, 60.0, 0, said.append)
    store = open_store(tmp_path, readonly=True)
    try:
        found = checks.disconnects(result, store.disconnects(), store)
        wrong = checks.all_of(result, found, store, tmp_path / "reports")
    finally:
        store.close()
    assert wrong == []
    assert found.matched == found.same_cause == len(result.truths) == 1
    assert checks.expected_weeks(result) == ["2025-W43"]
    assert {"sleep", "clock"} == {gap.why.value for gap in result.gaps}
    assert len(said) == len(result.days) == 3


def test_the_story_is_the_same_for_the_same_seed_and_no_two_things_meet() -> None:
    seed = random.Random(5).randrange(1000)
    plan = story.Plan(datetime(2027, 12, 13, tzinfo=UTC), 90, seed, "Africa/Casablanca")
    happens = story.events(plan)
    assert happens == story.events(plan)
    assert sum(event.what is story.What.SLEEP for event in happens) == 100
    assert {e.cause for e in happens if e.cause} == {cause for cause, _, _ in story.LOSSES}
    slots = [int(e.at_s // story.SLOT_S) for e in happens if e.what is not story.What.ZONE]
    assert len(slots) == len(set(slots))
    for before, after in pairwise(happens):
        if after.what is not story.What.ZONE and before.cause is not CauseCode.ROAMING:
            assert before.at_s + before.lasts_s <= after.at_s
    assert [f"{at:%m-%d}" for at in story.changes(plan)] == ["01-23", "03-05"]


@pytest.mark.parametrize(
    ("kib_a_day", "blocks_a_day", "said"),
    [
        pytest.param(0.0, 25.0, [], id="what story and player add"),
        pytest.param(50.0, 25.0, ["RSS grew", "RSS grows"], id="50 KiB a day, by a C library"),
        pytest.param(3.0, 85.0, ["Python's objects grow"], id="1 KB for each thing that happens"),
    ],
)
def test_a_slow_leak_is_seen(kib_a_day: float, blocks_a_day: float, said: list[str]) -> None:
    chance = random.Random(5)
    result = days.Result(THREE_DAYS, days.soak_settings(30.0, StoreSettings()), 0)
    for number in range(1, 88):
        rss_mib = 57.0 + chance.uniform(0.0, 0.5) + number * kib_a_day / 1024
        blocks = 285_000 + round(chance.uniform(-300, 300) + number * blocks_a_day)
        what = Held(rss_mib + (2.2 if number == 86 else 0.0), 3, 15, 1.3, 11.0)
        result.days.append(days.Day(number, what, 30_000, 9.0, blocks, rss_mib))
    wrong = checks.memory(result)
    assert [each[: len(words)] for each, words in zip(wrong, said, strict=True)] == said


def test_a_hole_in_the_grid_is_counted() -> None:
    assert missing([0, 500, 1010, 1490], 500.0) == 0
    assert missing([0, 500, 1500, 3500], 500.0) == 1 + 3
    assert missing([0, 500, 620, 750, 1000], 500.0) == 0, "the closer look asks between"


def test_each_part_writes_its_own_section(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "endurance.md"
    write("B", "## B. the hour", page)
    write("A", "## A. the months", page)
    write("B", "## B. another hour", page)
    text = page.read_text()
    assert text.index(BEGINS["A"]) < text.index("the months") < text.index(BEGINS["B"])
    assert "another hour" in text
    assert "## B. the hour" not in text
