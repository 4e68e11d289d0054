"""The device's state: read in turns, told at once where the system signals, stored on change."""

import threading
from collections.abc import Callable, Iterable, Mapping

from monitor.clock import Clock
from monitor.daemon.boundary import guarded
from monitor.daemon.schedule import PROMPT, WORK, Schedule
from monitor.device.interface import Reader, Watcher
from monitor.model import StateChange, StateValue

GRAIN: Mapping[str, float] = {
    "battery.percent": 1.0,  # what systems show
    "memory.available_ratio": 0.03,  # a browser tab
    "memory.pressure": 5.0,  # % of the last 10 s; ordinary noise is below 1
    "cpu.load_ratio": 0.4,  # busy or not is what matters
    "wifi.signal_dbm": 4.0,  # a reading in place wanders by 3 dB
}
"""Numbers that move by less than this are the same: changes are stored, not noise."""

PASSING = ("tcp.", "path.")
"""Keys that hold for one closer look: they are never told again, and each look tells its own."""


NEVER_WAITS = ("cpu.", "memory.")
"""Readers of what the kernel has in memory: no thread of the pool is woken for them."""


def is_news(key: str, before: StateValue, after: StateValue) -> bool:
    """Tell whether a value differs from the last stored one by more than its grain."""
    if isinstance(before, bool) or isinstance(after, bool):
        return before is not after
    if isinstance(before, int | float) and isinstance(after, int | float):
        return abs(after - before) >= GRAIN.get(key, 0.0) and after != before
    return before != after


def reading_job(first_key: str) -> str:
    """Return the name of the job that reads the reader with this first key."""
    return f"read {first_key}"


class States:
    """Keeps the last value of every key and hands on what changes.

    Args:
        clock: the machine's clocks.
        sink: takes each change; quick.
        moved: called with the new values when something changed, after `sink`.
    """

    def __init__(
        self,
        clock: Clock,
        sink: Callable[[StateChange], None],
        moved: Callable[[Mapping[str, StateValue]], None],
    ) -> None:
        self._clock = clock
        self._sink = sink
        self._moved = moved
        self._guard = threading.Lock()
        self._last: dict[str, StateValue] = {}
        self._watchers: list[Watcher] = []

    def read_now(self, readers: Iterable[Reader]) -> None:
        """Read everything once, before the first round."""
        for reader in readers:
            guarded(f"reading {reader.keys[0]}", lambda r=reader: self.take(r.read()))()  # type: ignore[misc]

    def schedule(self, readers: Iterable[Reader], schedule: Schedule) -> None:
        """Read each reader in turns from now on."""
        for reader in readers:
            name = reading_job(reader.keys[0])
            job = guarded(name, lambda r=reader: self.take(r.read()))  # type: ignore[misc]
            pool = PROMPT if reader.keys[0].startswith(NEVER_WAITS) else WORK
            schedule.every(name, reader.every_s, job, pool=pool, aligned=True)

    def watch(self, watchers: Iterable[Watcher]) -> None:
        """Take what the system signals from now on."""
        for watcher in watchers:
            watcher.start(self.take)
            self._watchers.append(watcher)

    def take(self, values: Mapping[str, StateValue]) -> None:
        """Take fresh values; those that are news are handed on."""
        at_ms = self._clock.wall_ms()
        with self._guard:
            news = {
                key: value
                for key, value in values.items()
                if key not in self._last or is_news(key, self._last[key], value)
            }
            self._last.update(news)
        for key, value in news.items():
            self._sink(StateChange(at_ms, key, value))
        if news:
            self._moved(news)

    def current(self) -> dict[str, StateValue]:
        """Return the last value of every key."""
        with self._guard:
            return dict(self._last)

    def forget_passing(self) -> None:
        """Forget what an earlier closer look found: what this one finds is news."""
        with self._guard:
            self._last = {k: v for k, v in self._last.items() if not k.startswith(PASSING)}

    def announce(self) -> None:
        """Hand every value on again: after a gap the store must not rest on older ones."""
        at_ms = self._clock.wall_ms()
        self.forget_passing()
        for key, value in self.current().items():
            self._sink(StateChange(at_ms, key, value))

    def stop(self) -> None:
        """End the watchers."""
        for watcher in self._watchers:
            watcher.stop()
