"""One daemon for each data directory."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.store.interface import StoreError
from monitor.store.lock import LOCK_NAME, hold, holder
from tests.integration.store_facts import ordinary_user

HOLD = (
    "import sys; from pathlib import Path; from monitor.store.lock import hold\n"
    "lock = hold(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
)


def daemon(data_dir: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_daemon_is_told_the_first_ones_pid(tmp_path: Path) -> None:
    with daemon(tmp_path / "data") as first:
        with pytest.raises(StoreError) as caught:
            hold(tmp_path / "data")
        assert f"another walletwatch (pid {first.pid}) already watches" in str(caught.value)
        assert str(tmp_path / "data") in str(caught.value)
        assert holder(tmp_path / "data") == first.pid
        first.communicate()
    with hold(tmp_path / "data"):
        assert (tmp_path / "data" / LOCK_NAME).read_text() == f"{os.getpid()}\n"


def test_a_killed_daemons_lock_stops_nobody(tmp_path: Path) -> None:
    with daemon(tmp_path) as first:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert holder(tmp_path) is None
    hold(tmp_path).release()


def test_released_it_can_be_held_again(tmp_path: Path) -> None:
    lock = hold(tmp_path)
    with pytest.raises(StoreError, match=f"pid {os.getpid()}"):
        hold(tmp_path)
    lock.release()
    lock.release()
    hold(tmp_path).release()


def test_a_longer_pid_before_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_text("1234567890123\nrubbish")
    with hold(tmp_path):
        assert holder(tmp_path) == os.getpid()


def test_nobody_holds_what_is_not_there(tmp_path: Path) -> None:
    assert holder(tmp_path / "data") is None


def test_a_directory_that_cannot_be_written() -> None:
    with ordinary_user() as folder:
        folder.chmod(0o500)
        with pytest.raises(StoreError, match="cannot be written"):
            hold(folder)
        folder.chmod(0o700)


def test_a_lock_whose_file_was_deleted_is_taken_anew(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with hold(folder) as lock:
        assert lock.is_in_place()
        (folder / LOCK_NAME).unlink()
        folder.rmdir()
        assert not lock.is_in_place() and holder(folder) is None
        assert lock.renew()
        assert lock.is_in_place() and holder(folder) == os.getpid()
    assert holder(folder) is None


def test_one_that_another_has_taken_meanwhile_is_not_ours(tmp_path: Path) -> None:
    with hold(tmp_path) as lock:
        (tmp_path / LOCK_NAME).unlink()
        with daemon(tmp_path) as other:
            assert not lock.is_in_place() and not lock.renew()
            assert holder(tmp_path) == other.pid
            other.communicate()


def test_a_directory_that_became_a_file_cannot_be_taken_anew(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with hold(folder) as lock:
        (folder / LOCK_NAME).unlink()
        folder.rmdir()
        folder.touch()
        assert not lock.is_in_place()
        with pytest.raises(StoreError):
            lock.renew()
