"""The word to end, which a signal brings."""

import contextlib
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.clock import monotonic_s

LONGEST_WAIT_S = 86_400.0
"""A socket waits no longer than the system's time reaches; who asks for more waits again."""


class Ending:
    """Set once, by a signal or by anybody; waited for by the main thread.

    Not a `threading.Event`: Python carries out a signal's handler on the main thread, between two
    of its steps, and a main thread that waits for a lock is only stirred by a signal that the
    system gives to it, and not a moment before it waits. The wake-up descriptor
    (signal.set_wakeup_fd) is written to at once, on whatever thread, and ends a wait on a socket.
    """

    def __init__(self) -> None:
        self._ear, self._mouth = socket.socketpair()
        self._mouth.setblocking(False)  # a full one has been heard, or will be
        self._is_set = False

    def set(self) -> None:
        """Give the word."""
        self._is_set = True
        with contextlib.suppress(BlockingIOError):
            self._mouth.send(b"\0")

    def fileno(self) -> int:
        """Return what signals are written to."""
        return self._mouth.fileno()

    def is_set(self) -> bool:
        """Tell whether the word was given."""
        return self._is_set

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the word, for so many seconds or for ever; tell whether it was given."""
        until_s = None if timeout_s is None else monotonic_s() + timeout_s
        while not self._is_set:
            left_s = None if until_s is None else until_s - monotonic_s()
            if left_s is not None and left_s <= 0:
                break
            self._ear.settimeout(left_s if left_s is None else min(left_s, LONGEST_WAIT_S))
            with contextlib.suppress(TimeoutError):
                self._ear.recv(1)
                self._is_set = True  # the handler may not have had its turn yet
        return self._is_set

    def close(self) -> None:
        """Let go of the sockets."""
        self._ear.close()
        self._mouth.close()


def end_signals() -> tuple[int, ...]:
    """Return the signals that ask a program to end in good order.

    A terminal that closes says SIGHUP; `nohup` has it ignored, which is respected.
    """
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is None or signal.getsignal(hang_up) is signal.SIG_IGN:
        return (signal.SIGTERM, signal.SIGINT)
    return (signal.SIGTERM, signal.SIGINT, hang_up)


@contextmanager
def ended_by(*numbers: int) -> Iterator[Ending]:
    """Take these signals, and no others that Python handles, as the word; main thread only."""
    ending = Ending()
    own = signal.set_wakeup_fd(ending.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, lambda *_: ending.set()) for number in numbers}
    if hasattr(signal, "pthread_sigmask"):
        # What came while the program was only loading was kept waiting (see `cli.run.become`).
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(own)
        ending.close()
