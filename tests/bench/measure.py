"""`make bench`: what the daemon costs at its default configuration, beside its peers.

It prints figures and judges none of them: they depend on the machine.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from monitor.model import Sample
from monitor.store.sqlite import open_store
from tests.bench import page, peers
from tests.bench.usage import Usage, usage

READY_WITHIN_S = 30.0
SETTLE_S = 5.0
"""Start-up is measured by its own; what follows is the steady state."""
WATCHFUL_S = 60.0
"""The daemon looks at everything each second for 45 s after its session came up, as after every
event; on most days that is nothing beside the rest, in a bench it would be most of it."""
END_WITHIN_S = 10.0
HELP_RUNS = 10
STARTS = 9
FIRST_SAMPLE = "first sample: "
"""What the daemon logs, when it is asked to say more, at the moment when it has one."""
DAY_S = 86_400
MIB = 1024 * 1024
Program: TypeAlias = subprocess.Popen[str] | subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Subject:
    """The walletwatch that is measured."""

    python: str = sys.executable
    """An environment with what a user installs and nothing else: more packages cost more memory."""
    config: str = ""
    """A configuration; empty: the defaults."""

    @property
    def command(self) -> list[str]:
        """Return the command line without the subcommand."""
        return [self.python, "-m", "monitor"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one program cost over its steady part."""

    name: str
    seconds: float
    before: Usage
    after: Usage

    def row(self) -> tuple[str, ...]:
        """Return the words of a line of the table."""
        written = self.after.written_bytes - self.before.written_bytes
        return (
            self.name,
            f"{100 * (self.after.cpu_s - self.before.cpu_s) / self.seconds:.2f}",
            f"{self.after.rss_bytes / MIB:.1f}",
            f"{self.after.pss_bytes / MIB:.1f}",
            f"{written / 1024:.0f}",
            f"{written / self.seconds * DAY_S / MIB:.1f}",
            f"{(self.after.wakeups - self.before.wakeups) / self.seconds:.1f}",
        )


HEADINGS = ("program", "CPU %", "RSS MiB", "PSS MiB", "written KiB", "MiB/day", "wake-ups/s")


def main() -> int:
    """Measure everything and print the table."""
    asked = _arguments()
    subject, seconds = Subject(asked.python, asked.config), asked.seconds
    rows: list[tuple[str, ...]] = [HEADINGS]
    load_before, said = page.load(), list[str]()
    with tempfile.TemporaryDirectory(prefix="walletwatch-bench-") as name:
        folder = Path(name)
        _measured(
            rows, partial(daemon_cost, subject, folder / "data", seconds, said), "walletwatch"
        )
        hosts = asked.hosts.split(",") if asked.hosts else peers.HOSTS
        for peer in [] if asked.alone else peers.installed(folder, hosts):
            if isinstance(peer, str):
                _say(f"{peer}: not installed, left out")
            else:
                _measured(rows, partial(peer_cost, peer, seconds), peer.name)
    said.append(f"walletwatch --help: {help_ms(subject):.0f} ms (median of {HELP_RUNS})")
    _say(said[-1])
    head = f"over {seconds:g} s, each after its time to settle; CPU of one core:"
    figures = "\n".join([*said, "", head, table(rows)])
    _say("\n" + table(rows))
    if asked.page:
        names = [row[0] for row in rows[2:]]
        where = f"{page.machine()} Load at the start {load_before}, at the end {page.load()}.\n"
        beside = f"Beside it: {page.versions(names)}.\n" if names else ""
        page.write_section("bench", f"{where}{beside}\n{page.fenced(figures)}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="measure walletwatch and its installed peers")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each is watched")
    parser.add_argument("--python", default=sys.executable, help="whose walletwatch is measured")
    parser.add_argument("--config", default="", help="walletwatch's configuration; else none")
    parser.add_argument("--hosts", default="", help="what the peers ask, with commas between")
    parser.add_argument("--alone", action="store_true", help="leave the peers out")
    parser.add_argument("--page", action="store_true", help="write it into docs/benchmarks.md")
    return parser.parse_args()


def daemon_cost(subject: Subject, data_dir: Path, seconds: float, said: list[str]) -> Cost:
    """Run the daemon, say (and add to `said`) how fast it starts and ends, and what it costs.

    Raises:
        ChildProcessError: it did not get ready, or ended before its time.
    """
    said += [*starts(subject, data_dir.with_name("starts"))]
    _say("\n".join(said))
    daemon = begun(subject, data_dir, seconds + WATCHFUL_S + READY_WITHIN_S)
    log = Log(daemon)
    try:
        log.wait_until_ready()
        cost = steady_cost("walletwatch", daemon, seconds, WATCHFUL_S)
    finally:
        ended_s = end(daemon)
        log.close()
    said.append(f"walletwatch: ended {ended_s:.2f} s after SIGTERM, exit code {daemon.returncode}")
    _say(said[-1])
    return cost


