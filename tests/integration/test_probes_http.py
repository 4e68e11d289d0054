"""The captive-portal check against real servers."""

import socket
import time

import pytest

from monitor.model import Outcome, ProbeKind, Role, Target
from monitor.probes.http import HttpProbe
from monitor.probes.interface import Reading
from monitor.probes.lookup import Lookup
from tests.integration.servers import Serve, free_port, reset, stay_silent, tcp_server

TARGET = Target("portal", Role.ANCHOR, ProbeKind.HTTP)


def ask(port: int, timeout_s: float = 2.0) -> Reading:
    return HttpProbe(f"http://127.0.0.1:{port}/generate_204?x=1", Lookup()).ask(TARGET, timeout_s)


def asked_of(serve: Serve, timeout_s: float = 2.0) -> Reading:
    with tcp_server(serve) as port:
        return ask(port, timeout_s)


def page(*parts: bytes, end: bool = True) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        for part in parts:
            connection.sendall(part)
        if not end:
            stay_silent(connection)

    return serve


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", Outcome.REPLY),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", Outcome.REPLY),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", Outcome.REPLY),
        (b"HTTP/1.0 200 OK\r\n\r\n", Outcome.REPLY),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<log in!>", Outcome.PORTAL),
        (b"HTTP/1.1 200 OK\r\n\r\n<log in!>", Outcome.PORTAL),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n", Outcome.PORTAL),
        (b"HTTP/1.1 307 \r\n\r\n", Outcome.PORTAL),
        (b"HTTP/1.1 511 Network Authentication Required\r\n\r\n", Outcome.PORTAL),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", Outcome.NOT_MEASURED),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", Outcome.NOT_MEASURED),
        (b"SSH-2.0-server\r\n\r\n", Outcome.NOT_MEASURED),
        (b"HTTP/1.1 2x4\r\n\r\n", Outcome.NOT_MEASURED),
        (b"\x00" * 40000, Outcome.NOT_MEASURED),
        (b"", Outcome.RESET),
    ],
)
def test_what_an_answer_means(answer: bytes, outcome: Outcome) -> None:
    assert asked_of(page(answer)).outcome is outcome


def test_an_answer_in_pieces_whose_body_comes_later() -> None:
    pieces = (b"HTTP/1.1 20", b"0 OK\r\nServer: x\r\n\r", b"\n", b"<log in!>")
    assert asked_of(page(*pieces)).outcome is Outcome.PORTAL


def test_a_page_that_begins_and_does_not_end_is_a_page() -> None:
    reading = asked_of(page(b"HTTP/1.1 200 OK\r\n\r\n", end=False), timeout_s=0.3)
    assert reading.outcome is Outcome.PORTAL


def test_the_request_tells_nothing_about_who_asks() -> None:
    requests: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        requests.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: /\r\n\r\n")

    with tcp_server(serve) as port:
        probe = HttpProbe(f"http://user@127.0.0.1:{port}/generate_204?x=1", Lookup())
        assert probe.ask(TARGET, 2.0).outcome is Outcome.PORTAL
        assert probe.ask(TARGET, 2.0).outcome is Outcome.PORTAL
    assert (
        requests
        == [
            f"GET /generate_204?x=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "User-Agent: Mozilla/5.0\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode()
        ]
        * 2
    )


def test_a_server_that_drips_ends_at_the_time_out() -> None:
    def drip(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"H")
            time.sleep(0.05)  # the drip is what is tested

    with tcp_server(drip) as port:
        began_s = time.monotonic()
        assert ask(port, 0.3).outcome is Outcome.TIMEOUT
        assert 0.3 <= time.monotonic() - began_s < 0.4


def test_silence_is_a_time_out() -> None:
    assert asked_of(stay_silent, 0.2).outcome is Outcome.TIMEOUT


def test_a_reset_and_a_closed_port() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(1)
        reset(connection)

    assert asked_of(serve).outcome is Outcome.RESET
    assert ask(free_port()).outcome is Outcome.REFUSED


def test_no_page_is_not_asked() -> None:
    assert HttpProbe("", Lookup()).ask(TARGET, 1.0).outcome is Outcome.NOT_MEASURED
