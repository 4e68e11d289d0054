"""Care beside a plain account of what was stored: it ends, counts right, and forgets in order."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Outcome, Sample, Target
from monitor.store.retention import Keep
from monitor.store.sqlite import Store, open_store
from tests.integration.store_facts import BANK, GATEWAY, NOON_MS, rows

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MOST_STEPS = 200
KEEP = Keep(raw_days=2, minute_days=5, hour_days=100)

OFFSETS = st.one_of(
    st.integers(-3 * HOUR_MS, 0),
    st.integers(-4 * DAY_MS, 0),
    st.sampled_from([-NOON_MS - 5, -NOON_MS, 400 * DAY_MS, 2**61, 1, HOUR_MS]),
)
BATCHES = st.lists(st.tuples(OFFSETS, st.sampled_from([GATEWAY, BANK])), max_size=8)
STEPS = st.lists(st.tuples(st.integers(0, 30 * HOUR_MS), BATCHES, st.booleans()), max_size=7)


def cared(store: Store, now_ms: int, *, is_prune: bool) -> None:
    """Care as the daemon has it done, but not for ever."""
    steps = store.prune_steps(now_ms, KEEP) if is_prune else store.rollup_steps(now_ms)
    for count, _ in enumerate(steps):
        assert count < MOST_STEPS, "care goes on for ever"


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_care_ends_and_forgets_nothing_that_is_not_counted(
    steps: list[tuple[int, list[tuple[int, Target]], bool]],
) -> None:
    with TemporaryDirectory() as folder, closing(open_store(Path(folder))) as store:
        now_ms = NOON_MS
        seen: set[tuple[str, int]] = set()
        in_time: Counter[int] = Counter()
        for further_ms, batch, is_prune in steps:
            now_ms += further_ms
            made = {(target.name, now_ms + offset): target for offset, target in batch}
            store.add_records(
                [Sample(at, target, Outcome.TIMEOUT) for (_, at), target in made.items()]
            )
            for _, at_ms in made.keys() - seen:
                if now_ms - DAY_MS <= at_ms <= now_ms:
                    in_time[at_ms // HOUR_MS * HOUR_MS] += 1
            seen |= made.keys()
            cared(store, now_ms, is_prune=is_prune)
        now_ms += 2 * HOUR_MS
        cared(store, now_ms, is_prune=True)
        hours: Counter[int] = Counter()
        for hour in store.hours(0, now_ms):
            hours[hour.at_ms] += hour.measured_count
        left = {at for (at,) in rows(store.path, "SELECT at_ms FROM sample")}
        for hour_ms, count in in_time.items():
            if hour_ms + HOUR_MS + 2 * 60_000 <= now_ms:
                assert hours[hour_ms] >= count
        for _, at_ms in seen:
            if now_ms - 2 * DAY_MS < at_ms <= now_ms:
                assert at_ms in left