def begun(subject: Subject, data_dir: Path, seconds: float, *options: str) -> subprocess.Popen[str]:
    """Start the daemon for at most so many seconds."""
    environment = {k: v for k, v in os.environ.items() if k != "WALLETWATCH_CONFIG"}
    environment["WALLETWATCH_DATA_DIR"] = str(data_dir)
    if subject.config:
        environment["WALLETWATCH_CONFIG"] = subject.config
    return subprocess.Popen(
        [*subject.command, *options, "run", "--duration", f"{seconds:g}"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def starts(subject: Subject, folder: Path) -> list[str]:
    """Start the daemon some times, each on no data, and say how long it took, from the command.

    Raises:
        ChildProcessError: it did not get ready.
    """
    found: dict[str, list[float]] = {"first question sent": [], FIRST_SAMPLE: [], "ready": []}
    for number in range(STARTS):
        data_dir = folder / str(number)
        began_s, wall_s = time.perf_counter(), time.time()
        daemon = begun(subject, data_dir, READY_WITHIN_S, "-v")
        log = Log(daemon)
        try:
            log.wait_until_ready()
        finally:
            end(daemon)
            log.close()
        found["ready"].append(log.ready_s - began_s)
        if log.first_sample_s is not None:
            found[FIRST_SAMPLE].append(log.first_sample_s - began_s)
        found["first question sent"].append(_first_sent_s(data_dir) - wall_s)
    return [_median_line(name.strip(" :"), times_s) for name, times_s in found.items() if times_s]


def _first_sent_s(data_dir: Path) -> float:
    """Return when the first question that is stored was asked, in wall-clock seconds."""
    with closing(open_store(data_dir, readonly=True)) as store:
        records = store.records(0, time.time_ns())
        return min(record.at_ms for record in records if isinstance(record, Sample)) / 1000


def _median_line(name: str, times_s: list[float]) -> str:
    middle_s = statistics.median(times_s)
    return (
        f"walletwatch: {name} after {middle_s:.2f} s "
        f"(median of {len(times_s)} starts, {min(times_s):.2f} to {max(times_s):.2f})"
    )


def peer_cost(peer: peers.Peer, seconds: float) -> Cost:
    """Run a peer and what has to go on beside it.

    Raises:
        ChildProcessError: it ended before its time.
    """
    program = subprocess.Popen(
        peer.command,
        cwd=peer.place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with peer.beside:
            return steady_cost(peer.name, program, seconds)
    finally:
        end(program)


def steady_cost(name: str, program: Program, seconds: float, settle_s: float = SETTLE_S) -> Cost:
    """Let the program settle, then watch it for `seconds`.

    Raises:
        ChildProcessError: it ended before its time.
    """
    _outlives(program, settle_s)
    before, began_s = usage(program.pid), time.perf_counter()
    _outlives(program, seconds)
    after = usage(program.pid)
    return Cost(name, time.perf_counter() - began_s, before, after)


def help_ms(subject: Subject) -> float:
    """Return the median time that `walletwatch --help` takes, in milliseconds."""
    times_ms = []
    for _ in range(HELP_RUNS):
        began_s = time.perf_counter()
        subprocess.run([*subject.command, "--help"], check=True, stdout=subprocess.DEVNULL)
        times_ms.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(times_ms)


class Log:
    """Reads a program's stderr, so that it never blocks on it, and waits for its `ready`."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self.ready = threading.Event()
        """Set by the word, and by the end of the program."""
        self.last_line = ""
        self.ready_s = 0.0
        """When it was ready, on the performance counter."""
        self.first_sample_s: float | None = None
        """When it had its first sample; None where it did not say."""
        self._program = program
        assert program.stderr is not None
        self._stream = program.stderr
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def wait_until_ready(self) -> None:
        """Return once it is ready.

        Raises:
            ChildProcessError: it ended, or did not get ready in time.
        """
        if not self.ready.wait(READY_WITHIN_S) or self._program.poll() is not None:
            raise ChildProcessError(f"not ready in {READY_WITHIN_S:g} s: {self.last_line}")

    def close(self) -> None:
        """Wait for the end of the stream; the program must have ended."""
        self._thread.join()
        self._stream.close()

    def _read(self) -> None:
        for line in self._stream:
            self.last_line = line.strip()
            if FIRST_SAMPLE in line and self.first_sample_s is None:
                self.first_sample_s = time.perf_counter()
            if "ready" in line.split():
                self.ready_s = time.perf_counter()
                self.ready.set()
        self.ready.set()


def end(program: Program) -> float:
    """End the program as a service would, by force if it must be; return how long that took."""
    began_s = time.perf_counter()
    program.send_signal(signal.SIGTERM)
    try:
        program.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
    return time.perf_counter() - began_s


def table(rows: list[tuple[str, ...]]) -> str:
    """Return the rows in columns, the first to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = []
    for row in rows:
        name, *numbers = row
        words = [word.rjust(width) for word, width in zip(numbers, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *words]).rstrip())
    return "\n".join(lines)


def _outlives(program: Program, seconds: float) -> None:
    try:
        program.wait(seconds)
    except subprocess.TimeoutExpired:
        return
    raise ChildProcessError(f"it ended by itself with exit code {program.returncode}")


def _measured(rows: list[tuple[str, ...]], cost: Callable[[], Cost], name: str) -> None:
    """Add a row; a program that does not run here leaves the others their turn."""
    try:
        rows.append(cost().row())
    except ChildProcessError as error:
        _say(f"{name}: {error}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
