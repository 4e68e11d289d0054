"""The kernel's figures on real connections: a path that drops, a far end that keeps silent."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.model import SessionState
from monitor.wallet.keepalive import tcp_figures
from monitor.wallet.process import WatchedProcess
from monitor.wallet.sock_diag import Ends, figures_of
from monitor.wallet.tcp_info import TcpFigures
from tests.integration.namespace import in_namespace, run
from tests.integration.program import NAME, Program
from tests.integration.wallet_tls_server import Recorder
from tests.needs import need_root
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
NOBODY = 65534
HOSTS = ["127.0.0.1", "::1"]


@contextmanager
def connected(host: str) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give both ends of a connection on loopback."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, 0), family=family) as listener,
        socket.create_connection(listener.getsockname()[:2]) as own,
    ):
        far, _ = listener.accept()
        with far:
            yield own, far


def ends_of(sock: socket.socket) -> Ends:
    own, far = sock.getsockname(), sock.getpeername()
    return Ends((own[0], own[1]), (far[0], far[1]))


def both(sock: socket.socket) -> tuple[TcpFigures, TcpFigures]:
    """Return the figures as the socket's owner sees them, and as any other program does."""
    own = tcp_figures(sock)
    [other] = figures_of([ends_of(sock)])
    assert own is not None
    return own, other


def drop_all(port: int) -> None:
    """Drop what goes to or comes from a port, in this thread's network."""
    run("nft", "add table inet fault")
    run("nft", "add chain inet fault input { type filter hook input priority 0 ; }")
    for side in ("dport", "sport"):
        run("nft", f"add rule inet fault input tcp {side} {port} drop")


@pytest.mark.lab
@pytest.mark.parametrize("host", HOSTS)
def test_a_path_that_drops_shows_as_unacknowledged_and_sent_again(host: str) -> None:
    need_root("ip", "nft")

    def work() -> None:
        with connected(host) as (own, far):
            own.sendall(b"x")
            assert far.recv(1) == b"x"
            for figures in both(own):
                assert (figures.state, figures.unacked_count, figures.retransmit_count) == (1, 0, 0)
                assert figures.rtt_ms is not None
                assert 0 < figures.rtt_ms < 1000
            drop_all(far.getsockname()[1])
            own.sendall(b"y")
            assert wait_until(lambda: all(f.retransmit_count >= 2 for f in both(own)))
            for figures in both(own):
                assert figures.unacked_count == 1
                assert figures.silent_ms is not None
                assert figures.silent_ms >= 400

    in_namespace(work)


@pytest.mark.parametrize("host", HOSTS)
def test_a_far_end_that_takes_but_says_nothing_has_everything_acknowledged(host: str) -> None:
    with connected(host) as (own, _far):
        own.sendall(b"question")
        assert wait_until(lambda: all(f.unacked_count == 0 for f in both(own)))
        assert wait_until(lambda: (both(own)[0].silent_ms or 0) > 300)
        assert all((f.unacked_count, f.retransmit_count) == (0, 0) for f in both(own))


def test_a_program_that_speaks_ipv4_through_an_ipv6_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_INET6) as own:
        own.connect(("::ffff:127.0.0.1", listener.getsockname()[1]))
        assert both(own)[1].state == 1


def test_a_connection_that_is_gone_is_left_out() -> None:
    with connected("127.0.0.1") as (own, _far):
        here, gone = ends_of(own), Ends(("127.0.0.1", 1), ("127.0.0.1", 2))
        assert len(figures_of([gone, here, gone])) == 1
    assert figures_of([]) == []


AS_NOBODY = f"""
import os, sys
from monitor.wallet.sock_diag import Ends, figures_of
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
print(len(figures_of([Ends(("127.0.0.1", int(sys.argv[1])), ("127.0.0.1", int(sys.argv[2])))])))
"""


def test_an_ordinary_user_sees_the_connections_of_others() -> None:
    need_root()
    with connected("127.0.0.1") as (own, _far):
        ports = [str(own.getsockname()[1]), str(own.getpeername()[1])]
        said = run("env", f"PYTHONPATH={ROOT}", sys.executable, "-c", AS_NOBODY, *ports)
        assert said == "1\n"


def test_a_watched_program_is_seen_without_a_packet(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        program = Program(tmp_path, port)
        recorder = Recorder()
        source = WatchedProcess("icbc", NAME, [f"127.0.0.1:{port}"], SystemClock(), poll_s=0.1)
        try:
            assert source.figures() is None
            program.do("open")
            source.start(recorder)
            assert recorder.wait_for(1).state is SessionState.UP
            figures = source.figures()
            assert figures is not None
            assert (figures.state, figures.unacked_count) == (1, 0)
            program.do("close")
            assert wait_until(lambda: source.figures() is None)
        finally:
            source.stop()
            program.clear()
