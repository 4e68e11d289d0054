"""Very many targets: what care holds in memory does not grow with them and with the time."""

import tracemalloc
from contextlib import closing
from pathlib import Path

from monitor.model import Outcome, ProbeKind, Role, Sample, Target
from monitor.store.sqlite import open_store
from tests.integration.store_facts import NOON_MS

TARGETS = [Target(f"t{n}", Role.ANCHOR, ProbeKind.ICMP) for n in range(600)]
MINUTES = 12
STEP_MS = 5_000


def test_a_roll_up_of_very_many_holds_a_part_of_them_at_a_time(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        for minute in range(MINUTES):
            begin_ms = NOON_MS + minute * 60_000
            store.add_records(
                [
                    Sample(at_ms, target, Outcome.REPLY, 20.0 + number)
                    for at_ms in range(begin_ms, begin_ms + 60_000, STEP_MS)
                    for number, target in enumerate(TARGETS)
                ]
            )
        tracemalloc.start()
        try:
            store.rollup(NOON_MS + 3_600_000)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        minutes = store.minutes(NOON_MS, NOON_MS + 3_600_000)
        assert [one.measured_count for one in minutes] == [12] * MINUTES * len(TARGETS)
        assert peak_bytes < 9_000_000  # all at once: 18 MB
