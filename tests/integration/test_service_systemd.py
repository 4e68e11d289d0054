"""The service under a real systemd of a user: installed by its own command, in its own sandbox."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.running import LOOPBACK, NO_WALLET, ROOT
from tests.integration.user_manager import (
    DATA_DIR,
    HOME,
    RUNTIME,
    SYSTEMD,
    NoManagerError,
    UserManager,
)
from tests.needs import need_root, wanting
from tests.waiting import wait_until

CONFIG = HOME / "watch.toml"
UNIT = HOME / ".config" / "systemd" / "user" / "walletwatch.service"
QUICK = UNIT.with_name("walletwatch.service.d") / "quick.conf"
PINGED = (
    "SELECT 1 FROM sample JOIN target ON target.id = target_id"
    " WHERE probe = 'icmp' AND rtt_us IS NOT NULL"
)
"""A ping that was answered."""


@pytest.fixture(scope="module")
def manager() -> Iterator[UserManager]:
    need_root("unshare", "nsenter", "setpriv", "ip", "systemctl", "dbus-daemon")
    if not Path(SYSTEMD).exists():
        wanting("not installed: systemd")
    with ExitStack() as stack:
        try:
            running = stack.enter_context(UserManager())
        except NoManagerError as error:
            wanting(f"no systemd --user can run here: {error}")
        running.write(CONFIG, "interval_s = 0.5\n" + LOOPBACK + NO_WALLET)
        # The same unit, but for the waits of minutes, which a test has not.
        running.write(QUICK, "[Service]\nWatchdogSec=3\nRestartSec=1\nTimeoutAbortSec=1\n")
        yield running


def walletwatch(manager: UserManager, *words: str) -> str:
    return manager.do("walletwatch", "--lang", "en", "--config", str(CONFIG), *words)


@pytest.fixture
def installed(manager: UserManager) -> UserManager:
    walletwatch(manager, "service", "install")  # which does nothing where the test before did it
    return manager


def status(manager: UserManager) -> dict[str, object]:
    found = json.loads(manager.run("walletwatch", "service", "status", "--json").stdout)
    assert isinstance(found, dict)
    return found


def test_it_is_installed_once_told_and_removed_without_the_data(manager: UserManager) -> None:
    first = walletwatch(manager, "service", "install").splitlines()
    assert f"wrote   {UNIT}" in first
    assert "ran     systemctl --user enable walletwatch.service" in first
    assert walletwatch(manager, "service", "install").startswith("Nothing changed")

    seen = status(manager)
    [main_pid] = manager.shown("MainPID")
    assert seen["pid"] == int(main_pid)
    assert (seen["active"], seen["enabled"], seen["text_current"]) == (True, True, True)
    assert seen["running_version"] == seen["installed_version"] == seen["version"]
    assert re.fullmatch(r"Watching \d+ targets", manager.shown("StatusText")[0])

    last = walletwatch(manager, "service", "uninstall").splitlines()
    assert f"removed {UNIT}" in last
    assert last[-1] == f"The data stay in {DATA_DIR}"
    assert (manager.inside(DATA_DIR) / "walletwatch.db").exists()
    gone = manager.run("walletwatch", "--lang", "en", "service", "status")
    assert gone.returncode == 1 and gone.stdout.startswith("Not installed")
    assert walletwatch(manager, "service", "uninstall").startswith("Nothing changed")

    walletwatch(manager, "service", "uninstall", "--purge-data")
    assert not manager.inside(DATA_DIR).exists()


def test_it_probes_and_stores_and_can_write_nothing_else(installed: UserManager) -> None:
    wait_until(lambda: installed.ask(PINGED))
    [main_pid] = installed.shown("MainPID")
    facts = installed.do("cat", f"/proc/{main_pid}/status")
    assert "NoNewPrivs:\t1" in facts and "Seccomp:\t2" in facts
    mounts = [
        line.split() for line in installed.do("cat", f"/proc/{main_pid}/mountinfo").splitlines()
    ]
    ways = {words[4]: words[5].split(",")[0] for words in mounts}  # the last one lies on top
    assert (ways["/"], ways["/home"], ways[str(DATA_DIR)]) == ("ro", "ro", "rw")


def test_what_hangs_is_started_anew_and_goes_on(installed: UserManager) -> None:
    [before] = installed.shown("MainPID")
    installed.do("kill", "-STOP", before)
    wait_until(
        lambda: (
            installed.shown("MainPID", "ActiveState")
            not in ([before, "active"], ["0", "activating"], [before, "deactivating"])
            and installed.shown("ActiveState") == ["active"]
        )
    )
    assert int(str(status(installed)["restarts"])) >= 1
    assert installed.shown("MainPID") != [before]


DESKTOP = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}]
from tests.integration.notification_server import NotificationServer
server = NotificationServer("unix:path={RUNTIME}/bus")
print("there", flush=True)
sys.stdin.read()
server.stop()
print(*(shown.title for shown in server.shown))
"""
"""A notification server of the user's own: their bus takes nobody else."""


def test_a_notice_goes_out_of_the_sandbox(installed: UserManager) -> None:
    text = installed.inside(UNIT).read_text()
    text = text.replace('"run"\n', '"notify" "test"\n').replace("Type=notify\n", "Type=oneshot\n")
    installed.write(UNIT.with_name("once.service"), text.replace("Restart=on-failure\n", ""))
    installed.do("systemctl", "--user", "daemon-reload")
    desktop = subprocess.Popen(
        installed.line(sys.executable, "-c", DESKTOP),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert desktop.stdout is not None
    assert desktop.stdout.readline() == "there\n"
    installed.do("systemctl", "--user", "start", "once.service")
    shown, _ = desktop.communicate()
    assert shown == "walletwatch: a test\n"


def test_another_versions_unit_is_told_and_brought_up_to_date(installed: UserManager) -> None:
    older = installed.inside(UNIT).read_text().replace("\nVersion=", "\nVersion=0.0.")
    installed.write(UNIT, older)
    said = walletwatch(installed, "service", "status")
    assert "service install brings it up to date" in said
    # without its options, which the installed unit knows
    again = installed.do("walletwatch", "--lang", "en", "service", "install")
    assert f"wrote   {UNIT}" in again and f"--config {CONFIG}" in again
    assert status(installed)["text_current"] is True


APP = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 4443))
held = socket.create_connection(("127.0.0.1", 4443))
sys.stdin.read()
"""


@pytest.fixture
def app(manager: UserManager) -> Iterator[None]:
    """A wallet app of its own name that holds its connection, and the service that watches it."""
    wallet = '[wallets.icbc]\nhosts = ["127.0.0.1:4443"]\nprocess = "mywallet"\n'
    manager.write(CONFIG, f"interval_s = 0.5\n{LOOPBACK}{wallet}")
    link = HOME / "mywallet"
    manager.do("ln", "-s", str(Path(sys.executable).resolve()), str(link))
    child = subprocess.Popen(manager.line(str(link), "-c", APP), stdin=subprocess.PIPE)
    yield
    child.communicate()
    manager.write(CONFIG, f"interval_s = 0.5\n{LOOPBACK}{NO_WALLET}")


def test_a_watched_program_is_seen(app: None, installed: UserManager) -> None:
    assert status(installed)["sandbox"] == "reduced"
    up = "SELECT 1 FROM session_change WHERE source = 'process' AND state = 'up'"
    wait_until(lambda: installed.ask(up))
