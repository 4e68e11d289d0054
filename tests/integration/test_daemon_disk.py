"""The daemon and a disk that does not do its part: told in a sentence, or waited out."""

import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.store.lock import hold, holder
from tests.integration.running import LOOPBACK, NO_WALLET, Running
from tests.integration.small_disk import fill, mounted
from tests.integration.store_facts import NOBODY
from tests.integration.wallet_tls_server import TlsServer, issue
from tests.needs import need_root
from tests.waiting import wait_until

CONFIG = "interval_s = 0.5\n" + LOOPBACK
IDLE = CONFIG + NO_WALLET
HOST = "127.0.0.1"
END_S = 30.0
LATE_MS = 1_000
"""A sample is this late at most on a busy machine; its grid is 500 ms."""


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[TlsServer]:
    server = TlsServer(issue(tmp_path, HOST, "bank").chain_file)
    yield server
    server.stop()


def watching(bank: TlsServer, folder: Path) -> str:
    return (
        f'{CONFIG}[wallets.icbc]\nhosts = ["{HOST}:{bank.port}"]\n'
        f'ca_file = "{folder / "bank-ca.pem"}"\n'
    )


def resets(daemon: Running) -> list[int]:
    """When sessions were reset, as the store has it."""
    rows = daemon.ask("SELECT at_ms FROM session_change WHERE how = 'reset' ORDER BY id")
    return [at_ms for (at_ms,) in rows]


def assert_it_went_on(daemon: Running, since_ms: int) -> None:
    """Sampling never paused, the event is dated right, and the end is an ordinary one."""
    now_ms = SystemClock().wall_ms()
    wait_until(lambda: daemon.sample_times()[-1] > now_ms)
    assert daemon.longest_ms() < LATE_MS
    assert daemon.ask("PRAGMA integrity_check") == [("ok",)]
    [at_ms] = resets(daemon)
    assert abs(at_ms - since_ms) < LATE_MS
    [[started_at_ms]] = daemon.ask("SELECT started_at_ms FROM disconnect")
    assert started_at_ms == at_ms
    code, took_s = daemon.stop()
    assert (code, took_s < 2.0) == (0, True)
    assert "Traceback" not in "".join(daemon.said)


# -- at the start


def test_a_missing_directory_is_made_for_its_user_alone(tmp_path: Path) -> None:
    (tmp_path / "not").mkdir()
    with Running(tmp_path / "not" / "there", IDLE) as daemon:
        assert daemon.data_dir.stat().st_mode & 0o777 == 0o700
        assert daemon.database.stat().st_mode & 0o777 == 0o600


@pytest.mark.lab
def test_a_directory_that_may_not_be_written(tmp_path: Path) -> None:
    need_root("setpriv")
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o755)
    os.chown(data_dir, NOBODY, NOBODY)
    # Another user than the owner, but one who may start this interpreter wherever it lies.
    caps = "-dac_override,-dac_read_search,-fowner"
    ordinary = ["setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}"]
    told = Running(data_dir, IDLE, prefix=ordinary).refusal()
    assert f"{data_dir}" in told
    assert "cannot be written: give your user the right" in told


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")
    told = Running(tmp_path / "data", IDLE).refusal()
    assert f"{tmp_path / 'data'} is not a directory" in told
    assert (tmp_path / "data").read_text() == "mine"


@pytest.mark.parametrize("content", [b"not a database at all\n" * 500, os.urandom(20_000)])
def test_a_database_that_is_none_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    daemon = Running(tmp_path / "data", IDLE)
    daemon.data_dir.mkdir(mode=0o700)
    daemon.database.touch(mode=0o600)  # nothing is to be said about its rights
    daemon.database.write_bytes(content)
    assert f"{daemon.database} is damaged or not a database" in daemon.refusal()
    assert daemon.database.read_bytes() == content


