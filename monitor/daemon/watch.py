"""The watch over the clocks: tells sleep, a stopped process and a set clock from one another.

Three clocks are compared at each wake-up of the scheduler, once a second at least. Suspended: the
boot clock went on while the monotonic one stood. Set: the wall clock went another way than the boot
clock. Stopped (a debugger, a frozen machine): all went on together, and nothing was run.
"""

from collections.abc import Callable
from dataclasses import dataclass

from monitor.clock import Clock
from monitor.model import Gap, GapWhy

JUMP_MS = 2_000
"""Clocks that part by less are disciplined or slewed (adjtime(3) moves 0.5 ms a second)."""

STALL_MS = 6_000
"""A look this late means that the process was not run at all; load delays it by far less."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The three clocks, read together."""

    wall_ms: int
    monotonic_ms: float
    boot_ms: float


def read(clock: Clock) -> Clocks:
    """Read the three clocks."""
    return Clocks(clock.wall_ms(), clock.monotonic_ms(), clock.boot_ms())


def gap_between(before: Clocks, after: Clocks) -> Gap | None:
    """Return the gap that two readings, meant to be a second apart or less, show; None for none.

    A clock set forward is a gap over the time that never was; one set back is a gap of no length
    at the new time.
    """
    wall_ms = after.wall_ms - before.wall_ms
    monotonic_ms = after.monotonic_ms - before.monotonic_ms
    boot_ms = after.boot_ms - before.boot_ms
    stepped_ms = wall_ms - boot_ms
    if abs(stepped_ms) > JUMP_MS:
        start_ms = before.wall_ms if stepped_ms > 0 else after.wall_ms
        return Gap(start_ms, after.wall_ms, GapWhy.CLOCK)
    if boot_ms - monotonic_ms > JUMP_MS:
        return Gap(before.wall_ms, after.wall_ms, GapWhy.SLEEP)
    if monotonic_ms > STALL_MS:
        return Gap(before.wall_ms, after.wall_ms, GapWhy.STOPPED)
    return None


class ClockWatch:
    """Calls `jumped` with each gap; rests on whoever calls `look` often (see `Schedule`)."""

    def __init__(self, clock: Clock, jumped: Callable[[Gap], None]) -> None:
        self._clock = clock
        self._jumped = jumped
        self._before = read(clock)

    def look(self) -> None:
        """Compare the clocks with those of the look before."""
        before, self._before = self._before, read(self._clock)
        gap = gap_between(before, self._before)
        if gap is not None:
            self._jumped(gap)
