"""Shared arithmetic: percentiles, ratios, medians. Pure."""

from collections.abc import Sequence


def percentile(values: Sequence[float], ratio: float) -> float | None:
    """Return the value below which `ratio` (0.0-1.0) of `values` lie; None for no values.

    Linear interpolation between the two nearest ranks (Hyndman and Fan 1996, type 7).
    """
    if not values:
        return None
    ordered = sorted(values)
    position = ratio * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def median(values: Sequence[float]) -> float | None:
    """Return the middle value; None for no values."""
    return percentile(values, 0.5)


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole; None where the whole is nothing."""
    return part / whole if whole else None
