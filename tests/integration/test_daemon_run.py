"""The daemon as its user meets it: ready soon, gone soon, whole after every kind of end."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.model import Notice, NoticeKind
from monitor.store.sqlite import open_store
from tests.integration.running import LOOPBACK, ROOT, Running
from tests.needs import need_root, wanting
from tests.waiting import wait_until

OFFLINE = LOOPBACK.replace(
    '["127.0.0.1"]\nhosts_v6', '["127.0.0.1", "127.0.0.2", "127.0.0.3"]\nhosts_v6'
)
OFFLINE += '[wallets.icbc]\nhosts = ["127.0.0.1:9"]\n'

SAMPLES = "(SELECT at_ms, rtt_us FROM sample UNION ALL SELECT at_ms, rtt_us FROM sample_recent)"
"""The newest samples lie apart, in the order they came in, until they are settled."""

FAST = "interval_s = 0.1\n" + OFFLINE


@pytest.fixture
def empty_namespace() -> Iterator[str]:
    """Give a network namespace with nothing in it: a machine without any network."""
    need_root("ip")
    name = f"ww-empty-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    yield name
    subprocess.run(["ip", "netns", "del", name], check=True)


@pytest.mark.lab
def test_it_is_ready_within_five_seconds_without_config_and_without_network(
    tmp_path: Path, empty_namespace: str
) -> None:
    prefix = ["ip", "netns", "exec", empty_namespace]
    with Running(tmp_path / "data", "", prefix=prefix) as daemon:
        assert daemon.ready_s is not None
        assert daemon.ready_s < 5.0
        [[count]] = daemon.ask(f"SELECT count(*) FROM {SAMPLES}")
        assert count > 0, "the first round was not stored"
        [[drops]] = daemon.ask("SELECT count(*) FROM disconnect")
        assert drops == 0, "starting offline is 'not connected yet', not a disconnect"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_within_two_seconds_and_nothing_is_lost(
    tmp_path: Path, number: signal.Signals
) -> None:
    with Running(tmp_path / "data", FAST.replace("flush_s = 1.0", "flush_s = 60.0")) as daemon:
        before = daemon.ask(f"SELECT count(*) FROM {SAMPLES}")[0][0]
        assert wait_until(lambda: daemon.process.poll() is None, 0.1)
        threading.Event().wait(1.0)  # let some samples wait in the batch
        daemon.process.send_signal(number)
        assert daemon.process.wait(4.0) == 0
        after = daemon.ask(f"SELECT count(*) FROM {SAMPLES}")[0][0]
        assert after > before + 10, "what waited in the batch was not written"
        assert daemon.ask("SELECT count(*) FROM run WHERE stopped_at_ms IS NULL") == [(0,)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_it_is_loading_ends_it_in_good_order(
    tmp_path: Path, number: signal.Signals
) -> None:
    loading = _walletwatch("--data-dir", str(tmp_path), "run")
    command = Path(f"/proc/{loading.pid}/cmdline")
    assert wait_until(lambda: b"monitor.daemon" in command.read_bytes())
    loading.send_signal(number)
    said = loading.communicate(timeout=20)[1]
    assert (loading.returncode, said) == (0, "")


def test_a_hang_up_that_is_ignored_is_ignored(tmp_path: Path) -> None:
    """It is what nohup asks for."""
    with Running(tmp_path / "data", FAST, prefix=["nohup"]) as daemon:
        daemon.process.send_signal(signal.SIGHUP)
        began = len(daemon.sample_times())
        assert wait_until(lambda: len(daemon.sample_times()) > began)


def test_ctrl_c_while_a_command_is_loading_makes_no_traceback(tmp_path: Path) -> None:
    loading = _walletwatch("--data-dir", str(tmp_path), "status", python=["-X", "importtime"])
    assert loading.stderr is not None
    while "typer" not in loading.stderr.readline():
        assert loading.poll() is None
    loading.send_signal(signal.SIGINT)
    assert "Traceback" not in loading.communicate(timeout=20)[1]


def _walletwatch(*arguments: str, python: Sequence[str] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *python, "-m", "monitor", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_the_stop_takes_less_than_two_seconds(tmp_path: Path) -> None:
    with Running(tmp_path / "data", FAST) as daemon:
        code, took_s = daemon.stop()
        assert code == 0
        assert took_s < 2.0


def test_a_second_daemon_is_refused_with_the_first_ones_pid(tmp_path: Path) -> None:
    with Running(tmp_path / "data", FAST) as daemon:
        second = subprocess.run(
            [sys.executable, "-m", "monitor", "--data-dir", str(daemon.data_dir), "run"],
            capture_output=True,
            text=True,
            timeout=20,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert second.returncode == 2
        assert str(daemon.process.pid) in second.stderr
        assert "Traceback" not in second.stderr


def test_a_notice_that_was_stored_but_not_shown_is_shown_by_the_next_run(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    now_ms = SystemClock().wall_ms()
    fresh = store.add_notice(Notice(NoticeKind.LOST, now_ms - 60_000, "icbc", "The router."))
    stale = store.add_notice(Notice(NoticeKind.LOST, now_ms - 86_400_000, "icbc", "Yesterday."))
    store.close()
    config = FAST.replace("enabled = false", "enabled = true")
    no_desktop = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none", "DISPLAY": ""}
    with Running(tmp_path / "data", config, env=no_desktop) as daemon:
        wait_until(lambda: not daemon.ask("SELECT id FROM notice WHERE delivery = 'pending'"))
        told = dict(daemon.ask("SELECT id, delivery FROM notice"))
    assert told == {fresh.id: "logged", stale.id: "failed"}


def test_killed_twenty_times_it_goes_on_with_the_same_whole_history(tmp_path: Path) -> None:
    chance = random.Random()
    seed = chance.randrange(2**32)
    chance.seed(seed)
    sys.stderr.write(f"seed {seed}\n")
    kept = 0
    for life in range(20):
        with Running(tmp_path / "data", FAST) as daemon:
            threading.Event().wait(chance.uniform(0.0, 1.6))
            daemon.kill()
            assert daemon.ask("PRAGMA integrity_check") == [("ok",)]
            [[count]] = daemon.ask(f"SELECT count(*) FROM {SAMPLES}")
            assert count >= kept, "stored samples were lost"
            kept = count
            gaps = daemon.ask("SELECT at_ms, until_ms FROM gap WHERE why = 'stopped'")
            assert len(gaps) == life, "each stop is a gap"
    runs = daemon.ask("SELECT started_at_ms FROM run ORDER BY id")
    ends = [until_ms for _, until_ms in gaps]
    assert [start for (start,) in runs[1:]] == ends
    assert all(start <= until for start, until in gaps)
    assert all(first[1] <= second[0] for first, second in pairwise(gaps))


def test_nothing_older_than_one_batch_is_lost_in_a_kill(tmp_path: Path) -> None:
    with Running(tmp_path / "data", FAST) as daemon:
        newest = f"SELECT max(at_ms) FROM {SAMPLES}"
        first = daemon.ask(newest)[0][0]
        assert wait_until(lambda: daemon.ask(newest)[0][0] > first + 2_000)
        wall_ms = SystemClock().wall_ms()
        daemon.kill()
        assert daemon.ask(newest)[0][0] > wall_ms - 2_500


LIBFAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def test_steps_of_the_wall_clock_change_no_round_trip_and_make_no_disconnect(
    tmp_path: Path,
) -> None:
    if not LIBFAKETIME.exists():
        wanting("needs libfaketime")
    offset = tmp_path / "offset"
    offset.write_text("+0")
    env = {
        "LD_PRELOAD": str(LIBFAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    config = FAST.replace("interval_s = 0.1", "interval_s = 0.5")
    with Running(tmp_path / "data", config, env=env) as daemon:
        rows = daemon.ask(f"SELECT count(*) FROM {SAMPLES}")[0][0]
        memory_kib = _resident_kib(daemon.process.pid)
        for step in ("+3600", "-3600", "+31536000", "-31536000", "+0"):
            offset.write_text(step)
            gaps = daemon.ask("SELECT count(*) FROM gap WHERE why = 'clock'")[0][0]
            query = "SELECT count(*) FROM gap WHERE why = 'clock'"
            assert wait_until(lambda q=query, n=gaps: daemon.ask(q)[0][0] > n), step  # type: ignore[misc]
            before = daemon.ask(f"SELECT count(*) FROM {SAMPLES}")[0][0]
            grows = f"SELECT count(*) FROM {SAMPLES}"
            assert wait_until(lambda q=grows, n=before: daemon.ask(q)[0][0] >= n + 20), step  # type: ignore[misc]
        assert daemon.ask("SELECT count(*) FROM disconnect") == [(0,)]
        assert daemon.ask(f"SELECT count(*) FROM {SAMPLES}")[0][0] > rows
        [[shortest, longest]] = daemon.ask(f"SELECT min(rtt_us), max(rtt_us) FROM {SAMPLES}")
        assert shortest >= 0
        assert longest < 1_000_000
        assert _resident_kib(daemon.process.pid) < memory_kib + 8_192
        assert daemon.process.poll() is None


def _resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if "VmRSS" in line).split()[1])
