"""The log names no network and no secret, however much is logged: it is what people paste."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.device.registry import readers
from tests.integration.running import LOOPBACK, Running

TOKEN = "token-8c1f55"


@pytest.fixture
def portal() -> Iterator[int]:
    """Something that answers every request with a redirection that holds a token of its own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0.2)
        is_over = threading.Event()

        def answer() -> None:
            while not is_over.is_set():
                try:
                    link, _ = server.accept()
                except OSError:
                    continue
                with link:
                    link.settimeout(1)
                    try:
                        link.recv(4096)
                        place = f"http://login.example/?mac=00c0ffee1234&session={TOKEN}"
                        head = f"HTTP/1.1 302 Found\r\nLocation: {place}\r\n"
                        link.sendall(f"{head}Content-Length: 0\r\n\r\n".encode())
                    except OSError:
                        continue

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        is_over.set()
        thread.join()


def test_the_daemon_logs_neither_its_network_nor_a_token(tmp_path: Path, portal: int) -> None:
    known = [value for reader in readers() for value in reader.read().items()]
    names = [str(v) for k, v in known if k in ("link.address", "link.gateway", "wifi.ssid") and v]
    config = LOOPBACK.replace(
        'url = ""', f'url = "http://127.0.0.1:{portal}/?key={TOKEN}"\ninterval_s = 0.5'
    )
    config += f"""
[wallets.icbc]
hosts = ["127.0.0.1:{portal}"]
heartbeat = "http"
heartbeat_path = "/?account={TOKEN}"
heartbeat_s = 0.5
min_reconnect_s = 0.5
"""
    environment = {**os.environ, "PYTHONFAULTHANDLER": "1"}
    with Verbose(tmp_path / "data", config, env=environment) as daemon:
        deadline = SystemClock().monotonic_ms() + 6_000
        asked = "SELECT count(*) FROM session_change UNION SELECT count(*) FROM sample_block"
        while SystemClock().monotonic_ms() < deadline and min(map(min, daemon.ask(asked))) == 0:
            pass
        assert daemon.stop()[0] == 0
    logged = "".join(daemon.said)
    assert "DEBUG" in logged
    for secret in (TOKEN, "00c0ffee1234", *names):
        assert secret not in logged


class Verbose(Running):
    """The daemon, telling everything it can tell."""

    def _command(self) -> list[str]:
        return [*super()._command(), "-v"]
