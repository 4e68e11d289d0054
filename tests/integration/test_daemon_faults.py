"""The daemon and faults of what it stands on: no event lost, none made up, no sample late.

The short forms; `make torture` has each for its whole length (tests/torture).
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.model import How, SessionChange, SessionState
from monitor.store.sqlite import open_store
from tests.integration.private_bus import is_available
from tests.integration.running import LOOPBACK, NO_WALLET, Running
from tests.needs import need, need_root, wanting
from tests.torture import bed as beds
from tests.torture import faults
from tests.torture.name_server import NameServer
from tests.torture.trial import DATED_MS, LATE_MS
from tests.waiting import wait_until

LONGEST_MS = beds.STEP_MS + LATE_MS
HOUR_MS = 3_600_000
MOST_THREADS = 30
"""A lookup that hangs keeps its thread; a few of them say enough."""


def assert_nothing_else(bed: beds.Bed, most_lines: int) -> None:
    """The disconnects are the true ones, sampling never paused, the log is calm."""
    stored = bed.disconnects()
    assert len(stored) == len(bed.breaks_ms)
    assert all(abs(a - b) < DATED_MS for a, b in zip(stored, bed.breaks_ms, strict=True))
    assert bed.longest_ms() < LONGEST_MS
    assert len(bed.said()) <= most_lines, "\n".join(bed.said())
    assert "Traceback" not in "".join(bed.daemon.said)
    code, took_s = bed.daemon.stop()
    assert (code, took_s < 2.0) == (0, True)


@contextmanager
def closing_names(folder: Path) -> Iterator[NameServer]:
    names = NameServer(folder)
    yield names
    names.stop()


def broken_and_stored(bed: beds.Bed) -> None:
    bed.break_session()
    wait_until(lambda: len(bed.disconnects()) == len(bed.breaks_ms))


def test_what_the_last_run_did_not_live_to_evaluate_is_a_disconnect(tmp_path: Path) -> None:
    now_ms = SystemClock().wall_ms()
    with closing(open_store(tmp_path / "data")) as store:
        store.start_run(now_ms - 3 * HOUR_MS, 1, "0.1")
        store.add_records(
            [
                SessionChange(now_ms - 3 * HOUR_MS, "icbc", SessionState.UP),
                SessionChange(now_ms - 2 * HOUR_MS, "icbc", SessionState.DOWN, How.RESET),
                SessionChange(now_ms - 2 * HOUR_MS + 500, "icbc", SessionState.UP),
            ]
        )
    with Running(tmp_path / "data", LOOPBACK + NO_WALLET) as daemon:
        found = wait_until(lambda: daemon.ask("SELECT started_at_ms FROM disconnect"))
        assert found == [(now_ms - 2 * HOUR_MS,)]


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a signal of POSIX")
def test_stopped_for_a_while_is_a_gap_and_no_disconnect(tmp_path: Path) -> None:
    with beds.made(tmp_path / "bed", has_desktop=False) as bed:
        with faults.stopped(bed):
            threading.Event().wait(7.0)  # the least that is called a stop is 6 s
        [(since_ms, until_ms)] = wait_until(bed.gaps)
        assert 6_000 < until_ms - since_ms < 9_000
        wait_until(lambda: bed.daemon.sample_times()[-1] > until_ms + 3_000)
        assert_nothing_else(bed, 2)


def test_a_deleted_log_costs_nothing(tmp_path: Path) -> None:
    with beds.made(tmp_path / "bed", has_desktop=False) as bed:
        with faults.log_deleted(bed):
            broken_and_stored(bed)
        wait_until(bed.daemon.has_session)
        bed.daemon.kill()
        assert len(bed.disconnects()) == 1
        assert bed.daemon.ask("PRAGMA integrity_check") == [("ok",)]
        assert bed.longest_ms() < LONGEST_MS
        assert len(bed.said()) == 2, bed.said()


def test_a_session_that_stood_when_its_database_was_deleted_ends_in_the_new_one(
    tmp_path: Path,
) -> None:
    with beds.made(tmp_path / "bed", has_desktop=False) as bed:
        wait_until(lambda: bed.daemon.ask("SELECT 1 FROM session_change"))
        with faults.deleted(bed):
            bed.bank.refuse()  # nothing comes up that would be an end's beginning
            bed.break_session()
        wait_until(lambda: "opened anew" in "".join(bed.daemon.said))
        wait_until(lambda: bed.disconnects())
        wait_until(lambda: bed.daemon.sample_times()[4:])
        bed.bank.listen_again()
        assert_nothing_else(bed, 2)


@pytest.mark.lab
def test_a_file_system_that_turns_read_only_is_waited_out(tmp_path: Path) -> None:
    need_root("mkfs.ext4", "e2fsck", "findmnt")
    if not Path("/sys/fs/ext4").is_dir() or not Path("/dev/loop-control").exists():
        wanting("needs ext4 on loop devices")
    (tmp_path / "bed").mkdir()
    data = tmp_path / "data"
    data.symlink_to(tmp_path / "disk" / "data")
    with faults.image_mounted(tmp_path / "disk", tmp_path / "bed" / "disk.img"):
        (tmp_path / "disk" / "data").mkdir(mode=0o700)
        with beds.made(tmp_path / "bed", data, has_desktop=False) as bed:
            with faults.read_only(bed):
                bed.break_session()
                wait_until(lambda: "cannot write" in "".join(bed.daemon.said))
            wait_until(lambda: "again; 0 records" in "".join(bed.daemon.said))
            wait_until(lambda: len(bed.disconnects()) == 1)
            assert_nothing_else(bed, 4)


@pytest.mark.lab
def test_a_system_resolver_that_hangs_holds_nothing_up(tmp_path: Path) -> None:
    need_root("unshare")
    (tmp_path / "bed").mkdir()
    with (
        closing_names(tmp_path / "bed") as names,
        beds.made(tmp_path / "bed", has_desktop=False, names=names) as bed,
    ):
        with faults.resolver_hung(bed):
            wait_until(lambda: len(bed.disconnects()) == 1)  # whose name is not found is lost
            now_ms = SystemClock().wall_ms()
            wait_until(lambda: bed.daemon.sample_times()[-1] > now_ms + 5_000)
            assert bed.vitals().threads < MOST_THREADS
        wait_until(bed.daemon.has_session)
        assert_nothing_else(bed, 3)  # ready, and the notice, which without a desktop is logged


@pytest.mark.lab
def test_buses_that_go_and_come_back(tmp_path: Path) -> None:
    need("dbus-daemon")
    if not is_available():
        wanting("needs python-dbusmock")
    with beds.made(tmp_path / "bed") as bed:
        assert bed.desktop is not None
        with faults.bus_gone(bed):
            broken_and_stored(bed)
        bed.desktop.save_power(True)
        saver = "SELECT value FROM state_change WHERE key = 'power.battery_saver' ORDER BY id"
        wait_until(lambda: bed.daemon.ask(saver)[-1:] == [("true",)], what="the saver seen again")
        assert_nothing_else(bed, 2)
