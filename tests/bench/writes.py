"""`make bench-writes`: what the store writes in a day, through the real writer, on a played clock.

The default targets with their default steps, round trips that vary as in a healthy network, the
states of an ordinary day, its own use, its beat, the regular look, roll-ups and prunes. Days go
before it that are not counted, and what is kept is kept for days, so that every stage of retention
is at work. After each minute in which something was written everything is synced, as the system
does within half a minute; `write_bytes` of `/proc/self/io` is what went towards the disk.
`--beside` plays the same to another checkout, at its own defaults.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from monitor.clock import Clock
from monitor.config.settings import StoreSettings
from monitor.daemon.evaluation import EVALUATE_S
from monitor.daemon.run import BEAT_S, PRUNE_PHASE_S, PRUNE_S, ROLLUP_S
from monitor.model import (
    Outcome,
    ProbeKind,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    Target,
)
from monitor.store.retention import Keep
from monitor.store.sqlite import open_store
from monitor.store.writer import Writer
from tests.bench import page

START_MS = 1_790_035_200_000
HOUR_S = 3600
MINUTE_S = 60
DAY_S = 24 * HOUR_S
WARM_UP_S = 18 * DAY_S
KEEP = Keep(raw_days=14, minute_days=16, hour_days=17)
"""Each stage has begun to forget when the counted hours begin; the defaults would need years."""
LEAST_ROWS = 1_000
"""Of fewer rows the bytes of one say nothing: half of them are an empty page."""
ANCHORS = ("223.5.5.5", "119.29.29.29", "114.114.114.114")
"""A played network: router, three anchors by both ways, two resolvers beside the system's way,
the wallet twice as often, the portal's page each five minutes, the router's TCP each 15 s."""
PLACES: tuple[tuple[Target, int, int, int], ...] = (
    (Target("192.168.1.1", Role.GATEWAY, ProbeKind.ICMP, family=4), 5_000, 0, 3_000),
    *(
        (Target(host, Role.ANCHOR, kind, family=4), 5_000, 833 * number, 18_000 + 3_000 * number)
        for kind in (ProbeKind.ICMP, ProbeKind.TCP)
        for number, host in enumerate(ANCHORS)
    ),
    (Target("system", Role.RESOLVER, ProbeKind.DNS), 5_000, 2_499, 22_000),
    (Target("192.168.1.1", Role.RESOLVER, ProbeKind.DNS, family=4), 5_000, 3_332, 9_000),
    (Target("223.6.6.6", Role.RESOLVER, ProbeKind.DNS, family=4), 5_000, 4_165, 21_000),
    (Target("icbc", Role.WALLET, ProbeKind.ICMP, family=4, wallet="icbc"), 2_500, 0, 31_000),
    (Target("192.168.1.1", Role.GATEWAY, ProbeKind.TCP, family=4), 15_000, 2_500, 3_500),
    (Target("portal", Role.ANCHOR, ProbeKind.HTTP), 300_000, 2_500, 60_000),
)


class PlayedClock(Clock):
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def wall_ms(self) -> int:
        """Return the played instant."""
        return self.now_ms

    def monotonic_ms(self) -> float:
        """Return the same from zero on."""
        return float(self.now_ms - START_MS)

    def boot_ms(self) -> float:
        """Return the same."""
        return self.monotonic_ms()


def main() -> None:
    """Play the hours here, and beside another checkout where one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--beside", type=Path, help="another checkout to play the same to")
    parser.add_argument("--folder", type=Path, default=Path("build"), help="on the disk to be used")
    parser.add_argument("--page", action="store_true", help="write it into docs/benchmarks.md")
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True)
    if asked.beside is not None:
        environment = {**os.environ, "PYTHONPATH": str(asked.beside.absolute())}
        command = [sys.executable, __file__, "--hours", str(asked.hours)]
        subprocess.run(
            [*command, "--folder", asked.folder.absolute()],
            env=environment,
            check=True,
            cwd=asked.beside,
        )
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        written, samples, commits = play(Path(folder), asked.hours)
        kept = room_said(Path(folder))
    a_day = written / asked.hours * 24
    said = (
        f"flush_s {StoreSettings().flush_s:g}: {a_day / 1e6:.1f} MB/day ({samples} samples and"
        f" {commits} minutes with writes in {asked.hours} played hours after"
        f" {WARM_UP_S // DAY_S} days)\n{kept}"
    )
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()
    if asked.page:
        page.write_section("writes", f"{page.machine()}\n\n{page.fenced(said)}")


