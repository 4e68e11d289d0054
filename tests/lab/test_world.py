"""The lab proves itself: each fault does what it says, seen with plain sockets and tools."""

import random
import re
import signal
import ssl
import statistics
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.integration.private_bus import PrivateBus, is_available
from tests.lab import faults, plan
from tests.lab.client import (
    PATIENCE_S,
    REQUEST,
    TCP_CLOSE,
    TCP_CLOSE_WAIT,
    bank_session,
    resolve,
    status,
    tcp,
    tcp_state,
    what_works,
)
from tests.lab.delay_line import Burst
from tests.lab.faults import Fault, beyond, here, home, names, service
from tests.lab.namespaces import NETNS_CONFIG, run
from tests.lab.world import POWER_PROFILES, World
from tests.waiting import wait_until

EVERYTHING = {
    *("ping gateway", "ping anchor", "ping bank", "tcp anchor", "tcp bank", "tls bank"),
    *("dns", "204"),
}
PINGS = {"ping gateway", "ping anchor", "ping bank"}
BANK = {"ping bank", "tcp bank", "tls bank"}


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        yield world


@pytest.mark.parametrize(
    ("fault", "works"),
    [
        (faults.HEALTHY, EVERYTHING),
        (faults.GATEWAY_DEAD, set()),
        (faults.GATEWAY_GONE, set()),
        (faults.PROVIDER_DEAD, {"ping gateway"}),
        (faults.BANK_DEAD, EVERYTHING - BANK),
        (faults.ICMP_FILTERED, EVERYTHING - PINGS),
        (faults.CAPTIVE_PORTAL, {"ping gateway", "dns"}),
        (faults.DNS_DEAD, EVERYTHING - {"dns"}),
        (faults.DNS_DEAD_AND_RESET, EVERYTHING - {"dns"}),
        (faults.LINK_DOWN, set()),
        (faults.ADDRESS_CHANGE, EVERYTHING),
        (faults.RESET, EVERYTHING),
        (faults.CLOSED_ONCE, EVERYTHING),
        (faults.RESET_THEN_REFUSED, EVERYTHING - {"tcp bank", "tls bank"}),
        (faults.CLOSED_THEN_REFUSED, EVERYTHING - {"tcp bank", "tls bank"}),
        (faults.KEEPS_CLOSING, EVERYTHING - {"tls bank"}),
        (faults.STALL, EVERYTHING - {"tls bank"}),
        (faults.WRONG_CERTIFICATE, EVERYTHING - {"tls bank"}),
        (service.shows_certificate("expired"), EVERYTHING - {"tls bank"}),
        (service.shows_certificate("foreign"), EVERYTHING - {"tls bank"}),
        (service.answers_late(2 * PATIENCE_S), EVERYTHING - {"tls bank"}),
        (beyond.BEYOND_PROVIDER_DEAD, {"ping gateway"}),
        (beyond.ONE_ANCHOR_DEAD, EVERYTHING - {"ping anchor"}),
        (beyond.ALL_ANCHORS_DEAD, EVERYTHING - {"ping anchor", "tcp anchor"}),
        (beyond.BANK_BLACK_HOLE, EVERYTHING - {"tls bank"}),
        (beyond.big_packets_lost(500), EVERYTHING - {"tls bank"}),
        (home.PORTAL_PAGE_ONLY, EVERYTHING - {"204"}),
        (home.STRICT_NAT, EVERYTHING),
        (here.ROUTE_CHANGE, EVERYTHING),
        (names.dns("nxdomain"), EVERYTHING - {"dns"}),
        (names.dns_late(2 * PATIENCE_S), EVERYTHING - {"dns"}),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_a_fault_takes_what_it_says_and_gives_it_back(
    world: World, fault: Fault, works: set[str]
) -> None:
    began = fault.begin(world)
    assert what_works(world) == works
    ended = fault.end(world)
    assert what_works(world) == EVERYTHING
    assert ended.since(began) >= 0
    assert ended.wall_ms - began.wall_ms == pytest.approx(ended.since(began), abs=50)


def test_a_reset_session_gets_rst(world: World) -> None:
    with bank_session(world) as session:
        faults.RESET.begin(world)
        session.recv(1)
        assert tcp_state(session) == TCP_CLOSE


def test_a_reset_before_the_hand_shake_is_seen_as_such(world: World) -> None:
    world.bank(new="reset")
    # It may come as early as the connecting itself.
    was_reset = pytest.raises(ConnectionResetError)
    with was_reset, tcp(world, plan.BANK_ADDRESS, plan.BANK_PORT) as sock:
        sock.recv(1)


def test_an_orderly_close_gets_close_notify_and_fin(world: World) -> None:
    with bank_session(world) as session:
        faults.CLOSED_ONCE.begin(world)
        assert session.recv(1) == b""
        assert session.unwrap() is not None, "close_notify came: nothing was cut off"
    with bank_session(world) as session:
        faults.CLOSED_ONCE.begin(world)
        session.recv(1)
        assert tcp_state(session) == TCP_CLOSE_WAIT


def test_a_stalled_bank_holds_its_sessions_and_answers_late(world: World) -> None:
    with bank_session(world) as session:
        faults.STALL.begin(world)
        session.sendall(REQUEST)
        with pytest.raises(TimeoutError):
            session.recv(1000)
        with pytest.raises(TimeoutError), bank_session(world):
            pass
        faults.STALL.end(world)
        assert session.recv(1000).startswith(b"HTTP/1.1 204")


def test_a_wrong_certificate_is_refused_for_its_name(world: World) -> None:
    faults.WRONG_CERTIFICATE.begin(world)
    wrong_name = pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch")
    with wrong_name, bank_session(world):
        pass


def test_an_idle_session_is_closed_and_a_busy_one_is_not(world: World) -> None:
    with bank_session(world) as busy, bank_session(world) as idle:
        world.bank(idle_close_s=0.5)
        idle.settimeout(0.1)
        seen = None
        for _ in range(20):
            busy.sendall(REQUEST)
            assert busy.recv(1000)
            try:
                seen = idle.recv(1)
                break
            except TimeoutError:
                pass
        assert seen == b""
        busy.sendall(REQUEST)
        assert busy.recv(1000)


@pytest.mark.parametrize("fault", [home.NAT_LOST, home.GATEWAY_REBOOT], ids=lambda f: f.name)
def test_a_router_that_forgets_kills_a_session_in_silence(world: World, fault: Fault) -> None:
    home.STRICT_NAT.begin(world)
    with bank_session(world) as session:
        fault.begin(world)
        fault.end(world)
        session.sendall(REQUEST)
        with pytest.raises(TimeoutError):
            session.recv(1000)
    assert what_works(world) == EVERYTHING


def test_the_wallets_program_holds_a_session_under_its_own_name(world: World) -> None:
    here.APP_RUNS.begin(world)
    wait_until(lambda: any(entry["what"] == "request" for entry in world.bank_log()))
    pid = world.on_device["app"].pid
    assert Path(f"/proc/{pid}/comm").read_text().strip() == world.app_name
    killed = here.app_ends(signal.SIGKILL)
    killed.begin(world)
    assert not Path(f"/proc/{pid}").exists()
    killed.end(world)
    wait_until(lambda: [e["what"] for e in world.bank_log()].count("established") == 2)


@pytest.mark.skipif(not is_available(), reason="needs dbus-daemon and dbusmock")
def test_the_battery_saver_is_on_a_bus_of_the_worlds_own() -> None:
    with World(with_system_bus=True) as world:
        bus = world.system_bus
        assert bus is not None
        here.BATTERY_SAVER.begin(world)
        assert _profile(bus) == "power-saver"
        here.BATTERY_SAVER.end(world)
        assert _profile(bus) == "balanced"


def _profile(bus: PrivateBus) -> object:
    name, path = POWER_PROFILES
    properties = "org.freedesktop.DBus.Properties"
    return bus.call(name, path, properties, "Get", "ss", (name, "ActiveProfile"))[0][1]


def test_the_control_falls_without_the_bank() -> None:
    with World(with_control=True) as world:
        with tcp(world, plan.CONTROL_ADDRESS, plan.CONTROL_PORT):
            pass
        beyond.CONTROL_DEAD.begin(world)
        silent = pytest.raises(TimeoutError)
        with silent, tcp(world, plan.CONTROL_ADDRESS, plan.CONTROL_PORT):
            pass
        assert what_works(world) == EVERYTHING


def test_an_upload_fills_a_deep_buffer(world: World) -> None:
    fault = home.buffer_bloat(0.5, 1000)
    fault.begin(world)
    assert statistics.median(_round_trips_ms(world, count=20)) == pytest.approx(500, abs=100)
    fault.end(world)
    assert what_works(world) == EVERYTHING


def test_a_line_that_dies_in_bursts_is_whole_in_between() -> None:
    chance = random.Random(1)
    burst = Burst(burst_s=1.0, pause_s=3.0)
    dead = [burst.holds(tick / 100, chance) for tick in range(100_000)]
    assert sum(dead) / len(dead) == pytest.approx(0.25, abs=0.02)
    changes = sum(before != after for before, after in pairwise(dead))
    assert changes / 2 == pytest.approx(1000 / 4, rel=0.1)


def test_the_address_change_kills_a_session_in_silence(world: World) -> None:
    with bank_session(world) as session:
        faults.ADDRESS_CHANGE.begin(world)
        with pytest.raises(OSError):
            session.sendall(REQUEST)
            session.recv(1000)
    with bank_session(world) as session:
        session.sendall(REQUEST)
        assert session.recv(1000)


def test_the_bank_logs_what_its_clients_do(world: World) -> None:
    with bank_session(world) as session:
        session.sendall(REQUEST)
        session.recv(1000)
        log = world.bank_log()
    assert [entry["what"] for entry in log] == ["accepted", "established", "request"]
    assert log[-1]["detail"] == "HEAD / HTTP/1.1"


def test_dns_modes(world: World) -> None:
    assert resolve(world, plan.BANK_NAME) == (0, plan.BANK_ADDRESS)
    assert resolve(world, "nobody.lab.example") == (3, None)
    world.dns("servfail")
    assert resolve(world, plan.BANK_NAME) == (2, None)
    world.dns("lie")
    assert resolve(world, plan.BANK_NAME) == (0, plan.WEB_ADDRESS)
    world.dns("silent")
    with pytest.raises(TimeoutError):
        resolve(world, plan.BANK_NAME)


def test_the_device_has_a_resolver_of_its_own(world: World) -> None:
    assert world.device.run("getent", "hosts", plan.BANK_NAME).split()[0] == plan.BANK_ADDRESS


def test_web_modes_and_the_portal(world: World) -> None:
    assert status(world) == 204
    world.web("page")
    assert status(world) == 200
    world.web("204")
    faults.CAPTIVE_PORTAL.begin(world)
    assert status(world) == 302
    assert status(world, "203.0.113.99") == 302, "whoever is asked, the router answers"
    with pytest.raises(ConnectionRefusedError), tcp(world, plan.BANK_ADDRESS, plan.BANK_PORT):
        pass


def test_a_portal_resets_the_session_that_stood_before(world: World) -> None:
    with bank_session(world) as session:
        faults.CAPTIVE_PORTAL.begin(world)
        with pytest.raises(OSError):
            session.sendall(REQUEST)
            session.recv(1)
            session.sendall(REQUEST)
        assert tcp_state(session) == TCP_CLOSE


def test_loss_has_the_ratio_it_says(world: World) -> None:
    faults.LOSS.begin(world)
    count = 1500
    world.device.run(
        *("sh", "-c"),
        f"ping -n -q -i 0.002 -c {count} -W 1 {plan.ANCHOR_ADDRESSES[0]} || true",
    )
    rules = world.router.run("nft", "list", "table", "inet", faults.LOSS.name)
    lost_out, lost_back = map(int, re.findall(r"counter packets (\d+)", rules))
    # Five standard errors of 1,500 (and of the 1,050 that come through) fair draws.
    assert lost_out / count == pytest.approx(0.30, abs=0.06)
    assert lost_back / (count - lost_out) == pytest.approx(0.30, abs=0.075)


def test_the_delay_line_keeps_its_time() -> None:
    with World(with_delay_line=True) as world:
        assert statistics.median(_round_trips_ms(world)) < 1.0
        world.line(delay_ms=20.0)
        assert statistics.median(_round_trips_ms(world)) == pytest.approx(40.0, abs=1.0)
        world.line(delay_ms=0.0, loss_ratio=0.2)
        before = world.line()
        answered_count = len(_round_trips_ms(world, count=400))
        after = world.line()
    carried, lost = (_grown(after, before, key) for key in ("carried_count", "lost_count"))
    assert lost / (carried + lost) == pytest.approx(0.2, abs=0.08)
    assert answered_count / 400 == pytest.approx(0.64, abs=0.12)


def _round_trips_ms(world: World, count: int = 100) -> list[float]:
    ping = f"ping -n -i 0.005 -c {count} -W 1 {plan.BANK_ADDRESS} || true"
    return [
        float(text) for text in re.findall(r"time=([\d.]+)", world.device.run("sh", "-c", ping))
    ]


def _grown(after: dict[str, object], before: dict[str, object], key: str) -> int:
    late, early = after[key], before[key]
    assert isinstance(late, int)
    assert isinstance(early, int)
    return late - early


def test_nothing_is_left_behind_even_by_a_failed_test() -> None:
    names: set[str] = set()
    folder = Path()
    with pytest.raises(ZeroDivisionError), World(with_delay_line=True) as world:
        hosts = [world.device, world.router, world.provider, world.bank_host, world.service_host]
        names = {host.name for host in hosts}
        folder = world.folder
        assert names <= _namespaces()
        raise ZeroDivisionError
    assert not names & _namespaces()
    assert not folder.exists()
    assert not any((NETNS_CONFIG / name).exists() for name in names)
    assert str(folder) not in run(["ps", "-e", "-o", "args"])


def test_two_worlds_stand_side_by_side(world: World) -> None:
    with World() as other:
        faults.GATEWAY_DEAD.begin(other)
        assert what_works(world) == EVERYTHING
        assert what_works(other) == set()


def _namespaces() -> set[str]:
    return {line.split()[0] for line in run(["ip", "netns", "list"]).splitlines() if line}
