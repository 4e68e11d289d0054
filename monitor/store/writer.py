"""The daemon's single writer: a thread that batches samples and writes events at once.

Nobody waits for the disk. While it refuses, everything stays in memory, in bounds, and is tried
again until it is taken.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from monitor.clock import Clock, monotonic_s
from monitor.model import Record, StateChange
from monitor.store.interface import StoreError, StoreUnavailableError
from monitor.store.sqlite import Store

T = TypeVar("T")

RETRY_S = 2.0
"""How long a disk that refused is left alone: soon enough that a report is hardly late."""
MOST_SAMPLES = 200_000
"""Kept while the disk refuses: 12 targets at 5 s for 23 hours, some 40 MB."""
MOST_EVENTS = 100_000
"""Of these the oldest states give way then, some 30 MB; sessions and gaps never do: a wallet's
pace makes no more than a few a minute."""
BATCH_RECORDS = 5_000
"""Written in one transaction: some tens of milliseconds. So many samples do not wait any longer."""
_STOP_RETRY_S = 0.1
_JOIN_SLACK_S = 0.1
_BAD_RECORD = (SQLAlchemyError, TypeError, ValueError, ArithmeticError, KeyError)
"""What a record that cannot be stored raises: a bug elsewhere, which must not stop the others."""

_log = logging.getLogger(__name__)


class _Call:
    """A function that waits for its turn on the writer thread."""

    def __init__(self, fn: Callable[[Store], Any], name: str = "") -> None:
        self.fn = fn
        self.name = name
        self.future: Future[Any] = Future()
        self.is_taken = False
        self.began = False


class Writer:
    """Takes samples, events and calls from any thread, and writes them from its own.

    Events and calls keep their order; a sample is written no later than any event or call that
    came after it.
    """

    def __init__(self, store: Store, clock: Clock, flush_s: float = 30.0) -> None:
        """Begin the thread; `flush_s` is how long samples may wait to be written together."""
        self._store = store
        self._clock = clock
        self._flush_ms = flush_s * 1000
        self._changed = threading.Condition()
        self._samples: deque[Record] = deque()
        self._ordered: deque[Record | _Call] = deque()
        self._in_hand: list[Record] = []
        self._batch_since_ms: float | None = None
        self._stop_at_s: float | None = None
        self._failing = False
        self._asked_count = 0
        self._answered_count = 0
        self.dropped_count = 0
        """Records given up because the disk refused for too long."""
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    def later(self, record: Record) -> None:
        """Put a record that nobody waits for, a sample above all, into the batch."""
        with self._changed:
            self._samples.append(record)
            if len(self._samples) > MOST_SAMPLES:
                self._samples.popleft()
                self.dropped_count += 1
            if self._batch_since_ms is None:
                self._batch_since_ms = self._clock.monotonic_ms()
                self._changed.notify()
            elif len(self._samples) == BATCH_RECORDS:
                self._changed.notify()

    def event(self, record: Record) -> None:
        """Have the batch and then this record written now; returns at once."""
        with self._changed:
            self._ordered.append(record)
            if len(self._ordered) > MOST_EVENTS:
                self._drop_oldest_event()
            self._changed.notify()

    def call(self, fn: Callable[[Store], T], name: str = "") -> Future[T]:
        """Have `fn` called with the store on the writer thread, after what is queued now.

        Where the disk refuses, `fn` is called again later from its beginning, so it should be one
        transaction, or bear that. Never wait for the future on the writer thread itself.

        One of the same `name` that still waits gives way, its future being cancelled: what is
        asked for every second is done once when the disk takes again, not once for each second.
        """
        waiting = _Call(fn, name)
        with self._changed:
            if self._stop_at_s is not None:
                waiting.future.cancel()
                return waiting.future
            if name:
                self._give_way(name)
            self._ordered.append(waiting)
            self._changed.notify()
        return waiting.future

    def flush(self, timeout_s: float = 2.0) -> bool:
        """Have everything written now; tell whether that was done in time."""
        done = self.call(lambda _: None)
        finished = threading.Event()
        done.add_done_callback(lambda _: finished.set())
        if finished.wait(timeout_s) and not done.cancelled():
            return True
        done.cancel()
        return False

    def ask(self) -> None:
        """Ask the writer's thread for a sign of life; nothing is written for it."""
        with self._changed:
            self._asked_count += 1
            self._changed.notify()

    def has_answered(self) -> bool:
        """Tell whether the thread has been at its turn since it was asked last.

        One that waits for a disk to take things again has; one that hangs in a write has not.
        """
        return self._answered_count == self._asked_count

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Write everything, then end the thread; tell whether all of it was written."""
        with self._changed:
            self._stop_at_s = monotonic_s() + timeout_s
            self._changed.notify()
        self._thread.join(timeout_s + _JOIN_SLACK_S)
        with self._changed:
            left = self._queued_count()
            for waiting in self._ordered:
                if isinstance(waiting, _Call):
                    waiting.future.cancel()
        if left:
            _log.error("%d records could not be written to %s", left, self._store.path)
        return not left and not self._thread.is_alive()

    def _queued_count(self) -> int:
        """Return how much is not written yet."""
        return len(self._in_hand) + len(self._samples) + len(self._ordered)

    def _give_way(self, name: str) -> None:
        """Take out the call of this name that waits for its turn, if there is one."""
        for place, earlier in enumerate(self._ordered):
            if isinstance(earlier, _Call) and earlier.name == name and not earlier.is_taken:
                del self._ordered[place]
                earlier.future.cancel()
                return

    def _drop_oldest_event(self) -> None:
        """Give up the oldest state; calls are kept, for somebody waits for them."""
        for place, waiting in enumerate(self._ordered):
            if isinstance(waiting, StateChange):
                del self._ordered[place]
                self.dropped_count += 1
                return

    # -- the writer thread

    def _work(self) -> None:
        """Write until told to stop, and then until nothing is left or the time is up."""
        while self._wait_for_work():
            try:
                self._write_all()
            except StoreError as error:
                self._failed(error)
                if self._out_of_time():
                    return
                self._pause()
            else:
                self._recovered()

    def _wait_for_work(self) -> bool:
        """Sleep until something is due; False when told to stop and all is written."""
        with self._changed:
            while True:
                self._answered_count = self._asked_count
                if self._in_hand or self._ordered:
                    return True
                if self._stop_at_s is not None:
                    return bool(self._samples)
                wait_s = self._batch_wait_s()
                if wait_s is not None and wait_s <= 0:
                    return True
                self._changed.wait(wait_s)

    def _batch_wait_s(self) -> float | None:
        """Return how long the batch may still wait; None for an empty one, nothing for a full."""
        if self._batch_since_ms is None:
            return None
        if len(self._samples) >= BATCH_RECORDS:
            return 0.0
        waited_ms = self._clock.monotonic_ms() - self._batch_since_ms
        return (self._flush_ms - waited_ms) / 1000

    def _write_all(self) -> None:
        """Write samples and events batch by batch, and run each call when its turn has come."""
        while True:
            waiting = self._take_batch()
            if self._in_hand:
                self._write_batch()
            elif waiting is not None:
                self._run(waiting)
            else:
                return

    def _take_batch(self) -> _Call | None:
        """Move the oldest samples, then events up to the next call, into the hand.

        Returns the call whose turn it is once the hand is empty.
        """
        with self._changed:
            while self._samples and len(self._in_hand) < BATCH_RECORDS:
                self._in_hand.append(self._samples.popleft())
            if not self._samples:
                self._batch_since_ms = None
            while self._ordered and len(self._in_hand) < BATCH_RECORDS:
                if isinstance(first := self._ordered[0], _Call):
                    first.is_taken = not self._in_hand
                    return first
                self._in_hand.append(first)
                self._ordered.popleft()
            return None

    def _write_batch(self) -> None:
        """Write what is in hand in one transaction."""
        try:
            self._store.add_records(self._in_hand)
        except _BAD_RECORD:
            self._write_one_by_one()
        self._in_hand = []

    def _write_one_by_one(self) -> None:
        """Write what can be written of a batch with a record in it that cannot be."""
        while self._in_hand:
            try:
                self._store.add_records(self._in_hand[:1])
            except _BAD_RECORD:
                bad = self._in_hand[0]  # what it says is the user's, and not the log's
                _log.exception("a %s of %d cannot be stored", type(bad).__name__, bad.at_ms)
            self._in_hand = self._in_hand[1:]

    def _run(self, waiting: _Call) -> None:
        """Run a call and hand its result to who waits; a refusing disk leaves it in its place."""
        if waiting.began or waiting.future.set_running_or_notify_cancel():
            waiting.began = True
            try:
                result = waiting.fn(self._store)
            except StoreUnavailableError:
                raise
            except BaseException as error:  # noqa: BLE001 - a future carries whatever was raised
                waiting.future.set_exception(error)
            else:
                waiting.future.set_result(result)
        with self._changed:
            self._ordered.remove(waiting)

    def _failed(self, error: StoreError) -> None:
        """Say once that the disk refuses."""
        if not self._failing:
            self._failing = True
            _log.error("cannot write: %s; kept in memory and tried again", error)

    def _recovered(self) -> None:
        """Say once that the disk takes again what waited for it."""
        if self._failing:
            self._failing = False
            _log.warning(
                "writing to %s again; %d records were given up while it refused",
                self._store.path,
                self.dropped_count,
            )

    def _out_of_time(self) -> bool:
        """Tell whether the time to stop in is over."""
        with self._changed:
            return self._stop_at_s is not None and monotonic_s() >= self._stop_at_s

    def _pause(self) -> None:
        """Leave a disk that refused alone for a while, shorter when time is running out."""
        with self._changed:
            if self._stop_at_s is None:
                self._changed.wait_for(lambda: self._stop_at_s is not None, RETRY_S)
            else:
                self._changed.wait(_STOP_RETRY_S)
