"""The service under a real systemd of a user: installed by its own command, in its own sandbox."""

import json
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.notification_server import NotificationServer
from tests.integration.running import LOOPBACK, NO_WALLET
from tests.integration.user_manager import DATA_DIR, HOME, RUNTIME, SYSTEMD, UserManager
from tests.needs import need_root, wanting
from tests.waiting import wait_until

CONFIG = HOME / "watch.toml"
UNIT = HOME / ".config" / "systemd" / "user" / "walletwatch.service"
QUICK = UNIT.with_name("walletwatch.service.d") / "quick.conf"


@pytest.fixture(scope="module")
def manager() -> Iterator[UserManager]:
    need_root("unshare", "nsenter", "setpriv", "ip", "systemctl", "dbus-daemon")
    if not Path(SYSTEMD).exists():
        wanting("not installed: systemd")
    with UserManager() as running:
        running.write(CONFIG, "interval_s = 0.5\n" + LOOPBACK + NO_WALLET)
        # The same unit, but for the waits of minutes, which a test has not.
        running.write(QUICK, "[Service]\nWatchdogSec=3\nRestartSec=1\nTimeoutAbortSec=1\n")
        yield running


def walletwatch(manager: UserManager, *words: str) -> str:
    return manager.do("walletwatch", "--lang", "en", "--config", str(CONFIG), *words)
