"""Clocks that a test sets."""

from dataclasses import dataclass

from monitor.clock import SystemClock
from monitor.model import EpochMs


@dataclass
class HandClock:
    """Stands where a test puts it; the monotonic one goes along, as nothing sleeps."""

    now_ms: EpochMs

    def wall_ms(self) -> EpochMs:
        return self.now_ms

    def monotonic_ms(self) -> float:
        return float(self.now_ms)

    def boot_ms(self) -> float:
        return float(self.now_ms)


@dataclass
class ShiftedClock:
    """The machine's clocks, with a wall clock that was set ahead (or back)."""

    ahead_ms: int = 0

    def wall_ms(self) -> EpochMs:
        return SystemClock().wall_ms() + self.ahead_ms

    def monotonic_ms(self) -> float:
        return SystemClock().monotonic_ms()

    def boot_ms(self) -> float:
        return SystemClock().boot_ms()
