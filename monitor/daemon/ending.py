"""The word to end, which a signal brings."""

import queue
import sys

from monitor.clock import monotonic_s

SLICE_S = 1.0 if sys.platform == "win32" else float("inf")
"""Windows hands a Ctrl-C to Python only between waits, so a wait there ends this often."""


class Ending:
    """Set once, by a signal's handler or by anybody; waited for by the main thread.

    Not `threading.Event`: a handler runs on the thread that waits, and where the signal comes in
    the moment in which `Event.wait` holds its own lock, `Event.set` would wait for it forever.
    `SimpleQueue.put` may be called at any moment (queue documentation).
    """

    def __init__(self) -> None:
        self._told: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_set = False

    def set(self) -> None:
        """Give the word."""
        self._is_set = True
        self._told.put(None)

    def is_set(self) -> bool:
        """Tell whether the word was given."""
        return self._is_set

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the word, for so many seconds or for ever; tell whether it was given."""
        until_s = float("inf") if timeout_s is None else monotonic_s() + timeout_s
        while not self._is_set and (left_s := until_s - monotonic_s()) > 0:
            slice_s = min(left_s, SLICE_S)
            try:
                self._told.get(timeout=None if slice_s == float("inf") else slice_s)
            except queue.Empty:
                continue
        return self._is_set
