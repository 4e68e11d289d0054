"""The writer loses nothing, keeps the order, and outlives a disk that refuses."""

import logging
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from monitor.clock import SystemClock
from monitor.model import Delivery, How, Record, Sample, SessionChange, SessionState, StateChange
from monitor.store import writer as writer_module
from monitor.store.interface import StoreError, StoreUnavailableError
from monitor.store.place import DATABASE_NAME
from monitor.store.sqlite import Store, open_store
from monitor.store.writer import Writer
from tests.integration.store_facts import NOON_MS, reply, rows
from tests.waiting import wait_until

NEVER_S = 3600.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "data")) as opened:
        yield opened


@pytest.fixture
def writer(store: Store) -> Iterator[Writer]:
    made = Writer(store, SystemClock(), flush_s=NEVER_S)
    yield made
    made.stop(10)


def change(i: int = 0) -> StateChange:
    return StateChange(NOON_MS + i, "link.up", i)


def stored(store: Store, table: str = "sample") -> int:
    return int(rows(store.path, f"SELECT count(*) FROM {table}")[0][0])


def test_samples_wait_for_their_batch(store: Store) -> None:
    writer = Writer(store, SystemClock(), flush_s=0.3)
    writer.later(reply(NOON_MS))
    writer.later(reply(NOON_MS + 1))
    assert stored(store) == 0
    wait_until(lambda: stored(store) == 2)
    writer.later(reply(NOON_MS + 2))
    wait_until(lambda: stored(store) == 3)
    assert writer.stop(2)


def test_a_full_batch_waits_no_longer(store: Store, writer: Writer) -> None:
    for number in range(writer_module.BATCH_RECORDS - 1):
        writer.later(reply(NOON_MS + number))
    assert stored(store) == 0
    writer.later(reply(NOON_MS - 1))
    wait_until(lambda: stored(store) == writer_module.BATCH_RECORDS)


def test_an_event_takes_the_batch_along_at_once(store: Store, writer: Writer) -> None:
    writer.later(reply(NOON_MS))
    writer.event(change())
    wait_until(lambda: stored(store, "state_change") == 1)
    assert stored(store) == 1


def test_events_and_calls_keep_their_order(store: Store, writer: Writer) -> None:
    seen = []
    for i in range(50):
        writer.later(reply(NOON_MS + i))
        writer.event(change(i))
        seen.append(writer.call(lambda s: len(s.states(0, NOON_MS * 2))))
    assert [future.result(10) for future in seen] == list(range(1, 51))
    assert [s.value for s in store.states(0, NOON_MS * 2)] == list(range(50))


def test_a_call_sees_the_samples_before_it(store: Store, writer: Writer) -> None:
    for i in range(12_000):
        writer.later(reply(NOON_MS + i))
    assert writer.call(lambda s: len(s.samples(0, NOON_MS * 2))).result(20) == 12_000


