"""Shows notices one after the other in a thread of its own, so that no desktop delays a sample.

The queue is bounded. A notice that finds it full pushes the oldest out: the newest news counts.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from monitor.model import Delivery, Notice

QUEUE_LENGTH = 32
"""What a stuck desktop takes nearly three minutes for; older news than that is none."""

DROPPED = "queue full"
"""The backend's name of a notice that was pushed out before any backend saw it."""

Show: TypeAlias = Callable[[Notice], tuple[Delivery, str]]
"""Shows one notice and returns what became of it and the backend's name, within 5 s."""

Done: TypeAlias = Callable[[Notice, Delivery, str], None]
"""Takes what became of a notice; called from the worker's thread, for a dropped one from `put`."""


class NoticeWorker:
    """One thread that shows what `put` hands in; it starts with the first notice."""

    def __init__(self, show: Show, done: Done, log: logging.Logger) -> None:
        self._show = show
        self._done = done
        self._log = log
        self._waiting: deque[Notice] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def put(self, notice: Notice) -> None:
        """Queue the notice and return at once; after `stop` it is left as it is stored."""
        with self._changed:
            if self._stopping:
                return
            dropped = self._waiting.popleft() if len(self._waiting) >= QUEUE_LENGTH else None
            self._waiting.append(notice)
            self._start_if_needed()
            self._changed.notify()
        if dropped is not None:
            self._finish(dropped, Delivery.FAILED, DROPPED)

    def stop(self, timeout_s: float) -> bool:
        """Show nothing more; return whether the one being shown ended within `timeout_s`.

        What still waits stays pending in the store.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify()
            thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def _start_if_needed(self) -> None:
        """Start the thread, also where a bug ended the last one: later notices must be shown."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="notices", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._waiting)
                if self._stopping:
                    return
                notice = self._waiting.popleft()
            self._finish(notice, *self._show(notice))

    def _finish(self, notice: Notice, delivery: Delivery, backend: str) -> None:
        if delivery is not Delivery.SENT:
            # The log is where the words can still be read, also where it is kept short.
            self._log.warning("notice (%s): %s: %s", delivery, notice.title, _one_line(notice.body))
        self._done(notice, delivery, backend)


def _one_line(text: str) -> str:
    return " ".join(text.split())
