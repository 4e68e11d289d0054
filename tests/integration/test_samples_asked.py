"""The table that tests ask for single samples."""

import sqlite3
from contextlib import closing
from pathlib import Path

import tests.samples
from monitor.store.sqlite import open_store
from tests.integration.store_facts import NOON_MS, reply


def test_one_connection_may_ask_again(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        store.add_records([reply(NOON_MS), reply(NOON_MS + 1)])
        with closing(sqlite3.connect(f"file:{store.path}?mode=ro", uri=True)) as connection:
            for _ in range(2):
                assert tests.samples.ask(connection, "SELECT count(*) FROM sample") == [(2,)]
