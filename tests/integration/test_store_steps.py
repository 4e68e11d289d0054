"""Long care lets what happens be written in between: nobody waits for a prune."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from monitor.clock import SystemClock
from monitor.daemon.steps import in_steps
from monitor.model import How, Outcome, Sample, SessionChange, SessionState
from monitor.store.interface import StoreUnavailableError
from monitor.store.retention import CHUNK_BLOCKS, Keep
from monitor.store.sqlite import Store, open_store
from monitor.store.writer import Writer
from tests.integration.store_facts import GATEWAY, NOON_MS, reply, rows

DAY_MS = 86_400_000
DEADLINE_S = 60.0
KEEP = Keep(raw_days=1, minute_days=90, hour_days=1100)


def fill(store: Store, day_count: int) -> int:
    """Samples of so many days, one each 10 s; returns the instant after the last."""
    end_ms = NOON_MS + day_count * DAY_MS
    store.add_records(
        [Sample(at, GATEWAY, Outcome.TIMEOUT) for at in range(NOON_MS, end_ms, 10_000)]
    )
    store.add_records([reply(end_ms)])
    return end_ms


def test_what_happens_is_written_before_the_next_step(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        now_ms = fill(store, 3)
        writer = Writer(store, SystemClock(), flush_s=30.0)
        waits: list[int] = []
        over = threading.Event()
        steps: list[int] = []

        def noted(told_at: int, _: Store) -> None:
            waits.append(len(steps) - told_at)

        def work(held: Store) -> Iterator[int]:
            """After each step something happens, which must not wait for the next one."""
            for gone in held.prune_steps(now_ms, KEEP):
                steps.append(gone)
                at_ms = now_ms + len(steps)
                writer.event(SessionChange(at_ms, "icbc", SessionState.DOWN, How.RESET))
                writer.call(partial(noted, len(steps)))
                yield gone
            over.set()

        in_steps(partial(_later, writer), work)
        assert over.wait(DEADLINE_S)
        assert writer.stop(DEADLINE_S)
        assert len(steps) > 5
        assert len(waits) == len(steps)
        assert max(waits) == 0
        assert rows(store.path, "SELECT count(*) FROM session_change") == [(len(steps),)]
        assert store.samples(0, now_ms - DAY_MS - 3_600_000) == []


def test_no_step_deletes_more_than_a_chunk(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        now_ms = fill(store, 4)
        gone = list(store.prune_steps(now_ms, KEEP))
        assert sum(gone) == 3 * 8_640
        assert len([count for count in gone if count]) == -(-3 * 24 // CHUNK_BLOCKS)


def test_it_begins_anew_after_a_disk_that_refused(tmp_path: Path) -> None:
    begun: list[int] = []

    def work(_: Store) -> Iterator[int]:
        begun.append(len(begun))
        yield 0
        if len(begun) == 1:
            raise StoreUnavailableError("the disk is full")

    over = threading.Event()
    ends: list[int] = []

    def then() -> None:
        ends.append(len(begun))
        over.set()

    with closing(open_store(tmp_path)) as store:
        writer = Writer(store, SystemClock())
        in_steps(partial(_later, writer), work, then)
        assert over.wait(DEADLINE_S)
        writer.stop()
    assert begun == [0, 1]
    assert ends == [2], "once, when the work is over"


def test_what_is_left_at_the_end_is_left(tmp_path: Path) -> None:
    under_way = threading.Event()

    def work(_: Store) -> Iterator[int]:
        while True:
            under_way.set()
            yield 0

    with closing(open_store(tmp_path)) as store:
        writer = Writer(store, SystemClock())
        in_steps(partial(_later, writer), work)
        assert under_way.wait(DEADLINE_S)
        assert writer.stop(DEADLINE_S)


def _later(writer: Writer, task: Callable[[Store], None]) -> None:
    writer.call(task)
