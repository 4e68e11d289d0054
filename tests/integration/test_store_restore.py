"""A backup comes back whole, or nothing changes; the file has its bound; the future goes too."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from monitor.model import Gap, GapWhy, Outcome, Sample
from monitor.store.interface import StoreError
from monitor.store.lock import hold
from monitor.store.migrate import HEAD
from monitor.store.place import DATABASE_NAME
from monitor.store.restore import a_new_one, restore
from monitor.store.retention import Keep
from monitor.store.sqlite import Store, open_store
from tests.integration.store_facts import GATEWAY, NOON_MS, reply, rows
from tests.integration.test_store_upgrades import store_of

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
EVER_MS = NOON_MS * 2


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    with closing(open_store(folder)) as store:
        store.add_records([reply(NOON_MS)])
        store.backup(tmp_path / "copy.db")
        store.add_records([reply(NOON_MS + 1)])
    return folder


def test_the_backup_is_the_database_and_the_other_is_kept(tmp_path: Path, data_dir: Path) -> None:
    done = restore(tmp_path / "copy.db", data_dir, NOON_MS)
    assert rows(data_dir / DATABASE_NAME, "SELECT from_ms FROM sample_block") == [(NOON_MS,)]
    assert done.aside is not None
    assert done.aside.name == "walletwatch-replaced-20260922T120000Z.db"
    assert rows(done.aside, "SELECT sum(count) FROM sample_block") == [(2,)]
    assert (data_dir / DATABASE_NAME).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "copy.db").exists()
    again = restore(tmp_path / "copy.db", data_dir, NOON_MS)
    assert again.aside not in (None, done.aside)
    with closing(open_store(data_dir)) as store:
        assert store.check() == []


def test_an_older_backup_is_brought_up_to_date(tmp_path: Path) -> None:
    older = store_of("0001", tmp_path / "older")
    done = restore(older, tmp_path / "data", NOON_MS)
    assert (done.revision, done.is_upgraded, done.aside) == ("0001", True, None)
    with closing(open_store(tmp_path / "data")) as store:
        assert store.info().revision == HEAD
        assert len(store.disconnects()) == 1
    assert sorted(file.name for file in (tmp_path / "data").glob("*before*")) == []


def test_what_is_no_backup_changes_nothing(tmp_path: Path, data_dir: Path) -> None:
    stranger = tmp_path / "stranger.db"
    with closing(sqlite3.connect(stranger)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    cut = tmp_path / "cut.db"
    cut.write_bytes((tmp_path / "copy.db").read_bytes()[:20_000])
    newer = tmp_path / "newer.db"
    newer.write_bytes((tmp_path / "copy.db").read_bytes())
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
        connection.commit()
    before = (data_dir / DATABASE_NAME).read_bytes()
    for file, words in (
        (stranger, "not a whole database of walletwatch"),
        (cut, "not a whole database|damaged"),
        (newer, "newer walletwatch"),
        (tmp_path / "nothing.db", "is not there"),
        (data_dir / DATABASE_NAME, "is the database itself"),
    ):
        with pytest.raises(StoreError, match=words):
            restore(file, data_dir, NOON_MS)
        assert (data_dir / DATABASE_NAME).read_bytes() == before
    assert list(data_dir.glob("*replaced*")) == []


def test_not_under_a_running_daemon(tmp_path: Path, data_dir: Path) -> None:
    with hold(data_dir), pytest.raises(StoreError, match="already watches"):
        restore(tmp_path / "copy.db", data_dir, NOON_MS)
    assert list(data_dir.glob("*replaced*")) == []


def test_a_plain_copy_does_as_well(tmp_path: Path, data_dir: Path) -> None:
    """As the README has it: with nothing running, without the files beside the old one."""
    for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm"):
        (data_dir / name).unlink(missing_ok=True)
    (data_dir / DATABASE_NAME).write_bytes((tmp_path / "copy.db").read_bytes())
    with closing(open_store(data_dir)) as store:
        assert [s.at_ms for s in store.samples(0, EVER_MS)] == [NOON_MS]


def test_what_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with pytest.raises(KeyboardInterrupt), a_new_one(tmp_path) as store:
        store.add_records([reply(NOON_MS)])
        raise KeyboardInterrupt
    assert not (tmp_path / "replay.part").exists()
    with closing(open_store(tmp_path)) as kept:
        assert kept.is_empty()
    with a_new_one(tmp_path) as store:
        store.add_records([reply(NOON_MS)])
    with closing(open_store(tmp_path)) as kept:
        assert len(kept.samples(0, EVER_MS)) == 1


def fill(store: Store, since_ms: int, until_ms: int) -> None:
    store.add_records(
        [Sample(at, GATEWAY, Outcome.TIMEOUT) for at in range(since_ms, until_ms, 60_000)]
    )


def test_the_file_comes_to_a_plateau(tmp_path: Path) -> None:
    """Days in the place of months: two of samples, five of minutes, ten of hours."""
    sizes = []
    with closing(open_store(tmp_path)) as store:
        for day in range(24):
            begin_ms = NOON_MS + day * DAY_MS
            fill(store, begin_ms, begin_ms + DAY_MS)
            store.prune(begin_ms + DAY_MS, raw_days=2, minute_days=5, hour_days=10)
            info = store.info()
            sizes.append(info.size_bytes - info.wal_bytes)
            assert day < 10 or info.free_bytes <= sizes[-1] * 0.13
        expected = store.room(Keep(2, 5, 10)).bound_bytes
    assert max(sizes[12:]) <= max(sizes[6:12]) * 1.15
    assert expected is not None
    assert 0.3 < expected / sizes[-1] < 3


def test_rows_of_a_year_ahead_neither_stay_nor_stop_the_others(tmp_path: Path) -> None:
    ahead_ms = 365 * DAY_MS
    with closing(open_store(tmp_path)) as store:
        fill(store, NOON_MS, NOON_MS + DAY_MS)
        now_ms = NOON_MS + DAY_MS
        store.rollup(now_ms)
        store.add_records([Gap(now_ms, now_ms + ahead_ms, GapWhy.CLOCK)])
        fill(store, now_ms + ahead_ms, now_ms + ahead_ms + 2 * DAY_MS)
        for hour in range(48):
            store.prune(now_ms + ahead_ms + hour * HOUR_MS, 3, 3, 3)
        assert store.samples(NOON_MS, NOON_MS + 1) != []
        now_ms += 2 * DAY_MS
        store.add_records([Gap(now_ms, now_ms, GapWhy.CLOCK)])
        for _ in range(5 * 24):
            fill(store, now_ms, now_ms + HOUR_MS)
            now_ms += HOUR_MS
            store.prune(now_ms, 3, 3, 3)
        left = store.samples(0, EVER_MS)
        assert left[-1].at_ms < now_ms
        assert now_ms - 3 * DAY_MS - 3 * HOUR_MS < left[0].at_ms <= now_ms - 3 * DAY_MS
        assert store.minutes(now_ms, EVER_MS) == []
        assert store.hours(now_ms, EVER_MS) == []
        # nor are the samples that come taken for late ones
        assert rows(store.path, "SELECT sum(count) FROM sample_block") > [(0,)]
