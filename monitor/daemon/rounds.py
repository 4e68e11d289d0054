"""Rounds: the targets that are due together are asked together, and heard together later.

A round sends a question to each of its targets and returns; no thread waits for the answers. They
are collected by the next round, or once their time is out, whichever comes first: the kernel has
noted when each arrived. So a second of sampling costs one wake-up, however many targets there are,
and one that keeps silent delays no other.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from monitor.clock import Clock, monotonic_s
from monitor.daemon.boundary import guarded
from monitor.daemon.flight import Asked, Heard, InFlight
from monitor.daemon.schedule import PROMPT, SAMPLING, Schedule
from monitor.model import ProbeKind, Target
from monitor.probes.interface import Probe, ProbeError, Reading, RoundProbe

COLLECT_JOB = "collect answers"
REST_S = 86_400.0
"""The step of a job that is always put where it is needed."""
LATE_MS = 2.0
"""Answers are collected this long after the time-out: one that came at its end is counted."""


@dataclass(frozen=True, slots=True)
class Grid:
    """When a round is due."""

    step_s: float
    phase_s: float
    is_close: bool
    """True for the closer look: from now on, instead of on the grid that all share."""

    @property
    def job(self) -> str:
        """The name of its job."""
        return f"{'closer' if self.is_close else 'round'} {self.step_s:g} at {self.phase_s:g}"


def asking_job(target: Target) -> str:
    """Return the name of the job that asks a target on a thread that waits for it."""
    return f"ask {target.role} {target.name} {target.probe}"


class Rounds:
    """Asks by rounds, on the scheduler's own thread.

    Args:
        probes: one probe for each kind.
        schedule: where the rounds are scheduled.
        clock: the machine's clocks.
        heard: takes each reading; quick.
        barred: told of a probe that this machine does not let work.
        ask: asks one target and waits for it; called on a thread of the pool.
        timeout_s: how long an answer may take, for each kind.
    """

    def __init__(
        self,
        probes: Mapping[ProbeKind, Probe],
        schedule: Schedule,
        clock: Clock,
        heard: Heard,
        barred: Callable[[Target, ProbeError], None],
        ask: Callable[[Target], None],
        timeout_s: Callable[[ProbeKind], float],
    ) -> None:
        self._probes = {k: p for k, p in probes.items() if isinstance(p, RoundProbe)}
        self._schedule = schedule
        self._clock = clock
        self._heard = heard
        self._barred = barred
        self._ask = ask
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._rounds: dict[Grid, dict[Target, int]] = {}
        """The targets of each grid, and how many questions to each may be in flight."""
        self._in_flight = InFlight()
        self._is_due_set = False

    def takes(self, target: Target) -> bool:
        """Tell whether the target can be asked by rounds."""
        return target.probe in self._probes

    def add(self, target: Target, grid: Grid, at_once: int) -> None:
        """Ask a target on a grid, from its next point on; `at_once` questions may be in flight."""
        with self._guard:
            is_new = grid not in self._rounds
            self._rounds.setdefault(grid, {})[target] = at_once
            if is_new:  # under the guard: whoever empties this round must not take the job away
                self._schedule.every(
                    grid.job,
                    grid.step_s,
                    guarded(grid.job, lambda: self._go(grid)),
                    phase_s=grid.phase_s,
                    pool=PROMPT,
                    aligned=not grid.is_close,
                )

    def remove(self, target: Target, *, is_close: bool) -> None:
        """Ask a target no more on the slow grid, or in the closer look."""
        with self._guard:
            for grid, due in self._rounds.items():
                if grid.is_close is is_close:
                    due.pop(target, None)
            empty = [grid for grid, due in self._rounds.items() if not due]
            for grid in empty:
                del self._rounds[grid]
                self._schedule.remove(grid.job)

    def ask_all(self, targets: Iterable[Target]) -> None:
        """Ask every target once, now."""
        for target in targets:
            self._begin(target)

    def take_over(self, asked: Iterable[Asked]) -> None:
        """Collect the answers to questions that somebody else has sent."""
        self._in_flight.add(asked)

    def collect(self) -> int:
        """Hand on what has been answered or is over; return how many are still in flight."""
        return self._in_flight.collect(self._heard)

    def drop(self) -> None:
        """Forget what is in flight: after a sleep nobody knows what became of it."""
        self._in_flight.drop()

    def _go(self, grid: Grid) -> None:
        """Collect, and ask those that are due."""
        self.collect()
        with self._guard:
            due = dict(self._rounds.get(grid, {}))
        in_flight = self._in_flight.counts()
        for target, at_once in due.items():
            if in_flight[target] < at_once:
                self._begin(target, at_once)
        self._wake_in_time()

    def _collect_in_time(self) -> None:
        self.collect()
        self._wake_in_time()

    def _wake_in_time(self) -> None:
        """Have the answers collected when the first of them is over."""
        ends_s = self._in_flight.ends_at_s()
        if ends_s is None:
            if self._is_due_set:
                self._is_due_set = False
                self._schedule.remove(COLLECT_JOB)
            return
        in_s = max(0.0, ends_s - monotonic_s())
        if not self._is_due_set:
            self._is_due_set = True
            job = guarded(COLLECT_JOB, self._collect_in_time)
            self._schedule.every(COLLECT_JOB, REST_S, job, phase_s=in_s + REST_S, pool=PROMPT)
        self._schedule.move(COLLECT_JOB, self._clock.monotonic_ms() + in_s * 1000 + LATE_MS)

    def _begin(self, target: Target, at_once: int = 1) -> None:
        at_ms = self._clock.wall_ms()
        try:
            begun = self._probes[target.probe].begin(target, self._timeout_s(target.probe))
        except ProbeError as error:
            self._barred(target, error)
            return
        if begun is None:
            self._schedule.once(
                asking_job(target),
                guarded("ask", lambda: self._ask(target)),
                pool=SAMPLING,
                at_once=at_once,
            )
        elif isinstance(begun, Reading):
            self._heard(at_ms, target, begun)
        else:
            self._in_flight.add([Asked(at_ms, target, begun)])
