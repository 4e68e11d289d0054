"""Blocks of samples: what was packed is what is read, and damage is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.store import block, schema
from monitor.store.block import BlockError, Row

HOUR_MS = 3_600_000
BEGIN_MS = 1_790_078_400_000

RTTS = st.none() | st.integers(0, 10_000_000) | st.integers(-(2**40), 2**62)
ROWS = st.dictionaries(
    st.tuples(st.integers(1, 2**40), st.integers(0, HOUR_MS - 1)),
    st.tuples(st.sampled_from(sorted(schema.OUTCOMES)), RTTS),
    min_size=1,
    max_size=60,
)
HOURS = st.sampled_from([0, -HOUR_MS, BEGIN_MS, BEGIN_MS * 1000])


def example() -> list[Row]:
    return [
        (1, BEGIN_MS, 0, 2_500),
        (1, BEGIN_MS + 5_002, 0, 2_700),
        (1, BEGIN_MS + 10_001, 1, None),
        (3, BEGIN_MS + 833, 2, 40),
        (3, BEGIN_MS + 5_833, 0, None),
    ]


@given(ROWS, HOURS)
def test_what_is_packed_is_read_again(
    found: dict[tuple[int, int], tuple[int, int | None]], hour_ms: int
) -> None:
    moved = {(number, hour_ms + at_ms): rest for (number, at_ms), rest in found.items()}
    [rows] = block.by_hour(moved).values()
    heads, body = block.pack(rows)
    from_ms = min(row[1] for row in rows)
    assert block.unpack(from_ms, heads, body) == rows
    numbers = {rows[0][0]}
    assert block.unpack(from_ms, heads, body, numbers) == [r for r in rows if r[0] in numbers]
    assert block.numbers_of(heads) == sorted({row[0] for row in rows})


@given(ROWS, st.data())
def test_damage_is_told_or_gives_samples_of_that_hour(
    found: dict[tuple[int, int], tuple[int, int | None]], data: st.DataObject
) -> None:
    [rows] = block.by_hour(found).values()
    heads, body = block.pack(rows)
    raw = bytearray(heads + body)
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    from_ms = min(row[1] for row in rows)
    try:
        read = block.unpack(from_ms, bytes(raw[: len(heads)]), bytes(raw[len(heads) :]))
    except BlockError:
        return
    assert read == sorted(read, key=lambda row: row[:2])
    assert all(from_ms <= row[1] < HOUR_MS and row[2] in schema.OUTCOMES for row in read)


def test_a_sample_of_a_steady_grid_takes_four_bytes() -> None:
    rows: list[Row] = [
        (1, BEGIN_MS + i * 5_000 + i * 7 % 5, 0, 20_000 + i * 7_919 % 4_001) for i in range(120)
    ]
    heads, body = block.pack(rows)
    assert len(heads) + len(body) < 4 * len(rows)


@pytest.mark.parametrize("cut", range(1, 12))
def test_one_that_is_cut_short_is_refused(cut: int) -> None:
    heads, body = block.pack(example())
    with pytest.raises(BlockError):
        block.unpack(BEGIN_MS, heads, body[:-cut])


def test_another_version_is_refused() -> None:
    heads, body = block.pack(example())
    with pytest.raises(BlockError, match="another version"):
        block.unpack(BEGIN_MS, b"\x02" + heads[1:], body)


def test_every_outcome_has_a_place() -> None:
    assert max(schema.OUTCOMES) == block.OUTCOME_MOST
