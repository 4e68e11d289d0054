"""How a watcher's thread waits for news and for its end at once, without waking in between."""

import select
import socket
import threading
from collections.abc import Callable
from typing import Protocol

STOP_S = 0.5
"""A watcher's thread ends within this; one that does not is left behind."""


class HasFileno(Protocol):
    """Anything that poll(2) takes."""

    def fileno(self) -> int:
        """Return the descriptor."""
        ...


class Stop:
    """A flag that ends a wait. It is set from any thread; the waiting thread closes it."""

    def __init__(self) -> None:
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self.is_set = False

    def set(self) -> None:
        """End every wait, the present and the coming ones."""
        if not self.is_set:
            # In this order: once the flag is set, the waiting thread may close the pair.
            self._near.send(b"!")
            self.is_set = True

    def close(self) -> None:
        """Give the descriptors back."""
        self._near.close()
        self._far.close()

    def wait(self, timeout_s: float | None, news: HasFileno | None = None) -> bool:
        """Wait for `news`, the end of `timeout_s` or the flag; return whether there is news."""
        poll = select.poll()
        poll.register(self._far, select.POLLIN)
        if news is not None:
            poll.register(news, select.POLLIN)
        ready = poll.poll(None if timeout_s is None else max(timeout_s, 0.0) * 1000)
        if any(number == self._far.fileno() for number, _ in ready):
            self.is_set = True  # `set` is between its two steps: do not wait for the second
        return news is not None and any(number == news.fileno() for number, _ in ready)


class WatchThread:
    """The thread of a watcher; it may begin again after its end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stop: Stop | None = None
        self._thread: threading.Thread | None = None

    def begin(self, watch: Callable[[Stop], None]) -> None:
        """Run `watch` in a thread of its own; it closes the flag when it ends."""
        self._stop = Stop()
        self._thread = threading.Thread(
            target=watch, args=(self._stop,), name=self._name, daemon=True
        )
        self._thread.start()

    def end(self) -> None:
        """End it, if it has begun."""
        if self._stop is not None and self._thread is not None:
            self._stop.set()
            self._thread.join(STOP_S)
            self._stop = self._thread = None
