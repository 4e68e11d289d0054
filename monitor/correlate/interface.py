"""What correlation is made from: a watched week as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.model import Disconnect, EpochMs, Gap, StateChange, Target


@dataclass(frozen=True, slots=True)
class PathMinute:
    """What one target answered in one minute; what was not measured is left out."""

    at_ms: EpochMs
    """Where the minute begins; a multiple of 60,000."""
    target: Target
    measured_count: int
    lost_count: int
    rtt_ms: float | None
    """Mean round trip; None where nothing timed came back."""


@dataclass(frozen=True, slots=True)
class WatchedWeek:
    """A stretch of time, any length, with what was seen in it on one device.

    Sequences may reach beyond [since_ms, until_ms) and come in any order.
    """

    since_ms: EpochMs
    """The first instant that was observed, not before the week's begin."""
    until_ms: EpochMs
    """The first instant after the last one observed, not after the week's end."""
    disconnects: tuple[Disconnect, ...] = ()
    """Those of wallets; the caller leaves out controls, and ends that are no fault (sleep)."""
    states: tuple[StateChange, ...] = ()
    states_before: Mapping[str, StateChange] = field(default_factory=dict)
    """Key -> the last change before `since_ms`."""
    gaps: tuple[Gap, ...] = ()
    minutes: tuple[PathMinute, ...] = ()
    """Empty where they are not kept: loss and latency are then no factors."""
    offsets: tuple[tuple[EpochMs, int], ...] = ((0, 0),)
    """From which instant on local time is how many seconds ahead of UTC, in time order; the first
    one also holds before its instant. Two entries in a week whose clocks are changed."""
