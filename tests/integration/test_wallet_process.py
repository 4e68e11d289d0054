"""A real program with a real connection, watched from outside."""

import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.model import How, SessionState
from monitor.wallet.process import WatchedProcess
from tests.integration.program import NAME, Program
from tests.integration.wallet_tls_server import Recorder

NEAR_MS = 400


Start = Callable[[], Program]


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    begun: list[Program] = []

    def begin() -> Program:
        begun.append(Program(tmp_path, port))
        return begun[-1]

    yield begin
    for program in begun:
        program.clear()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def watch(port: int, recorder: Recorder) -> Iterator[Callable[[], WatchedProcess]]:
    begun: list[WatchedProcess] = []

    def begin() -> WatchedProcess:
        source = WatchedProcess("icbc", NAME, [f"127.0.0.1:{port}"], SystemClock(), poll_s=0.1)
        begun.append(source)
        source.start(recorder)
        return source

    yield begin
    for source in begun:
        source.stop()


Watch = Callable[[], WatchedProcess]


def test_a_connection_lost_by_a_living_program_is_told_as_closed(
    start: Start, watch: Watch, recorder: Recorder
) -> None:
    program = start()
    program.do("open")
    watch()
    assert recorder.wait_for(1).state is SessionState.UP
    closed_ms = program.do("close")
    down = recorder.wait_for(2)
    assert (down.how, down.source) == (How.CLOSED, "process")
    assert abs(down.at_ms - closed_ms) < NEAR_MS
    opened_ms = program.do("open")
    up = recorder.wait_for(3)
    assert up.state is SessionState.UP
    assert abs(up.at_ms - opened_ms) < NEAR_MS


def test_a_connection_that_is_made_again_soon_is_no_loss(
    start: Start, watch: Watch, recorder: Recorder
) -> None:
    program = start()
    program.do("open")
    watch()
    recorder.wait_for(1)
    program.do("close")
    recorder.expect_none(1, 0.8)
    program.do("open")
    recorder.expect_none(1, 2.5)


@pytest.mark.parametrize(
    ("number", "how"), [(signal.SIGKILL, How.KILLED), (signal.SIGSEGV, How.CRASH)]
)
def test_the_death_of_the_program_is_told(
    start: Start, watch: Watch, recorder: Recorder, number: int, how: How
) -> None:
    program = start()
    program.do("open")
    watch()
    recorder.wait_for(1)
    ended_ms = program.end(number)
    down = recorder.wait_for(2)
    # Its exit is known only because it is a child of this very test; else it would be KILLED.
    assert down.how is how
    assert abs(down.at_ms - ended_ms) < NEAR_MS


def test_a_program_that_never_connects_says_nothing(
    start: Start, watch: Watch, recorder: Recorder
) -> None:
    program = start()
    source = watch()
    recorder.expect_none(0, 0.5)
    program.end()
    source.suspect()
    recorder.expect_none(0, 0.5)


def test_a_program_that_starts_later_is_found_on_suspicion(
    start: Start, watch: Watch, recorder: Recorder
) -> None:
    source = watch()
    recorder.expect_none(0, 0.3)
    start().do("open")
    source.suspect()
    assert recorder.wait_for(1).state is SessionState.UP


def test_after_a_sleep_the_state_is_told_afresh(
    start: Start, watch: Watch, recorder: Recorder
) -> None:
    start().do("open")
    source = watch()
    recorder.wait_for(1)
    source.forget()
    assert recorder.wait_for(2).state is SessionState.UP
