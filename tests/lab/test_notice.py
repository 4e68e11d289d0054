"""The cable is pulled, and a notice says what happened and what to do; another tells the end."""

import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.integration.desktop import Screen
from tests.lab import faults
from tests.lab.daemon import Daemon, Options
from tests.lab.world import World

NOTICE_WITHIN_S = 30.0


def _notices(database: Path) -> list[tuple[str, str, str, str]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(
            "SELECT kind, title, body, delivery FROM notice ORDER BY id"
        ).fetchall()


def _wait_for_notices(database: Path, count: int) -> list[tuple[str, str, str, str]]:
    deadline = time.perf_counter() + NOTICE_WITHIN_S
    pause = threading.Event()
    while time.perf_counter() < deadline:
        shown = [notice for notice in _notices(database) if notice[3] != "pending"]
        if len(shown) >= count:
            return shown
        pause.wait(0.1)
    return _notices(database)


def test_a_pulled_cable_is_told_on_the_desktop_and_so_is_its_end(
    screen: Screen, tmp_path: Path
) -> None:
    desktop = {
        "DBUS_SESSION_BUS_ADDRESS": os.environ["DBUS_SESSION_BUS_ADDRESS"],
        "DISPLAY": screen.display,
    }
    options = Options(desktop=desktop, language="zh")
    with World() as world, Daemon(world, options) as daemon:
        deadline = time.perf_counter() + 20
        while not any(entry["what"] == "established" for entry in world.bank_log()):
            assert time.perf_counter() < deadline, daemon.said()
            threading.Event().wait(0.1)
        threading.Event().wait(3.0)  # the session must have stood before it can be lost
        before = screen.pixels()
        faults.LINK_DOWN.begin(world)
        [lost] = _wait_for_notices(world.folder / "data" / "walletwatch.db", 1)
        screen.keep(Path(os.environ.get("SCREENSHOT", tmp_path / "lost.png")))
        assert screen.pixels() != before
        faults.LINK_DOWN.end(world)
        shown = _wait_for_notices(world.folder / "data" / "walletwatch.db", 2)
    assert lost[0] == "lost"
    assert lost[3] == "sent"
    assert "断" in lost[1]
    assert [(kind, delivery) for kind, _, _, delivery in shown] == [
        ("lost", "sent"),
        ("restored", "sent"),
    ]
