"""What happens to the store's files behind its back costs nothing that was stored or stands."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from monitor.clock import SystemClock
from monitor.model import (
    Gap,
    GapWhy,
    How,
    Record,
    SessionChange,
    SessionState,
    StateChange,
)
from monitor.store import writer as writer_module
from monitor.store.interface import StoreUnavailableError
from monitor.store.sqlite import Store, open_store
from monitor.store.writer import Writer
from tests.integration.store_facts import NOON_MS, reply, rows
from tests.waiting import wait_until

UP, DOWN = SessionState.UP, SessionState.DOWN
HOUR_MS = 3_600_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "data")) as opened:
        yield opened


def beside(store: Store, ending: str) -> Path:
    return store.path.with_name(store.path.name + ending)


def link_up(at_ms: int) -> StateChange:
    return StateChange(at_ms, "link.up", True)


@pytest.mark.parametrize("endings", [("-wal",), ("-shm",), ("-wal", "-shm")])
def test_a_log_that_is_deleted_takes_nothing_along(
    store: Store, endings: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    store.add_records([link_up(NOON_MS)])
    for ending in endings:
        beside(store, ending).unlink()
    store.add_records([link_up(NOON_MS + 1)])
    # another program sees it, as one would after a kill
    assert rows(store.path, "SELECT at_ms FROM state_change") == [(NOON_MS,), (NOON_MS + 1,)]
    assert rows(store.path, "PRAGMA integrity_check") == [("ok",)]
    store.add_records([link_up(NOON_MS + 2)])
    assert len(store.states(0, 2 * NOON_MS)) == 3
    [said] = [record.message for record in caplog.records]
    assert "the log beside" in said


def test_a_new_file_is_told_what_stands(store: Store) -> None:
    store.add_records(
        [
            link_up(NOON_MS - HOUR_MS),
            StateChange(NOON_MS - HOUR_MS, "path.first_dead_hop", 3),
            SessionChange(NOON_MS - HOUR_MS, "icbc", UP),
            SessionChange(NOON_MS - HOUR_MS, "other", UP),
            SessionChange(NOON_MS - 5_000, "other", DOWN, How.RESET),
            reply(NOON_MS),
        ]
    )
    for file in store.path.parent.glob("*.db*"):
        file.unlink()
    store.add_records([SessionChange(NOON_MS + 9, "icbc", DOWN, How.RESET)])
    assert store.sessions(0, 2 * NOON_MS) == [
        SessionChange(NOON_MS - 5_001, "other", UP),
        SessionChange(NOON_MS - 5_000, "other", DOWN, How.RESET),
        SessionChange(NOON_MS, "icbc", UP),
        SessionChange(NOON_MS + 9, "icbc", DOWN, How.RESET),
    ]
    assert store.states(0, 2 * NOON_MS) == [link_up(NOON_MS)]
    assert store.gaps(0, 2 * NOON_MS) == []


def test_a_backup_put_back_is_told_of_the_time_it_missed(store: Store, tmp_path: Path) -> None:
    store.add_records([link_up(NOON_MS - HOUR_MS), SessionChange(NOON_MS - HOUR_MS, "icbc", UP)])
    store.backup(tmp_path / "backup.db")
    store.add_records([reply(NOON_MS)])
    for ending in ("-wal", "-shm"):
        beside(store, ending).unlink()
    (tmp_path / "backup.db").replace(store.path)
    store.add_records([reply(NOON_MS + 5_000)])
    assert store.gaps(0, 2 * NOON_MS) == [Gap(NOON_MS - HOUR_MS, NOON_MS, GapWhy.STOPPED)]
    assert [change.at_ms for change in store.sessions(0, 2 * NOON_MS)] == [
        NOON_MS - HOUR_MS,
        NOON_MS,
    ]


def test_a_copy_that_lacks_the_last_seconds_makes_no_gap(store: Store, tmp_path: Path) -> None:
    store.add_records([SessionChange(NOON_MS, "icbc", UP)])
    store.backup(tmp_path / "copy.db")
    store.add_records([reply(NOON_MS + 5_000)])
    for ending in ("-wal", "-shm"):
        beside(store, ending).unlink()
    (tmp_path / "copy.db").replace(store.path)
    store.add_records([reply(NOON_MS + 6_000)])
    assert store.gaps(0, 2 * NOON_MS) == []


def test_a_file_that_came_back_whole_is_told_nothing(store: Store) -> None:
    store.add_records([link_up(NOON_MS), SessionChange(NOON_MS, "icbc", UP)])
    moved = store.path.with_name("moved.db")
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("VACUUM INTO ?", (str(moved),))
    moved.replace(store.path)
    store.add_records([link_up(NOON_MS + 1)])
    assert store.states(0, 2 * NOON_MS) == [link_up(NOON_MS), link_up(NOON_MS + 1)]
    assert len(store.sessions(0, 2 * NOON_MS)) == 1
    assert store.gaps(0, 2 * NOON_MS) == []


class RefusingStore:
    """A store whose disk refuses until it is told otherwise."""

    def __init__(self) -> None:
        self.path = Path("walletwatch.db")
        self.refuses = True
        self.asked_count = 0
        self.taken: list[Record] = []

    def add_records(self, records: list[Record]) -> None:
        self.asked_count += 1
        if self.refuses:
            raise StoreUnavailableError("locked")
        self.taken += records


def test_what_is_asked_each_second_of_an_hour_is_done_once() -> None:
    disk, done = RefusingStore(), []
    writer = Writer(cast(Store, disk), SystemClock(), flush_s=HOUR_MS)
    writer.event(link_up(NOON_MS))
    wait_until(lambda: disk.asked_count)
    futures = []
    for second in range(3_600):
        writer.call(lambda _: done.append("loss"), "heavy loss")
        futures.append(writer.call(lambda _, s=second: done.append(s), "evaluate"))  # type: ignore[misc]
        if second == 1_800:
            writer.event(SessionChange(NOON_MS + 1, "icbc", DOWN, How.RESET))
    disk.refuses = False
    assert writer.flush(20)
    assert done == ["loss", 3_599], "the last of each, after everything that happened"
    assert all(future.cancelled() for future in futures[:-1])
    assert len(disk.taken) == 2
    assert writer.stop(2)


def test_a_name_waits_for_a_call_that_runs() -> None:
    disk, done = RefusingStore(), []
    writer = Writer(cast(Store, disk), SystemClock(), flush_s=HOUR_MS)
    first = writer.call(lambda store: store.add_records([link_up(1)]), "evaluate")
    wait_until(lambda: disk.asked_count)
    second = writer.call(lambda _: done.append(2), "evaluate")
    third = writer.call(lambda _: done.append(3), "evaluate")
    disk.refuses = False
    assert third.result(10) is None
    assert first.result(1) is None
    assert second.cancelled()
    assert (done, disk.taken) == ([3], [link_up(1)])
    assert writer.stop(2)


def test_states_give_way_but_no_session_change_is_ever_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer_module, "MOST_EVENTS", 100)
    disk = RefusingStore()
    writer = Writer(cast(Store, disk), SystemClock(), flush_s=HOUR_MS)
    writer.event(link_up(0))
    wait_until(lambda: disk.asked_count)
    changes = [SessionChange(n, "icbc", DOWN, How.RESET) for n in range(150)]
    for change in changes:
        writer.event(change)
        writer.event(link_up(change.at_ms))
    disk.refuses = False
    assert writer.flush(20)
    assert [record for record in disk.taken if isinstance(record, SessionChange)] == changes
    assert writer.dropped_count > 100
    assert writer.stop(2)
