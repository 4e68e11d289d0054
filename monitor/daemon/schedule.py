"""The one scheduler of the program, and the only door to APScheduler.

APScheduler 3 keeps its times on the wall clock. Left alone it stops when the clock is set back
and makes up for every missed run when it is set forward. Here each job has a trigger of our own
that knows only the next point of a monotonic grid, and `reanchor` (called by the clock watch)
computes every next run anew. Sampling has a pool that it shares with nothing that can hang.
"""

import logging
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor.clock import Clock

SAMPLING = "sampling"
"""The pool of the probes; it grows with what is in flight, so a silent target delays nobody."""

WORK = "work"
"""The pool of everything else: evaluation, readers, care of the store."""

WORK_THREADS = 2
"""One for what is due now, one for what takes long."""

FIRST_RUN_MS = 1.0
"""A job with no phase runs this long after it was added: at once, but never in the past."""


EARLY_MS = 2.0
"""Wall-clock instants are whole milliseconds, cut off: a run may begin this long before its point,
and that point must not be given again."""

LEAST_AHEAD = timedelta(milliseconds=1)
"""What is given lies at least this far after the `now` that the scheduler asked with."""


class GridTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires on a monotonic grid; gives the next point only, whatever the wall clock did."""

    def __init__(self, clock: Clock, step_s: float, phase_s: float) -> None:
        self._clock = clock
        self._step_ms = step_s * 1000
        self._first_ms = clock.monotonic_ms() + phase_s * 1000 + FIRST_RUN_MS
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
        left_ms = max(0.0, self._due_ms - self._clock.monotonic_ms())
        wall = datetime.fromtimestamp(self._clock.wall_ms() / 1000, UTC)
        return wall + timedelta(milliseconds=left_ms)


class Schedule:
    """Jobs on monotonic grids; each job's errors are the job's own."""

    def __init__(self, clock: Clock, sampling_threads: int) -> None:
        self._clock = clock
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={
                SAMPLING: ThreadPoolExecutor(sampling_threads),
                WORK: ThreadPoolExecutor(WORK_THREADS),
            },
            # None: a run that is late (the machine slept) is made, not dropped; coalesce: once.
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )

    def start(self) -> None:
        """Begin to run jobs."""
        self._scheduler.start()

    def every(
        self,
        name: str,
        step_s: float,
        job: Callable[[], object],
        *,
        phase_s: float = 0.0,
        pool: str = WORK,
        at_once: int = 1,
    ) -> None:
        """Run `job` each `step_s`, the first time after `phase_s`; replaces the job of that name.

        Args:
            name: what the job is called in logs and here.
            step_s: seconds between two points of its grid.
            job: catches its own errors (see `daemon.boundary`).
            phase_s: seconds from now to the first point.
            pool: SAMPLING or WORK.
            at_once: how many runs may overlap; a run beyond that is left out.
        """
        self._scheduler.add_job(
            job,
            GridTrigger(self._clock, step_s, phase_s),
            id=name,
            name=name,
            executor=pool,
            max_instances=at_once,
            replace_existing=True,
        )

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
