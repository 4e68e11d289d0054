"""The process: a socket on loopback, uvicorn behind it, and an end without loose ends."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from monitor.web.app import Site, build
from monitor.web.live import Stream

ADDRESS = "127.0.0.1"
PORT = 8765
MOST_CONNECTIONS = 64
"""One person's browser opens a dozen."""
END_S = 1
"""What is still being answered at the end gets so long."""


def listen(port: int) -> socket.socket:
    """Return a socket that listens on loopback; 0 takes any free port.

    Raises:
        OSError: the port is taken, or may not be.
    """
    return socket.create_server((ADDRESS, port))


def serve(listener: socket.socket, site: Site, ready: Callable[[], None]) -> None:
    """Answer until Ctrl-C or SIGTERM; `ready` is called before the first request is taken."""
    app, stream = build(site, listener.getsockname()[1])
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level=logging.ERROR,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=END_S,
    )
    # uvicorn raises the signal again once it has ended; that must not end us with another code
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    ready()
    try:
        _Server(config, stream).run(sockets=[listener])
    finally:
        site.shelf.close()


class _Server(uvicorn.Server):
    """Lets the streams go as soon as the end is asked for; uvicorn would wait for them."""

    def __init__(self, config: uvicorn.Config, stream: Stream) -> None:
        super().__init__(config)
        self._stream = stream

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End; called in the main thread, between two steps of the loop."""
        super().handle_exit(sig, frame)
        self._stream.close()
