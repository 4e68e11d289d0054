"""Shows notices one after the other in a thread of its own, so that no desktop delays a sample.

The queue is bounded. A notice that finds it full pushes the oldest out: the newest news counts.
Between notices the thread hears what is pressed on them, and otherwise sleeps until it is needed.
"""

import logging
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeAlias

from monitor.model import Delivery, Notice

QUEUE_LENGTH = 32
"""What a stuck desktop takes nearly three minutes for; older news than that is none."""

DROPPED = "queue full"
"""The backend's name of a notice that was pushed out before any backend saw it."""

Done: TypeAlias = Callable[[Notice, Delivery, str], None]
"""Takes what became of a notice; called from the worker's thread, for a dropped one from `put`."""


class Desktop(Protocol):
    """Where notices are shown; used by one thread, but for `abort`."""

    def show(self, notice: Notice) -> tuple[Delivery, str]:
        """Show one notice; return what became of it and the backend's name, within 5 s."""
        ...

    def fileno(self) -> int | None:
        """Return what to wait on for `hear`; None: nothing can be heard now."""
        ...

    def wait_s(self) -> float | None:
        """Return when `hear` is due although nothing came; None: never."""
        ...

    def hear(self) -> None:
        """Take what the desktop said."""
        ...

    def close(self) -> None:
        """Let go of the desktop."""
        ...

    def abort(self) -> None:
        """End the notice that is being shown, from another thread."""
        ...


class NoticeWorker:
    """One thread that shows what `put` hands in; it starts with the first notice."""

    def __init__(self, desktop: Desktop, done: Done, log: logging.Logger) -> None:
        self._desktop = desktop
        self._done = done
        self._log = log
        self._waiting: deque[Notice] = deque()
        self._lock = threading.Lock()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._bell: tuple[socket.socket, socket.socket] | None = None

    def put(self, notice: Notice) -> None:
        """Queue the notice and return at once; after `stop` it is left as it is stored."""
        with self._lock:
            if self._stopping:
                return
            dropped = self._waiting.popleft() if len(self._waiting) >= QUEUE_LENGTH else None
            self._waiting.append(notice)
            self._start_if_needed()
            self._ring()
        if dropped is not None:
            self._finish(dropped, Delivery.FAILED, DROPPED)

    def stop(self, timeout_s: float) -> bool:
        """Show nothing more; return whether the one being shown ended within `timeout_s`.

        What still waits stays pending in the store.
        """
        with self._lock:
            self._stopping = True
            self._ring()
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
            if thread.is_alive():
                return False
        with self._lock:
            self._close_bell()
        return True

    def _start_if_needed(self) -> None:
        """Start the thread, also where a bug ended the last one: later notices must be shown."""
        if self._thread is None or not self._thread.is_alive():
            self._close_bell()
            self._bell = socket.socketpair()
            for end in self._bell:
                end.setblocking(False)
            work = (self._bell[0],)
            self._thread = threading.Thread(
                target=self._work, args=work, name="notices", daemon=True
            )
            self._thread.start()

    def _ring(self) -> None:
        """Wake the thread; a bell that is full of rings rings already."""
        if self._bell is not None:
            try:
                self._bell[1].send(b"!")
            except BlockingIOError:
                return

    def _close_bell(self) -> None:
        if self._bell is not None:
            for end in self._bell:
                end.close()
            self._bell = None

    def _work(self, bell: socket.socket) -> None:
        try:
            while not self._stopping:
                with self._lock:
                    notice = self._waiting.popleft() if self._waiting else None
                if notice is None:
                    self._listen(bell)
                else:
                    self._finish(notice, *self._desktop.show(notice))
        finally:
            self._desktop.close()

    def _listen(self, bell: socket.socket) -> None:
        """Sleep until a notice is put, or the desktop has something to say."""
        heard = self._desktop.fileno()
        with selectors.DefaultSelector() as either:
            either.register(bell, selectors.EVENT_READ)
            if heard is not None:
                either.register(heard, selectors.EVENT_READ)
            ready = {key.fd for key, _ in either.select(self._desktop.wait_s())}
        if bell.fileno() in ready:
            bell.recv(4096)
        if not ready or heard in ready:
            self._desktop.hear()

    def _finish(self, notice: Notice, delivery: Delivery, backend: str) -> None:
        if delivery is not Delivery.SENT:
            # The log is where the words can still be read, also where it is kept short.
            self._log.warning("notice (%s): %s: %s", delivery, notice.title, _one_line(notice.body))
        self._done(notice, delivery, backend)


def _one_line(text: str) -> str:
    return " ".join(text.split())
