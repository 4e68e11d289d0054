"""Silence on the held session: two network namespaces and a rule that drops everything."""

import ctypes
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from monitor.clock import SystemClock
from monitor.model import How, SessionState
from monitor.wallet.attempt import Attempt, Plan
from monitor.wallet.endings import Ending
from monitor.wallet.names import Address, Lookups, host_port
from monitor.wallet.pace import Pace
from monitor.wallet.session import HeldSession, Holding
from tests.integration.wallet_tls_server import NAME, Papers, Recorder, TlsServer, issue
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("nft") is None or shutil.which("ip") is None,
        reason="needs root, ip and nft",
    ),
]

T = TypeVar("T")
CLONE_NEWNET = 0x40000000
SERVER_IP = "10.99.7.2"
NEAR_MS = 300
QUICK = Pace(interval_s=1.0, min_reconnect_s=1.0, proof_s=0.2, settled_s=0.8, settle_s=3.0)


def sh(command: str) -> None:
    subprocess.run(command.split(), check=True, capture_output=True)


def inside(namespace: str, work: Callable[[], T]) -> T:
    """Do `work` in the namespace: sockets and threads that it makes belong there."""
    result: list[T] = []

    def enter() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path(f"/run/netns/{namespace}").open() as handle:
            if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        result.append(work())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    return result[0]


class Wire:
    """The way between the device and the bank."""

    def __init__(self, device: str, bank: str) -> None:
        self.device, self.bank = device, bank

    def cut(self) -> int:
        """Drop everything at the bank, without a word; return the wall clock."""
        at_ms = SystemClock().wall_ms()
        sh(f"ip netns exec {self.bank} nft add table inet cut")
        for hook in ("input", "output"):
            chain = (
                f"add chain inet cut {hook} {{ type filter hook {hook} priority 0; policy drop; }}"
            )
            subprocess.run(["ip", "netns", "exec", self.bank, "nft", chain], check=True)
        return at_ms

    def mend(self) -> int:
        """Let everything through again; return the wall clock."""
        sh(f"ip netns exec {self.bank} nft delete table inet cut")
        return SystemClock().wall_ms()

    def link(self, state: str) -> int:
        """Take the device's interface down or up; return the wall clock before it."""
        at_ms = SystemClock().wall_ms()
        sh(f"ip -n {self.device} link set wan {state}")
        return at_ms


@pytest.fixture
def wire() -> Iterator[Wire]:
    device, bank = f"wwdev{os.getpid()}", f"wwbank{os.getpid()}"
    try:
        for name in (device, bank):
            sh(f"ip netns add {name}")
            sh(f"ip -n {name} link set lo up")
        sh(f"ip -n {device} link add wan type veth peer name wan netns {bank}")
        sh(f"ip -n {device} addr add 10.99.7.1/24 dev wan")
        sh(f"ip -n {bank} addr add {SERVER_IP}/24 dev wan")
        for name in (device, bank):
            sh(f"ip -n {name} link set wan up")
        yield Wire(device, bank)
    finally:
        for name in (device, bank):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


Hold = Callable[..., HeldSession]


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return issue(tmp_path, NAME, "good")


@pytest.fixture
def server(wire: Wire, papers: Papers) -> Iterator[TlsServer]:
    listener = inside(wire.bank, lambda: socket.create_server((SERVER_IP, 0)))
    server = TlsServer(papers.chain_file, listener)
    yield server
    server.stop()


@pytest.fixture
def hold(wire: Wire, recorder: Recorder, papers: Papers, server: TlsServer) -> Iterator[Hold]:
    begun: list[HeldSession] = []

    def resolve(host: str, port: int) -> Sequence[Address]:
        return [Address(socket.AF_INET, (SERVER_IP, port))]

    def begin(**changes: object) -> HeldSession:
        holding = replace(
            Holding(ca_file=papers.ca_file, pace=QUICK),
            **changes,  # type: ignore[arg-type]  # the fields of Holding
        )
        host = f"{NAME}:{server.port}"
        session = HeldSession("icbc", [host], holding, SystemClock(), resolve)
        begun.append(session)
        inside(wire.device, lambda: session.start(recorder))
        return session

    yield begin
    for session in begun:
        session.stop()


