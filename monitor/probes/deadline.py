"""A deadline on the monotonic clock, shared by all the steps of one question."""

from dataclasses import dataclass

from monitor.clock import monotonic_s

SHORTEST_WAIT_S = 0.001
"""A time-out of zero would mean "do not block" to a socket: the least wait is one millisecond."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The monotonic instant at which a question must have its reading."""

    ends_at_s: float

    @classmethod
    def after(cls, timeout_s: float) -> "Deadline":
        """Return the deadline `timeout_s` seconds from now."""
        return cls(monotonic_s() + timeout_s)

    @property
    def passed(self) -> bool:
        """True once there is no time left."""
        return monotonic_s() >= self.ends_at_s

    @property
    def left_s(self) -> float:
        """Seconds left, and never less than the shortest wait."""
        return max(self.ends_at_s - monotonic_s(), SHORTEST_WAIT_S)
