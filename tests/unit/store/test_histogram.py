"""The histogram keeps its promise about percentiles, and merges without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stats import percentile
from monitor.store import histogram

PROMISE_RATIO = 0.05
rtts = st.lists(st.integers(0, 100_000_000), min_size=1, max_size=200)


@given(rtts, st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_percentile_is_right_to_five_percent(values: list[int], ratio: float) -> None:
    exact = percentile(values, ratio)
    found = histogram.percentile_us(histogram.count_up(values), ratio)
    assert exact is not None
    assert found is not None
    assert abs(found - exact) <= PROMISE_RATIO * exact + 1e-9


@given(st.integers(0, 10**12))
def test_every_bucket_answers_near_its_members(rtt_us: int) -> None:
    answer = histogram.value_us(histogram.bucket(rtt_us))
    assert abs(answer - rtt_us) <= PROMISE_RATIO * rtt_us


@given(rtts, rtts)
def test_merged_equals_counted_together(one: list[int], other: list[int]) -> None:
    merged = histogram.merge([histogram.count_up(one), histogram.count_up(other)])
    assert merged == histogram.count_up([*one, *other])


@given(rtts)
def test_packed_bytes_come_back(values: list[int]) -> None:
    counts = histogram.count_up(values)
    assert histogram.unpack(histogram.pack(counts)) == counts


def test_many_in_one_bucket_come_back() -> None:
    counts = {0: 1, 300: 5_000_000_000}
    assert histogram.unpack(histogram.pack(counts)) == counts


def test_nothing_has_no_percentile() -> None:
    assert histogram.percentile_us({}, 0.5) is None
    assert histogram.unpack(histogram.pack({})) == {}


@pytest.mark.parametrize("blob", [b"", b"\x03", b"\x02\x85", b"\x02\x05", b"\x01\x85", b"\x01\x05"])
def test_foreign_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match="histogram"):
        histogram.unpack(blob)


def test_a_minute_is_small() -> None:
    spread = [20_000 + 997 * i for i in range(12)]
    assert len(histogram.pack(histogram.count_up(spread))) <= 25
