"""How often chance brings as many incidents together with a state: by circular shifts.

All incidents are moved by the same amount along the observed time, out at its end and in again at
its beginning. Each keeps its distance to the others and the states stay as they were, so neither
clusters nor states that last for hours can pretend to be evidence, as they do in a plain test.
"""

from collections.abc import Sequence
from itertools import accumulate

from monitor.correlate.exposure import Spans

SHIFT_COUNT = 4_000
"""Evenly spaced, in a whole week one every two and a half minutes: finer than most states, and the
smallest p (1/4000) is still told after the correction for a hundred factors."""

ROUNDING = 1e-9
"""Two distances that differ by less are the same one, computed on two ways."""


def shifted_counts(
    held: Spans, incidents: Sequence[int], length_ms: int, shift_count: int = SHIFT_COUNT
) -> list[int]:
    """Return for each shift how many incidents lie in `held`; the first one is no shift at all.

    Args:
        held: Where the state holds on the axis.
        incidents: Positions on the axis.
        length_ms: The length of the axis.
        shift_count: How many shifts; number k is by k / shift_count of the axis.
    """
    changes = [0] * (shift_count + 1)
    for start, end in held:
        for at in incidents:
            # `at` shifted by k / shift_count of the axis lies in [start, end) for these k
            first = -((at - start) * shift_count // length_ms)
            last = -((at - end) * shift_count // length_ms)
            if last - first >= shift_count:
                first, last = 0, shift_count
            _add(changes, first % shift_count, last - first)
    return list(accumulate(changes[:-1]))


def _add(changes: list[int], first: int, count: int) -> None:
    """Count one more in `count` shifts from `first` on, around the end if need be."""
    size = len(changes) - 1
    changes[first] += 1
    if first + count <= size:
        changes[first + count] -= 1
    else:
        changes[0] += 1
        changes[first + count - size] -= 1


def shares(counts: Sequence[int], largest: int) -> list[float]:
    """Return for each number from 0 to `largest` the share of shifts that gave it."""
    found = [0] * (largest + 1)
    for count in counts:
        found[count] += 1
    return [one / len(counts) for one in found]


def sum_of(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """Return the chances of the sum of two independent numbers."""
    found = [0.0] * (len(first) + len(second) - 1)
    for one, chance in enumerate(first):
        for other, other_chance in enumerate(second):
            found[one + other] += chance * other_chance
    return found


def two_sided_p(chances: Sequence[float], seen: int) -> float:
    """Return the chance of a number as far from the expected one as `seen`, or farther.

    Args:
        chances: The chance of each number from 0 on; `seen` is among them.
        seen: What was seen.
    """
    return min(1.0, _as_far(chances)[seen])


def least_p(chances: Sequence[float]) -> float:
    """Return the smallest p that any shift gives: no order of events would have told more."""
    far = _as_far(chances)
    return min(far[number] for number, chance in enumerate(chances) if chance > 0)


def _as_far(chances: Sequence[float]) -> list[float]:
    """Return for each number the chance of one as far from the expected one, or farther."""
    expected = sum(number * chance for number, chance in enumerate(chances))
    distances = [abs(number - expected) for number in range(len(chances))]
    return [
        sum(
            chance
            for distance, chance in zip(distances, chances, strict=True)
            if distance >= least - ROUNDING
        )
        for least in distances
    ]
