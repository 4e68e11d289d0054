"""Samples in blocks: read as they were written, and one damaged block is no more than that."""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock import SystemClock
from monitor.model import Outcome, Sample
from monitor.store.interface import StoreError, StoreUnavailableError
from monitor.store.sqlite import Store, open_store
from monitor.store.writer import Writer
from tests.integration.store_facts import BANK, GATEWAY, NOON_MS, reply, rows

HOUR_MS = 3_600_000
EVER_MS = NOON_MS * 2

INSTANTS = st.one_of(
    st.integers(NOON_MS - 20_000, NOON_MS + 20_000),
    st.integers(NOON_MS, NOON_MS + 5),
    st.integers(0, 5),
    st.integers(NOON_MS + 100 * 365 * 24 * HOUR_MS, 2**61),
)
SAMPLES = st.builds(
    Sample,
    INSTANTS,
    st.sampled_from([GATEWAY, BANK]),
    st.sampled_from(list(Outcome)),
    st.none() | st.integers(0, 2**40).map(lambda rtt_us: rtt_us / 1000),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(SAMPLES, max_size=12), max_size=6))
def test_any_samples_are_read_as_they_were_written(batches: list[list[Sample]]) -> None:
    with TemporaryDirectory() as folder, closing(open_store(Path(folder))) as store:
        wanted: dict[tuple[int, str], Sample] = {}
        for batch in batches:
            store.add_records(batch)
            wanted |= {(sample.at_ms, sample.target.name): sample for sample in batch}
        everything = sorted(wanted.values(), key=lambda s: s.at_ms)
        read = store.samples(0, 2**62)
        assert {(s.at_ms, s.target.name): s for s in read} == wanted
        assert [s.at_ms for s in read] == [s.at_ms for s in everything]
        assert list(store.records(0, 2**62)) == read
        assert store.info().sample_count == len(wanted)
        assert store.samples(NOON_MS, NOON_MS + 3) == [
            s for s in read if NOON_MS <= s.at_ms < NOON_MS + 3
        ]
        newest = {s.target.name: s for s in everything}
        assert {s.target.name: s for s in store.last_samples()} == newest
        instants = sorted({s.at_ms for s in everything})
        for at_ms in instants:
            assert store.last_alive_ms(at_ms) == at_ms
        if instants:
            assert store.span() == (instants[0], instants[-1])


def test_a_later_one_of_the_same_instant_takes_the_place(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        store.add_records([reply(NOON_MS + i * 5_000) for i in range(10)])
        store.add_records([reply(NOON_MS + 5_000, rtt_ms=9.0), reply(NOON_MS + 5_000, BANK)])
        told = [s.rtt_ms for s in store.samples(0, EVER_MS) if s.at_ms == NOON_MS + 5_000]
        assert sorted(t for t in told if t) == [2.5, 9.0]
        assert store.info().sample_count == 11


def test_an_hour_of_very_many_batches_is_put_together(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        for i in range(60):
            store.add_records([reply(NOON_MS + i * 1_000), reply(NOON_MS + i * 1_000 + 7, BANK)])
        before = store.samples(0, EVER_MS)
        store.rollup(NOON_MS + 2 * HOUR_MS)
        assert rows(store.path, "SELECT count FROM sample_block") == [(120,)]
        assert store.samples(0, EVER_MS) == before


def damaged(store: Store) -> list[Sample]:
    """Three hours of samples, the middle one damaged; returns the others."""
    made = [reply(NOON_MS + i * 60_000) for i in range(180)]
    store.add_records(made)
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(
            "UPDATE sample_block SET body = x'80' WHERE from_ms = ?", (NOON_MS + HOUR_MS,)
        )
        connection.commit()
    return made[:60] + made[120:]


def test_a_damaged_block_is_one_sentence(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        good = damaged(store)
        with pytest.raises(StoreError, match=r"damaged.*put a backup in its place") as caught:
            store.samples(0, EVER_MS)
        assert not isinstance(caught.value, StoreUnavailableError), "it would be tried for ever"
        with pytest.raises(StoreError, match="damaged"):
            list(store.records(0, EVER_MS))
        assert store.samples(0, NOON_MS + HOUR_MS) == good[:60]
        assert store.samples(NOON_MS + 2 * HOUR_MS, EVER_MS) == good[60:]


def test_a_damaged_block_stops_neither_writing_nor_care(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        damaged(store)
        store.add_records([Sample(NOON_MS + HOUR_MS + 7, GATEWAY, Outcome.TIMEOUT)])
        now_ms = NOON_MS + 4 * HOUR_MS
        writer = Writer(store, SystemClock())
        assert writer.call(lambda held: held.rollup(now_ms)).result(30) is None
        assert [hour.at_ms for hour in store.hours(0, EVER_MS)] == [
            NOON_MS,
            NOON_MS + HOUR_MS,
            NOON_MS + 2 * HOUR_MS,
        ]
        assert [hour.measured_count for hour in store.hours(0, EVER_MS)] == [60, 1, 60]
        later_ms = now_ms
        for day in range(20):
            later_ms = now_ms + day * 24 * HOUR_MS
            store.prune(later_ms, 1, 90, 1100)
        assert store.info().sample_count == 0
        assert writer.stop(10)
