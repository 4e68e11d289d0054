"""Where spans reach, what they hold and how much they cover."""

import pytest

from monitor.spans import holds, overlap_ms, within

SPANS = ((0, 10), (20, 30), (40, 50))


@pytest.mark.parametrize(
    ("since_ms", "until_ms", "reaching", "covered"),
    [
        (0, 50, SPANS, 30),
        (5, 25, SPANS[:2], 10),
        (10, 20, (), 0),
        (22, 24, SPANS[1:2], 2),
        (60, 70, (), 0),
        (30, 20, (), 0),
    ],
)
def test_what_reaches_into_a_stretch(
    since_ms: int, until_ms: int, reaching: tuple[tuple[int, int], ...], covered: int
) -> None:
    assert tuple(within(SPANS, since_ms, until_ms)) == reaching
    assert overlap_ms(SPANS, since_ms, until_ms) == covered


@pytest.mark.parametrize(
    ("at_ms", "held"), [(-1, False), (0, True), (9, True), (10, False), (49, True), (50, False)]
)
def test_a_span_holds_its_start_and_not_its_end(at_ms: int, held: bool) -> None:
    assert holds(SPANS, at_ms) is held
