"""The real daemon as a process on the lab's device, met only through its public interface."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.lab import plan
from tests.lab.instant import Instant, now
from tests.lab.namespaces import LabError
from tests.lab.world import REPOSITORY, World

INTERVAL_S = 5.0
"""The product's own default: what the budgets are stated for."""
HEARTBEAT_S = 5.0
READY_WITHIN_S = 30.0
"""The budget is 5 s on a machine of its own; several worlds share this one."""
STOP_WITHIN_S = 2.0
POLL_S = 0.1
"""How often the store is looked into: what a first sighting may be late by."""


@dataclass(frozen=True, slots=True)
class Row:
    """A disconnect as the store has it."""

    id: int
    started_at_ms: int
    ended_at_ms: int | None
    how: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """How the daemon ended."""

    exit_code: int
    took_s: float


@dataclass(frozen=True, slots=True)
class Options:
    """What a run of the daemon sets apart from the defaults of the lab."""

    heartbeat: str = "http"
    heartbeat_s: float = HEARTBEAT_S
    min_reconnect_s: float = 30.0
    desktop: Mapping[str, str] = field(default_factory=dict)
    """Environment of a desktop that notices are shown on; empty: notices are off."""
    language: str = "en"
    watches_app: bool = False
    """The wallet's program on the device is watched as well."""


@dataclass
class Daemon:
    """`monitor run` inside the device's namespace, standing inside a `with`."""

    world: World
    options: Options = field(default_factory=Options)
    log: list[str] = field(default_factory=list)
    """What it said on stderr so far."""
    first_seen: dict[int, Instant] = field(default_factory=dict)
    """When each disconnect was first found in the store, by its id."""
    rows: list[Row] = field(default_factory=list)
    """The disconnects in the store, as last seen."""

    def __enter__(self) -> Self:
        """Start it and return once it is ready."""
        self._config = self.world.folder / "config.toml"
        self._data = self.world.folder / "data"
        self._config.write_text(self._settings())
        self._ready = threading.Event()
        self._ending = threading.Event()
        self._process = subprocess.Popen(
            self.world.device.command(*self._command("run")),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env=self._environment(),
        )
        self.world.daemon_pid = self._process.pid
        self._threads = [
            threading.Thread(target=self._listen, daemon=True),
            threading.Thread(target=self._poll, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        if not self._ready.wait(READY_WITHIN_S):
            self.__exit__()
            raise LabError(f"not ready within {READY_WITHIN_S:.0f} s; it said:\n{self.said()}")
        return self

    def __exit__(self, *_: object) -> None:
        """End it, by force if it is still there."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._ending.set()
        for thread in self._threads:
            thread.join()
        assert self._process.stderr is not None
        self._process.stderr.close()

    def stop(self) -> Stopped:
        """Send SIGTERM and return how, and how soon, it ended."""
        asked = now()
        self._process.send_signal(signal.SIGTERM)
        try:
            exit_code = self._process.wait(3 * STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            exit_code = self._abort()
        return Stopped(exit_code, now().since(asked) / 1000)

    def _abort(self) -> int:
        """End a daemon that hangs so that it says where each of its threads stands."""
        self._process.send_signal(signal.SIGABRT)
        try:
            return self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def is_alive(self) -> bool:
        """Tell whether the process is still there."""
        return self._process.poll() is None

    def said(self) -> str:
        """Return all that it said on stderr."""
        return "".join(self.log)

    def disconnects(self) -> list[dict[str, object]]:
        """Return what `disconnects --json` prints, a dictionary a line."""
        printed = subprocess.run(
            self.world.device.command(*self._command("disconnects", "--json")),
            capture_output=True,
            text=True,
            cwd=REPOSITORY,
            env=self._environment(),
            timeout=20,
            check=False,
        )
        if printed.returncode != 0:
            raise LabError(f"disconnects --json ended with {printed.returncode}: {printed.stderr}")
        return [json.loads(line) for line in printed.stdout.splitlines()]

    def _command(self, *words: str) -> list[str]:
        options = ["--config", str(self._config), "--data-dir", str(self._data), "--lang", "en"]
        return [sys.executable, "-m", "monitor", *options, *words]

    def _environment(self) -> dict[str, str]:
        # The machine's own desktop and system services are no part of the lab.
        private = ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "WAYLAND_DISPLAY")
        kept = {key: value for key, value in os.environ.items() if key not in private}
        bus = self.world.system_bus
        own = {
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.world.folder}/no-bus"
            if bus is None
            else bus.address,
            "PYTHONFAULTHANDLER": "1",  # SIGABRT then prints every thread's place
        }
        return {**kept, **own, **self.options.desktop}

    def _settings(self) -> str:
        anchors = ", ".join(f'"{address}"' for address in plan.ANCHOR_ADDRESSES)
        return f"""
interval_s = {INTERVAL_S}
[wallets.icbc]
hosts = ["{plan.BANK_NAME}:{plan.BANK_PORT}"]
ca_file = "{self.world.certificates.authority}"
heartbeat = "{self.options.heartbeat}"
heartbeat_s = {self.options.heartbeat_s}
min_reconnect_s = {self.options.min_reconnect_s}
process = "{self.world.app_name if self.options.watches_app else ""}"
{self._control()}[anchors]
hosts = [{anchors}]
tcp_port = {plan.ANCHOR_PORT}
[resolvers]
hosts = ["system"]
name = "{plan.ASKED_NAME}"
[portal]
url = "http://{plan.WEB_NAME}/generate_204"
[notify]
enabled = {str(bool(self.options.desktop)).lower()}
language = "{self.options.language}"
"""

    def _control(self) -> str:
        if not self.world.has_control:
            return ""
        return f"""[wallets.other]
role = "control"
hosts = ["{plan.CONTROL_NAME}:{plan.CONTROL_PORT}"]
ca_file = "{self.world.certificates.authority}"
heartbeat = "{self.options.heartbeat}"
heartbeat_s = {self.options.heartbeat_s}
"""

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.log.append(line)
            if "ready" in line.split():
                self._ready.set()

    def _poll(self) -> None:
        path = self._wait_for_store()
        if path is None:
            return
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            while not self._ending.wait(POLL_S):
                self._look(connection)

    def _wait_for_store(self) -> Path | None:
        """Return the database's path once its tables are made."""
        while not self._ending.wait(POLL_S):
            for path in self._data.glob("*.db"):
                with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                    if _has_table(connection):
                        return path
        return None

    def _look(self, connection: sqlite3.Connection) -> None:
        try:
            found = connection.execute(
                "SELECT id, started_at_ms, ended_at_ms, how FROM disconnect ORDER BY id"
            ).fetchall()
        except sqlite3.OperationalError:
            return  # the database is being migrated or closed at this moment
        seen = now()
        for row in found:
            self.first_seen.setdefault(row[0], seen)
        self.rows = [Row(*row) for row in found]


def _has_table(connection: sqlite3.Connection) -> bool:
    try:
        count = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'disconnect'"
        ).fetchone()[0]
    except sqlite3.OperationalError:
        return False
    return bool(count)
