"""Opening: what is made, how private it is, and one clear sentence for everything that refuses."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from monitor.model import EpochMs
from monitor.store.interface import StoreError, StoreUnavailableError
from monitor.store.migrate import HEAD
from monitor.store.place import DATABASE_NAME
from monitor.store.sqlite import open_store
from tests.integration.store_facts import GATEWAY, NOON_MS, ordinary_user, reply, rows


def sentence(caught: pytest.ExceptionInfo[StoreError]) -> str:
    """The message, which must be one line of words."""
    text = str(caught.value)
    assert "\n" not in text
    assert "Traceback" not in text
    return text


def test_a_new_store_is_private_and_set_up(tmp_path: Path) -> None:
    data_dir = tmp_path / "deep" / "data"
    with closing(open_store(data_dir)) as store:
        assert store.path == data_dir / DATABASE_NAME
        assert store.is_empty()
        store.add_records([reply(NOON_MS)])
        assert data_dir.stat().st_mode & 0o777 == 0o700
        for file in data_dir.iterdir():
            assert file.stat().st_mode & 0o777 == 0o600, file
        with store._file.reading() as connection:
            settings = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in (
                    "journal_mode",
                    "synchronous",
                    "busy_timeout",
                    "foreign_keys",
                    "auto_vacuum",
                )
            }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 1,
        "busy_timeout": 5000,
        "foreign_keys": 1,
        "auto_vacuum": 2,
    }


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    path = tmp_path / DATABASE_NAME
    path.chmod(0o644)
    open_store(tmp_path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_opened_again_it_is_the_same_history(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        store.add_records([reply(NOON_MS)])
    with closing(open_store(tmp_path)) as store:
        assert store.samples(0, NOON_MS + 1) == [reply(NOON_MS)]


def test_a_name_with_every_character(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "100% a?b#c 钱包")) as store:
        store.add_records([reply(NOON_MS)])
        assert store.span() == (NOON_MS, NOON_MS)


def test_a_data_dir_that_is_a_file(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.write_text("mine")
    for below in (place, place / "deeper"):
        with pytest.raises(StoreError, match=r"is not a directory.*--data-dir") as caught:
            open_store(below)
        assert str(below) in sentence(caught)
    assert place.read_text() == "mine"


def test_a_database_that_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).mkdir()
    with pytest.raises(StoreError, match=DATABASE_NAME) as caught:
        open_store(tmp_path)
    sentence(caught)


def test_a_directory_without_the_right_to_write() -> None:
    with ordinary_user() as folder:
        folder.chmod(0o500)
        with pytest.raises(StoreUnavailableError, match="cannot be written: give") as caught:
            open_store(folder / "data")
        folder.chmod(0o700)
    assert str(folder) in sentence(caught)


def test_a_file_without_the_right_to_write() -> None:
    with ordinary_user(with_store=True) as folder:
        (folder / DATABASE_NAME).chmod(0o400)
        with pytest.raises(StoreUnavailableError, match="cannot be written: give") as caught:
            open_store(folder)
        with closing(open_store(folder, readonly=True)) as store:
            assert store.is_empty()
    assert DATABASE_NAME in sentence(caught)


def test_a_file_without_the_right_to_read() -> None:
    with ordinary_user(with_store=True) as folder:
        (folder / DATABASE_NAME).chmod(0o000)
        with pytest.raises(StoreError, match="cannot be opened: see that") as caught:
            open_store(folder, readonly=True)
    sentence(caught)


def test_a_directory_that_lost_the_right_to_write() -> None:
    with ordinary_user(with_store=True) as folder:
        folder.chmod(0o500)
        with pytest.raises(StoreError) as caught:
            open_store(folder)
        folder.chmod(0o700)
    assert str(folder) in sentence(caught)


def test_garbage_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    garbage = b"this was never a database" * 500
    path.write_bytes(garbage)
    for readonly in (False, True):
        with pytest.raises(StoreError, match=r"damaged or not a database.*move it away") as caught:
            open_store(tmp_path, readonly=readonly)
        assert str(path) in sentence(caught)
    assert path.read_bytes() == garbage


def test_a_page_damaged_in_the_middle(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        rtts = [1 + i * 7_919 % 9_973 / 10 for i in range(20_000)]
        store.add_records([reply(NOON_MS + i * 500, GATEWAY, rtt) for i, rtt in enumerate(rtts)])
    path = tmp_path / DATABASE_NAME
    whole = path.read_bytes()
    half = len(whole) * 3 // 4
    damaged = whole[:half] + b"\xa5" * 8_192 + whole[half + 8_192 :]
    path.write_bytes(damaged)
    with closing(open_store(tmp_path)) as store:
        assert store.check()
        with pytest.raises(StoreError, match=r"damaged.*put a backup in its place") as caught:
            store.samples(0, NOON_MS * 2)
        with pytest.raises(StoreError, match="damaged"):
            list(store.records(0, NOON_MS * 2))
    sentence(caught)
    assert len(path.read_bytes()) == len(damaged)


def test_an_empty_file_is_begun(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).touch()
    with closing(open_store(tmp_path)) as store:
        assert store.is_empty()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipe (name)")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="database of another program"):
        open_store(tmp_path)
    assert path.read_bytes() == before


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    for readonly in (False, True):
        with pytest.raises(
            StoreError, match=r"newer walletwatch.*9999.*install the newer"
        ) as caught:
            open_store(tmp_path, readonly=readonly)
        assert f"knows {HEAD}" in sentence(caught)


def test_a_database_locked_by_another_program(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="locked by another program") as caught:
            open_store(tmp_path)
        sentence(caught)
        with closing(open_store(tmp_path, readonly=True)) as reader:
            assert reader.is_empty()
        stranger.execute("ROLLBACK")
    open_store(tmp_path).close()


def test_reading_before_anything_was_recorded(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist: nothing was recorded"):
        open_store(tmp_path / "data", readonly=True)
    assert not (tmp_path / "data").exists()


def test_a_reader_sees_what_is_written_and_writes_nothing(tmp_path: Path) -> None:
    with (
        closing(open_store(tmp_path)) as store,
        closing(open_store(tmp_path, readonly=True)) as reader,
    ):
        store.add_records([reply(NOON_MS)])
        assert reader.last_samples() == [reply(NOON_MS)]
        with pytest.raises(StoreError, match="cannot be written"):
            reader.add_records([reply(NOON_MS + 1)])
        store.add_records([reply(NOON_MS + 2)])
        assert reader.span() == (NOON_MS, NOON_MS + 2)


def test_alembic_and_orm_stay_out_of_the_daemon(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import monitor.store.writer\n"
        "from monitor.store.sqlite import open_store\n"
        "store = open_store(Path(sys.argv[1])); store.samples(0, 1); store.close()\n"
        "print([m for m in ('alembic', 'sqlalchemy.orm', 'mako') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout.strip() == "[]"


def test_trace_and_errors_need_no_sqlalchemy() -> None:
    code = (
        "import sys; import monitor.store.trace, monitor.store.lock, monitor.store.histogram\n"
        "print('sqlalchemy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout.strip() == "False"


def test_starts_into_an_existing_store_at_once(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    began = time.perf_counter()
    open_store(tmp_path).close()
    assert time.perf_counter() - began < 0.5


def test_the_migration_lock_is_the_only_other_file(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    names = {file.name for file in tmp_path.iterdir()}
    assert names <= {DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm", "migrate.lock"}
    path = tmp_path / DATABASE_NAME
    assert rows(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_a_backup_put_in_its_place_works(tmp_path: Path) -> None:
    at_ms: EpochMs = NOON_MS
    with closing(open_store(tmp_path)) as store:
        store.add_records([reply(at_ms)])
        store.backup(tmp_path / "copy.db")
    (tmp_path / "copy.db").replace(tmp_path / DATABASE_NAME)
    with closing(open_store(tmp_path)) as store:
        assert store.last_samples() == [reply(at_ms)]
        store.add_records([reply(at_ms + 1)])
        assert rows(store.path, "PRAGMA journal_mode") == [("wal",)]


def test_a_table_of_contents_that_is_no_text_is_told_as_damage(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    path = tmp_path / "walletwatch.db"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"alembic_version", b"alembic\xb3\xa5ersion"))
    for readonly in (True, False):
        with pytest.raises(StoreError, match="damaged or not a database"):
            open_store(tmp_path, readonly=readonly)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_a_number_that_no_disconnect_can_have_is_none(tmp_path: Path, number: int) -> None:
    store = open_store(tmp_path)
    try:
        assert store.disconnect(number) is None
    finally:
        store.close()
