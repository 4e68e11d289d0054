"""Calls from other threads to one that sleeps in a wait on sockets."""

import contextlib
import socket
import threading
from enum import Enum, auto


class Call(Enum):
    """What a source may be told."""

    SUSPECT = auto()
    PATH_RETURNED = auto()
    FORGET = auto()
    STOP = auto()


class Mailbox:
    """Keeps calls until they are taken; `sock` becomes readable when there is one."""

    def __init__(self) -> None:
        self._calls: set[Call] = set()
        self._lock = threading.Lock()
        # A socket pair and not a pipe: Windows waits on sockets only.
        self._sender, self.sock = socket.socketpair()
        self._sender.setblocking(False)
        self.sock.setblocking(False)

    def post(self, call: Call) -> None:
        """Leave a call and wake the reader; the same call twice is one."""
        with self._lock:
            self._calls.add(call)
        self.wake()

    def wake(self) -> None:
        """End the reader's wait."""
        # BlockingIOError: full of wake-ups, so it will wake. OSError: it has ended.
        with contextlib.suppress(OSError):
            self._sender.send(b"w")

    def take(self) -> set[Call]:
        """Return the calls since the last time."""
        with contextlib.suppress(BlockingIOError):
            self.sock.recv(4096)
        with self._lock:
            calls, self._calls = self._calls, set()
        return calls

    def close(self) -> None:
        """Close both ends; later calls go nowhere."""
        self._sender.close()
        self.sock.close()
