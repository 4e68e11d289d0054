"""The table of blocks beside a dictionary that does the same, and what its blocks grow to."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, event, select

from monitor.store import blocks
from monitor.store.block import Row
from monitor.store.schema import MOST_ID, metadata, sample_block

HOUR_MS = 3_600_000
NOON_MS = 1_790_078_400_000
Model = dict[tuple[int, int], tuple[int, int | None]]

AROUND = (
    st.integers(NOON_MS - 6, NOON_MS + 6)
    | st.integers(-3, 3)
    | st.sampled_from([-MOST_ID, 1 - MOST_ID, MOST_ID - HOUR_MS, MOST_ID - 1])
)
ROWS = st.lists(
    st.tuples(st.integers(1, 3), AROUND, st.integers(0, 8), st.none() | st.integers(-5, 2**40)),
    max_size=8,
)


@contextmanager
def table() -> Iterator[Connection]:
    """An empty table of blocks."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def filled(connection: Connection, batches: list[list[Row]]) -> Model:
    """Store the batches; returns what they come to."""
    model: Model = {}
    for batch in batches:
        blocks.add(connection, batch)
        model |= {(number, at_ms): (outcome, rtt) for number, at_ms, outcome, rtt in batch}
    return model


def read(connection: Connection, since_ms: int = -(2**63), until_ms: int = 2**63) -> Model:
    """What is in the table, no sample of it twice."""
    found = list(blocks.each(connection, since_ms, until_ms))
    model: Model = {(row[0], row[1]): (row[2], row[3]) for row in found}
    assert len(model) == len(found)
    return model


@settings(max_examples=50, deadline=None)
@given(st.lists(ROWS, max_size=6), AROUND, AROUND)
def test_every_question_is_answered_as_of_a_dictionary(
    batches: list[list[Row]], one_ms: int, other_ms: int
) -> None:
    since_ms, until_ms = sorted((one_ms, other_ms))
    with table() as connection:
        model = filled(connection, batches)
        instants = sorted(at_ms for _, at_ms in model)
        assert read(connection) == model
        assert blocks.count(connection) == len(model)
        assert read(connection, since_ms, until_ms) == {
            key: value for key, value in model.items() if since_ms <= key[1] < until_ms
        }
        assert blocks.first_ms(connection, since_ms) == min(
            (at_ms for at_ms in instants if at_ms >= since_ms), default=None
        )
        assert blocks.last_ms(connection) == max(instants, default=None)
        assert blocks.last_ms(connection, until_ms) == max(
            (at_ms for at_ms in instants if at_ms < until_ms), default=None
        )
        newest = dict(sorted(model))
        for numbers in ({1, 2, 3}, {2, 9}):
            found = blocks.newest(connection, numbers)
            assert {number: row[1] for number, row in found.items()} == {
                number: at_ms for number, at_ms in newest.items() if number in numbers
            }
        blocks.join(connection, NOON_MS)
        assert read(connection) == model


@settings(max_examples=50, deadline=None)
@given(st.lists(ROWS, max_size=6))
def test_a_target_is_joined_whatever_lies_beside_it(batches: list[list[Row]]) -> None:
    with table() as connection:
        model = filled(connection, batches)
        blocks.join_targets(connection, gone=1, kept=2)
        found = read(connection)
        assert found.keys() == {(2 if n == 1 else n, at_ms) for n, at_ms in model}
        assert {key: found[key] for key in model if key[0] == 3} == {
            key: value for key, value in model.items() if key[0] == 3
        }


def test_what_is_left_of_a_block_may_begin_where_another_does() -> None:
    with table() as connection:
        filled(connection, [[(1, NOON_MS, 0, 1), (3, NOON_MS + 9, 0, 3)]])
        filled(connection, [[(4, NOON_MS + 9, 0, 4)]])
        blocks.join_targets(connection, gone=1, kept=2)
        assert sorted(read(connection)) == [(2, NOON_MS), (3, NOON_MS + 9), (4, NOON_MS + 9)]


def test_what_is_moved_may_be_of_an_instant_that_a_later_block_has() -> None:
    with table() as connection:
        filled(connection, [[(1, NOON_MS, 0, 1), (1, NOON_MS + 9, 0, 3)]])
        filled(connection, [[(1, NOON_MS + 5, 0, 4), (2, NOON_MS + 9, 0, 4)]])
        blocks.join_targets(connection, gone=1, kept=2)
        assert sorted(read(connection)) == [(2, NOON_MS), (2, NOON_MS + 5), (2, NOON_MS + 9)]


@pytest.mark.parametrize("shift_ms", [0, 500])
def test_no_block_grows_where_the_same_time_is_lived_through_again(shift_ms: int) -> None:
    """As a trace that is replayed twice, or a clock that is set back, with other batches."""

    def lived(begin_ms: int) -> Iterator[list[Row]]:
        for start_ms in range(begin_ms, begin_ms + 600_000, 10_000):
            yield [(n, start_ms + i * 1000, 0, 5) for i in range(10) for n in range(1, 9)]

    with table() as connection:
        filled(connection, list(lived(NOON_MS)))
        filled(connection, list(lived(NOON_MS + 5_000 + shift_ms)))
        most = max(connection.scalars(select(sample_block.c["count"])))
        assert most <= 80 + 2 * 8


def test_the_newest_is_found_without_reading_the_whole_hour() -> None:
    with table() as connection:
        filled(
            connection,
            [[(1, NOON_MS + i * 9, 0, 1), (2, NOON_MS + i * 9, 0, 1)] for i in range(50)],
        )
        asked: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert blocks.newest(connection, [1, 2])[2][1] == NOON_MS + 49 * 9
        assert len(asked) == 1, "the newest block has both"