def test_a_calls_own_mistake_comes_back_to_the_caller(store: Store, writer: Writer) -> None:
    with pytest.raises(ZeroDivisionError):
        writer.call(lambda _: 1 // 0).result(5)
    with pytest.raises(StoreError, match="no notice 5"):
        writer.call(lambda s: s.mark_notice(5, Delivery.SENT, "", 0)).result(5)
    assert writer.call(lambda s: s.path).result(5) == store.path


def test_flush_and_stop_write_everything(store: Store) -> None:
    writer = Writer(store, SystemClock(), flush_s=NEVER_S)
    writer.later(reply(NOON_MS))
    assert writer.flush()
    assert stored(store) == 1
    writer.later(reply(NOON_MS + 1))
    assert writer.stop(2)
    assert stored(store) == 2
    with pytest.raises(CancelledError):
        writer.call(lambda _: None).result(1)


def test_a_record_that_cannot_be_stored_takes_no_other_along(
    store: Store, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    writer.later(reply(NOON_MS))
    writer.later(reply(2**70))
    writer.later(reply(NOON_MS + 1))
    writer.event(change())
    assert writer.flush(10)
    assert stored(store) == 2
    assert stored(store, "state_change") == 1
    assert "cannot be stored" in caplog.text


def test_locked_by_another_connection_for_seconds(
    store: Store, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(store.path, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        for i in range(100):
            writer.later(reply(NOON_MS + i))
        writer.event(change())
        late = writer.call(lambda s: len(s.samples(0, NOON_MS * 2)))
        wait_until(lambda: "cannot write" in caplog.text)
        assert not writer.flush(0.1)
        assert not late.done()
        stranger.execute("ROLLBACK")
    assert late.result(20) == 100
    wait_until(lambda: "given up while it refused" in caplog.text)
    assert stored(store, "state_change") == 1
    levels = [record.levelno for record in caplog.records]
    assert levels == [logging.ERROR, logging.WARNING]


def test_deleted_under_it_a_new_file_is_begun(
    store: Store, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    run_id = writer.call(lambda s: s.start_run(NOON_MS, 4, "0.1")).result(5)
    writer.later(reply(NOON_MS))
    assert writer.flush(5)
    for file in store.path.parent.iterdir():
        file.unlink()
    writer.later(reply(NOON_MS + 1))
    writer.event(change())
    assert writer.flush(20)
    assert stored(store) == 1
    assert stored(store, "state_change") == 1
    assert store.path.stat().st_mode & 0o777 == 0o600
    writer.call(lambda s: s.beat(run_id, NOON_MS + 9)).result(5)
    last = store.last_run()
    assert last is not None
    assert (last.id, last.started_at_ms, last.beat_at_ms) == (run_id, NOON_MS, NOON_MS + 9)
    assert "removed or replaced" in caplog.text


def test_the_whole_directory_deleted_under_it(store: Store, writer: Writer) -> None:
    shutil.rmtree(store.path.parent)
    writer.event(change())
    assert writer.flush(20)
    assert stored(store, "state_change") == 1
    assert store.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_was_moved_away_is_left_whole(store: Store, writer: Writer) -> None:
    writer.later(reply(NOON_MS))
    assert writer.flush(5)
    moved = store.path.with_name("moved.db")
    store.path.rename(moved)
    writer.later(reply(NOON_MS + 1))
    assert writer.flush(20)
    assert rows(moved, "SELECT at_ms FROM sample") == [(NOON_MS,)]
    assert rows(moved, "PRAGMA integrity_check") == [("ok",)]
    assert rows(store.path, "SELECT at_ms FROM sample") == [(NOON_MS + 1,)]


def test_damaged_it_keeps_everything_until_mended(
    store: Store, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    writer.flush(5)
    store.close()
    garbage = b"\xa5" * 40_000
    store.path.with_name("next.db").write_bytes(garbage)
    store.path.with_name("next.db").replace(store.path)
    writer.event(change())
    wait_until(lambda: "damaged" in caplog.text)
    assert store.path.read_bytes() == garbage
    store.path.unlink()
    assert writer.flush(20)
    assert stored(store, "state_change") == 1


class RefusingStore:
    """A store whose disk refuses until it is told otherwise."""

    def __init__(self) -> None:
        self.path = Path(DATABASE_NAME)
        self.refuses = True
        self.taken: list[Record] = []
        self.asked = threading.Event()

    def add_records(self, records: list[Record]) -> None:
        self.asked.set()
        if self.refuses:
            raise StoreUnavailableError("full")
        self.taken += records


def test_memory_is_bounded_and_the_oldest_samples_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = RefusingStore()
    writer = Writer(cast(Store, disk), SystemClock(), flush_s=NEVER_S)
    writer.event(change(-1))
    assert disk.asked.wait(5)
    most = writer_module.MOST_SAMPLES
    for i in range(most + 500):
        writer.later(reply(NOON_MS + i))
    for i in range(writer_module.MOST_EVENTS + 7):
        writer.event(change(i))
    assert writer.dropped_count + writer_module.BATCH_RECORDS >= 500
    assert writer.dropped_count <= 507
    disk.refuses = False
    assert writer.flush(60)
    samples = [record for record in disk.taken if isinstance(record, Sample)]
    assert most <= len(samples) <= most + writer_module.BATCH_RECORDS
    assert samples[-1].at_ms == NOON_MS + most + 499
    events = [record for record in disk.taken if isinstance(record, StateChange)]
    assert events[0] == change(-1)
    assert events[-1] == change(writer_module.MOST_EVENTS + 6)
    assert writer.stop(2)


def test_a_call_waits_for_the_disk_too() -> None:
    disk = RefusingStore()
    writer = Writer(cast(Store, disk), SystemClock(), flush_s=NEVER_S)
    waiting = writer.call(lambda store: store.add_records([change()]))
    assert disk.asked.wait(5)
    disk.refuses = False
    assert waiting.result(10) is None
    assert disk.taken == [change()]
    assert writer.stop(2)


def test_stop_gives_up_in_time_where_the_disk_refuses(caplog: pytest.LogCaptureFixture) -> None:
    disk = RefusingStore()
    writer = Writer(cast(Store, disk), SystemClock(), flush_s=NEVER_S)
    down = SessionChange(NOON_MS, "icbc", SessionState.DOWN, How.RESET)
    writer.event(down)
    assert disk.asked.wait(5)
    began = SystemClock().monotonic_ms()
    assert not writer.stop(0.5)
    assert SystemClock().monotonic_ms() - began < 2_000
    assert "1 records could not be written" in caplog.text


def test_stop_is_in_time_for_a_disk_that_comes_back(store: Store) -> None:
    disk = RefusingStore()
    writer = Writer(cast(Store, disk), SystemClock(), flush_s=NEVER_S)
    writer.event(change())
    assert disk.asked.wait(5)
    threading.Timer(0.3, lambda: setattr(disk, "refuses", False)).start()
    assert writer.stop(5)
    assert disk.taken == [change()]


def test_its_thread_answers_and_writes_nothing_for_it(store: Store, writer: Writer) -> None:
    writer.later(reply(NOON_MS))
    writer.ask()
    wait_until(writer.has_answered)
    assert stored(store) == 0


def test_a_thread_that_hangs_does_not_answer(writer: Writer) -> None:
    began, ended = threading.Event(), threading.Event()

    def hang(_: Store) -> None:
        began.set()
        ended.wait(20)

    writer.call(hang)
    assert began.wait(5)
    writer.ask()
    assert not writer.has_answered()
    ended.set()
    wait_until(writer.has_answered)


def test_a_thread_whose_disk_refuses_answers_all_the_same(writer: Writer) -> None:
    tries = iter(range(2))

    def refuse(_: Store) -> None:
        if next(tries, None) is not None:
            raise StoreUnavailableError("the disk is away")

    done = writer.call(refuse)
    writer.ask()
    wait_until(writer.has_answered)
    assert not done.done()
    done.result(20)
