"""What the daemon tells the service manager that started it, heard at the manager's socket.

The sampler is made to hang from outside: strace holds every call by which probes go out (connect,
sendto) at its entry, as a broken driver would. The daemon's own word goes out by sendmsg.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.running import LOOPBACK, NO_WALLET, Running
from tests.needs import need_root
from tests.waiting import wait_until

CONFIG = "interval_s = 0.5\n" + LOOPBACK + NO_WALLET
WATCHDOG_S = 3.0
STEP_S = WATCHDOG_S / 3
SOON_S = 15.0
"""Generous: a machine that is busy with other tests is late, and so are the signs."""
HOLD = ["--trace=connect,sendto", "--inject=connect,sendto:delay_enter=3600000000"]
"""An hour, in microseconds; it ends with strace."""


class Ear:
    """The manager's end: hears what comes, with the time of its coming."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address[0] == "@" else address)
        self.address = address
        self.heard: list[str] = []

    def hear(self, within_s: float) -> list[str]:
        """Hear what comes within so many seconds, and no longer once something has come."""
        self.socket.settimeout(within_s)
        try:
            lines = self.socket.recv(4096).decode().splitlines()
        except TimeoutError:
            return []
        self.heard += lines
        return lines

    def is_silent_for(self, quiet_s: float, within_s: float) -> bool:
        """Tell whether nothing comes for a while, within so many seconds."""
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            if not self.hear(quiet_s):
                return True
        return False


@pytest.fixture(params=["file", "abstract"])
def ear(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ear]:
    is_file = request.param == "file"
    found = Ear(str(tmp_path / "notify") if is_file else f"@walletwatch-test-{os.getpid()}")
    yield found
    found.socket.close()


def daemon(tmp_path: Path, ear: Ear, **more: str) -> Running:
    words = {"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": f"{WATCHDOG_S * 1e6:.0f}", **more}
    return Running(tmp_path / "data", CONFIG, env=words)


@contextmanager
def held(pid: int) -> Iterator[None]:
    """Hold the calls by which a process probes at their entry."""
    line = ["strace", "--follow-forks", "--quiet=all", f"--attach={pid}", "--output=/dev/null"]
    tracer = subprocess.Popen([*line, *HOLD])
    try:
        status = Path(f"/proc/{pid}/status")
        wait_until(lambda: f"TracerPid:\t{tracer.pid}" in status.read_text())
        yield
    finally:
        tracer.terminate()
        tracer.wait(10)


def test_it_says_ready_then_lives_then_ends(tmp_path: Path, ear: Ear) -> None:
    with daemon(tmp_path, ear) as running:
        ready, text = ear.hear(SOON_S)
        assert ready == "READY=1" and text.startswith("STATUS=Watching ")
        assert running.sample_times(), "ready before the first round was stored"
        for _ in range(3):
            assert ear.hear(SOON_S) == ["WATCHDOG=1"]
        code, _ = running.stop()
        assert code == 0
        while ear.hear(0.1):
            pass  # all of it was said before the process ended
        assert ear.heard[-2:] == ["STOPPING=1", "STATUS=Ending"]


@pytest.mark.parametrize("ear", ["file"], indirect=True)
def test_it_gives_no_sign_of_life_while_its_sampling_hangs(tmp_path: Path, ear: Ear) -> None:
    need_root("strace")
    with daemon(tmp_path, ear) as running:
        ear.hear(SOON_S)
        assert ear.hear(SOON_S) == ["WATCHDOG=1"]
        with held(running.process.pid):
            assert ear.is_silent_for(WATCHDOG_S, 30.0), "a sampler that hangs was said to be well"
        assert ear.hear(SOON_S) == ["WATCHDOG=1"], "what works again was not said to be well"


@pytest.mark.parametrize("ear", ["file"], indirect=True)
def test_a_process_that_was_stopped_is_well_again_when_it_goes_on(tmp_path: Path, ear: Ear) -> None:
    with daemon(tmp_path, ear) as running:
        ear.hear(SOON_S)
        assert ear.hear(SOON_S) == ["WATCHDOG=1"]
        running.process.send_signal(signal.SIGSTOP)
        assert ear.is_silent_for(8.0, 30.0)
        running.process.send_signal(signal.SIGCONT)
        assert ear.hear(SOON_S) == ["WATCHDOG=1"]


@pytest.mark.parametrize("ear", ["file"], indirect=True)
def test_a_watchdog_of_another_process_is_not_ours(tmp_path: Path, ear: Ear) -> None:
    with daemon(tmp_path, ear, WATCHDOG_PID="1"):
        assert "READY=1" in ear.hear(SOON_S)
        assert not ear.hear(2 * STEP_S)
