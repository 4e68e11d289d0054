"""A disk that is full and is freed again, and a process that is killed at any moment."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.model import StateChange
from monitor.store.interface import StoreUnavailableError
from monitor.store.sqlite import open_store
from monitor.store.writer import Writer
from tests.integration.small_disk import fill, mounted
from tests.integration.store_facts import NOON_MS, reply, rows
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
KILLS = 20

WRITES = """
import sys
from pathlib import Path
from monitor.clock import SystemClock
from monitor.model import *
from monitor.store.sqlite import open_store
from monitor.store.writer import Writer

target = Target("gw", Role.GATEWAY, ProbeKind.ICMP)
store = open_store(Path(sys.argv[1]))
first = int(sys.argv[2])
writer = Writer(store, SystemClock(), flush_s=0.02)
print("ready", flush=True)
for i in range(first, first + 10_000_000):
    writer.later(Sample(i, target, Outcome.REPLY, 1.0))
    if i % 100 == 0:
        writer.event(StateChange(i, "cpu.load_ratio", i))
        writer.flush(60)
        print(i, flush=True)
    if i % 5_000 == 0:
        writer.call(lambda s: s.rollup(i)).result()
"""


def test_killed_twenty_times_nothing_flushed_is_lost(tmp_path: Path) -> None:
    chance = random.Random(20)
    first = 1_000_000_000
    known = []  # (first, last) of each life, as far as it said that it was flushed
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITES, str(tmp_path), str(first)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            last = first
            for _ in range(chance.randrange(1, 40)):
                last = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            said = process.stdout.read().split("\n")
            complete = [int(line) for line in said[:-1] if line]
            last = max([last, *complete])
        known.append((first, last))
        first += 10_000_000
        with closing(open_store(tmp_path)) as store:
            assert store.check() == []
    path = tmp_path / "walletwatch.db"
    for begin, end in known:
        lived = f"WHERE at_ms BETWEEN {begin} AND {end}"
        assert rows(path, f"SELECT count(*) FROM sample {lived}") == [(end - begin + 1,)]
        assert rows(path, f"SELECT count(*) FROM state_change {lived}") == [
            ((end - begin) // 100 + 1,)
        ]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", size_mib=2) as disk:
        yield disk


@pytest.mark.lab
def test_a_full_disk_and_back(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(open_store(small_disk / "data")) as store:
        writer = Writer(store, SystemClock(), flush_s=0.05)
        for i in range(100):
            writer.later(reply(NOON_MS + i))
        assert writer.flush(5)
        ballast = fill(small_disk)
        for i in range(100, 20_000):
            writer.later(reply(NOON_MS + i))
        events = [StateChange(NOON_MS + i, "battery.percent", i) for i in range(500)]
        for event in events:
            writer.event(event)
        counted = writer.call(lambda s: len(s.samples(0, NOON_MS * 2)))
        wait_until(lambda: "cannot write" in caplog.text)
        assert "is full: free some space" in caplog.text
        assert not writer.flush(0.2)
        with pytest.raises(StoreUnavailableError, match="full"):
            for i in range(1_000):
                store.set_meta(f"more {i}", "x" * 500)
        ballast.unlink()
        assert counted.result(30) == 20_000
        for i in range(20_000, 20_100):
            writer.later(reply(NOON_MS + i))
        assert writer.stop(10)
        assert store.states(0, NOON_MS * 2) == events
        assert len(store.samples(0, NOON_MS * 2)) == 20_100
        assert store.check() == []
        assert caplog.text.count("cannot write") == 1


@pytest.mark.lab
def test_beginning_on_a_full_disk(small_disk: Path) -> None:
    ballast = fill(small_disk)
    with pytest.raises(StoreUnavailableError) as caught:
        open_store(small_disk / "data")
    assert "full" in str(caught.value)
    assert "\n" not in str(caught.value)
    ballast.unlink()
    with closing(open_store(small_disk / "data")) as store:
        assert store.is_empty()


@pytest.mark.lab
def test_a_disk_mounted_read_only(small_disk: Path) -> None:
    with closing(open_store(small_disk)) as store:
        store.add_records([reply(NOON_MS)])
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StoreUnavailableError, match="is mounted read-only") as caught:
        open_store(small_disk)
    assert "\n" not in str(caught.value)


@pytest.mark.lab
def test_a_backup_onto_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "data")) as store:
        store.add_records([reply(NOON_MS + i) for i in range(10_000)])
        ballast = fill(small_disk)
        with pytest.raises(StoreUnavailableError, match="full"):
            store.backup(small_disk / "copy.db")
        assert [file.name for file in small_disk.iterdir()] == ["ballast"]
        ballast.unlink()
        store.backup(small_disk / "copy.db")
    assert rows(small_disk / "copy.db", "SELECT sum(count) FROM sample_block") == [(10_000,)]
