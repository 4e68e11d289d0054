"""The weekly report out of a year of history: how long, and how much memory, as a whole process.

    python -m tests.bench.year [--years N]

The store is filled by SQL with what the default retention leaves after so long (raw samples of 14
days, minutes of 90, hours of all of it; four targets asked each 5 s), then `walletwatch report`
runs several times as a user would run it.
"""

import argparse
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from monitor.clock import SystemClock, monotonic_s
from monitor.model import (
    CauseCode,
    Diagnosis,
    Disconnect,
    Finding,
    FixCode,
    How,
    Outcome,
    ProbeKind,
    Role,
    Sample,
    StateChange,
    Target,
)
from monitor.store import histogram
from monitor.store.block import Row, pack
from monitor.store.marks import DAY_MS, HOUR_MS, MINUTE_MS
from monitor.store.place import DATABASE_NAME
from monitor.store.sqlite import Store, open_store
from tests.bench import page

STEP_MS = 5_000
BATCH_MS = 1_200_000
RAW_DAYS, MINUTE_DAYS, HOUR_DAYS = 14, 90, 1100
TARGETS = (
    Target("192.168.1.1", Role.GATEWAY, ProbeKind.ICMP, family=4),
    Target("223.5.5.5", Role.ANCHOR, ProbeKind.ICMP, family=4),
    Target("system", Role.RESOLVER, ProbeKind.DNS),
    Target("icbc", Role.WALLET, ProbeKind.TCP, family=4, wallet="icbc"),
)
USUAL_US = (3_000, 18_000, 22_000, 31_000)
STATE_STEP_MS = 10 * MINUTE_MS
"""Signal and processor are noted when they have changed much; this often on an ordinary day."""
RUNS = 7
BATCH = 50_000


def main() -> None:
    """Make each store, measure, and say what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=float, nargs="+", default=[1.0, 3.0])
    parser.add_argument("--page", action="store_true", help="write it into docs/benchmarks.md")
    asked = parser.parse_args()
    load_before, said = page.load(), list[str]()
    for years in asked.years:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "data"
            began = monotonic_s()
            fill(place, SystemClock().wall_ms(), years)
            size_mib = (place / DATABASE_NAME).stat().st_size / 1024 / 1024
            took = f"{years:g} years: {size_mib:.0f} MiB, made in {monotonic_s() - began:.0f} s"
            _say(took, said)
            for form in ("text", "json", "html"):
                _say(_line(form, [measure(place, form) for _ in range(RUNS)]), said)
    if asked.page:
        where = f"{page.machine()} Load at the start {load_before}, at the end {page.load()}.\n\n"
        page.write_section("year", where + page.fenced("\n".join(said)))


def _line(form: str, took: list[tuple[float, float, float]]) -> str:
    """Return the figures of some reports in one format."""
    wall_s, cpu_s, mib = zip(*took, strict=True)
    return (
        f"  --format {form:5} median {statistics.median(wall_s):.2f} s (most {max(wall_s):.2f}),"
        f" {statistics.median(cpu_s):.2f} s of processor time, {max(mib):.0f} MiB resident"
    )


def _say(line: str, said: list[str]) -> None:
    said.append(line)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def measure(place: Path, form: str) -> tuple[float, float, float]:
    """Return seconds, processor seconds and MiB of one report as a whole process."""
    command = [sys.executable, "-m", "monitor", "--data-dir", str(place), "report"]
    began = monotonic_s()
    with subprocess.Popen(
        [*command, "--week", "last", "--format", form], stdout=subprocess.DEVNULL
    ) as program:
        _, status, used = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    took_s = monotonic_s() - began
    if program.returncode:
        raise SystemExit(f"the report failed: {program.returncode}")
    return took_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def fill(place: Path, now_ms: int, years: float) -> None:
    """Make a store as it is after so many years."""
    rng = random.Random(1)
    now_ms -= now_ms % HOUR_MS
    first_ms = now_ms - round(years * 365 * DAY_MS)
    first_ms -= first_ms % HOUR_MS
    place.mkdir(parents=True)
    store = open_store(place)
    store.add_records([Sample(now_ms, target, Outcome.REPLY, 20.0) for target in TARGETS])
    _tell_drops(store, rng, first_ms, now_ms)
    store.close()
    connection = sqlite3.connect(place / DATABASE_NAME)
    numbers = [row[0] for row in connection.execute("SELECT id FROM target ORDER BY id")]
    connection.execute("PRAGMA synchronous=OFF")
    raw_ms = max(first_ms, now_ms - RAW_DAYS * DAY_MS)
    minute_ms = max(first_ms, now_ms - MINUTE_DAYS * DAY_MS)
    hour_ms = max(first_ms, now_ms - HOUR_DAYS * DAY_MS)
    for number, usual_us in zip(numbers, USUAL_US, strict=True):
        for table, unit_ms, since_ms in (
            ("sample_minute", MINUTE_MS, minute_ms),
            ("sample_hour", HOUR_MS, hour_ms),
        ):
            rows = _rolled(rng, number, usual_us, range(since_ms, now_ms, unit_ms), unit_ms)
            _insert(connection, table, 8, rows)
    _insert(connection, "sample_block", 5, _blocks(rng, numbers, raw_ms, now_ms))
    _insert(
        connection, "state_change (device, at_ms, key, value)", 4, _states(rng, minute_ms, now_ms)
    )
    for key, value in (
        ("care.rolled_until_ms", now_ms),
        ("care.raw_since_ms", raw_ms),
    ):
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))
    connection.commit()
    connection.close()


def _insert(
    connection: sqlite3.Connection, table: str, width: int, rows: Iterator[tuple[object, ...]]
) -> None:
    """Insert rows, all in one transaction."""
    connection.executemany(
        f"INSERT INTO {table} VALUES ({', '.join('?' * width)})",
        rows,
    )
    connection.commit()


def _blocks(
    rng: random.Random, numbers: list[int], since_ms: int, until_ms: int
) -> Iterator[tuple[object, ...]]:
    """Give the single samples, as batches of twenty minutes."""
    for from_ms in range(since_ms, until_ms, BATCH_MS):
        instants = range(from_ms, from_ms + BATCH_MS, STEP_MS)
        rows: list[Row] = []
        for number, usual_us in zip(numbers, USUAL_US, strict=True):
            for at_ms in instants:
                is_lost = rng.random() < 0.003
                rtt_us = None if is_lost else _rtt(rng, usual_us)
                rows.append((number, at_ms, int(is_lost), rtt_us))
        yield instants[0], instants[-1], len(rows), *pack(rows)


def _rtt(rng: random.Random, usual_us: int) -> int:
    return round(usual_us * rng.lognormvariate(0, 0.25))


def _rolled(
    rng: random.Random, number: int, usual_us: int, starts: range, unit_ms: int
) -> Iterator[tuple[object, ...]]:
    """Give roll-ups; an hour's histogram is one of sixty samples counted twelve times over."""
    times = unit_ms // MINUTE_MS
    for at_ms in starts:
        lost = sum(rng.random() < 0.003 for _ in range(12))
        rtts = [_rtt(rng, usual_us) for _ in range(12 if times == 1 else 60)]
        counts = histogram.count_up(rtts)
        if times > 1:
            counts = {bucket: count * 12 for bucket, count in counts.items()}
        yield (
            number,
            at_ms,
            12 * times,
            lost,
            sum(rtts) * 12 * times // len(rtts),
            min(rtts),
            max(rtts),
            histogram.pack(counts),
        )


