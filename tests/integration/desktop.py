"""A desktop of a test's own: a session bus, a display and a real notification server on it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from tests.needs import need
from tests.waiting import wait_until

DEADLINE_S = 10.0
SERVER = "org.freedesktop.Notifications"
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen><servicedir>{services}</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy>
</busconfig>"""
DUNST_CONFIG = """[global]
font = WenQuanYi Zen Hei 14
width = 560
height = 380
markup = full
dmenu = {menu}
"""
MENU = """#!/bin/sh
# dunst's menu of buttons: chooses the line that holds what the file says.
grep -F -m 1 -e "$(cat '{choice}')"
"""


@contextmanager
def running(command: list[str], **options: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A session bus that this process and its children use; nobody on it shows notices."""
    need("dbus-daemon")
    services = tmp_path / "services"
    services.mkdir()
    config = tmp_path / "bus.conf"
    config.write_text(BUS_CONFIG.format(socket=tmp_path / "bus", services=services))
    address = f"unix:path={tmp_path / 'bus'}"
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"]
    with running(command, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline()
        yield address


def has_server(address: str) -> bool:
    with open_dbus_connection(address) as connection:
        reply = connection.send_and_get_reply(message_bus.NameHasOwner(SERVER), timeout=5)
        return bool(reply.body[0])


class Screen:
    """A dunst on a display of its own."""

    def __init__(self, display: str, dunst: subprocess.Popen[bytes], choice: Path) -> None:
        self.display = display
        self.dunst = dunst
        self._choice = choice

    def press(self, label: str) -> None:
        """Press this button of the notice that is on top."""
        self._choice.write_text(label)
        subprocess.run(["dunstctl", "context"], check=True, timeout=20)

    def pixels(self) -> bytes:
        command = ["import", "-display", self.display, "-window", "root", "-depth", "8", "rgb:-"]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=20).stdout

    def keep_when_drawn(self, file: Path) -> None:
        """Keep the picture once two in a row are the same and show something."""

        def is_drawn() -> bool:
            before = self.pixels()
            return before == self.pixels() and len(set(before)) > 8

        wait_until(is_drawn, DEADLINE_S, "the notice on the screen")
        self.keep(file)

    def keep(self, file: Path) -> None:
        command = ["import", "-display", self.display, "-window", "root", str(file)]
        subprocess.run(command, check=True, timeout=20)


@pytest.fixture
def screen(bus: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Screen]:
    need("Xvfb", "dunst", "dunstctl", "import", "notify-send")
    readable, writable = os.pipe()
    command = ["Xvfb", "-displayfd", str(writable), "-screen", "0", "800x480x24"]
    with running([*command, "-nolisten", "tcp"], pass_fds=(writable,)):
        os.close(writable)
        with os.fdopen(readable) as numbers:
            display = f":{int(numbers.readline())}"
        monkeypatch.setenv("DISPLAY", display)
        config = tmp_path / "dunstrc"
        menu, choice = tmp_path / "menu", tmp_path / "choice"
        menu.write_text(MENU.format(choice=choice))
        menu.chmod(0o755)
        config.write_text(DUNST_CONFIG.format(menu=menu))
        with running(["dunst", "-conf", str(config)], stdout=subprocess.DEVNULL) as dunst:
            wait_until(lambda: has_server(bus), DEADLINE_S, "dunst")
            yield Screen(display, dunst, choice)
