"""Whatever is sent, written or printed by others: it is read, or refused as promised, in time."""

import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if sys.platform != "linux":
    pytest.skip("the parsers of netlink and sock_diag are Linux's", allow_module_level=True)

from tests.fuzz.parsers import PARSINGS, Parsing

EXAMPLES = 150
"""Each takes a millisecond; `make fuzz` looks for hours where this looks for seconds."""
LONGEST_BYTES = 400


@st.composite
def _changed(draw: st.DrawFn, seed: bytes) -> bytes:
    """Draw a good document with a few bytes replaced, cut out, doubled or put in."""
    data = bytearray(seed[:4_000])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 12)))
        piece = draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from((b"\xff" * 4, b"\0" * 4, b"9" * 30, b"-1", b"{}", b'"', b"\n")),
                st.just(bytes(data[at:to]) * 2),
            )
        )
        data[at:to] = piece
    return bytes(data)


def _documents(parsing: Parsing) -> st.SearchStrategy[bytes]:
    changed = [_changed(seed) for seed in parsing.seeds]
    return st.one_of(st.binary(max_size=LONGEST_BYTES), *changed)


@pytest.mark.parametrize("parsing", PARSINGS, ids=lambda parsing: parsing.name)
def test_it_is_read_or_refused_as_promised(parsing: Parsing) -> None:
    @settings(max_examples=EXAMPLES, deadline=2_000, suppress_health_check=[HealthCheck.too_slow])
    @given(_documents(parsing))
    def holds(data: bytes) -> None:
        parsing.feed(data)

    holds()


@pytest.mark.parametrize("parsing", PARSINGS, ids=lambda parsing: parsing.name)
def test_what_is_good_is_not_refused(parsing: Parsing) -> None:
    for seed in parsing.seeds:
        try:
            parsing.parse(seed)
        except parsing.refuses_with as error:
            end_of_line = "hung up" in str(error) or "reset" in str(error)
            assert end_of_line, f"{parsing.name}: {error}"