def _states(rng: random.Random, since_ms: int, until_ms: int) -> Iterator[tuple[object, ...]]:
    """Give what a laptop's states do: numbers that wander, a saver in the evening, two networks."""
    evening = None
    for at_ms in range(since_ms, until_ms, STATE_STEP_MS):
        hour = at_ms // HOUR_MS % 24
        yield "local", at_ms, "wifi.signal_dbm", str(-50 - rng.randrange(30))
        yield "local", at_ms + 1, "cpu.load_ratio", f"{rng.random():.2f}"
        yield "local", at_ms + 2, "memory.available_ratio", f"{rng.random():.2f}"
        yield "local", at_ms + 3, "battery.percent", str(rng.randrange(10, 100))
        yield "local", at_ms + 4, "monitor.cpu_s", str((at_ms - since_ms) / 1e5)
        yield "local", at_ms + 5, "monitor.rss_mib", "70.5"
        if (is_evening := hour in (12, 13, 14, 15)) != evening:
            evening = is_evening
            yield "local", at_ms + 6, "power.battery_saver", json.dumps(evening)
            yield "local", at_ms + 7, "wifi.ssid", json.dumps("home" if evening else "work")


def _tell_drops(store: Store, rng: random.Random, since_ms: int, until_ms: int) -> None:
    """Store some ten disconnects a week, with what was found out."""
    drops = []
    at_ms = since_ms + DAY_MS
    while at_ms < until_ms:
        lasted_ms = rng.randrange(20_000, 600_000)
        drops.append(Disconnect("icbc", "session", at_ms, at_ms + lasted_ms, How.RESET))
        at_ms += rng.randrange(2 * HOUR_MS, 34 * HOUR_MS)
    for drop in store.insert_new_disconnects(drops):
        assert drop.id is not None
        cause, fix = CauseCode.BATTERY_SAVER, FixCode.REVIEW_SETTINGS
        finding = Finding(cause, 0.8, fixes=(fix,))
        store.save_diagnosis(drop.id, Diagnosis((finding,), "bench", drop.started_at_ms))
    store.add_records([StateChange(since_ms, "app.version", "1.0")])


if __name__ == "__main__":
    main()
