"""The one scheduler of the program, and the only door to APScheduler.

APScheduler 3 keeps its times on the wall clock. Left alone it stops when the clock is set back
and makes up for every missed run when it is set forward. Here each job has a trigger of our own
that knows only the next point of a monotonic grid, and `reanchor` (called by the clock watch)
computes every next run anew. Sampling has a pool that it shares with nothing that can hang; what
never waits for anything runs on the scheduler's own thread, for a thread that is woken costs a
battery more than what it then does.
"""

import logging
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_STOPPED
from apscheduler.triggers.base import BaseTrigger

from monitor.clock import Clock

SAMPLING = "sampling"
"""The pool of the probes; it grows with what is in flight, so a silent target delays nobody."""

WORK = "work"
"""The pool of everything else: evaluation, readers, care of the store."""

PROMPT = "prompt"
"""No pool: the scheduler's own thread, for jobs that never wait for anything."""

LONGEST_SLEEP_S = 1.0
"""However far the next job is: the clocks are looked at this often."""

WORK_THREADS = 2
"""One for what is due now, one for what takes long."""

FIRST_RUN_MS = 1.0
"""A job with no phase runs this long after it was added: at once, but never in the past."""


EARLY_MS = 2.0
"""Wall-clock instants are whole milliseconds, cut off: a run may begin this long before its point,
and that point must not be given again."""

STEP_MS = 1.5
"""Two readings of the offset between the clocks differ by more only where one was set."""

LEAST_AHEAD = timedelta(milliseconds=1)
"""What is given lies at least this far after the `now` that the scheduler asked with."""


class WallOffset:
    """How far the wall clock is ahead of the monotonic one, the same for all until it steps.

    Two readings of a wall clock that is cut off to milliseconds differ by up to one: jobs that are
    due together would be parted by it, and each would cost a wake-up of its own.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ms = self._measured_ms()

    def ms(self) -> float:
        """Return the offset in milliseconds, as it was first measured after the last step."""
        measured_ms = self._measured_ms()
        if abs(measured_ms - self._ms) > STEP_MS:
            self._ms = measured_ms
        return self._ms

    def _measured_ms(self) -> float:
        return self._clock.wall_ms() - self._clock.monotonic_ms()


class GridTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires on a monotonic grid; gives the next point only, whatever the wall clock did."""

    def __init__(
        self,
        clock: Clock,
        step_s: float,
        phase_s: float,
        *,
        epoch_ms: float | None = None,
        offset: WallOffset | None = None,
    ) -> None:
        """Begin `phase_s` from now, or, with an epoch, at the next whole step (and phase) of it."""
        self._clock = clock
        self._offset = WallOffset(clock) if offset is None else offset
        self._step_ms = step_s * 1000
        now_ms = clock.monotonic_ms()
        if epoch_ms is None:
            self._first_ms = now_ms + phase_s * 1000 + FIRST_RUN_MS
        else:
            origin_ms = epoch_ms + phase_s * 1000
            passed = math.ceil((now_ms + FIRST_RUN_MS - origin_ms) / self._step_ms)
            self._first_ms = origin_ms + max(0, passed) * self._step_ms
        self._due_ms = self._first_ms

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the wall-clock instant of the next grid point, always after `now`.

        APScheduler asks on until it is given an instant after `now`, which it read a moment ago.
        A clock that was set back within that moment makes every true answer an earlier one, and
        the asking would never end; the point given instead is put right by `Schedule.reanchor`.
        """
        now_ms = self._clock.monotonic_ms() + (0.0 if previous is None else EARLY_MS)
        passed = math.floor((now_ms - self._first_ms) / self._step_ms) + 1
        self._due_ms = self._first_ms + max(0, passed) * self._step_ms
        return max(self.due(), now + LEAST_AHEAD)

    def due(self) -> datetime:
        """Return when the point that was given last is due by the present wall clock.

        A point that passed while the wall clock was elsewhere is due now: late, not missing.
        """
        due_ms = max(self._due_ms, self._clock.monotonic_ms())
        return datetime.fromtimestamp(round(self._offset.ms() + due_ms) / 1000, UTC)

    def move(self, due_ms: float) -> None:
        """Put the next point elsewhere, in monotonic milliseconds; the grid stays."""
        self._due_ms = due_ms


class _AtOnce(BaseTrigger):  # type: ignore[misc]
    """Fires once, now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """Return now, the first time that it is asked."""
        return now if previous is None else None

    def due(self) -> datetime:
        """Return now."""
        return datetime.fromtimestamp(self._clock.wall_ms() / 1000, UTC)


