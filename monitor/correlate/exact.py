"""The rate ratio of two Poisson counts and its exact interval, in the standard library.

Given their sum, the exposed one of two Poisson counts is binomial (Przyborowski and Wilenski
1940); the interval of its share is Clopper and Pearson's (1934), from the beta distribution.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

CONFIDENCE_RATIO = 0.95
"""The level that people who read intervals expect."""

_PRECISION = 1e-15
_TINY = 1e-300
"""Stands for a denominator of nothing in the continued fraction."""
_STEPS = 500
"""The fraction needs about sqrt(n) terms: enough beyond 100,000 incidents."""
_HALVINGS = 200
"""The bisection ends long before, when its ends are neighbouring floats."""


@dataclass(frozen=True, slots=True)
class RateRatio:
    """A rate ratio with its interval."""

    value: float | None
    """0.0: nothing among the exposed. None: nothing among the unexposed, or nothing at all."""
    low: float | None
    """None where there is no time or no event to compare."""
    high: float | None
    """None where it has no upper end, or there is nothing to compare."""


NOTHING = RateRatio(None, None, None)


def rate_ratio(
    exposed_count: int, exposed_time: float, unexposed_count: int, unexposed_time: float
) -> RateRatio:
    """Return the exposed rate over the unexposed one; both times in the same unit."""
    count = exposed_count + unexposed_count
    if not count or exposed_time <= 0 or unexposed_time <= 0:
        return NOTHING
    low, high = share_interval(exposed_count, count)
    scale = unexposed_time / exposed_time
    return RateRatio(
        value=exposed_count / unexposed_count * scale if unexposed_count else None,
        low=low / (1 - low) * scale,
        high=high / (1 - high) * scale if unexposed_count else None,
    )


def share_interval(
    part: int, whole: int, confidence_ratio: float = CONFIDENCE_RATIO
) -> tuple[float, float]:
    """Return the exact interval of a share of which `part` of `whole` was seen."""
    tail = (1 - confidence_ratio) / 2
    low, high = 0.0, 1.0
    if part > 0:
        low = _root(lambda share: beta_below(part, whole - part + 1, share) - tail)
    if part < whole:
        high = _root(lambda share: beta_below(part + 1, whole - part, share) - (1 - tail))
    return low, high


def _root(rising: Callable[[float], float]) -> float:
    """Return where in [0, 1] a rising function crosses zero, to the last digit."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_below(a: float, b: float, share: float) -> float:
    """Return the regularised incomplete beta function I_share(a, b).

    For whole numbers it is P(at least a of a + b - 1 tries succeed), each with chance `share`.
    """
    if share <= 0.0:
        return 0.0
    if share >= 1.0:
        return 1.0
    if share > (a + 1) / (a + b + 2):  # the fraction converges fast only below this
        return 1.0 - beta_below(b, a, 1.0 - share)
    scale = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(share) + b * log1p(-share)
    return exp(scale) / (a * _fraction(a, b, share))


def _fraction(a: float, b: float, share: float) -> float:
    """Return the continued fraction of DLMF 8.17.22, by Lentz's method as Thompson wrote it."""
    value = upper = 1.0
    lower = 0.0
    for step in range(1, _STEPS):
        half = step // 2
        if step % 2:
            term = -(a + half) * (a + b + half) * share / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * share / ((a + step - 1) * (a + step))
        lower = 1.0 / (1.0 + term * lower or _TINY)
        upper = 1.0 + term / upper or _TINY
        value *= upper * lower
        if abs(upper * lower - 1.0) < _PRECISION:
            break
    return value
