"""The user's word, and the engine's second look, in a real store."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor import hindsight, pipeline
from monitor.model import CauseCode, Diagnosis, Finding, How, Record, StateChange, Verdict
from monitor.store.sqlite import Store, open_store
from tests.world import at, down, during, rounds, up

END_S = 2100.0
DAY_MS = 86_400_000
NOBODY: frozenset[str] = frozenset()
OLD = Diagnosis((Finding(CauseCode.ISP, 0.6),), "0", at(END_S))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with half an hour in which the router died for a minute: disconnect 1."""
    opened = open_store(tmp_path / "data")
    records: list[Record] = [
        StateChange(at(0), "link.up", True),
        up(0),
        *rounds(END_S, during(1800, 1860)),
        down(1806, How.TIMEOUT),
        up(1862),
    ]
    pipeline.replay(opened, sorted(records, key=lambda r: r.at_ms), NOBODY)
    yield opened
    opened.close()


def judged(store: Store) -> list[CauseCode]:
    return [told.best.cause for told in store.diagnoses([1]).values()]


def test_a_word_is_kept_changed_and_taken_back(store: Store) -> None:
    [before] = store.disconnects()
    denied = hindsight.take_word(store, 1, None)
    assert denied == replace(before, denied=CauseCode.GATEWAY)
    assert hindsight.take_word(store, 1, CauseCode.ISP) == replace(before, confirmed=CauseCode.ISP)
    assert store.disconnects() == [replace(before, confirmed=CauseCode.ISP)]
    assert hindsight.retract_word(store, 1) == before
    assert store.disconnects() == [before]
    assert judged(store) == [CauseCode.GATEWAY]


def test_a_word_about_nothing_is_none(store: Store) -> None:
    assert hindsight.take_word(store, 9, None) is None
    assert hindsight.take_word(store, 9, CauseCode.ISP) is None
    assert hindsight.retract_word(store, 9) is None


def test_accuracy_counts_what_the_user_agreed_with(store: Store) -> None:
    told = Verdict(at(0), CauseCode.ISP, CauseCode.ISP)
    words = [told, replace(told, truth=None), replace(told, truth=CauseCode.DNS), told]
    assert hindsight.accuracy(words) == hindsight.Accuracy(2, 4)
    assert hindsight.accuracy([]) == hindsight.Accuracy(0, 0)
    hindsight.take_word(store, 1, CauseCode.GATEWAY)
    assert hindsight.accuracy_so_far(store) == hindsight.Accuracy(1, 1)
    hindsight.take_word(store, 1, None)
    assert hindsight.accuracy_so_far(store) == hindsight.Accuracy(0, 1)
    hindsight.retract_word(store, 1)
    assert hindsight.accuracy_so_far(store) == hindsight.Accuracy(0, 0)


def test_a_trial_stores_nothing_and_says_what_the_real_thing_does(store: Store) -> None:
    store.save_diagnosis(1, OLD)
    hindsight.take_word(store, 1, CauseCode.DNS)
    [trial] = hindsight.rediagnose(store, NOBODY, at(END_S), keep=False)
    assert trial.is_turned
    assert (trial.before, trial.after.best.cause) == (OLD, CauseCode.GATEWAY)
    assert store.diagnosis(1) == OLD
    [kept] = hindsight.rediagnose(store, NOBODY, at(END_S), keep=True)
    assert kept == trial
    assert store.diagnosis(1) == kept.after
    assert [d.confirmed for d in store.disconnects()] == [CauseCode.DNS]
    [again] = hindsight.rediagnose(store, NOBODY, at(END_S) + 5, keep=True)
    assert not again.is_turned
    assert not again.is_new
    assert store.diagnosis(1) == kept.after


def test_an_answer_outlives_the_samples_that_it_was_made_from(store: Store) -> None:
    store.save_diagnosis(1, OLD)
    later_ms = at(END_S) + 20 * DAY_MS
    for day in range(1, 21):  # a clock that leaps is not believed
        store.add_records([StateChange(at(END_S) + day * DAY_MS, "link.up", True)])
        store.rollup(at(END_S) + day * DAY_MS)
    assert store.prune(later_ms, 14, 90, 400) > 0
    assert store.samples(at(0), at(END_S)) == []
    [change] = hindsight.rediagnose(store, NOBODY, later_ms, keep=True)
    assert change.is_left_alone
    assert not change.is_turned
    assert store.diagnosis(1) == OLD


def test_half_a_window_is_not_judged_anew(store: Store) -> None:
    """Samples are pruned by whole hours: one may end in the minutes before a disconnect."""
    store.save_diagnosis(1, OLD)
    store.set_meta("care.raw_since_ms", str(at(1700)))
    [change] = hindsight.rediagnose(store, NOBODY, at(END_S), keep=True)
    assert change.is_left_alone
    assert store.diagnosis(1) == OLD


def test_the_second_look_can_be_narrowed(store: Store) -> None:
    assert hindsight.rediagnose(store, NOBODY, at(END_S), at(1900), keep=False) == []
    assert hindsight.rediagnose(store, NOBODY, at(END_S), None, "alipay", keep=False) == []
    assert len(hindsight.rediagnose(store, NOBODY, at(END_S), at(1800), "icbc", keep=False)) == 1


class Daemon(Store):
    """Another writer: it judges disconnect 1 itself while the second look is on its way."""

    says = Diagnosis((Finding(CauseCode.DNS, 0.7),), "0", at(END_S) + 1)

    def diagnosis(self, disconnect_id: int) -> Diagnosis | None:
        self.save_diagnosis(disconnect_id, self.says)
        return super().diagnosis(disconnect_id)


def test_what_a_daemon_said_meanwhile_stays(store: Store) -> None:
    store.save_diagnosis(1, OLD)
    other = Daemon(store.path, readonly=False)
    try:
        hindsight.rediagnose(other, NOBODY, at(END_S), keep=True)
    finally:
        other.close()
    assert store.diagnosis(1) == Daemon.says
