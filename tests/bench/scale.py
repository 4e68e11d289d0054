"""`make bench-scale`: how many targets a second the daemon asks on one core, and what is missing.

    python -m tests.bench.scale [--targets N ...] [--seconds S]

Half of the targets are pinged, half are asked by TCP; all are addresses of 127.0.0.0/8, which this
machine answers for itself: what is measured is the daemon and not a network. The daemon is kept on
one core, whoever answers on another where there is one.
"""

import argparse
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.bench.usage import Usage, usage

STEP_MS = 1_000
READY_WITHIN_S = 120.0
SETTLE_S = 10.0
END_WITHIN_S = 30.0
DAEMON_CORE = 0
MIB = 1024 * 1024
SAMPLES = (
    "SELECT target_id, at_ms, outcome FROM sample_recent JOIN target ON target.id = target_id"
    " WHERE role = 'anchor' AND at_ms >= ? AND at_ms < ? ORDER BY target_id, at_ms"
)


@dataclass(frozen=True, slots=True)
class Scale:
    """What came of so many targets."""

    target_count: int
    seconds: float
    expected: int
    missing: int
    """Samples that should have been taken and were not."""
    unanswered: int
    """Samples of a host that answers always and was not heard: the machine was not quick enough."""
    late_p50_ms: float
    """How far from its own grid a target was asked."""
    late_p99_ms: float
    late_most_ms: float
    cpu_percent: float
    rss_mib: float

    @property
    def line(self) -> str:
        """The words of a line."""
        return (
            f"{self.target_count:6d} targets, {self.seconds:.0f} s: {self.missing} of"
            f" {self.expected} missing, {self.unanswered} unanswered; off the grid by"
            f" {self.late_p50_ms:.1f} ms (median), {self.late_p99_ms:.1f} (99 %),"
            f" {self.late_most_ms:.1f} (most); {self.cpu_percent:.0f} % of a core,"
            f" {self.rss_mib:.0f} MiB"
        )


def main() -> int:
    """Measure each number of targets, and print."""
    parser = argparse.ArgumentParser(description="how many targets a second one core asks")
    parser.add_argument("--targets", type=int, nargs="+", default=[100, 1000, 2000])
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    for count in asked.targets:
        with tempfile.TemporaryDirectory(prefix="walletwatch-scale-") as name:
            sys.stdout.write(measure(Path(name), count, asked.seconds).line + "\n")
            sys.stdout.flush()
    return 0


def measure(folder: Path, target_count: int, seconds: float) -> Scale:
    """Run the daemon over so many targets for so long.

    Raises:
        ChildProcessError: it did not get ready.
    """
    with closing(Listener()) as listener:
        config = folder / "config.toml"
        config.write_text(_config(target_count, listener.port))
        daemon = subprocess.Popen(
            _command(folder, config), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        try:
            _wait_until_ready(daemon)
            time.sleep(SETTLE_S)
            before, began_ms = usage(daemon.pid), time.time_ns() // 1_000_000
            time.sleep(seconds)
            after, ended_ms = usage(daemon.pid), time.time_ns() // 1_000_000
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(END_WITHIN_S)
    found = _times(folder / "data" / "walletwatch.db", began_ms, ended_ms)
    return _scale(target_count, found, (ended_ms - began_ms) / 1000, before, after)


class Listener:
    """Accepts whoever comes, on every address of this machine."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("0.0.0.0", 0), backlog=4096)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                self._socket.accept()[0].close()
            except OSError:
                return


def _config(target_count: int, port: int) -> str:
    numbers = range(1, target_count // 2 + 1)
    hosts = ", ".join(f'"127.1.{number // 250}.{number % 250 + 1}"' for number in numbers)
    return f"""
interval_s = 1.0
[wallets.icbc]
enabled = false
[gateway]
host = "127.0.0.1"
[anchors]
hosts = [{hosts}]
hosts_v6 = []
tcp_port = {port}
[resolvers]
hosts = ["127.0.0.1"]
[portal]
url = ""
[notify]
enabled = false
[report]
enabled = false
[store]
flush_s = 10.0
"""


def _command(folder: Path, config: Path) -> list[str]:
    words = [sys.executable, "-m", "monitor", "--config", str(config)]
    words += ["--data-dir", str(folder / "data"), "-q", "run"]
    cores = os.cpu_count() or 1
    return ["taskset", "-c", str(DAEMON_CORE), *words] if cores > 1 else words


def _wait_until_ready(daemon: subprocess.Popen[str]) -> None:
    ready = threading.Event()

    def read() -> None:
        assert daemon.stderr is not None
        for line in daemon.stderr:
            if "ready" in line.split():
                ready.set()

    threading.Thread(target=read, daemon=True).start()
    if not ready.wait(READY_WITHIN_S):
        raise ChildProcessError("the daemon did not get ready")


def _times(database: Path, since_ms: int, until_ms: int) -> dict[int, list[tuple[int, int]]]:
    """Return when each target was asked, and what came of it."""
    found: dict[int, list[tuple[int, int]]] = {}
    with closing(sqlite3.connect(database)) as connection:
        for number, at_ms, outcome in connection.execute(SAMPLES, (since_ms, until_ms)):
            found.setdefault(number, []).append((at_ms, outcome))
    return found


def _scale(
    target_count: int,
    found: dict[int, list[tuple[int, int]]],
    seconds: float,
    before: Usage,
    after: Usage,
) -> Scale:
    whole = int(seconds)
    late = sorted(abs(each) for asked in found.values() for each in _residuals(asked))
    taken = sum(min(len(asked), whole) for asked in found.values())
    return Scale(
        target_count,
        seconds,
        expected=target_count * whole,
        missing=target_count * whole - taken,
        unanswered=sum(outcome != 0 for asked in found.values() for _, outcome in asked),
        late_p50_ms=statistics.median(late),
        late_p99_ms=late[int(len(late) * 0.99)],
        late_most_ms=late[-1],
        cpu_percent=100 * (after.cpu_s - before.cpu_s) / seconds,
        rss_mib=after.rss_bytes / MIB,
    )


def _residuals(asked: list[tuple[int, int]]) -> list[float]:
    """Return how far each question was from the target's own grid."""
    first = asked[0][0]
    offsets = [(at_ms - first + STEP_MS / 2) % STEP_MS - STEP_MS / 2 for at_ms, _ in asked]
    middle = statistics.median(offsets)
    return [offset - middle for offset in offsets]


if __name__ == "__main__":
    sys.exit(main())
