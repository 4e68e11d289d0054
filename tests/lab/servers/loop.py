"""One thread, many sockets: the loop that every lab server runs in.

A single thread makes an instant of ground truth exact: nothing else happens between the change
and the reading of the clock. `select` is used because its time-outs have microseconds (epoll
rounds up to milliseconds, which the delay line would show).
"""

import heapq
import itertools
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

OnReady: TypeAlias = Callable[[], None]


class Loop:
    """Calls back when a socket can be read and when a time has come."""

    def __init__(self) -> None:
        self._selector = selectors.SelectSelector()
        self._timers: list[tuple[float, int, OnReady]] = []
        self._order = itertools.count()

    def watch(self, sock: socket.socket, on_ready: OnReady) -> None:
        """Call `on_ready` whenever `sock` can be read; a watched socket is re-bound."""
        self.forget(sock)
        self._selector.register(sock, selectors.EVENT_READ, on_ready)

    def forget(self, sock: socket.socket) -> None:
        """Watch `sock` no more."""
        if sock.fileno() >= 0 and sock in self._selector.get_map():
            self._selector.unregister(sock)

    def later(self, delay_s: float, act: OnReady) -> None:
        """Call `act` once after `delay_s` seconds."""
        self.at(time.monotonic() + delay_s, act)

    def at(self, due_s: float, act: OnReady) -> None:
        """Call `act` once at `due_s` seconds of the monotonic clock."""
        heapq.heappush(self._timers, (due_s, next(self._order), act))

    def run_until_parent_ends(self) -> None:
        """Serve until standard input ends: a lab server never outlives the test that began it."""
        ended: list[bool] = []
        self._selector.register(
            sys.stdin.fileno(), selectors.EVENT_READ, lambda: ended.append(True)
        )
        while not ended:
            for key, _ in self._selector.select(self._wait_s()):
                key.data()
            self._run_due()

    def _wait_s(self) -> float | None:
        if not self._timers:
            return None
        return max(0.0, self._timers[0][0] - time.monotonic())

    def _run_due(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            heapq.heappop(self._timers)[2]()


def listen_tcp(address: str, port: int) -> socket.socket:
    """Return a non-blocking listening socket."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(64)
    sock.setblocking(False)
    return sock


def until_input_ends() -> threading.Event:
    """Return an event that is set once standard input ends: for programs without a loop."""
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.buffer.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    return ended