class _PromptExecutor(BaseExecutor):  # type: ignore[misc]
    """Keeps due jobs until the scheduler's thread, which has let go of its lock, runs them."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[Any, list[datetime]]] = []

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        self._waiting.append((job, run_times))

    def run_waiting(self) -> bool:
        """Run what is due; tell whether anything was."""
        waiting, self._waiting = self._waiting, []
        for job, run_times in waiting:
            try:
                events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
            except BaseException as error:  # noqa: BLE001 - as APScheduler's own executors do
                self._run_job_error(job.id, error, error.__traceback__)
            else:
                self._run_job_success(job.id, events)
        return bool(waiting)


class _LatePool(ThreadPoolExecutor):  # type: ignore[misc]
    """A pool that gets its jobs once the scheduler's thread has nothing more to do.

    Woken earlier, its threads and that one would take Python's one lock from each other at every
    step, and each time is a wake-up.
    """

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._waiting: list[tuple[Any, list[datetime]]] = []

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        self._waiting.append((job, run_times))

    def hand_over(self) -> None:
        """Give the pool what is due.

        Raises:
            RuntimeError: the pool has ended.
        """
        waiting, self._waiting = self._waiting, []
        for job, run_times in waiting:
            super()._do_submit_job(job, run_times)


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]
    """APScheduler's own, which looks at the clocks at each wake-up and runs the prompt jobs."""

    def __init__(self, looked: Callable[[], None], threads: Mapping[str, int]) -> None:
        self._looked = looked
        self._prompt = _PromptExecutor()
        self._pools = {name: _LatePool(count) for name, count in threads.items()}
        super().__init__(
            timezone=UTC,
            executors={PROMPT: self._prompt, **self._pools},
            # None: a run that is late (the machine slept) is made, not dropped; coalesce: once.
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )

    def _main_loop(self) -> None:
        wait_s: float | None = 0.0
        while self.state != STATE_STOPPED:
            self._event.wait(LONGEST_SLEEP_S if wait_s is None else min(wait_s, LONGEST_SLEEP_S))
            self._event.clear()
            # The clocks first: what is due was computed on the wall clock that stood before.
            self._looked()
            wait_s = self._process_jobs()
            while self._prompt.run_waiting():  # others may have become due, or been added
                self._event.clear()
                wait_s = self._process_jobs()
            self._hand_over()

    def _hand_over(self) -> None:
        try:
            for pool in self._pools.values():
                pool.hand_over()
        except RuntimeError:
            if self.state != STATE_STOPPED:
                raise


class Schedule:
    """Jobs on monotonic grids; each job's errors are the job's own."""

    def __init__(self, clock: Clock, sampling_threads: int) -> None:
        self._clock = clock
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._epoch_ms = clock.monotonic_ms()
        self._offset = WallOffset(clock)
        self._looks: list[Callable[[], None]] = []
        self._scheduler = _Scheduler(self._look, {SAMPLING: sampling_threads, WORK: WORK_THREADS})

    def start(self) -> None:
        """Begin to run jobs."""
        self._scheduler.start()

    def at_each_wake_up(self, look: Callable[[], None]) -> None:
        """Have `look` called before the jobs, each second at least; it is quick."""
        self._looks.append(look)

    def _look(self) -> None:
        for look in self._looks:
            look()

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
        """Run `job` each `step_s`, the first time after `phase_s`; replaces the job of that name.

        Args:
            name: what the job is called in logs and here.
            step_s: seconds between two points of its grid.
            job: catches its own errors (see `daemon.boundary`).
            phase_s: seconds from now to the first point.
            pool: SAMPLING, WORK, or PROMPT for what never waits.
            at_once: how many runs may overlap; a run beyond that is left out.
            aligned: the grid of all aligned jobs of that step and phase is the same one, so that
                they share their wake-ups; the first point is the next of that grid.
        """
        epoch_ms = self._epoch_ms if aligned else None
        self._scheduler.add_job(
            job,
            GridTrigger(self._clock, step_s, phase_s, epoch_ms=epoch_ms, offset=self._offset),
            id=name,
            name=name,
            executor=pool,
            max_instances=at_once,
            replace_existing=True,
        )

    def once(self, name: str, job: Callable[[], object], *, pool: str, at_once: int = 1) -> None:
        """Run `job` now; it is left out where `at_once` of that name are still running."""
        self._scheduler.add_job(
            job,
            _AtOnce(self._clock),
            id=name,
            name=name,
            executor=pool,
            max_instances=at_once,
            replace_existing=True,
        )

    def move(self, name: str, due_ms: float) -> None:
        """Put a job's next run elsewhere, in monotonic milliseconds; then its grid goes on."""
        job = self._scheduler.get_job(name)
        if job is not None:
            job.trigger.move(due_ms)
            job.modify(next_run_time=job.trigger.due())

    def remove(self, name: str) -> None:
        """Forget a job; its run in flight ends by itself."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    def now(self, name: str) -> None:
        """Run a job at once, and then on its grid again."""
        job = self._scheduler.get_job(name)
        if job is not None:
            wall = datetime.fromtimestamp(self._clock.wall_ms() / 1000, UTC)
            job.modify(next_run_time=wall)

    def reanchor(self) -> None:
        """Compute every job's next run anew, after the wall clock was set or the machine slept."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=job.trigger.due())

    def stop(self) -> None:
        """Start no more runs; does not wait for those in flight."""
        if self._scheduler.running:  # not where the start itself failed
            self._scheduler.shutdown(wait=False)
