"""What a case brings along from the weeks before: how often a condition held, and what was said."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor import pipeline
from monitor.case import case_of, verdicts
from monitor.clock import monotonic_s
from monitor.diagnose.engine import diagnose
from monitor.model import (
    CauseCode,
    Diagnosis,
    Disconnect,
    Evidence,
    Exposure,
    Finding,
    Gap,
    GapWhy,
    How,
    Record,
    StateChange,
    StateValue,
    Verdict,
)
from monitor.store.sqlite import Store, open_store
from tests.world import START_MS, at, down, rounds, up

DAY_S = 86_400.0
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DROP_S = 10 * DAY_S


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    try:
        yield opened
    finally:
        opened.close()


def state(second: float, value: StateValue, key: str = "power.battery_saver") -> StateChange:
    return StateChange(at(second), key, value)


def in_order(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record.at_ms)


def an_evening_with_saver(day: int) -> list[Record]:
    """Half an hour of battery saver, in which the session falls silent for five seconds."""
    start_s = day * DAY_S
    return [
        state(start_s - 1200, True),
        down(start_s, How.TIMEOUT),
        up(start_s + 5),
        *rounds(start_s + 120, since_s=start_s - 900, step_s=20),
        state(start_s + 600, False),
    ]


def found(store: Store) -> list[tuple[CauseCode, float]]:
    drops = store.disconnects()
    answers = store.diagnoses([d.id for d in drops if d.id is not None])
    bests = [answers[d.id].best for d in drops if d.id is not None]
    return [(best.cause, best.confidence_ratio) for best in bests]


def test_drops_in_the_few_hours_of_a_saver_are_a_pattern(store: Store) -> None:
    records: list[Record] = [up(0), state(0, False)]
    for day in (3, 6, 9, 12):
        records += an_evening_with_saver(day)
    pipeline.replay(store, in_order(records), frozenset())
    told = found(store)
    assert len(told) == 4
    assert told[-1][0] is CauseCode.BATTERY_SAVER
    assert told[-1][1] >= 0.9
    last = case_of(store, store.disconnects()[-1], at(13 * DAY_S), frozenset())
    seen = last.exposures["power.battery_saver"]
    assert (seen.held_count, seen.count) == (3, 3)
    assert seen.held_ms == 3 * 1_800_000 + 1_200_000
    assert seen.observed_ms == 12 * DAY_MS


def test_a_saver_that_is_always_on_is_not_told(store: Store) -> None:
    records: list[Record] = [up(0), state(0, True)]
    for day in (3, 6, 9):
        records += [r for r in an_evening_with_saver(day) if not isinstance(r, StateChange)]
    pipeline.replay(store, in_order(records), frozenset())
    assert CauseCode.BATTERY_SAVER not in [cause for cause, _ in found(store)]


def case_at_drop(store: Store, records: list[Record]) -> dict[str, Exposure]:
    around = rounds(DROP_S + 60, since_s=DROP_S - 60)
    store.add_records(in_order([*records, *around]))
    drop = Disconnect("icbc", "session", at(DROP_S), at(DROP_S + 5), How.TIMEOUT)
    return dict(case_of(store, drop, at(DROP_S + 60), frozenset()).exposures)


def test_only_what_held_is_looked_up(store: Store) -> None:
    low = state(0, 0.5, "memory.available_ratio")
    seen = case_at_drop(store, [state(0, True), low, state(0, False, "app.blocked_by")])
    assert seen == {"power.battery_saver": Exposure(10 * DAY_MS, 10 * DAY_MS, 0, 0)}
    assert case_at_drop(store, [state(1, False)]) == {}


def test_what_was_set_before_the_weeks_began_still_counts(tmp_path: Path) -> None:
    opened = open_store(tmp_path / "data")
    try:
        [seen] = case_at_drop(opened, [state(-30 * DAY_S, True)]).values()
    finally:
        opened.close()
    assert seen == Exposure(14 * DAY_MS, 14 * DAY_MS, 0, 0)


def test_a_gap_is_not_observed(store: Store) -> None:
    gap = Gap(at(2 * DAY_S), at(7 * DAY_S), GapWhy.STOPPED)
    [seen] = case_at_drop(store, [state(0, True), gap, state(7 * DAY_S, True)]).values()
    assert seen == Exposure(5 * DAY_MS, 5 * DAY_MS, 0, 0)


def test_a_restless_state_is_weighed_in_time(store: Store) -> None:
    """The processor's load is stored every minute or so: two weeks of it, in a second or two."""
    restless: list[Record] = [
        state(second, 0.99 if second % 600 == 0 else 0.3, "cpu.load_ratio")
        for second in range(0, round(DROP_S), 60)
    ]
    restless.append(state(DROP_S - 1, 0.99, "cpu.load_ratio"))
    begun = monotonic_s()
    [seen] = case_at_drop(store, restless).values()
    assert seen.held_ms == pytest.approx(seen.observed_ms / 10, rel=0.01)
    assert monotonic_s() - begun < 20, "bounded even on a machine that is busy"


