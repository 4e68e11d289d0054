"""Migrations: they make exactly the tables of the code, wholly or not at all."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from monitor.store import migrate, schema
from monitor.store.engine import open_engine
from monitor.store.interface import StoreError
from monitor.store.place import DATABASE_NAME
from monitor.store.sqlite import open_store
from tests.integration.store_facts import NOON_MS, reply, rows

ROOT = Path(__file__).parents[2]
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table("half_done", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("sample_minute") as batch:
        batch.add_column(sa.Column("ttl", sa.SmallInteger))
    {then}
"""


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """The migrations with a second one to come; returns its file."""
    scripts = tmp_path / "scripts"
    shutil.copytree(migrate.scripts_folder(), scripts, ignore=shutil.ignore_patterns("__pycache__"))
    return scripts / "versions" / "0004_more.py"


def upgrade_with(script: Path, path: Path) -> None:
    migrate.bring_up_to_date(
        path, lambda p: migrate.upgrade_here(p, script.parents[1]), (*migrate.REVISIONS, "0004")
    )


def test_head_is_the_newest_script() -> None:
    found = {}
    for script in sorted((ROOT / "migrations" / "versions").glob("*.py")):
        text = script.read_text()
        revision = re.search(r'^revision = "(\w+)"', text, re.M)
        before = re.search(r'^down_revision = (?:"(\w+)"|None)', text, re.M)
        assert revision
        assert before
        found[before[1]] = revision[1]
    chain = [found[None]]
    while chain[-1] in found:
        chain.append(found[chain[-1]])
    assert tuple(chain) == migrate.REVISIONS
    assert chain[-1] == migrate.HEAD


def test_migrated_tables_are_those_of_the_code(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    engine = open_engine(tmp_path / DATABASE_NAME)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()
    created: dict[str, str] = dict(
        rows(tmp_path / DATABASE_NAME, "SELECT name, sql FROM sqlite_master")
    )
    for clustered in ("sample_minute", "sample_hour"):
        assert "WITHOUT ROWID" in str(created[clustered])
    assert "PRIMARY KEY (at_ms, target_id)" in str(created["sample_minute"])


def test_a_new_file_is_what_the_migrations_make(tmp_path: Path) -> None:
    def shape(path: Path) -> dict[str, object]:
        with closing(sqlite3.connect(path)) as connection:
            names = [
                (kind, name)
                for kind, name in connection.execute("SELECT type, name FROM sqlite_master")
            ]
            found: dict[str, object] = {f"{kind} {name}": None for kind, name in names}
            for kind, name in names:
                about = "table_xinfo" if kind == "table" else "index_xinfo"
                found[f"{kind} {name}"] = connection.execute(f"PRAGMA {about}({name})").fetchall()
            for _, name in names:
                found[f"keys {name}"] = sorted(
                    connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()
                )
            found["version"] = connection.execute("SELECT * FROM alembic_version").fetchall()
            return found

    open_store(tmp_path / "made").close()
    (tmp_path / "carried").mkdir()
    migrate.upgrade_here(make_empty(tmp_path / "carried" / DATABASE_NAME))
    assert shape(tmp_path / "made" / DATABASE_NAME) == shape(tmp_path / "carried" / DATABASE_NAME)


def test_a_failing_migration_leaves_nothing_behind(tmp_path: Path, next_version: Path) -> None:
    next_version.write_text(SECOND.format(then="op.execute('nonsense')"))
    data_dir = tmp_path / "data"
    path = data_dir / DATABASE_NAME
    data_dir.mkdir()
    migrate.upgrade_apart(make_empty(path))  # the child knows the true first version only
    before = rows(path, "SELECT name, sql FROM sqlite_master ORDER BY name")
    with pytest.raises(Exception, match="nonsense"):
        upgrade_with(next_version, path)
    assert rows(path, "SELECT name, sql FROM sqlite_master ORDER BY name") == before
    assert migrate.current_revision(path) == "0003"


def make_empty(path: Path) -> Path:
    path.touch()
    return path


def test_an_older_database_is_backed_up_and_carried_over(
    tmp_path: Path, next_version: Path
) -> None:
    data_dir = tmp_path / "data"
    with closing(open_store(data_dir)) as store:
        store.add_records([reply(NOON_MS)])
    next_version.write_text(SECOND.format(then="pass"))
    path = data_dir / DATABASE_NAME
    upgrade_with(next_version, path)
    assert migrate.current_revision(path) == "0004"
    assert rows(path, "SELECT from_ms FROM sample_block") == [(NOON_MS,)]
    [(sql,)] = rows(path, "SELECT sql FROM sqlite_master WHERE name = 'sample_minute'")
    assert "WITHOUT ROWID" in str(sql)
    assert "ttl" in str(sql)
    backup = data_dir / "walletwatch-before-0004.db"
    assert migrate.current_revision(backup) == "0003"
    assert backup.stat().st_mode & 0o777 == 0o600
    assert rows(backup, "SELECT from_ms FROM sample_block") == [(NOON_MS,)]


def test_a_migration_that_leaves_dangling_references_is_undone(
    tmp_path: Path, next_version: Path
) -> None:
    path = tmp_path / DATABASE_NAME
    migrate.upgrade_apart(make_empty(path))
    next_version.write_text(
        SECOND.format(
            then='op.execute("INSERT INTO sample_minute'
            " (target_id, at_ms, measured, lost, rtt_sum_us, histogram)"
            " VALUES (77, 1, 0, 0, 0, x'01')\")"
        )
    )
    with pytest.raises(RuntimeError, match="references to nothing"):
        upgrade_with(next_version, path)
    assert rows(path, "SELECT count(*) FROM sample_minute") == [(0,)]
    assert migrate.current_revision(path) == "0003"


def test_no_migration_under_a_running_older_daemon(tmp_path: Path, next_version: Path) -> None:
    open_store(tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from monitor.store.lock import hold\n"
        "lock = hold(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    daemon = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=rf"\(pid {daemon.pid}\): restart that one"):
            upgrade_with(next_version, tmp_path / DATABASE_NAME)
        daemon.communicate()


def test_many_at_once_create_it_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def begin() -> None:
        try:
            open_store(tmp_path).close()
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with closing(open_store(tmp_path)) as store:
        assert store.check() == []


def test_a_broken_migration_is_a_bug_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE device (name)")
        connection.commit()
    with pytest.raises(RuntimeError, match="table device already exists"):
        migrate.upgrade_apart(path)


def test_a_directory_called_monitor_is_not_mistaken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "monitor").mkdir()
    (tmp_path / "monitor" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    open_store(tmp_path / "data").close()
