"""The closer look of the real daemon: what it asks, what it stores, and that it ends."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.namespace import in_namespace, run
from tests.integration.private_bus import PrivateBus, is_available
from tests.integration.running import LOOPBACK, Running
from tests.integration.wallet_tls_server import TlsServer, issue
from tests.needs import need_root, wanting
from tests.waiting import wait_until

BANK, ANCHOR = "127.0.0.7", "127.0.0.2"
STEP_S = 0.5
POWER, POWER_PATH = "org.freedesktop.UPower.PowerProfiles", "/org/freedesktop/UPower/PowerProfiles"


def newest(daemon: Running, key: str) -> list[Any]:
    """Return the value of a state that was stored last, in a list; an empty one before."""
    order = "ORDER BY at_ms DESC, id DESC LIMIT 1"
    rows = daemon.ask(f"SELECT value FROM state_change WHERE key = '{key}' {order}")
    return [value for (value,) in rows]


def drop(match: str) -> None:
    """Drop what comes in and matches, in this thread's network."""
    run("nft", "add table inet fault")
    run("nft", "add chain inet fault input { type filter hook input priority 0 ; }")
    run("nft", f"add rule inet fault input {match} drop")


@contextmanager
def watching(folder: Path) -> Iterator[tuple[Running, TlsServer]]:
    """Run the daemon against a bank on loopback, in this thread's network."""
    listener = socket.create_server((BANK, 0))
    bank = TlsServer(issue(folder, BANK, "bank").chain_file, listener)
    config = f"interval_s = {STEP_S}\n" + LOOPBACK.replace(
        'hosts = ["127.0.0.1"]\nhosts_v6', f'hosts = ["{ANCHOR}"]\nhosts_v6'
    )
    config += f'[wallets.icbc]\nhosts = ["{BANK}:{bank.port}"]\nheartbeat = "http"\n'
    config += f'heartbeat_s = 1.0\nca_file = "{folder / "bank-ca.pem"}"\n'
    try:
        with Running(folder / "data", config) as daemon:
            wait_until(daemon.has_session)
            wait_until(lambda: daemon.sample_times("role = 'wallet'"), what="the bank is pinged")
            yield daemon, bank
    finally:
        bank.stop()


def in_own_network(work: Callable[[], None]) -> None:
    need_root("ip", "nft")
    in_namespace(work)


@pytest.mark.lab
def test_a_dead_way_is_walked_and_the_kernels_figures_tell_the_same(tmp_path: Path) -> None:
    def work() -> None:
        with watching(tmp_path) as (daemon, bank):
            assert newest(daemon, "path.walk_target") == []
            assert newest(daemon, "tcp.icbc.unacked_count") == []
            drop(f"ip daddr {BANK}")
            wait_until(lambda: newest(daemon, "path.walk_target"))
            found = ("last_heard_hop", "last_heard_address", "first_dead_hop", "walk_target")
            stored = daemon.ask("SELECT key, value FROM state_change WHERE key LIKE 'path.%'")
            assert [key for key, _ in stored] == [f"path.{each}" for each in found]
            assert [value for _, value in stored] == ["0", "null", "1", f'"{BANK}"']
            wait_until(lambda: newest(daemon, "tcp.icbc.retransmit_count") not in ([], ["0"]))
            assert newest(daemon, "tcp.icbc.unacked_count") not in ([], ["0"])
            assert bank.live_count() == 1

    in_own_network(work)


@pytest.mark.lab
def test_a_bank_that_takes_but_says_nothing_acknowledges_everything(tmp_path: Path) -> None:
    def work() -> None:
        with watching(tmp_path) as (daemon, bank):
            bank.answers = None
            wait_until(lambda: newest(daemon, "tcp.icbc.unacked_count"))
            assert newest(daemon, "tcp.icbc.unacked_count") == ["0"]
            assert newest(daemon, "tcp.icbc.retransmit_count") == ["0"]
            assert newest(daemon, "path.walk_target") == []  # nothing is lost on the way

    in_own_network(work)


@pytest.mark.lab
def test_the_look_is_four_times_a_second_and_ends_while_the_trouble_lasts(tmp_path: Path) -> None:
    def work() -> None:
        with watching(tmp_path) as (daemon, _):
            of_anchor = "role = 'anchor' AND probe = 'icmp'"
            drop(f"meta l4proto icmp ip daddr {ANCHOR}")
            first_ms = wait_until(lambda: lost_times(daemon))[0]
            wait_until(lambda: last(daemon, of_anchor) > first_ms + 18_500, 40)
            times = [at_ms - first_ms for at_ms in daemon.sample_times(of_anchor)]
            closely = [t for t in times if 2_000 <= t < 12_000]
            assert 38 <= len(closely) <= 60, "four a second, and those of the slow grid"
            after = [t for t in times if 17_500 <= t < 18_500]
            assert len(after) <= 3, "back on the slow grid"

    in_own_network(work)


def lost_times(daemon: Running) -> list[int]:
    where = "role = 'anchor' AND probe = 'icmp' AND rtt_us IS NULL"
    sql = f"SELECT at_ms FROM sample JOIN target ON target.id = target_id WHERE {where}"
    return [at_ms for (at_ms,) in daemon.ask(f"{sql} ORDER BY at_ms")]


def last(daemon: Running, where: str) -> int:
    return max(daemon.sample_times(where), default=0)


def test_on_battery_saver_the_slow_grid_is_slower_and_that_is_stored(tmp_path: Path) -> None:
    if not is_available():
        wanting("needs dbus-daemon and dbusmock")
    bus = PrivateBus(tmp_path)
    try:
        bus.serve(POWER, POWER_PATH, {"ActiveProfile": ("s", "balanced")})
        config = "interval_s = 0.2\nsaver_interval_s = 1.0\n" + LOOPBACK
        env = {"DBUS_SYSTEM_BUS_ADDRESS": bus.address}
        with Running(tmp_path / "data", config, env=env) as daemon:
            assert wait_until(lambda: newest(daemon, "monitor.interval_s")) == ["0.2"]
            bus.set(POWER, POWER_PATH, POWER, "ActiveProfile", ("s", "power-saver"))
            wait_until(lambda: newest(daemon, "monitor.interval_s") == ["1.0"])
            [(since_ms,)] = daemon.ask(
                "SELECT max(at_ms) FROM state_change WHERE key = 'monitor.interval_s'"
            )
            of_router = "role = 'gateway'"
            wait_until(lambda: last(daemon, of_router) > since_ms + 4_000)
            slow = [t for t in daemon.sample_times(of_router) if 500 < t - since_ms <= 3_500]
            assert 2 <= len(slow) <= 4
            bus.set(POWER, POWER_PATH, POWER, "ActiveProfile", ("s", "balanced"))
            wait_until(lambda: newest(daemon, "monitor.interval_s") == ["0.2"])
    finally:
        bus.close()
