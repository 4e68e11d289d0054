"""The only module that reads the time: wall, monotonic and boot clocks, in milliseconds.

Wall time is what people and the store speak (epoch milliseconds, UTC). It can be stepped, so no
duration is ever computed from it: durations come from the monotonic clock. The boot clock also
counts suspended time (CLOCK_BOOTTIME, clock_gettime(2)); where a system has none, suspension
cannot be told from a step and the boot clock equals the monotonic one.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from monitor.model import EpochMs

TELLS_SLEEP = hasattr(time, "CLOCK_BOOTTIME")
"""Whether suspended time is told from a step of the wall clock on this system."""


class Clock(Protocol):
    """What the time is; passed as an argument so that tests and `replay` bring their own."""

    def wall_ms(self) -> EpochMs:
        """Return milliseconds since 1970 UTC."""
        ...

    def monotonic_ms(self) -> float:
        """Return milliseconds on a clock that never steps and, on Linux, stops in suspend."""
        ...

    def boot_ms(self) -> float:
        """Return milliseconds on a clock that never steps and runs on in suspend."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clocks."""

    def wall_ms(self) -> EpochMs:
        """Return milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> float:
        """Return milliseconds of CLOCK_MONOTONIC (perf counter on Windows, where it is finer)."""
        return time.perf_counter_ns() / 1e6

    def boot_ms(self) -> float:
        """Return milliseconds of CLOCK_BOOTTIME, or of the monotonic clock where there is none."""
        boottime = getattr(time, "CLOCK_BOOTTIME", None)
        if boottime is None:
            return self.monotonic_ms()
        return time.clock_gettime_ns(boottime) / 1e6


def monotonic_s() -> float:
    """Return seconds of the monotonic clock: the one that deadlines and RTTs are measured on."""
    return time.perf_counter()


def wall_ns() -> int:
    """Return nanoseconds since 1970 UTC: only to hold against a stamp that the kernel gave."""
    return time.time_ns()


def follow_zone() -> None:
    """Learn of the zone that the system was set to meanwhile: local times are in it from now on.

    The C library reads the zone once and keeps it, so a program that runs for months would stay in
    the zone that it was started in (tzset(3)). Where there is no tzset, on Windows, the system is
    asked each time.
    """
    tzset = getattr(time, "tzset", None)
    if tzset is not None:
        tzset()


def local(at_ms: EpochMs) -> datetime:
    """Return the instant as an aware datetime in the machine's present zone (for text only)."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone()
