"""From time and numbers to places in a picture; one column a pixel, and maxima are kept."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from monitor.model import EpochMs

HATCH_STEP = 7
"""Units between two lines of a hatching."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Time:
    """A stretch of time laid over the width of a picture."""

    since_ms: EpochMs
    until_ms: EpochMs
    width: int

    def x(self, at_ms: EpochMs) -> float:
        """Return the place of an instant, kept inside the picture."""
        length_ms = max(1, self.until_ms - self.since_ms)
        place = (at_ms - self.since_ms) / length_ms * self.width
        return round(min(max(place, 0.0), float(self.width)), 1)

    def column(self, at_ms: EpochMs) -> int:
        """Return the pixel column of an instant."""
        return min(int(self.x(at_ms)), self.width - 1)

    def holds(self, at_ms: EpochMs) -> bool:
        """Tell whether an instant lies in the picture."""
        return self.since_ms <= at_ms < self.until_ms


@dataclass(frozen=True, slots=True)
class Decades:
    """A logarithmic scale from one power of ten to another, drawn upwards."""

    low: int
    high: int
    """Exponents."""
    height: int

    def y(self, value: float) -> int:
        """Return the height of a value, kept inside the picture; y grows downwards."""
        place = (math.log10(max(value, 1e-9)) - self.low) / (self.high - self.low)
        return round(self.height * (1 - min(max(place, 0.0), 1.0)))

    @property
    def ticks(self) -> tuple[float, ...]:
        """The powers of ten, highest first."""
        return tuple(10.0**exponent for exponent in range(self.high, self.low - 1, -1))


def decades(values: Iterable[float], height: int) -> Decades:
    """Return the scale that holds all values; 1 to 1000 where there is none."""
    positive = [value for value in values if 0 < value < math.inf]
    if not positive:
        return Decades(0, 3, height)
    low = math.floor(math.log10(min(positive)))
    return Decades(low, max(math.ceil(math.log10(max(positive))), low + 1), height)


def worst_by_column(
    items: Iterable[Item], column: Callable[[Item], int], value: Callable[[Item], float | None]
) -> dict[int, float]:
    """Return the greatest value of each pixel column; columns without a value are left out."""
    worst: dict[int, float] = {}
    for item in items:
        number = value(item)
        if number is None:
            continue
        place = column(item)
        worst[place] = max(number, worst.get(place, number))
    return worst


def hatching(left: float, right: float, height: int) -> str:
    """Return the path of slanted lines between two places: what was not observed."""
    if right - left < HATCH_STEP:
        return f"M{left:g} {height}L{right:g} 0"
    starts = range(math.ceil(left), max(math.ceil(left) + 1, int(right) - 4), HATCH_STEP)
    return "".join(f"M{start} {height}l5 -{height}" for start in starts)


def longest(
    items: Sequence[Item], most: int, length: Callable[[Item], int]
) -> tuple[list[Item], int]:
    """Return at most `most` items, the longest, in their order, and how many are left out."""
    if len(items) <= most:
        return list(items), 0
    kept = sorted(range(len(items)), key=lambda place: -length(items[place]))[:most]
    return [items[place] for place in sorted(kept)], len(items) - most