def test_a_database_with_a_damaged_page(tmp_path: Path) -> None:
    with Running(tmp_path / "data", IDLE) as daemon:
        daemon.stop()
    whole = daemon.database.read_bytes()
    daemon.database.write_bytes(whole[:1024] + os.urandom(8 * 1024) + whole[9 * 1024 :])
    assert f"{daemon.database} is damaged" in daemon.refusal()


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    with Running(tmp_path / "data", IDLE) as daemon:
        daemon.stop()
    with closing(sqlite3.connect(daemon.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert "was written by a newer walletwatch" in daemon.refusal()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", size_mib=3) as disk:
        yield disk


@pytest.mark.lab
def test_a_disk_that_is_full_at_the_start(tmp_path: Path, small_disk: Path) -> None:
    link = tmp_path / "data"
    link.symlink_to(small_disk / "data")
    (small_disk / "data").mkdir()
    daemon = Running(link, IDLE)
    ballast = fill(small_disk)
    assert "is full: free some space" in daemon.refusal()
    ballast.unlink()
    with daemon:
        assert daemon.stop()[0] == 0


# -- while it runs


@pytest.mark.lab
def test_what_happens_while_the_disk_is_full_is_stored_when_it_is_free(
    tmp_path: Path, small_disk: Path, bank: TlsServer
) -> None:
    link = tmp_path / "data"
    link.symlink_to(small_disk / "data")
    (small_disk / "data").mkdir()
    with Running(link, watching(bank, tmp_path)) as daemon:
        wait_until(daemon.has_session)
        ballast = fill(small_disk)
        wait_until(lambda: "is full" in "".join(daemon.said), 30)
        reset_ms = bank.reset_all()
        wait_until(lambda: len(bank.handshakes) == 2)
        ballast.unlink()
        wait_until(lambda: resets(daemon))
        wait_until(lambda: daemon.ask("SELECT 1 FROM disconnect"))
        assert_it_went_on(daemon, reset_ms)


def test_what_happens_while_the_database_is_locked_is_stored_after(
    tmp_path: Path, bank: TlsServer
) -> None:
    with Running(tmp_path / "data", watching(bank, tmp_path)) as daemon:
        wait_until(daemon.has_session)
        with closing(sqlite3.connect(daemon.database, isolation_level=None)) as stranger:
            stranger.execute("BEGIN IMMEDIATE")
            reset_ms = bank.reset_all()
            freed_ms = reset_ms + 10_000
            wait_until(lambda: SystemClock().wall_ms() > freed_ms)
            assert resets(daemon) == []
            stranger.execute("ROLLBACK")
        wait_until(lambda: daemon.ask("SELECT 1 FROM disconnect"))
        assert_it_went_on(daemon, reset_ms)


def test_it_goes_on_when_its_database_is_deleted(tmp_path: Path, bank: TlsServer) -> None:
    with Running(tmp_path / "data", watching(bank, tmp_path)) as daemon:
        wait_until(daemon.has_session)
        for file in daemon.data_dir.glob("walletwatch.db*"):
            file.unlink()
        deleted_ms = bank.reset_all()
        made = f"{daemon.database} had been removed or replaced and was opened anew"
        wait_until(lambda: made in "".join(daemon.said))
        wait_until(lambda: resets(daemon) and daemon.has_session())
        wait_until(lambda: daemon.sample_times()[-1] > deleted_ms + LATE_MS)
        assert daemon.ask("SELECT pid FROM run") == [(daemon.process.pid,)]
        code, took_s = daemon.stop()
        assert (code, took_s < 3.0) == (0, True)
        assert "Traceback" not in "".join(daemon.said)


def test_a_deleted_data_directory_is_the_daemons_again_at_once(tmp_path: Path) -> None:
    rare = IDLE.replace("flush_s = 1.0", "flush_s = 1200.0")
    with Running(tmp_path / "data", rare) as daemon:
        wait_until(lambda: daemon.sample_times() != [])
        daemon.data_dir.rename(tmp_path / "gone")
        shutil.rmtree(tmp_path / "gone")
        wait_until(lambda: holder(daemon.data_dir) == daemon.process.pid)
        made = f"{daemon.database} had been removed or replaced and was opened anew"
        wait_until(lambda: made in "".join(daemon.said))
        wait_until(lambda: daemon.ask("SELECT pid FROM run") != [])
        assert daemon.ask("SELECT pid FROM run") == [(daemon.process.pid,)]
        second = Running(daemon.data_dir, IDLE).refusal()
        assert f"pid {daemon.process.pid}" in second and "already watches" in second
        code, took_s = daemon.stop()
        assert (code, took_s < 2.0) == (0, True)
        assert "Traceback" not in "".join(daemon.said)


def test_who_lost_the_data_directory_to_another_ends_and_says_so(tmp_path: Path) -> None:
    with Running(tmp_path / "data", IDLE) as daemon:
        daemon.process.send_signal(signal.SIGSTOP)
        daemon.data_dir.rename(tmp_path / "gone")
        with hold(daemon.data_dir):
            daemon.process.send_signal(signal.SIGCONT)
            assert daemon.process.wait(END_S) == 2
            assert holder(daemon.data_dir) == os.getpid()
    assert "was deleted, and another walletwatch watches with it now" in daemon.said[-1]
    assert "Traceback" not in "".join(daemon.said)
