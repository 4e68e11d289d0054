"""Stretches of time against a count of every millisecond, and incidents out of disconnects."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.correlate.exposure import (
    Axis,
    Span,
    Spans,
    common,
    length_ms,
    observed,
    union,
    without,
)
from monitor.correlate.incidents import merged
from monitor.model import Gap, GapWhy
from tests.unit.correlate.weeks import asleep, at, drop

RAW = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)


def moments(spans: list[Span] | Spans) -> set[int]:
    return {moment for start, end in spans for moment in range(start, end)}


@given(RAW, RAW)
def test_arithmetic_is_that_of_sets(first: list[Span], second: list[Span]) -> None:
    one, other = union(first), union(second)
    assert moments(one) == moments(first)
    assert moments(common(one, other)) == moments(one) & moments(other)
    assert moments(without(one, other)) == moments(one) - moments(other)
    assert length_ms(one) == len(moments(one))
    assert all(before[1] < after[0] for before, after in pairwise(one))


@given(RAW, RAW)
def test_an_axis_leaves_out_what_lies_between(first: list[Span], second: list[Span]) -> None:
    axis = Axis.of(union(first))
    inside = sorted(moments(axis.spans))
    assert axis.positions(inside) == tuple(range(axis.length_ms))
    held = common(union(second), axis.spans)
    expected = {inside.index(moment) for moment in moments(held)}
    assert moments(axis.project(held)) == expected


def test_gaps_are_not_observed() -> None:
    gaps = (asleep(-2, 7), asleep(23, 31), Gap(at(12), at(12), GapWhy.CLOCK))
    assert observed(at(0), at(24), gaps) == ((at(7), at(23)),)
    assert observed(at(5), at(5), ()) == ()
    assert observed(at(0), at(1), (asleep(-1, 2),)) == ()


def test_drops_less_than_ten_quiet_minutes_apart_are_one_incident() -> None:
    found = merged([drop(2), drop(1), drop(1 + 10.9 / 60), drop(1 + 30 / 60)])
    assert [start for start, _ in found] == [at(1), at(1.5), at(2)]


def test_ten_minutes_are_quiet_only_once_the_drop_is_over() -> None:
    assert len(merged([drop(1, minutes=45), drop(1.1, minutes=1), drop(1.9)])) == 1


def test_a_drop_that_lasts_is_a_moment() -> None:
    assert merged([drop(1, minutes=None)]) == ((at(1), at(1)),)
