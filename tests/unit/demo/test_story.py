"""The demo's month: told the same every time, true to itself, and ending now."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from monitor.demo.records import days
from monitor.demo.story import HOUR_MS, story
from monitor.model import (
    CauseCode,
    EpochMs,
    Gap,
    Record,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
)


def instant(text: str) -> EpochMs:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NOWS = tuple(
    instant(text)
    for text in (
        "2026-11-23T00:00:30",
        "2026-11-23T03:00:00",
        "2026-11-25T18:30:00",
        "2026-11-29T23:59:59",
        "2027-01-02T12:00:00",
        "2026-04-08T08:00:00",
    )
)


@pytest.fixture(params=["UTC", "Asia/Shanghai", "Europe/Berlin"], autouse=True)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("now_ms", NOWS)
def test_everything_lies_in_the_waking_hours_of_the_month(now_ms: EpochMs) -> None:
    told = story(now_ms)
    assert told.until_ms == now_ms
    assert told.weeks[-1].until_ms <= now_ms < told.weeks[-1].until_ms + 7 * 25 * HOUR_MS
    for before, after in pairwise(told.drops):
        assert before.until_ms < after.at_ms
    for drop in told.drops:
        assert told.since_ms < drop.at_ms < drop.until_ms < now_ms
        assert not any(a <= drop.until_ms and drop.at_ms <= b for a, b in told.sleeps)


@pytest.mark.parametrize("now_ms", NOWS)
def test_the_records_are_in_order_and_end_now(now_ms: EpochMs) -> None:
    last_ms = 0
    for records in days(story(now_ms)):
        instants = [record.at_ms for record in records]
        assert instants == sorted(instants)
        assert last_ms <= instants[0]
        last_ms = instants[-1]
    assert now_ms - 10 * 60_000 < last_ms <= now_ms + 5_000


def test_the_saver_loses_nothing_once_it_is_switched_off() -> None:
    told = story(NOWS[0])
    saver = [drop for drop in told.drops if drop.cause is CauseCode.BATTERY_SAVER]
    assert len(saver) > 10
    for drop in saver:
        assert drop.until_ms < told.fixed_ms
        assert any(a <= drop.at_ms < b for a, b in told.saver)
    assert all(until_ms <= told.fixed_ms for _, until_ms in told.saver)
    assert any(since_ms > told.fixed_ms for since_ms, _ in told.sofa)


def test_the_weekend_after_the_fix_is_healthy_and_the_next_week_better() -> None:
    told = story(NOWS[0])
    counts = [sum(w.since_ms <= d.at_ms < w.until_ms for d in told.drops) for w in told.weeks]
    assert counts[3] < min(counts[:3])
    weekend_ms = told.weeks[2].until_ms - 48 * HOUR_MS
    assert not [d for d in told.drops if weekend_ms <= d.at_ms < told.weeks[2].until_ms]


def test_what_is_recorded_is_what_was_told() -> None:
    told = story(NOWS[2])
    records: list[Record] = [record for day in days(told) for record in day]
    downs = [r for r in records if isinstance(r, SessionChange) and r.state is SessionState.DOWN]
    assert [r.at_ms for r in downs if r.wallet == "icbc"] == [d.at_ms for d in told.drops]
    assert [r for r in records if isinstance(r, Gap)]
    switches = [
        (r.at_ms, r.value)
        for r in records
        if isinstance(r, StateChange) and r.key == "power.battery_saver" and r.value
    ]
    assert [at_ms for at_ms, _ in switches] == [since_ms for since_ms, _ in told.saver]
    asked = [r.at_ms for r in records if isinstance(r, Sample)]
    assert not any(a <= at_ms < b for at_ms in asked[::50] for a, b in told.sleeps)


def test_everybody_sees_the_same_month() -> None:
    told = story(NOWS[0])
    assert list(days(told)) == list(days(told))
