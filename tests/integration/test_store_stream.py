"""Records that are streamed while others go on writing."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from monitor.store.sqlite import open_store
from tests.integration.store_facts import GATEWAY, NOON_MS, reply

HOUR_MS = 3_600_000
MOST_MS = 2**63 - 1


def test_a_target_that_is_new_meanwhile_breaks_no_stream(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        store.add_records([reply(NOON_MS), reply(NOON_MS + HOUR_MS)])
        stream = store.records(0, NOON_MS * 2)
        first = next(stream)
        store.add_records([reply(NOON_MS + HOUR_MS, replace(GATEWAY, name="new"))])
        assert [first, *stream] == [reply(NOON_MS), reply(NOON_MS + HOUR_MS)]


def test_a_stream_ends_where_the_last_instant_that_there_is_has_a_sample(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        store.add_records([reply(NOON_MS), reply(MOST_MS)])
        assert list(store.records(0, MOST_MS)) == [reply(NOON_MS)]
