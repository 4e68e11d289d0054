"""Exact intervals against published figures and against SciPy's, and the laws they obey."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.correlate.exact import beta_below, rate_ratio, share_interval

COUNTS = st.integers(0, 60)
TIMES = st.floats(0.1, 1e6)


def test_the_ratio_of_a_published_study() -> None:
    """Breast cancer after fluoroscopy: 41 in 28,010 and 15 in 19,017 years (Boice and Monson 1977);
    the ratio and exact interval are printed in many textbooks."""
    found = rate_ratio(41, 28_010, 15, 19_017)
    assert found.value == pytest.approx(1.855759, abs=1e-6)
    assert found.low == pytest.approx(1.005684, abs=1e-6)
    assert found.high == pytest.approx(3.609300, abs=1e-6)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [  # scipy.stats.binomtest(...).proportion_ci(method="exact")
        (0, 10, 0.0, 0.30849710781876294),
        (1, 10, 0.0025285785444625728, 0.44501611702819543),
        (4, 20, 0.05733399705002387, 0.4366140029966687),
        (8, 8, 0.6305833524471808, 1.0),
        (15, 148, 0.05784401008344801, 0.16165049034947895),
        (499, 1000, 0.4675521862537382, 0.5304537166617128),
    ],
)
def test_the_interval_of_a_share(part: int, whole: int, low: float, high: float) -> None:
    assert share_interval(part, whole) == pytest.approx((low, high), rel=1e-10)


@pytest.mark.parametrize(
    ("a", "b", "share", "below"),
    [  # scipy.stats.beta.cdf
        (2, 3, 0.4, 0.5248),
        (0.5, 0.5, 0.3, 0.36901011956554536),
        (100, 3, 0.99, 0.9169110148894398),
        (5000, 5000, 0.5, 0.5),
        (40, 600, 0.01, 1.6652904189377757e-19),
    ],
)
def test_the_beta_distribution(a: float, b: float, share: float, below: float) -> None:
    assert beta_below(a, b, share) == pytest.approx(below, rel=1e-9)


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1))
def test_the_beta_distribution_is_a_tail_of_the_binomial_one(a: int, b: int, share: float) -> None:
    tries = a + b - 1
    tail = sum(
        comb(tries, hits) * share**hits * (1 - share) ** (tries - hits)
        for hits in range(a, tries + 1)
    )
    assert beta_below(a, b, share) == pytest.approx(tail, abs=1e-12)


def test_nothing_among_the_exposed_is_a_ratio_of_zero() -> None:
    found = rate_ratio(0, 10.0, 5, 10.0)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high is not None


def test_nothing_among_the_unexposed_has_no_upper_end() -> None:
    found = rate_ratio(5, 10.0, 0, 10.0)
    assert (found.value, found.high) == (None, None)
    assert found.low is not None
    assert found.low > 0.9


@pytest.mark.parametrize(
    ("counts", "times"), [((0, 0), (1, 1)), ((3, 1), (0, 1)), ((3, 1), (1, 0))]
)
def test_without_time_or_events_nothing_is_told(
    counts: tuple[int, int], times: tuple[float, float]
) -> None:
    found = rate_ratio(counts[0], times[0], counts[1], times[1])
    assert (found.value, found.low, found.high) == (None, None, None)


@given(COUNTS, TIMES, COUNTS, TIMES, st.floats(0.001, 1000))
def test_another_unit_of_time_changes_nothing(
    held: int, held_time: float, free: int, free_time: float, scale: float
) -> None:
    one = rate_ratio(held, held_time, free, free_time)
    other = rate_ratio(held, held_time * scale, free, free_time * scale)
    for first, second in ((one.value, other.value), (one.low, other.low), (one.high, other.high)):
        assert (first is None) is (second is None)
        assert (first or 0.0) == pytest.approx(second or 0.0, rel=1e-9)


@given(st.integers(1, 60), TIMES, st.integers(1, 60), TIMES)
def test_exposed_and_unexposed_swapped_is_the_inverse(
    held: int, held_time: float, free: int, free_time: float
) -> None:
    one = rate_ratio(held, held_time, free, free_time)
    other = rate_ratio(free, free_time, held, held_time)
    assert one.value and one.low and one.high and other.high and other.low
    assert other.value == pytest.approx(1 / one.value, rel=1e-9)
    assert other.low == pytest.approx(1 / one.high, rel=1e-6)
    assert other.high == pytest.approx(1 / one.low, rel=1e-6)


@given(st.integers(1, 60), TIMES, st.integers(1, 60), TIMES)
def test_the_interval_contains_the_ratio(
    held: int, held_time: float, free: int, free_time: float
) -> None:
    found = rate_ratio(held, held_time, free, free_time)
    assert found.value and found.low and found.high
    assert found.low < found.value < found.high