@pytest.mark.parametrize("heartbeat", ["tcp", "http"])
def test_suspected_silence_is_told_in_three_seconds_and_its_end_at_once(
    hold: Hold, wire: Wire, recorder: Recorder, heartbeat: str
) -> None:
    session = hold(heartbeat=heartbeat)
    recorder.wait_for(1)
    recorder.expect_none(1, 3.1)
    cut_ms = wire.cut()
    session.suspect()
    down = recorder.wait_for(2, within_s=4.0)
    assert (down.state, down.how) == (SessionState.DOWN, How.TIMEOUT)
    assert abs(down.at_ms - cut_ms) < NEAR_MS
    assert recorder.took_at_ms[1] - cut_ms < 3300
    assert down.last_good_at_ms is not None
    assert down.last_good_at_ms < cut_ms + 20
    mended_ms = wire.mend()
    session.path_returned()
    up = recorder.wait_for(3, within_s=4.0)
    assert up.state is SessionState.UP
    assert mended_ms - 50 <= up.at_ms <= mended_ms + 1300


def test_a_silent_session_heard_again_is_the_same_session(
    hold: Hold, wire: Wire, recorder: Recorder, server: TlsServer
) -> None:
    session = hold(pace=replace(QUICK, settled_s=60.0))
    recorder.wait_for(1)
    recorder.expect_none(1, 1.1)
    wire.cut()
    session.suspect()
    recorder.wait_for(2)
    recorder.expect_none(2, 0.5)
    mended_ms = wire.mend()
    up = recorder.wait_for(3)
    assert mended_ms - 50 <= up.at_ms <= mended_ms + 1000 + NEAR_MS
    session.suspect()
    recorder.expect_none(3, 3.0)
    assert len(server.handshakes) == 1


def test_unsuspected_silence_is_told_within_a_heartbeat_and_four_seconds(
    hold: Hold, wire: Wire, recorder: Recorder
) -> None:
    hold(heartbeat_s=3.0)
    recorder.wait_for(1)
    cut_ms = wire.cut()
    down = recorder.wait_for(2, within_s=8.0)
    assert down.how is How.TIMEOUT
    assert recorder.took_at_ms[1] - cut_ms < 7000
    assert down.last_good_at_ms is not None
    assert abs(down.last_good_at_ms - cut_ms) < 1500
    assert abs(down.at_ms - down.last_good_at_ms - 3000) < NEAR_MS


def test_a_link_that_goes_down_is_told_as_unreachable_within_a_second(
    hold: Hold, wire: Wire, recorder: Recorder
) -> None:
    session = hold()
    recorder.wait_for(1)
    down_ms = wire.link("down")
    session.suspect()
    down = recorder.wait_for(2)
    assert down.how is How.UNREACHABLE
    assert abs(down.at_ms - down_ms) < NEAR_MS
    assert recorder.took_at_ms[1] - down_ms < 1000
    up_ms = wire.link("up")
    session.path_returned()
    up = recorder.wait_for(3)
    assert up.state is SessionState.UP
    assert abs(up.at_ms - up_ms) < 2000


def test_a_silence_that_ends_in_time_is_none(hold: Hold, wire: Wire, recorder: Recorder) -> None:
    session = hold()
    recorder.wait_for(1)
    recorder.expect_none(1, 1.1)
    wire.cut()
    session.suspect()
    recorder.expect_none(1, 0.7)
    wire.mend()
    recorder.expect_none(1, 3.0)


def test_a_short_loss_of_the_route_is_no_loss_of_the_session(
    hold: Hold, wire: Wire, recorder: Recorder
) -> None:
    session = hold()
    recorder.wait_for(1)
    wire.link("down")
    session.suspect()
    wire.link("up")
    recorder.expect_none(1, 3.0)


@pytest.mark.parametrize(("last", "how"), [("203.0.113.1", How.UNREACHABLE), (SERVER_IP, How.DNS)])
def test_a_name_that_fails_where_no_route_is_is_no_dns_fault(
    wire: Wire, last: str, how: How
) -> None:
    def fail(host: str, port: int) -> Sequence[Address]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    address = Address(socket.AF_INET, (last, 443))
    plan = Plan([host_port(NAME)], Lookups(fail, lambda: None), None, preferred=address)
    attempt = Attempt(plan, 0.0)
    ending = inside(wire.device, lambda: wait_until(lambda: attempt.advance(0.0)))
    assert isinstance(ending, Ending)
    assert ending.how is how