def test_another_wallet_that_has_stood_for_hours_is_seen_to_stand(store: Store) -> None:
    records: list[Record] = [
        up(0),
        up(0, "alipay"),
        *rounds(7300, since_s=6000),
        down(7200, How.RESET),
    ]
    pipeline.replay(store, in_order([*records, up(7201)]), frozenset({"alipay"}))
    [drop] = store.disconnects()
    assert drop.id is not None
    answer = store.diagnosis(drop.id)
    assert answer is not None
    assert ("others.stood", True) in [(e.code, e.supports) for e in answer.best.evidence]


def test_another_wallet_from_before_a_gap_is_not_known_to_stand(store: Store) -> None:
    gap = Gap(at(3000), at(3600), GapWhy.STOPPED)
    records: list[Record] = [up(0, "alipay"), gap, up(3601), down(7200, How.RESET)]
    records += rounds(7300, since_s=6000)
    pipeline.replay(store, in_order([*records, up(7201)]), frozenset({"alipay"}))
    [drop] = store.disconnects()
    case = case_of(store, drop, at(7300), frozenset())
    assert {change.wallet for change in case.sessions} == {"icbc"}


def test_what_the_user_said_is_read_from_the_disconnects(store: Store) -> None:
    def told(
        second: float,
        cause: CauseCode,
        confirmed: CauseCode | None = None,
        denied: CauseCode | None = None,
    ) -> None:
        drop = Disconnect("icbc", "session", at(second), at(second + 9), How.RESET)
        kept = store.insert_disconnect(replace(drop, confirmed=confirmed, denied=denied))
        assert kept.id is not None
        finding = Finding(cause, 0.6, (Evidence("session.reset", True),))
        second_best = Finding(CauseCode.ACCOUNT, 0.3)
        store.save_diagnosis(kept.id, Diagnosis((finding, second_best), "1", at(second)))

    told(0, CauseCode.ISP)
    told(100, CauseCode.ISP, confirmed=CauseCode.ISP)
    told(200, CauseCode.ISP, confirmed=CauseCode.GATEWAY)
    told(300, CauseCode.BANK_CLOSED, denied=CauseCode.ISP)
    store.insert_disconnect(
        Disconnect("icbc", "session", at(350), None, How.RESET, confirmed=CauseCode.ISP)
    )
    told(400, CauseCode.DNS, confirmed=CauseCode.DNS)
    runner_up = CauseCode.ACCOUNT
    before = (
        Verdict(at(100), CauseCode.ISP, CauseCode.ISP, runner_up),
        Verdict(at(200), CauseCode.ISP, CauseCode.GATEWAY, runner_up),
        Verdict(at(300), CauseCode.ISP, None, runner_up),
    )
    assert verdicts(store, at(400)) == before
    assert len(verdicts(store)) == 4
    drop = Disconnect("icbc", "session", at(400), at(409), How.RESET)
    assert case_of(store, drop, at(500), frozenset()).verdicts == before


def test_who_notes_many_is_told_how_far_it_is(store: Store) -> None:
    seen: list[tuple[int, int]] = []
    drops = [Disconnect("icbc", "user", at(n * 60), at(n * 60), How.REPORTED) for n in range(3)]
    pipeline.note(store, drops, at(500), frozenset(), lambda *done: seen.append(done))
    assert seen == [(0, 3), (1, 3), (2, 3)]


def test_the_users_word_shifts_the_next_answer_and_taken_back_shifts_nothing(store: Store) -> None:
    pipeline.replay(
        store,
        in_order([up(0), *rounds(7300, since_s=6000), down(7200, How.RESET), up(7201)]),
        frozenset(),
    )
    [drop] = store.disconnects()

    def confidence() -> float:
        pipeline.evaluate(store, at(7300), frozenset(), since_ms=START_MS)
        case = case_of(store, drop, at(7300), frozenset())
        return diagnose(case).best.confidence_ratio

    plain = confidence()
    earlier = store.insert_disconnect(
        Disconnect("icbc", "session", at(100), at(101), How.RESET, confirmed=CauseCode.BANK_CLOSED)
    )
    assert earlier.id is not None
    answer = Diagnosis((Finding(CauseCode.BANK_CLOSED, 0.8),), "1", at(110))
    store.save_diagnosis(earlier.id, answer)
    assert confidence() > plain
    store.set_word(earlier.id, None, CauseCode.BANK_CLOSED)
    assert confidence() < plain
    store.set_word(earlier.id, None, None)
    assert confidence() == plain
