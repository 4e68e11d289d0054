"""Circular shifts against a count by hand, and the p that is made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.correlate.exposure import Spans, union
from monitor.correlate.shifts import least_p, shares, shifted_counts, two_sided_p

LENGTH = 1000
SPANS = st.lists(st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)), max_size=6).map(union)
PLACES = st.lists(st.integers(0, LENGTH - 1), max_size=8)


def by_hand(held: Spans, incidents: list[int], shift_count: int) -> list[int]:
    found = []
    for shift in range(shift_count):
        places = [(at * shift_count + shift * LENGTH) % (LENGTH * shift_count) for at in incidents]
        found.append(
            sum(
                start * shift_count <= place < end * shift_count
                for place in places
                for start, end in held
            )
        )
    return found


@given(SPANS, PLACES, st.integers(1, 60))
def test_every_shift_is_counted_as_by_hand(
    held: Spans, incidents: list[int], shift_count: int
) -> None:
    found = shifted_counts(held, incidents, LENGTH, shift_count)
    assert found == by_hand(held, incidents, shift_count)


def test_a_cluster_is_one_piece_of_evidence() -> None:
    """Five incidents in a row in a state of a tenth of the time: one chance in ten, not in 10^5."""
    counts = shifted_counts(((0, 100),), [40, 41, 42, 43, 44], LENGTH)
    assert two_sided_p(shares(counts, 5), 5) == pytest.approx(0.096, abs=0.002)


def test_scattered_incidents_that_all_fall_into_a_state_are_much_evidence() -> None:
    held = tuple((start, start + 50) for start in (0, 170, 400, 610, 750))
    counts = shifted_counts(held, [20, 190, 420, 630, 770], LENGTH)
    p = two_sided_p(shares(counts, 5), 5)
    assert p <= 0.05
    assert p == least_p(shares(counts, 5))


def test_p_counts_both_sides_that_are_as_far_out() -> None:
    chances = [0.1, 0.2, 0.4, 0.2, 0.1]  # 2 is expected
    assert [two_sided_p(chances, seen) for seen in range(5)] == pytest.approx(
        [0.2, 0.6, 1.0, 0.6, 0.2]
    )


@given(SPANS, PLACES.filter(bool))
def test_p_is_a_chance_and_no_smaller_than_the_least(held: Spans, incidents: list[int]) -> None:
    counts = shifted_counts(held, incidents, LENGTH, 200)
    chances = shares(counts, len(incidents))
    assert 0 < least_p(chances) <= two_sided_p(chances, counts[0]) <= 1


@given(SPANS, PLACES.filter(bool))
def test_the_rest_of_the_time_gives_the_same_p(held: Spans, incidents: list[int]) -> None:
    edges = [0, *(edge for span in held for edge in span), LENGTH]
    rest = union(zip(edges[::2], edges[1::2], strict=True))
    one, other = (shifted_counts(spans, incidents, LENGTH, 200) for spans in (held, rest))
    ps = [two_sided_p(shares(counts, len(incidents)), counts[0]) for counts in (one, other)]
    assert ps[0] == pytest.approx(ps[1])
