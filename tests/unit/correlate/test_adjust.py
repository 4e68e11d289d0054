"""The correction for many questions, against SciPy's figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.correlate.adjust import false_discovery_q


def test_known_values() -> None:
    """As scipy.stats.false_discovery_control has them."""
    ps = [0.222, 0.001, 0.042, 0.008, 0.06, 0.039, 0.041, 0.074, 0.986]
    expected = [0.24975, 0.009, 0.0756, 0.036, 0.09, 0.0756, 0.0756, 0.095143, 0.986]
    assert false_discovery_q(ps) == pytest.approx(expected, abs=1e-6)


def test_one_question_needs_none() -> None:
    assert false_discovery_q([0.03]) == [0.03]
    assert false_discovery_q([]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_q_keeps_the_order_and_is_never_below_p(ps: list[float]) -> None:
    qs = false_discovery_q(ps)
    assert all(p <= q <= 1 for p, q in zip(ps, qs, strict=True))
    in_order = [q for _, q in sorted(zip(ps, qs, strict=True))]
    assert in_order == sorted(in_order)
