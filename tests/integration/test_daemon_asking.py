"""Who looks sees the present, though the daemon keeps quiet samples in memory for long."""

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from monitor.model import Outcome, ProbeKind, Role, Sample, Target
from monitor.store.asking import ASK_NAME, ask, ask_and_wait
from monitor.store.lock import hold
from monitor.store.sqlite import open_store
from monitor.web.shelf import Shelf
from tests.integration.running import LOOPBACK, NO_WALLET, ROOT, Running
from tests.waiting import wait_until

DEADLINE_S = 20.0
QUIET = LOOPBACK.replace("flush_s = 1.0", "flush_s = 3000.0") + NO_WALLET
NOW_MS = 1_790_000_000_000


def status(data_dir: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "--data-dir", str(data_dir), "status", "--json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def youngest_age_s(data_dir: Path) -> float:
    """How old the newest sample is that `status` knows of."""
    return min((target["age_s"] for target in status(data_dir)["targets"]), default=DEADLINE_S)


def test_status_has_what_waits_in_memory_written(tmp_path: Path) -> None:
    with Running(tmp_path / "data", f"interval_s = 1.0\n{QUIET}") as daemon:
        assert daemon.ready_s is not None
        until = time.monotonic() + DEADLINE_S
        ages: list[float] = []
        newest_ms = daemon.ready_ms
        # each look finds what was asked since the one before, and not only the first round
        while newest_ms <= daemon.ready_ms + 3_000 and time.monotonic() < until:
            ages.append(youngest_age_s(daemon.data_dir))
            newest_ms = daemon.ask("SELECT at_ms FROM sample ORDER BY at_ms")[-1][0]
        assert newest_ms > daemon.ready_ms + 3_000
        assert max(ages) < 6.0
        assert not (daemon.data_dir / ASK_NAME).exists()


def test_what_is_judged_or_copied_has_what_waits_in_memory(tmp_path: Path) -> None:
    told = tmp_path / "told.csv"
    told.write_text("wallet,at\nicbc,2026-01-02T03:04:05+08:00\n")
    commands = [
        ["event", "add", "--wallet", "icbc", "--at", "2026-01-02T03:04:05+08:00"],
        ["event", "import", str(told)],
        ["rediagnose"],
        ["db", "backup", str(tmp_path / "copy.db"), "--force"],
    ]
    with Running(tmp_path / "data", f"interval_s = 1.0\n{QUIET}") as daemon:
        for command in commands:
            counted = daemon.ask("SELECT count(*) FROM sample")
            line = [sys.executable, "-m", "monitor", "--data-dir", str(daemon.data_dir), *command]
            until = time.monotonic() + DEADLINE_S
            while daemon.ask("SELECT count(*) FROM sample") <= counted:
                assert time.monotonic() < until, command
                subprocess.run(line, capture_output=True, check=False, cwd=ROOT)


def test_where_no_daemon_runs_nobody_is_waited_for(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    began = time.monotonic()
    assert not ask_and_wait(tmp_path)
    assert time.monotonic() - began < 1.0
    assert not (tmp_path / ASK_NAME).exists()


def test_a_daemon_that_does_not_answer_is_not_waited_for_long(tmp_path: Path) -> None:
    with hold(tmp_path):
        assert not ask_and_wait(tmp_path, timeout_s=0.2)
        assert (tmp_path / ASK_NAME).stat().st_mode & 0o077 == 0


def test_a_daemon_that_does_not_answer_is_told_of(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with hold(tmp_path):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "monitor",
                "--lang",
                "en",
                "--data-dir",
                str(tmp_path),
                "status",
            ],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
    words = "does not answer: what it holds is missing here"
    assert done.stderr == f"walletwatch: the daemon (process {os.getpid()}) {words}\n"


def test_what_cannot_be_taken_away_is_no_question_for_ever(tmp_path: Path) -> None:
    with Running(tmp_path / "data", f"interval_s = 1.0\n{QUIET}") as daemon:
        (daemon.data_dir / ASK_NAME).mkdir()
        wait_until(lambda: "not looked at any more" in "".join(daemon.said), DEADLINE_S)
        assert "".join(daemon.said).count(ASK_NAME) == 1
        code, _ = daemon.stop()
        assert code == 0


def test_the_live_page_asks_at_most_each_few_seconds(tmp_path: Path) -> None:
    target = Target("127.0.0.1", Role.GATEWAY, ProbeKind.ICMP)
    with closing(open_store(tmp_path)) as store:
        store.add_records([Sample(NOW_MS, target, Outcome.REPLY, 1.0)])
    with hold(tmp_path):
        shelf = Shelf(tmp_path)
        shelf.ask_for_news()
        assert (tmp_path / ASK_NAME).exists()
        (tmp_path / ASK_NAME).unlink()
        shelf.ask_for_news()
        assert not (tmp_path / ASK_NAME).exists()
        assert ask(tmp_path)
