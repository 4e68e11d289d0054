"""Two circumstances that come together: which one is left when the other one is kept apart?

Within time in which the other one does not change, only the first one differs. Each such stratum
is a small week of its own; their answers are put together.
"""

from dataclasses import dataclass

from monitor.correlate.exposure import Axis, Spans, common, length_ms, without
from monitor.correlate.factors.interface import Held
from monitor.correlate.shifts import shares, shifted_counts, sum_of, two_sided_p
from monitor.model import Adjusted

LEAST_COUNT = 3
"""No answer from fewer incidents than this."""
LEFT_P = 0.05
"""The usual level of a test."""


@dataclass(frozen=True, slots=True)
class _Stratum:
    """A circumstance within time in which the other one did not change."""

    held_ms: int
    free_ms: int
    held_count: int
    free_count: int
    chances: list[float]
    """Of each number of incidents among the exposed ones, by circular shifts."""

    @property
    def weight(self) -> float:
        """Of the free rate in Mantel and Haenszel's ratio, and its counterpart below."""
        return self.free_count * self.held_ms / (self.held_ms + self.free_ms)

    @property
    def held_weight(self) -> float:
        """Of the exposed rate."""
        return self.held_count * self.free_ms / (self.held_ms + self.free_ms)


def apart_from(one: Held, other: Held, incidents: tuple[int, ...]) -> Adjusted:
    """Return the factor `one` weighed again within equal values of `other`."""
    known = common(one.known, other.known)
    strata = [
        stratum
        for spans in (common(known, other.held), without(known, other.held))
        if (stratum := _stratum(one, spans, incidents)) is not None
    ]
    if not strata:
        return Adjusted(other.key, None, None, None)
    chances = [1.0]
    for stratum in strata:
        chances = sum_of(chances, stratum.chances)
    seen = sum(stratum.held_count for stratum in strata)
    p = two_sided_p(chances, seen)
    above = sum(stratum.held_weight for stratum in strata)
    below = sum(stratum.weight for stratum in strata)
    count = sum(stratum.held_count + stratum.free_count for stratum in strata)
    is_left = None if count < LEAST_COUNT else p <= LEFT_P and above > below
    return Adjusted(other.key, above / below if below else None, p, is_left)


def _stratum(one: Held, spans: Spans, incidents: tuple[int, ...]) -> _Stratum | None:
    """Return what happened within the spans; None where nothing can be compared in them."""
    held = common(one.held, spans)
    held_ms = length_ms(held)
    axis = Axis.of(spans)
    places = axis.positions(incidents)
    if not places or not 0 < held_ms < axis.length_ms:
        return None
    counts = shifted_counts(axis.project(held), places, axis.length_ms)
    return _Stratum(
        held_ms=held_ms,
        free_ms=axis.length_ms - held_ms,
        held_count=counts[0],
        free_count=len(places) - counts[0],
        chances=shares(counts, len(places)),
    )
