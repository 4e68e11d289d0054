"""Roll-ups that stay right, pruning that never trusts a wrong clock, backups that are whole."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.model import EpochMs, Gap, GapWhy, Outcome, Sample, StateChange
from monitor.stats import percentile
from monitor.store import histogram
from monitor.store.interface import StoreError
from monitor.store.migrate import HEAD
from monitor.store.rollup import RollUp
from monitor.store.sqlite import Store, open_store
from tests.integration.store_facts import BANK, GATEWAY, NOON_MS, reply, rows

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
EVER_MS = NOON_MS * 2


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        yield opened


def fill(store: Store, since_ms: EpochMs, until_ms: EpochMs, step_ms: int = 5_000) -> list[Sample]:
    """Samples of a target whose every tenth is lost, with round trips from 5 to 105 ms."""
    made = [
        Sample(at_ms, GATEWAY, Outcome.TIMEOUT)
        if at_ms // step_ms % 10 == 0
        else reply(at_ms, GATEWAY, 5 + at_ms // step_ms * 37 % 1000 / 10)
        for at_ms in range(since_ms, until_ms, step_ms)
    ]
    store.add_records(made)
    return made


def assert_tells(found: RollUp, samples: list[Sample]) -> None:
    """The roll-up says of the samples exactly what they say."""
    rtts = [round(s.rtt_ms * 1000) for s in samples if s.rtt_ms is not None]
    assert found.measured_count == sum(s.outcome is not Outcome.NOT_MEASURED for s in samples)
    assert found.lost_count == sum(s.outcome.is_lost for s in samples)
    assert found.rtt_count == len(rtts)
    assert found.rtt_sum_us == sum(rtts)
    assert found.rtt_min_us == min(rtts)
    assert found.rtt_max_us == max(rtts)
    for ratio in (0.5, 0.95, 0.99):
        exact = percentile(rtts, ratio)
        assert histogram.percentile_us(found.rtts, ratio) == pytest.approx(exact, rel=0.05)


def test_minutes_and_hours_tell_what_the_samples_told(store: Store) -> None:
    made = fill(store, NOON_MS, NOON_MS + 2 * HOUR_MS + 90_000)
    made.append(Sample(NOON_MS + 1, GATEWAY, Outcome.NOT_MEASURED))
    store.add_records(made[-1:])
    store.rollup(NOON_MS + 2 * HOUR_MS + 4 * MINUTE_MS)
    minutes = store.minutes(0, EVER_MS)
    assert [m.at_ms for m in minutes] == [NOON_MS + i * MINUTE_MS for i in range(122)]
    for minute in minutes:
        inside = [s for s in made if minute.at_ms <= s.at_ms < minute.at_ms + MINUTE_MS]
        assert_tells(minute, inside)
    hours = store.hours(0, EVER_MS)
    assert [h.at_ms for h in hours] == [NOON_MS, NOON_MS + HOUR_MS]
    for hour in hours:
        assert_tells(hour, [s for s in made if hour.at_ms <= s.at_ms < hour.at_ms + HOUR_MS])


def test_minute_by_minute_comes_to_the_same_as_all_at_once(store: Store, tmp_path: Path) -> None:
    end_ms = NOON_MS + 3 * HOUR_MS
    with closing(open_store(tmp_path / "other")) as other:
        fill(other, NOON_MS + 7 * MINUTE_MS, end_ms)
        other.rollup(end_ms + HOUR_MS)
        for at_ms in range(NOON_MS + 7 * MINUTE_MS, end_ms, 30_000):
            fill(store, at_ms, at_ms + 30_000)
            store.rollup(at_ms + 31_000)
        store.rollup(end_ms + HOUR_MS)
        assert store.minutes(0, EVER_MS) == other.minutes(0, EVER_MS)
        assert store.hours(0, EVER_MS) == other.hours(0, EVER_MS)
    assert len(store.hours(0, EVER_MS)) == 3


def test_a_minute_that_is_not_whole_waits(store: Store) -> None:
    fill(store, NOON_MS, NOON_MS + 5 * MINUTE_MS)
    store.rollup(NOON_MS + 5 * MINUTE_MS)
    assert len(store.minutes(0, EVER_MS)) == 3
    assert store.hours(0, EVER_MS) == []


def test_a_late_sample_is_folded_in(store: Store) -> None:
    made = fill(store, NOON_MS, NOON_MS + 3 * HOUR_MS)
    store.rollup(NOON_MS + 3 * HOUR_MS + 5 * MINUTE_MS)
    late = [reply(NOON_MS + 777, GATEWAY, 500.0), reply(NOON_MS + HOUR_MS, BANK)]
    store.add_records(late)
    store.rollup(NOON_MS + 3 * HOUR_MS + 6 * MINUTE_MS)
    first = store.minutes(NOON_MS, NOON_MS + 1)[0]
    assert_tells(first, [s for s in made if s.at_ms < NOON_MS + MINUTE_MS] + late[:1])
    assert store.hours(NOON_MS, NOON_MS + 1)[0].rtt_max_us == 500_000
    assert [h.target for h in store.hours(NOON_MS + HOUR_MS, NOON_MS + HOUR_MS + 1)] == [
        GATEWAY,
        BANK,
    ]


def test_a_long_silence_is_stepped_over(store: Store) -> None:
    fill(store, NOON_MS, NOON_MS + 90_000)
    store.rollup(NOON_MS + 2 * MINUTE_MS)
    later = NOON_MS + 300 * DAY_MS
    fill(store, later, later + HOUR_MS)
    store.rollup(later + HOUR_MS + 3 * MINUTE_MS)
    assert [h.at_ms for h in store.hours(0, EVER_MS)] == [NOON_MS, later]


def test_a_clock_that_went_a_year_ahead_and_back(store: Store) -> None:
    fill(store, NOON_MS, NOON_MS + HOUR_MS)
    ahead = NOON_MS + 365 * DAY_MS
    fill(store, ahead, ahead + 10 * MINUTE_MS)
    store.rollup(ahead + 12 * MINUTE_MS)
    fill(store, NOON_MS + HOUR_MS, NOON_MS + 2 * HOUR_MS)
    store.rollup(NOON_MS + 2 * HOUR_MS + 5 * MINUTE_MS)
    assert [h.at_ms for h in store.hours(0, EVER_MS)] == [NOON_MS, NOON_MS + HOUR_MS]
    assert len(store.samples(0, EVER_MS)) == 2 * 720 + 120


def test_prune_keeps_the_roll_ups(store: Store) -> None:
    now_ms = NOON_MS + 20 * DAY_MS
    made = fill(store, NOON_MS, now_ms, step_ms=MINUTE_MS // 2)
    store.add_records([reply(now_ms)])
    removed = store.prune(now_ms, raw_days=14, minute_days=90, hour_days=1100)
    assert removed == 6 * 2 * 24 * 60
    assert store.samples(0, EVER_MS)[0].at_ms == now_ms - 14 * DAY_MS
    assert_tells(store.hours(0, EVER_MS)[0], [s for s in made if s.at_ms < NOON_MS + HOUR_MS])
    before = store.minutes(0, EVER_MS)
    assert len(before) == 20 * 24 * 60 - 2
    store.rollup(now_ms + MINUTE_MS)
    assert store.minutes(0, EVER_MS)[: len(before)] == before
    assert store.prune(now_ms, 14, 90, 1100) == 0
    assert store.span() == (NOON_MS, now_ms)


def test_minutes_and_hours_go_in_their_time(store: Store) -> None:
    now_ms = NOON_MS + 40 * DAY_MS
    fill(store, NOON_MS, now_ms, step_ms=10 * MINUTE_MS)
    store.add_records([reply(now_ms)])
    store.prune(now_ms, raw_days=5, minute_days=10, hour_days=30)
    assert store.samples(0, EVER_MS)[0].at_ms == now_ms - 5 * DAY_MS
    assert store.minutes(0, EVER_MS)[0].at_ms == now_ms - 10 * DAY_MS
    assert store.hours(0, EVER_MS)[0].at_ms == now_ms - 30 * DAY_MS


def test_what_is_older_than_raw_does_not_spoil_a_roll_up(store: Store) -> None:
    now_ms = NOON_MS + 20 * DAY_MS
    fill(store, NOON_MS, now_ms, step_ms=MINUTE_MS // 2)
    store.add_records([reply(now_ms)])
    store.prune(now_ms, 14, 90, 1100)
    before = store.minutes(0, NOON_MS + DAY_MS)
    store.add_records([reply(NOON_MS + 5)])
    store.rollup(now_ms + 5 * MINUTE_MS)
    assert store.minutes(0, NOON_MS + DAY_MS) == before


def test_the_last_state_of_each_key_stays(store: Store) -> None:
    now_ms = NOON_MS + 200 * DAY_MS
    old = [StateChange(NOON_MS + i, "wifi.signal_dbm", -50 - i % 9) for i in range(12_000)]
    kind = StateChange(NOON_MS, "link.kind", "wifi")
    gap = Gap(now_ms - 1, now_ms, GapWhy.SLEEP)
    store.add_records([*old, kind, reply(now_ms)])
    store.add_records([gap])
    assert store.prune(now_ms, 14, 90, 1100) == 11_999
    assert store.states_before(now_ms) == {"wifi.signal_dbm": old[-1], "link.kind": kind}
    assert store.gaps(0, EVER_MS) == [gap]


def test_the_file_shrinks_when_much_has_gone(store: Store) -> None:
    now_ms = NOON_MS + 30 * DAY_MS
    fill(store, NOON_MS, now_ms, step_ms=20_000)
    store.add_records([reply(now_ms)])
    store.rollup(now_ms)
    before = store.info()
    store.prune(now_ms, raw_days=2, minute_days=2, hour_days=1100)
    store.close()
    after = store.path.stat().st_size
    assert after < before.size_bytes / 3
    assert store.check() == []


class TestClockRule:
    """Nothing is pruned by a clock that may be wrong."""

    def keep(self, store: Store, now_ms: EpochMs) -> int:
        return store.prune(now_ms, raw_days=1, minute_days=90, hour_days=1100)

    def test_set_back(self, store: Store) -> None:
        fill(store, NOON_MS, NOON_MS + 5 * DAY_MS, step_ms=MINUTE_MS)
        newest = NOON_MS + 5 * DAY_MS - MINUTE_MS
        set_back = newest - 16 * MINUTE_MS
        assert self.keep(store, set_back) == 0
        assert self.keep(store, set_back + 20 * HOUR_MS) == 0
        assert self.keep(store, set_back + 40 * HOUR_MS) > 0

    def test_corrected_by_minutes(self, store: Store) -> None:
        fill(store, NOON_MS, NOON_MS + 5 * DAY_MS, step_ms=MINUTE_MS)
        newest = NOON_MS + 5 * DAY_MS - MINUTE_MS
        assert self.keep(store, newest - 14 * MINUTE_MS) > 0

    def test_set_ahead_of_everything_stored(self, store: Store) -> None:
        fill(store, NOON_MS, NOON_MS + 5 * DAY_MS, step_ms=MINUTE_MS)
        newest = NOON_MS + 5 * DAY_MS - MINUTE_MS
        assert self.keep(store, newest + DAY_MS + HOUR_MS) == 0
        assert len(store.samples(0, EVER_MS)) == 5 * 24 * 60

    def test_set_ahead_under_a_running_daemon(self, store: Store) -> None:
        now_ms = NOON_MS + 5 * DAY_MS
        run_id = store.start_run(NOON_MS, 1, "0")
        fill(store, NOON_MS, now_ms, step_ms=MINUTE_MS)
        store.beat(run_id, now_ms)
        store.rollup(now_ms)
        ahead = now_ms + 365 * DAY_MS
        store.beat(run_id, ahead)
        store.add_records([reply(ahead)])
        store.rollup(ahead)
        assert self.keep(store, ahead) == 0
        store.beat(run_id, ahead + 20 * HOUR_MS)
        assert self.keep(store, ahead + 20 * HOUR_MS) == 0
        assert len(store.samples(0, EVER_MS)) == 5 * 24 * 60 + 1

    def test_off_for_weeks_it_prunes_a_day_later(self, store: Store) -> None:
        fill(store, NOON_MS, NOON_MS + 3 * DAY_MS, step_ms=MINUTE_MS)
        store.rollup(NOON_MS + 3 * DAY_MS)
        back = NOON_MS + 40 * DAY_MS
        run_id = store.start_run(back, 1, "0")
        assert self.keep(store, back) == 0
        store.beat(run_id, back + DAY_MS)
        assert self.keep(store, back + DAY_MS) > 0
        assert store.samples(0, EVER_MS) == []
        assert len(store.hours(0, EVER_MS)) == 72

    def test_why_is_logged(self, store: Store, caplog: pytest.LogCaptureFixture) -> None:
        fill(store, NOON_MS, NOON_MS + HOUR_MS)
        self.keep(store, NOON_MS - DAY_MS)
        assert "nothing is pruned: the clock stands before the newest sample" in caplog.text


def test_a_backup_is_a_whole_single_file(store: Store, tmp_path: Path) -> None:
    made = fill(store, NOON_MS, NOON_MS + HOUR_MS)
    to = tmp_path / "safe" / "copy.db"
    to.parent.mkdir()
    store.backup(to)
    assert [file.name for file in to.parent.iterdir()] == ["copy.db"]
    assert to.stat().st_mode & 0o777 == 0o600
    assert rows(to, "SELECT count(*) FROM sample_recent") == [(len(made),)]
    with pytest.raises(StoreError, match=r"copy\.db exists already: name another"):
        store.backup(to)
    with pytest.raises(StoreError, match=r"missing is no folder"):
        store.backup(tmp_path / "missing" / "copy.db")


def test_what_there_is(store: Store) -> None:
    made = fill(store, NOON_MS, NOON_MS + 2 * HOUR_MS)
    store.rollup(NOON_MS + 3 * HOUR_MS)
    info = store.info()
    assert (info.sample_count, info.minute_count, info.hour_count) == (len(made), 120, 2)
    assert info.disconnect_count == 0
    assert info.path == store.path
    assert info.revision == HEAD
    assert info.size_bytes > 10_000
    assert info.span == (NOON_MS, made[-1].at_ms)
    assert store.check() == []
