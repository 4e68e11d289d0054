"""A mergeable histogram of round trips with logarithmic buckets. Pure.

Bucket i > 0 holds (g^(i-2), g^(i-1)] microseconds with g = (1 + a) / (1 - a), and answers with the
value that no member is further from than the ratio a (the bound of DDSketch: Masson, Rim and Lee,
VLDB 2019). Bucket 0 holds exactly 0. A minute of twelve samples takes about 12 bytes.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from monitor.store import varint

ACCURACY_RATIO = 0.04
"""Largest relative error of a percentile; 5 % is promised, the rest is rounding's."""
_GROWTH = (1 + ACCURACY_RATIO) / (1 - ACCURACY_RATIO)
_LOG_GROWTH = math.log(_GROWTH)
_VERSION = 2
"""First byte of the blob: another bucket width is another version, as is another packing."""
_VERSION_OF_PAIRS = 1
"""The first packing, still read: the step to a bucket, then its count, always."""

Histogram = dict[int, int]
"""Bucket number -> how many."""


def bucket(rtt_us: int) -> int:
    """Return the bucket of a round trip in whole microseconds (>= 0)."""
    return 0 if rtt_us <= 0 else 1 + math.ceil(math.log(rtt_us) / _LOG_GROWTH)


def value_us(number: int) -> float:
    """Return the microseconds that a bucket answers with."""
    if number == 0:
        return 0.0
    return float(2 * _GROWTH ** (number - 1) / (_GROWTH + 1))


def count_up(rtts_us: Iterable[int]) -> Histogram:
    """Return the histogram of round trips in microseconds."""
    counts: Histogram = {}
    for rtt in rtts_us:
        number = bucket(rtt)
        counts[number] = counts.get(number, 0) + 1
    return counts


def merge(histograms: Iterable[Mapping[int, int]]) -> Histogram:
    """Return one histogram of everything that is in `histograms`."""
    counts: Histogram = {}
    for histogram in histograms:
        for number, count in histogram.items():
            counts[number] = counts.get(number, 0) + count
    return counts


def add_packed(counts: Histogram, packed: bytes) -> None:
    """Add a histogram that `pack` made to another one, in place.

    Raises:
        ValueError: the bytes are of another version or cut short.
    """
    for number, count in _pairs(packed):
        counts[number] = counts.get(number, 0) + count


def percentiles_us(
    histogram: Mapping[int, int], ratios: Sequence[float]
) -> tuple[float | None, ...]:
    """Return `percentile_us` of several ratios, with the buckets put in order once."""
    total = sum(histogram.values())
    if not total:
        return (None,) * len(ratios)
    numbers = sorted(histogram)
    reached = list(accumulate(histogram[number] for number in numbers))
    found = []
    for ratio in ratios:
        position = ratio * (total - 1)
        below = int(position)
        low = value_us(numbers[bisect_right(reached, below)])
        high = value_us(numbers[bisect_right(reached, min(below + 1, total - 1))])
        found.append(low + (high - low) * (position - below))
    return tuple(found)


def percentile_us(histogram: Mapping[int, int], ratio: float) -> float | None:
    """Return the value below which `ratio` (0.0-1.0) lie; None for an empty histogram.

    The same definition as `monitor.stats.percentile`: linear between the two nearest ranks.
    """
    return percentiles_us(histogram, (ratio,))[0]


def pack(histogram: Mapping[int, int]) -> bytes:
    """Return the histogram as bytes: the version, then for each bucket a varint.

    It is twice the step from the bucket before, plus 1 where more than one is in it: then their
    count follows. Most buckets of a minute have one, and lie near each other: a byte each.
    """
    packed = bytearray([_VERSION])
    last = 0
    for number in sorted(histogram):
        count = histogram[number]
        varint.append(packed, (number - last) << 1 | (count != 1))
        if count != 1:
            varint.append(packed, count)
        last = number
    return bytes(packed)


def unpack(packed: bytes) -> Histogram:
    """Return the histogram that `pack` made.

    Raises:
        ValueError: the bytes are of another version or cut short.
    """
    return dict(_pairs(packed))


def _pairs(packed: bytes) -> list[tuple[int, int]]:
    """Return each bucket's number and count.

    Raises:
        ValueError: the bytes are of another version or cut short.
    """
    if not packed or packed[0] not in (_VERSION, _VERSION_OF_PAIRS):
        raise ValueError("a histogram of another version")
    numbers = list(packed[1:]) if max(packed) <= varint.SEVEN_BITS else _varints(packed[1:])
    number = 0
    found = []
    rest = iter(numbers)
    try:
        for value in rest:
            if packed[0] == _VERSION:
                number += value >> 1
                found.append((number, next(rest) if value & 1 else 1))
            else:
                number += value
                found.append((number, next(rest)))
    except StopIteration:
        raise ValueError("a histogram that is cut short") from None
    return found


def _varints(packed: bytes) -> list[int]:
    """Return all numbers of a histogram."""
    try:
        return varint.unpack(packed)
    except ValueError as error:
        raise ValueError(f"a histogram with {error}") from error
