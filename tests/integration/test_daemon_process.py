"""A wallet app on this machine, watched by the real daemon: its death, and its lost connection."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.program import NAME, Program
from tests.integration.running import LOOPBACK, Running
from tests.waiting import wait_until

NEAR_MS = 2_500
"""The program is looked at every two seconds."""


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def app(tmp_path: Path, port: int) -> Iterator[Program]:
    program = Program(tmp_path, port)
    program.do("open")
    yield program
    program.clear()


@pytest.fixture
def daemon(tmp_path: Path, port: int, app: Program) -> Iterator[Running]:
    wallet = f'[wallets.icbc]\nhosts = ["127.0.0.1:{port}"]\nprocess = "{NAME}"\n'
    with Running(tmp_path / "data", "interval_s = 0.5\n" + LOOPBACK + wallet) as running:
        up = "SELECT 1 FROM session_change WHERE source = 'process' AND state = 'up'"
        wait_until(lambda: running.ask(up))
        yield running


def lost(daemon: Running) -> list[tuple[str, int, str]]:
    """How, when, and why the program's connection was lost, as far as it is diagnosed."""
    return daemon.ask(
        "SELECT how, started_at_ms, cause FROM disconnect"
        " JOIN diagnosis ON diagnosis.disconnect_id = disconnect.id WHERE source = 'process'"
    )


def test_a_killed_program_is_a_fault_of_the_app(daemon: Running, app: Program) -> None:
    killed_ms = app.end()
    app.child.wait(5)
    wait_until(lambda: lost(daemon))
    [(how, at_ms, cause)] = lost(daemon)
    assert how in ("killed", "crash")
    assert abs(at_ms - killed_ms) < NEAR_MS
    assert cause == "app.fault"


def test_a_connection_closed_by_a_living_program_is_closed(daemon: Running, app: Program) -> None:
    closed_ms = app.do("close")
    wait_until(lambda: lost(daemon))
    [(how, at_ms, cause)] = lost(daemon)
    assert how == "closed"
    assert abs(at_ms - closed_ms) < NEAR_MS
    assert cause != "app.fault"
    app.do("open")
    ended = "SELECT ended_at_ms FROM disconnect WHERE source = 'process'"
    wait_until(lambda: daemon.ask(ended)[0][0] is not None)
