"""The lab's own clock: an instant of ground truth on two clocks, comparable across processes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instant:
    """When something was done: wall time to compare with the store, monotonic time to measure."""

    wall_ms: int
    """Milliseconds since 1970 UTC."""
    monotonic_ms: float
    """CLOCK_MONOTONIC, one and the same for all processes and namespaces of the machine."""

    def since(self, earlier: "Instant") -> float:
        """Return the milliseconds from `earlier` to this one, by the monotonic clock."""
        return self.monotonic_ms - earlier.monotonic_ms


def now() -> Instant:
    """Return the present instant."""
    return Instant(time.time_ns() // 1_000_000, time.monotonic_ns() / 1e6)


def instant_of(answer: Mapping[str, object]) -> Instant:
    """Read the instant that a lab server put into its answer."""
    wall_ms, monotonic_ms = answer["wall_ms"], answer["monotonic_ms"]
    assert isinstance(wall_ms, int)
    assert isinstance(monotonic_ms, int | float)
    return Instant(wall_ms, float(monotonic_ms))
