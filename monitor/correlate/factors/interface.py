"""What a factor is: the time in which a circumstance held, out of the time it was known in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from monitor.correlate.exposure import Spans
from monitor.correlate.interface import WatchedWeek
from monitor.model import StateChange


@dataclass(frozen=True, slots=True)
class Scene:
    """A watched week, with what every factor needs of it worked out once."""

    week: WatchedWeek
    observed: Spans
    """The week, gaps apart."""
    incidents: Spans
    """From the first disconnect of each incident to the end of its last."""
    changes: Mapping[str, Sequence[StateChange]]
    """Key -> its changes in the week in time order; first the one that held when it opened."""


@dataclass(frozen=True, slots=True)
class Held:
    """One circumstance and its time."""

    key: str
    subject: str
    held: Spans
    known: Spans
    """The time in which it was known whether it held; contains `held`."""


Source: TypeAlias = Callable[[Scene], Iterable[Held]]
"""Gives one factor, or one for each subject (network, version, band of the day)."""
