"""The real daemon as a process, for tests: started, read, ended by its own pid."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import tests.samples
from monitor.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
READY_S = 15.0
"""Generous: the budget of 5 s is for a machine that does nothing else."""


LOOPBACK = """
[gateway]
host = "127.0.0.1"
[anchors]
hosts = ["127.0.0.1"]
hosts_v6 = []
tcp_port = 9
[resolvers]
hosts = ["127.0.0.1"]
[portal]
url = ""
[notify]
enabled = false
[store]
flush_s = 1.0
"""
"""Everything on loopback: nothing leaves the machine in a test."""

NO_WALLET = """
[wallets.icbc]
enabled = false
hosts = ["127.0.0.1:9"]
"""

SAMPLES_OF = "SELECT at_ms FROM sample JOIN target ON target.id = target_id"
"""To be followed by WHERE on the target's columns and ORDER BY."""


class Running:
    """`python -m monitor run` in a process of its own."""

    def __init__(
        self,
        data_dir: Path,
        config: str = "",
        *,
        prefix: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        ready_within_s: float = READY_S,
    ) -> None:
        self._ready_within_s = ready_within_s
        self.data_dir = data_dir
        self.database = data_dir / "walletwatch.db"
        self._config = data_dir.parent / f"{data_dir.name}.toml"
        self._config.write_text(config)
        self._prefix = list(prefix)
        self._env = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        self.said: list[str] = []
        self.ready_s: float | None = None
        self.ready_ms = 0
        """When it said that it was ready: its grid has begun; what was asked while it was still
        loading, by the first look, lies before."""

    def __enter__(self) -> Self:
        self._ready = threading.Event()
        began = time.perf_counter()
        self.process = subprocess.Popen(
            self._command(),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
            env=self._env,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        if not self._ready.wait(self._ready_within_s):
            self.kill()
            raise AssertionError("not ready:\n" + "".join(self.said))
        self.ready_s = time.perf_counter() - began
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()

    def stop(self, within_s: float = 2.0) -> tuple[int, float]:
        """Send SIGTERM; return the exit code and the seconds it took."""
        began = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(within_s + 8)
        return code, time.perf_counter() - began

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)

    def refusal(self) -> str:
        """Start it where it cannot start: return its one sentence, the exit code being 2."""
        done = subprocess.run(
            self._command(),
            capture_output=True,
            text=True,
            timeout=READY_S,
            env=self._env,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        [sentence] = done.stderr.splitlines()
        assert sentence.startswith("walletwatch: ")
        return sentence

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Read from its database."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.execute("PRAGMA busy_timeout=5000")
            return tests.samples.ask(connection, sql)

    def sample_times(self, where: str = "role = 'gateway'") -> list[int]:
        """Return when the targets were asked that an SQL condition on them selects, in order."""
        return [at_ms for (at_ms,) in self.ask(f"{SAMPLES_OF} WHERE {where} ORDER BY at_ms")]

    def longest_ms(self) -> int:
        """Return the longest time between two questions to the router on the grid."""
        times = [at_ms for at_ms in self.sample_times() if at_ms >= self.ready_ms]
        return max((after - before for before, after in pairwise(times)), default=0)

    def has_session(self, wallet: str = "icbc") -> bool:
        """Tell whether the wallet's newest stored session change is "up"."""
        order = "ORDER BY id DESC LIMIT 1"
        newest = f"SELECT state FROM session_change WHERE wallet = '{wallet}' {order}"
        return self.ask(newest) == [("up",)]

    def _command(self) -> list[str]:
        files = ["--config", str(self._config), "--data-dir", str(self.data_dir)]
        return [*self._prefix, sys.executable, "-m", "monitor", *files, "run"]

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if "ready" in line and not self._ready.is_set():
                self.ready_ms = SystemClock().wall_ms()
                self._ready.set()
        self._ready.set() if self.process.poll() is None else None
