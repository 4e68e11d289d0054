"""The user's word and the daemon's look at the same disconnect: neither wipes the other out."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.hindsight import retract_word, take_word
from monitor.model import CauseCode, Disconnect, How
from monitor.store.interface import StoreError
from monitor.store.sqlite import open_store

NOON_MS = 1_790_078_400_000


def test_a_word_and_an_end_that_cross(tmp_path: Path) -> None:
    drop = Disconnect("icbc", "session", NOON_MS, None, How.RESET)
    with closing(open_store(tmp_path)) as daemon, closing(open_store(tmp_path)) as user:
        read_by_daemon = daemon.insert_disconnect(drop)
        assert read_by_daemon.id is not None
        take_word(user, read_by_daemon.id, CauseCode.GATEWAY)
        daemon.update_disconnect(replace(read_by_daemon, ended_at_ms=NOON_MS + 9_000))
        found = user.disconnect(read_by_daemon.id)
        assert found == replace(
            read_by_daemon, ended_at_ms=NOON_MS + 9_000, confirmed=CauseCode.GATEWAY
        )

        read_by_user = found
        daemon.update_disconnect(replace(read_by_user, how=How.TIMEOUT, note="late"))
        user.set_word(read_by_daemon.id, None, CauseCode.ISP)
        assert daemon.disconnect(read_by_daemon.id) == replace(
            read_by_user, how=How.TIMEOUT, note="late", confirmed=None, denied=CauseCode.ISP
        )
        retract_word(user, read_by_daemon.id)
        taken_back = daemon.disconnect(read_by_daemon.id)
        assert taken_back is not None
        assert (taken_back.confirmed, taken_back.denied) == (None, None)


def test_a_word_on_nothing(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store, pytest.raises(StoreError):
        store.set_word(7, CauseCode.ISP, None)
