"""SIGKILL at any instant, again and again, on one data directory."""

import random
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from monitor.clock import monotonic_s
from tests.integration.running import SAMPLES_OF, Running
from tests.integration.wallet_tls_server import TlsServer, issue
from tests.torture.bed import HOST, READY_S, config_with
from tests.waiting import wait_until

LONGEST_LIFE_S = 2.0
"""From its first millisecond as `ready` on, so that start, first round and steady state are met."""
BREAK_EVERY = 4
"""In each fourth life the session is truly ended before the kill."""


@dataclass(frozen=True, slots=True)
class Kills:
    """What was counted over all lives."""

    seed: int
    lives: int
    breaks: int
    stored: int
    lost_samples: int
    gaps: int
    longest_start_s: float
    median_start_s: float
    database_kib: int
    wrong: tuple[str, ...]


def run(folder: Path, lives: int, within_s: float) -> Kills:
    """Kill that many times, or as often as there is time for.

    The disconnects that were seen to be stored are all that there are.
    """
    folder.mkdir(exist_ok=True)
    bank = TlsServer(issue(folder, HOST, "bank").chain_file)
    seed = random.SystemRandom().randrange(2**32)
    sys.stderr.write(f"seed {seed}\n")
    try:
        return _lives(folder, bank, seed, _Limit(lives, monotonic_s() + within_s))
    finally:
        bank.stop()


@dataclass(frozen=True, slots=True)
class _Limit:
    """When it is enough."""

    lives: int
    until_s: float


def _lives(folder: Path, bank: TlsServer, seed: int, limit: _Limit) -> Kills:
    chance = random.Random(seed)
    wrong: list[str] = []
    starts_s: list[float] = []
    breaks, kept, lost = 0, 0, 0
    env = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/none", "DISPLAY": ""}
    config = config_with(bank, folder)
    for life in range(limit.lives):
        if monotonic_s() > limit.until_s:
            break
        with Running(folder / "data", config, env=env, ready_within_s=READY_S) as daemon:
            starts_s.append(daemon.ready_s or 0.0)
            [[count]] = daemon.ask(f"SELECT count(*) FROM ({SAMPLES_OF})")
            lost += max(0, kept - count)
            if life % BREAK_EVERY == 0:
                breaks += _break(daemon, bank, breaks)
            threading.Event().wait(chance.uniform(0.0, LONGEST_LIFE_S))
            daemon.kill()
            [[kept]] = daemon.ask(f"SELECT count(*) FROM ({SAMPLES_OF})")
            if daemon.ask("PRAGMA integrity_check") != [("ok",)]:
                wrong.append(f"life {life}: the database is damaged")
            if any("Traceback" in line for line in daemon.said):
                wrong.append(f"life {life}: a traceback")
    lives = len(starts_s)
    with Running(folder / "data", config, env=env, ready_within_s=READY_S) as daemon:
        daemon.stop(READY_S)  # the last life's break is found by the next one, as every other
    [[stored]] = daemon.ask("SELECT count(*) FROM disconnect")
    [[gaps]] = daemon.ask("SELECT count(*) FROM gap WHERE why = 'stopped'")
    if stored != breaks:
        wrong.append(f"{breaks} breaks, {stored} stored")
    if lost:
        wrong.append(f"{lost} stored samples were gone")
    if gaps != lives:
        wrong.append(f"{lives} stops, {gaps} gaps")
    return Kills(
        seed=seed,
        lives=lives,
        breaks=breaks,
        stored=stored,
        lost_samples=lost,
        gaps=gaps,
        longest_start_s=max(starts_s),
        median_start_s=median(starts_s),
        database_kib=daemon.database.stat().st_size // 1024,
        wrong=tuple(wrong),
    )


def _break(daemon: Running, bank: TlsServer, earlier: int) -> int:
    """End the session truly and kill soon after its end is stored; return how many that were.

    What was not stored when the process was killed nobody can know. What was is a disconnect,
    whether or not it was evaluated before the kill: the next life does that.
    """
    newest_run = "(SELECT max(started_at_ms) FROM run)"
    stood = f"SELECT 1 FROM session_change WHERE state = 'up' AND at_ms >= {newest_run}"
    wait_until(lambda: daemon.ask(stood), READY_S)
    wait_until(bank.live_count)
    bank.reset_all()
    downs = "SELECT count(*) FROM session_change WHERE how = 'reset'"
    wait_until(lambda: daemon.ask(downs)[0][0] > earlier)
    return 1
