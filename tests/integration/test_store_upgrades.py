"""Stores of every release, with rows in every table, are carried over whole.

`tests/data/stores/<revision>.sql` is such a store, as that release wrote it. Whoever adds a
migration adds the store of the revision before it, with rows in whatever that one had brought.
"""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from monitor.case import case_of
from monitor.hindsight import rediagnose
from monitor.store import migrate
from monitor.store.interface import StoreError
from monitor.store.place import DATABASE_NAME
from monitor.store.sqlite import Store, open_store
from tests.integration.store_facts import NOON_MS, rows

ROOT = Path(__file__).parents[2]
STORES = ROOT / "tests" / "data" / "stores"
EVER_MS = NOON_MS * 2
BROUGHT_LATER = {
    "0001": {"fix_mark", "sample_block"},
    "0002": {"sample_block"},
    "0003": set[str](),
}
"""Tables that a release did not have yet."""
CARRIED_INTO_BLOCKS = {"sample", "sample_recent"}
"""Tables whose rows are samples in blocks from 0003 on."""
SETTLED = "care.settled_until_ms"
"""A mark that went with those tables."""
CAUSES = {"network.gateway"}


def store_of(revision: str, data_dir: Path) -> Path:
    """Make the store of a release in a data directory; returns its file."""
    data_dir.mkdir()
    path = data_dir / DATABASE_NAME
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((STORES / f"{revision}.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode=WAL")
    return path


def content(
    path: Path, tables: set[str], columns: dict[str, list[str]] | None = None
) -> dict[str, list[tuple[object, ...]]]:
    """Every row of these tables, in the columns of the release, in one order."""
    found = {}
    for table in sorted(tables):
        named = ", ".join(columns[table]) if columns else "*"
        found[table] = sorted(rows(path, f"SELECT {named} FROM {table}"), key=repr)
    return found


def columns_of(path: Path, tables: set[str]) -> dict[str, list[str]]:
    """The names of the columns of each table, in their order."""
    return {
        table: [f'"{row[1]}"' for row in rows(path, f"PRAGMA table_info({table})")]
        for table in tables
    }


def tables_of(path: Path) -> set[str]:
    names = rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")
    return {str(name) for (name,) in names} - {"alembic_version"}


def test_there_is_a_store_of_every_revision() -> None:
    """Fails where somebody adds a migration without the store that it has to carry over."""
    assert sorted(file.stem for file in STORES.glob("*.sql")) == list(migrate.REVISIONS)
    assert list(BROUGHT_LATER) == list(migrate.REVISIONS)


@pytest.mark.parametrize("revision", migrate.REVISIONS)
def test_the_store_has_rows_in_every_table(revision: str, tmp_path: Path) -> None:
    path = store_of(revision, tmp_path / "data")
    assert migrate.current_revision(path) == revision
    empty = {name for name, found in content(path, tables_of(path)).items() if not found}
    assert empty == set()


@pytest.mark.parametrize("revision", migrate.REVISIONS)
def test_every_row_is_there_afterwards(revision: str, tmp_path: Path) -> None:
    path = store_of(revision, tmp_path / "data")
    tables = tables_of(path)
    columns = columns_of(path, tables)
    before = content(path, tables)
    with closing(open_store(path.parent)) as store:
        assert store.check() == []
    assert migrate.current_revision(path) == migrate.HEAD
    assert tables_of(path) - tables == BROUGHT_LATER[revision]
    assert tables - tables_of(path) == tables & CARRIED_INTO_BLOCKS
    for table, found in content(path, tables - CARRIED_INTO_BLOCKS, columns).items():
        assert found == [row for row in before[table] if row[0] != SETTLED]
    if tables & CARRIED_INTO_BLOCKS:
        singles = [*before["sample"], *((t, at, o, us) for at, t, o, us in before["sample_recent"])]
        assert sorted(rows(path, "SELECT * FROM sample"), key=repr) == sorted(singles, key=repr)
    backup = path.with_name(f"walletwatch-before-{migrate.HEAD}.db")
    assert backup.exists() is (revision != migrate.HEAD)
    if backup.exists():
        assert migrate.current_revision(backup) == revision
        assert content(backup, tables) == before


@pytest.mark.parametrize("revision", migrate.REVISIONS)
def test_what_it_says_is_right_afterwards(revision: str, tmp_path: Path) -> None:
    """What reports and explanations are made from is there, and can be made anew."""
    path = store_of(revision, tmp_path / "data")
    with closing(open_store(path.parent)) as store:
        assert_speaks(store)


def assert_speaks(store: Store) -> None:
    """The one disconnect, its cause, and what was seen around it."""
    [drop] = store.disconnects()
    assert (drop.wallet, drop.confirmed) == ("icbc", "network.gateway")
    assert drop.id is not None
    told = store.diagnosis(drop.id)
    assert told is not None
    assert told.best.cause.value in CAUSES
    case = case_of(store, drop, NOON_MS + 60_000, frozenset())
    assert len(case.samples) > 400
    assert case.states_before["link.kind"].value == "wifi"
    changes = rediagnose(store, frozenset(), NOON_MS + 60_000, keep=True)
    assert [change.after.best.cause for change in changes] == [told.best.cause]
    assert store.minutes(0, EVER_MS)
    assert store.hours(0, EVER_MS)
    assert store.notices()[0].title == "icbc"
    assert store.last_alive_ms() == NOON_MS + 60_000
    store.rollup(NOON_MS + 3_600_000)
    assert store.prune(NOON_MS + 3_600_000, 14, 90, 1100) == 0


@pytest.mark.parametrize("revision", migrate.REVISIONS)
def test_the_commands_work_on_it(revision: str, tmp_path: Path) -> None:
    path = store_of(revision, tmp_path / "data")
    for command in (("explain", "1"), ("report", "--week", "2026-W39"), ("db", "info")):
        done = subprocess.run(
            [sys.executable, "-m", "monitor", "--lang", "en", "--data-dir", path.parent, *command],
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), command
        assert done.stdout


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from monitor.store.migrate import upgrade_here

left = int(sys.argv[2])

@event.listens_for(Engine, "before_cursor_execute")
def count(_c, _cursor, _s, _p, _x, _m):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

upgrade_here(Path(sys.argv[1]))
"""


def test_an_upgrade_that_is_killed_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Killed before each of its statements in turn."""
    ended = set()
    for statement in range(0, 1000, 14):
        path = store_of("0001", tmp_path / str(statement))
        before = content(path, tables_of(path))
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(path), str(statement)], cwd=ROOT, check=False
        )
        ended.add(done.returncode)
        revision = migrate.current_revision(path)
        assert revision in migrate.REVISIONS
        if revision == "0001":
            assert content(path, tables_of(path)) == before
        elif revision == "0002":
            assert len(rows(path, "SELECT 1 FROM sample_recent")) == len(before["sample_recent"])
        if done.returncode == 0:
            break
        with closing(open_store(path.parent)) as store:  # the next start carries it over
            assert store.check() == []
            assert len(store.disconnects()) == 1
    assert ended == {-signal.SIGKILL, 0}


def test_a_newer_one_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = store_of("0003", tmp_path / "data")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
        connection.commit()
    with pytest.raises(StoreError, match=r"written by a newer walletwatch \(schema 0099"):
        open_store(path.parent)


def test_an_hour_of_very_many_samples_is_carried_over_in_several_blocks(tmp_path: Path) -> None:
    path = store_of("0002", tmp_path / "data")
    hour_ms = NOON_MS + 24 * 3_600_000
    made = [(1 + i % 2, hour_ms + i * 71, i % 3, i) for i in range(50_000)]
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, some in (("sample", made[:49_000]), ("sample_recent", made[49_000:])):
            connection.executemany(
                f"INSERT INTO {table} (target_id, at_ms, outcome, rtt_us) VALUES (?, ?, ?, ?)", some
            )
    open_store(path.parent).close()
    found = rows(path, f"SELECT * FROM sample WHERE at_ms >= {hour_ms} ORDER BY at_ms")
    assert found == made
    [(most, count)] = rows(path, "SELECT max(count), count(*) FROM sample_block")
    assert most <= 25_000
    assert count >= 3
