"""What the store knows of the present, with a daemon at work and without."""

import os
from contextlib import closing
from pathlib import Path

from monitor.config.settings import Settings
from monitor.model import SessionChange, SessionState
from monitor.present import look
from monitor.store.lock import hold
from monitor.store.sqlite import open_store
from tests.integration.store_facts import NOON_MS, reply

MINUTE_MS = 60_000


def test_a_session_of_an_earlier_run_does_not_stand_in_this_one(tmp_path: Path) -> None:
    with hold(tmp_path), closing(open_store(tmp_path)) as store:
        store.start_run(NOON_MS - MINUTE_MS, 1, "0")
        store.add_records([SessionChange(NOON_MS - MINUTE_MS, "icbc", SessionState.UP)])
        store.start_run(NOON_MS, os.getpid(), "0")
        store.add_records([reply(NOON_MS + 1)])
        seen = look(store, Settings(), NOON_MS + MINUTE_MS)
        assert (seen.is_running, seen.sessions, seen.unconnected) == (True, (), ("icbc",))
        store.add_records([SessionChange(NOON_MS + 2, "icbc", SessionState.UP)])
        seen = look(store, Settings(), NOON_MS + MINUTE_MS)
        assert [change.at_ms for change in seen.sessions] == [NOON_MS + 2]
        assert seen.unconnected == ()


def test_who_holds_the_directory_watches_whoever_began_last(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        with hold(tmp_path):
            store.start_run(NOON_MS, os.getpid(), "0")
            store.start_run(NOON_MS + 1, 1, "0")
            seen = look(store, Settings(), NOON_MS + MINUTE_MS)
            assert seen.is_running and seen.run is not None and seen.run.pid == os.getpid()
        seen = look(store, Settings(), NOON_MS + MINUTE_MS)
        assert not seen.is_running and seen.run is not None and seen.run.pid == 1
        assert seen.unconnected == ()
