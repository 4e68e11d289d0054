"""A system bus of the test's own, and mocked services on it (python-dbusmock)."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.waiting import wait_until

SYSTEM_PYTHON = "/usr/bin/python3"
"""dbusmock is Debian's, and lives in its Python."""
MOCK = "org.freedesktop.DBus.Mock"
PATIENCE_S = 10.0

CONFIG = """<busconfig>
  <type>system</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
  </policy>
</busconfig>
"""


def is_available() -> bool:
    try:
        has_mock = subprocess.run(
            [SYSTEM_PYTHON, "-c", "import dbusmock"], capture_output=True, check=False
        )
        has_bus = subprocess.run(["dbus-daemon", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return has_mock.returncode == 0 == has_bus.returncode


class PrivateBus:
    """A dbus-daemon and the mocks on it; all are ended by `close`."""

    def __init__(self, folder: Path) -> None:
        self._config = folder / "bus.conf"
        self._path = folder / "bus"
        self._config.write_text(CONFIG.format(path=self._path))
        self.address = f"unix:path={self._path}"
        self._mocks: list[subprocess.Popen[bytes]] = []
        self._daemon: subprocess.Popen[bytes] | None = None
        self._control: DBusConnection | None = None
        self.start()

    def start(self) -> None:
        self._path.unlink(missing_ok=True)
        self._daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self._config}", "--nofork", "--nopidfile"],
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._path.exists)
        self._control = open_dbus_connection(self.address)

    def die(self) -> None:
        """The bus goes away, and its services with it."""
        for mock in self._mocks:
            mock.kill()
            mock.wait()
        self._mocks.clear()
        if self._control is not None:
            self._control.close()
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait()

    close = die

    def serve(
        self,
        name: str,
        path: str,
        properties: Mapping[str, tuple[str, Any]] | None = None,
        interface: str | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a mocked service with properties given as name -> (signature, value)."""
        interface = interface or name
        mock = self._spawn(name, path, interface)
        if properties:
            self.mock_call(name, path, "AddProperties", "sa{sv}", (interface, dict(properties)))
        return mock

    def serve_template(self, template: str, name: str) -> subprocess.Popen[bytes]:
        return self._spawn("--template", template, wait_for=name)

    def _spawn(self, *arguments: str, wait_for: str | None = None) -> subprocess.Popen[bytes]:
        mock = subprocess.Popen(
            [SYSTEM_PYTHON, "-m", "dbusmock", "--system", *arguments],
            env={"DBUS_SYSTEM_BUS_ADDRESS": self.address, "PATH": "/usr/bin:/bin"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._mocks.append(mock)
        name = wait_for or arguments[0]
        bus = "org.freedesktop.DBus"

        def is_owned() -> bool:
            answer = self.call(bus, "/org/freedesktop/DBus", bus, "NameHasOwner", "s", (name,))
            return bool(answer[0])

        wait_until(is_owned, what=f"start of {name}")
        return mock

    def mock_call(
        self, name: str, path: str, method: str, signature: str, body: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        return self.call(name, path, MOCK, method, signature, body)

    def set(self, name: str, path: str, interface: str, prop: str, value: tuple[str, Any]) -> None:
        self.call(
            name,
            path,
            "org.freedesktop.DBus.Properties",
            "Set",
            "ssv",
            (interface, prop, value),
        )

    def signal(self, name: str, path: str, interface: str, member: str, is_true: bool) -> None:
        self.mock_call(
            name, path, "EmitSignal", "sssav", (interface, member, "b", [("b", is_true)])
        )

    def call(
        self,
        name: str,
        path: str,
        interface: str,
        method: str,
        signature: str,
        body: tuple[Any, ...],
    ) -> tuple[Any, ...]:
        assert self._control is not None
        address = DBusAddress(path, bus_name=name, interface=interface)
        answer = self._control.send_and_get_reply(
            new_method_call(address, method, signature, body), timeout=PATIENCE_S
        )
        assert answer.header.message_type is not MessageType.error, answer.body
        return tuple(answer.body)
