"""The soak's second part: the real daemon as a process, in real time, at ten times the usual rate.

It runs in the fault lab's healthy network: a router, a provider, anchors, resolvers and a bank
that answer. Nothing may happen there, so nothing may grow.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median

import tests.samples
from tests.bench.in_lab import lab_config
from tests.bench.usage import usage
from tests.integration.running import SAMPLES_OF
from tests.lab.world import REPOSITORY, World
from tests.soak.checks import growth
from tests.soak.figures import Held, held, most, slope

INTERVAL_S = 0.5
"""A tenth of the default."""
EACH_S = 10.0
READY_WITHIN_S = 30.0
END_WITHIN_S = 10.0
WARM_S = 600.0
"""Batches, beats and the first evaluations have come by then; a short run takes its first third."""
LATE_RATIO = 1.5
"""Two samples farther apart than this many steps have a missing one between them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was held so long after the start, and what it had cost by then."""

    at_s: float
    held: Held
    cpu_s: float
    wakeups: int


@dataclass(slots=True)
class Watched:
    """Everything that the run showed."""

    seconds: float
    seen: list[Seen] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    exit_code: int | None = None
    ended_s: float = 0.0
    samples: int = 0
    lost: int = 0
    disconnects: int = 0
    gaps: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    """Of each target: grid points without a sample, between its first and its last one."""

    @property
    def warm(self) -> Sequence[Seen]:
        """What was seen once it was warm."""
        since_s = min(WARM_S, self.seconds / 3)
        return [one for one in self.seen if one.at_s >= since_s]


def run(minutes: float, folder: Path, say: Callable[[str], None]) -> Watched:
    """Watch the daemon for so long.

    Raises:
        ChildProcessError: it did not get ready, or ended before its time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with World() as world:
        config = folder / "soak.toml"
        config.write_text(f"interval_s = {INTERVAL_S}\n{lab_config(world)}")
        data = folder / "data"
        words = [sys.executable, "-m", "monitor", "--config", str(config)]
        words += ["--data-dir", str(data), "run"]
        process = subprocess.Popen(
            world.device.command(*words),
            cwd=REPOSITORY,
            env={k: v for k, v in os.environ.items() if k not in _DESKTOP},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        found = Watched(minutes * 60)
        ready = threading.Event()
        reader = threading.Thread(target=_listen, args=(process, found.log, ready))
        reader.start()
        try:
            if not ready.wait(READY_WITHIN_S) or process.poll() is not None:
                raise ChildProcessError(f"not ready: {found.log[-3:]}")
            _watch(process, data / "walletwatch.db", found, say)
        finally:
            found.ended_s = _end(process)
            reader.join()
            assert process.stderr is not None
            process.stderr.close()
    found.exit_code = process.returncode
    _read(data / "walletwatch.db", found)
    return found


_DESKTOP = ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "WAYLAND_DISPLAY", "WALLETWATCH_CONFIG")
"""No notice may come out of a soak."""


def _listen(process: "subprocess.Popen[str]", kept: list[str], ready: threading.Event) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if len(kept) < 10_000:
            kept.append(line.rstrip())
        if "ready" in line.split():
            ready.set()
    ready.set()


def _watch(
    process: "subprocess.Popen[str]", database: Path, found: Watched, say: Callable[[str], None]
) -> None:
    began_s = time.perf_counter()
    for number in range(1, int(found.seconds / EACH_S) + 1):
        try:
            process.wait(max(0.0, began_s + number * EACH_S - time.perf_counter()))
        except subprocess.TimeoutExpired:
            pass
        else:
            raise ChildProcessError(f"it ended by itself: {found.log[-3:]}")
        used = usage(process.pid)
        what = held(process.pid, database, with_pss=True)
        one = Seen(time.perf_counter() - began_s, what, used.cpu_s, used.wakeups)
        found.seen.append(one)
        if number % 6 == 0:
            say(
                f"{one.at_s / 60:6.1f} min  RSS {what.rss_mib:5.1f}  PSS {what.pss_mib:5.1f}"
                f"  threads {what.threads:3d}  fds {what.fds:3d}"
                f"  WAL {what.wal_mib:5.2f}  db {what.db_mib:6.2f}"
            )


def _end(process: "subprocess.Popen[str]") -> float:
    began_s = time.perf_counter()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return time.perf_counter() - began_s


def _read(database: Path, found: Watched) -> None:
    """Read what was stored, and look for holes in each target's grid."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:

        def one(sql: str) -> int:
            [(value,)] = connection.execute(sql)
            return int(value or 0)

        found.disconnects = one("SELECT count(*) FROM disconnect")
        found.gaps = one("SELECT count(*) FROM gap")
        targets = connection.execute("SELECT id, role, name, probe FROM target").fetchall()
        for number, role, name, probe in targets:
            query = f"{SAMPLES_OF} WHERE target.id = {number} ORDER BY at_ms"
            rows = tests.samples.ask(connection, query)
            times = [at_ms for (at_ms,) in rows]
            found.samples += len(times)
            if probe == "http":
                continue  # asked each five minutes, and at each closer look
            # the first sample is of the round at start, before the grid
            grid = times[1:]
            step_ms = INTERVAL_S * 1000 / (2 if role in ("wallet", "control") else 1)
            if (role, probe) == ("gateway", "tcp") and len(grid) > 2:
                # asked now and then: its own pace is the one that it kept
                step_ms = median(after - before for before, after in pairwise(grid))
            found.missing[f"{role} {name} {probe}"] = missing(grid, step_ms)


def missing(times_ms: Sequence[int], step_ms: float) -> int:
    """Return how many points of a grid lie in the holes between samples."""
    return sum(
        round((after - before) / step_ms) - 1
        for before, after in pairwise(times_ms)
        if after - before > LATE_RATIO * step_ms
    )


def rss_slope(found: Watched) -> float:
    """Return by how many MiB an hour the memory grew once it was warm."""
    return slope([(one.at_s / 3600, one.held.rss_mib) for one in found.warm])


def wrong(found: Watched) -> list[str]:
    """Return what does not hold of the run; nothing is all well."""
    warm = found.warm
    third = max(1, len(warm) // 3)
    said = growth(
        most([one.held for one in warm[:third]]), most([one.held for one in warm[-third:]])
    )
    said += [
        f"{count} grid points of {name} missing" for name, count in found.missing.items() if count
    ]
    if found.disconnects:
        said.append(f"{found.disconnects} disconnects in a healthy network")
    if found.gaps:
        said.append(f"{found.gaps} gaps although it never slept")
    said += [f"log: {line}" for line in found.log if " ERROR " in line or "Traceback" in line][:5]
    if found.exit_code != 0:
        said.append(f"it ended with exit code {found.exit_code}")
    return said
