"""A clock that is driven, and the loop that drives it: virtual time passes as fast as the work.

The loop is the whole machine's: jobs, the clock watch, what the story brings. It runs one thing
after the other on one thread and never lets time pass before the writer's thread is done, so that
a run is the same each time that it is given the same seed.
"""

import heapq
import itertools
import math
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

from monitor.clock import Clock
from monitor.daemon.schedule import (
    EARLY_MS,
    FIRST_RUN_MS,
    LONGEST_SLEEP_S,
    WORK,
    Schedule,
)
from monitor.model import EpochMs, Record
from monitor.store.sqlite import Store
from monitor.store.writer import Writer

T = TypeVar("T")

DRAIN_S = 120.0
"""A writer that is not done by then hangs."""


class DrivenClock:
    """Three clocks that go on only when they are told to."""

    def __init__(self, wall_ms: EpochMs) -> None:
        self._mono_ms = 1_000_000.0
        self._boot_ms = 1_000_000.0
        self._wall_ms = float(wall_ms)

    def wall_ms(self) -> EpochMs:
        return math.floor(self._wall_ms)

    def monotonic_ms(self) -> float:
        return self._mono_ms

    def boot_ms(self) -> float:
        return self._boot_ms

    def advance_to(self, mono_ms: float) -> None:
        """Let the machine be awake until then."""
        passed_ms = mono_ms - self._mono_ms
        assert passed_ms >= 0
        self._mono_ms = mono_ms
        self._boot_ms += passed_ms
        self._wall_ms += passed_ms

    def sleep(self, lasted_ms: float) -> None:
        """Suspend the machine."""
        self._boot_ms += lasted_ms
        self._wall_ms += lasted_ms

    def step(self, by_ms: float) -> None:
        """Set the wall clock."""
        self._wall_ms += by_ms


class DrainedWriter(Writer):
    """The real writer, which can be waited for where something of it is due."""

    def __init__(self, store: Store, clock: Clock, flush_s: float = 30.0) -> None:
        self._is_due = False
        self._due_ms: float | None = None
        super().__init__(store, clock, flush_s)

    def later(self, record: Record) -> None:
        if self._due_ms is None:
            self._due_ms = self._clock.monotonic_ms() + self._flush_ms
        super().later(record)

    def event(self, record: Record) -> None:
        self._is_due = True
        super().event(record)

    def call(self, fn: Callable[[Store], T], name: str = "") -> Future[T]:
        self._is_due = True
        return super().call(fn, name)

    def drain(self) -> None:
        """Wait until what is due by the driven clock is written and every call was answered."""
        is_time = self._due_ms is not None and self._clock.monotonic_ms() >= self._due_ms
        while self._is_due or is_time:
            self._is_due, self._due_ms, is_time = False, None, False
            # asked of the base: what tasks hand in meanwhile makes it due again, this does not
            if super().call(lambda _: None).result(DRAIN_S) is not None:
                raise AssertionError("the writer answered with something")


@dataclass(slots=True, order=True)
class _Turn:
    due_ms: float
    number: int
    work: Callable[[], object] = field(compare=False)


class Loop:
    """Does what is due, in the order in which it is due."""

    def __init__(self, clock: DrivenClock) -> None:
        self.clock = clock
        self.after_each: Callable[[], None] = lambda: None
        self._turns: list[_Turn] = []
        self._numbers = itertools.count()

    def at(self, due_ms: float, work: Callable[[], object]) -> None:
        """Have something done at an instant of the monotonic clock."""
        heapq.heappush(self._turns, _Turn(due_ms, next(self._numbers), work))

    def after(self, wait_s: float, work: Callable[[], None]) -> None:
        """Have something done so much later."""
        self.at(self.clock.monotonic_ms() + wait_s * 1000, work)

    def run_until(self, mono_ms: float) -> None:
        """Let time pass."""
        turns = self._turns
        while turns and turns[0].due_ms <= mono_ms:
            turn = heapq.heappop(turns)
            if turn.due_ms > self.clock.monotonic_ms():
                self.clock.advance_to(turn.due_ms)
            turn.work()
            self.after_each()
        self.clock.advance_to(max(mono_ms, self.clock.monotonic_ms()))


@dataclass(slots=True)
class Job:
    """A job of the table, and how often it ran."""

    step_ms: float
    first_ms: float
    work: Callable[[], object]
    due_ms: float
    runs: int = 0
    extra_runs: int = 0
    """Runs that were asked for beside the grid."""


class DrivenSchedule(Schedule):
    """The daemon's job table on the loop in place of APScheduler: the same grid, the same rules.

    What APScheduler itself does on clocks that are set is proven in real time, by the lab and by
    the soak's second part.
    """

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._epoch_ms = loop.clock.monotonic_ms()
        self.jobs: dict[str, Job] = {}
        self._looks: list[Callable[[], None]] = []
        self._is_running = False

    def start(self) -> None:
        self._is_running = True
        self._rest()

    def at_each_wake_up(self, look: Callable[[], None]) -> None:
        self._looks.append(look)

    def every(
        self,
        name: str,
        step_s: float,
        job: Callable[[], object],
        *,
        phase_s: float = 0.0,
        pool: str = WORK,
        at_once: int = 1,
        aligned: bool = False,
    ) -> None:
        now_ms, step_ms = self._loop.clock.monotonic_ms(), step_s * 1000
        first_ms = now_ms + phase_s * 1000 + FIRST_RUN_MS
        if aligned:
            origin_ms = self._epoch_ms + phase_s * 1000
            passed = math.ceil((now_ms + FIRST_RUN_MS - origin_ms) / step_ms)
            first_ms = origin_ms + max(0, passed) * step_ms
        added = Job(step_ms, first_ms, job, first_ms)
        self.jobs[name] = added
        self._loop.at(first_ms, lambda: self._turn(name, added, first_ms))

    def once(self, name: str, job: Callable[[], object], *, pool: str, at_once: int = 1) -> None:
        self._loop.at(self._loop.clock.monotonic_ms(), job)

    def move(self, name: str, due_ms: float) -> None:
        job = self.jobs.get(name)
        if job is not None:
            job.due_ms = due_ms
            self._loop.at(due_ms, lambda: self._turn(name, job, due_ms))

    def remove(self, name: str) -> None:
        self.jobs.pop(name, None)

    def now(self, name: str) -> None:
        job = self.jobs.get(name)
        if job is not None:
            job.extra_runs += 1
            self._loop.at(self._loop.clock.monotonic_ms(), lambda: self._extra(name, job))

    def reanchor(self) -> None:
        """Do nothing: what is due here is known by the monotonic clock alone."""

    def stop(self) -> None:
        self._is_running = False
        self.jobs.clear()

    def _extra(self, name: str, job: Job) -> None:
        if self.jobs.get(name) is job:
            job.work()

    def _rest(self) -> None:
        """Wake up each second although nothing is due, as the scheduler does."""
        if self._is_running:
            self._look()
            self._loop.after(LONGEST_SLEEP_S, self._rest)

    def _look(self) -> None:
        for look in self._looks:
            look()

    def _turn(self, name: str, job: Job, due_ms: float) -> None:
        if self.jobs.get(name) is not job or job.due_ms != due_ms:
            return  # removed, moved, or replaced by another of its name
        self._look()
        job.runs += 1
        passed = math.floor((due_ms + EARLY_MS - job.first_ms) / job.step_ms) + 1
        job.due_ms = next_ms = job.first_ms + passed * job.step_ms
        self._loop.at(next_ms, lambda: self._turn(name, job, next_ms))
        job.work()