def room_said(folder: Path) -> str:
    """Tell what a day takes in the file, and what that comes to with the default retention."""
    settings = StoreSettings()
    keep = Keep(settings.raw_days, settings.minute_days, settings.hour_days)
    with closing(open_store(folder, readonly=True)) as store:
        room = store.room(keep)
    rows = ", ".join(
        f"{name} {table.size_bytes / table.row_count:.1f}"
        for name, table in room.tables.items()
        if table.size_bytes and table.row_count > LEAST_ROWS
    )
    if room.day_bytes is None or room.bound_bytes is None:
        return f"bytes a row: {rows}"
    return (
        f"bytes a row: {rows}; a day takes {room.day_bytes / 1e6:.2f} MB,"
        f" in the end {room.bound_bytes / 1e6:.0f} MB"
    )


def play(folder: Path, hours: int) -> tuple[int, int, int]:
    """Return bytes written, samples taken, and minutes in which something was written."""
    store, clock, rng = open_store(folder), PlayedClock(), random.Random(1)
    settings = StoreSettings()
    writer = Writer(store, clock, settings.flush_s)
    run_id = store.start_run(clock.now_ms, 1, "bench")
    store.add_records([SessionChange(START_MS, "icbc", SessionState.UP)])
    files = [os.open(f"{store.path}{ending}", os.O_RDONLY) for ending in ("", "-wal", "-shm")]
    began = _synced(files)
    samples = commits = 0
    before = began
    for second in range(1, WARM_UP_S + hours * HOUR_S + 1):
        clock.now_ms = START_MS + second * 1000
        samples += _observe(writer, rng, second)
        _care(writer, clock.now_ms, second, run_id)
        if second % MINUTE_S == 0:
            writer.ask()
            with writer._changed:
                writer._changed.notify()
            _settle(writer)
            now = _synced(files)
            commits += now > before
            before = now
        if second == WARM_UP_S:
            began, samples, commits = _synced(files), 0, 0
    written = _synced(files) - began
    writer.stop(30.0)
    store.close()
    for file in files:
        os.close(file)
    return written, samples, commits


def _observe(writer: Writer, rng: random.Random, second: int) -> int:
    """Take the samples and the states of one second; return how many samples."""
    now_ms, count = START_MS + second * 1000, 0
    for target, step_ms, phase_ms, usual_us in PLACES:
        first_ms = now_ms - 1000 + (phase_ms - now_ms + 1000) % step_ms
        for at_ms in range(first_ms, now_ms, step_ms):
            count += 1
            jittered = at_ms + rng.randrange(0, 6)
            if rng.random() < 0.003:
                writer.later(Sample(jittered, target, Outcome.TIMEOUT))
            else:
                rtt_ms = usual_us * rng.lognormvariate(0, 0.25) / 1000
                writer.later(Sample(jittered, target, Outcome.REPLY, rtt_ms))
    if second % 600 == 120:
        for key, value in (
            ("wifi.signal_dbm", -50 - rng.randrange(30)),
            ("cpu.load_ratio", round(rng.random(), 2)),
            ("memory.available_ratio", round(rng.random(), 2)),
            ("battery.percent", rng.randrange(10, 100)),
        ):
            writer.later(StateChange(now_ms, key, value))
    if second % (6 * HOUR_S) == 3 * HOUR_S:
        writer.event(StateChange(now_ms, "power.battery_saver", second % (12 * HOUR_S) > HOUR_S))
    return count


def _care(writer: Writer, now_ms: int, second: int, run_id: int) -> None:
    """Do what the daemon does regularly."""
    if second % EVALUATE_S == 0:
        writer.call(lambda held: held.samples(now_ms - 600_000, now_ms))
    if second % BEAT_S == 0:
        for key, value in (("monitor.cpu_s", second / 600), ("monitor.rss_mib", 49.6)):
            writer.later(StateChange(now_ms, key, value))
        writer.later(StateChange(now_ms, "monitor.written_mib", second / 4000))
        writer.call(lambda held: held.beat(run_id, now_ms))
    if second % ROLLUP_S == 0:
        writer.call(lambda held: held.rollup(now_ms))
    if second % PRUNE_S == PRUNE_PHASE_S:
        writer.call(
            lambda held: held.prune(now_ms, KEEP.raw_days, KEEP.minute_days, KEEP.hour_days)
        )


def _settle(writer: Writer) -> None:
    """Wait until the writer has done what is due by its clock."""
    with writer._changed:
        wait = writer._batch_wait_s()
    if writer._ordered or writer._in_hand or (wait is not None and wait <= 0):
        writer.flush(60.0)


def _synced(files: list[int]) -> int:
    """Have what was written go to the disk; return what this process has written until now.

    The files stay open: closing one would drop SQLite's locks.
    """
    for file in files:
        os.fsync(file)
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    raise SystemExit("this kernel does not tell what a process writes")


if __name__ == "__main__":
    main()
