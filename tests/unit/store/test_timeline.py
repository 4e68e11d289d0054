"""The law of forgetting: nothing young goes whatever the clock does, and everything goes once."""

from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.model import EpochMs, Gap, GapWhy
from monitor.store import timeline
from monitor.store.timeline import MOST_SPANS, Doubt, Spans

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
START_MS = 1_790_078_400_000
KEEP_MS = 5 * DAY_MS
ROW_MS = 20 * MINUTE_MS


@dataclass
class Machine:
    """A computer with a daemon on it, whose wall clock may be off by `wrong_ms`."""

    true_ms: int = START_MS
    wrong_ms: int = 0
    spans: Spans = field(default_factory=lambda: timeline.begun(None, START_MS))
    rows: list[tuple[int, EpochMs]] = field(default_factory=list)
    """When each was truly written, and when it says."""
    last_wall_ms: EpochMs = START_MS
    awake_ms: int = 0

    def wall_ms(self) -> EpochMs:
        return self.true_ms + self.wrong_ms

    def run(self, ms: int) -> None:
        """Rows now and then, a look at the clock and a prune each hour."""
        until_ms = self.true_ms + ms
        while self.true_ms < until_ms:
            self.true_ms += ROW_MS
            self.awake_ms += ROW_MS
            self.rows.append((self.true_ms, self.wall_ms()))
            self.last_wall_ms = self.wall_ms()
            if self.true_ms // HOUR_MS != (self.true_ms - ROW_MS) // HOUR_MS:
                self.prune()

    def sleep(self, ms: int) -> None:
        before_ms = self.wall_ms()
        self.true_ms += ms
        self.note(Gap(before_ms, self.wall_ms(), GapWhy.SLEEP))

    def step(self, ms: int) -> None:
        before_ms = self.wall_ms()
        self.wrong_ms += ms
        start_ms = before_ms if ms > 0 else self.wall_ms()
        self.note(Gap(start_ms, self.wall_ms(), GapWhy.CLOCK))

    def off(self, ms: int, wrong_ms: int = 0) -> None:
        """The machine is off, and comes back with another clock perhaps."""
        self.true_ms += ms
        self.wrong_ms += wrong_ms
        alive_ms = min(self.last_wall_ms, self.wall_ms())
        self.note(Gap(alive_ms, self.wall_ms(), GapWhy.STOPPED))

    def note(self, gap: Gap) -> None:
        self.spans = timeline.after_gap(self.spans, gap)
        self.last_wall_ms = gap.until_ms

    def prune(self) -> None:
        self.spans = timeline.unpack(timeline.pack(timeline.advanced(self.spans, self.wall_ms())))
        if timeline.doubt(self.spans) is not None:
            return
        windows = timeline.forgotten(self.spans, KEEP_MS)
        gone = [r for r in self.rows if any(a <= r[1] < b for a, b in windows)]
        assert all(self.true_ms - true_ms >= KEEP_MS for true_ms, _ in gone)
        self.rows = [r for r in self.rows if r not in set(gone)]


hours = st.integers(1, 60)
steps = st.one_of(
    st.integers(-30, 30).map(lambda minutes: minutes * MINUTE_MS),
    st.integers(-400, 400).map(lambda days: days * DAY_MS),
    st.sampled_from([365 * DAY_MS, -365 * DAY_MS, -56 * 365 * DAY_MS, 30 * 365 * DAY_MS]),
)
events = st.lists(
    st.one_of(
        st.tuples(st.just("run"), hours),
        st.tuples(st.just("sleep"), hours),
        st.tuples(st.just("off"), hours),
        st.tuples(st.just("step"), steps),
        # unseen, while the machine is off: what is less than a day is taken for the time off
        st.tuples(st.just("wrong"), steps.filter(lambda ms: ms <= 0 or ms > DAY_MS)),
    ),
    max_size=25,
)


def live(machine: Machine, what: str, amount: int) -> None:
    match what:
        case "run":
            machine.run(amount * HOUR_MS)
        case "sleep":
            machine.sleep(amount * HOUR_MS)
        case "off":
            machine.off(amount * HOUR_MS)
        case "step":
            machine.step(amount)
        case _:
            machine.off(HOUR_MS, amount)


@settings(max_examples=150, deadline=None)
@given(events)
@example([("run", 60), ("step", 365 * DAY_MS), ("run", 60), ("step", -365 * DAY_MS), ("run", 60)])
@example([("run", 60), ("step", -56 * 365 * DAY_MS), ("run", 1), ("step", 56 * 365 * DAY_MS)])
@example([("run", 60), ("wrong", 365 * DAY_MS), ("run", 60), ("run", 60), ("run", 60)])
def test_nothing_young_goes_and_everything_goes_once(life: list[tuple[str, int]]) -> None:
    machine = Machine()
    for what, amount in life:
        live(machine, what, amount)
    # and then nothing particular happens
    machine.run(KEEP_MS + 2 * DAY_MS)
    oldest_ms = machine.true_ms - KEEP_MS - DAY_MS
    wrong = {wall_ms for true_ms, wall_ms in machine.rows if true_ms < oldest_ms}
    # those only whose instant names a time that was lived through lately, once more
    lately = (machine.wall_ms() - KEEP_MS - DAY_MS, machine.wall_ms() + 2 * HOUR_MS)
    assert all(lately[0] <= wall_ms <= lately[1] for wall_ms in wrong)


def test_a_month_off_then_it_prunes() -> None:
    machine = Machine()
    machine.run(4 * DAY_MS)
    machine.off(30 * DAY_MS)
    back_ms = machine.true_ms
    machine.run(2 * HOUR_MS)
    assert timeline.doubt(machine.spans) is Doubt.WENT_AHEAD
    assert machine.rows[0][0] < back_ms
    machine.run(KEEP_MS + HOUR_MS)
    assert timeline.doubt(machine.spans) is None
    assert machine.rows[0][0] > back_ms - 2 * HOUR_MS


def test_a_machine_off_every_night_keeps_calendar_days() -> None:
    machine = Machine()
    for _ in range(20):
        machine.run(8 * HOUR_MS)
        machine.off(16 * HOUR_MS)
    machine.run(HOUR_MS)
    assert machine.true_ms - machine.rows[0][0] <= KEEP_MS + 2 * HOUR_MS


def test_a_battery_that_forgets_the_year_does_not_stop_it() -> None:
    """Every start is in 1970 until the network says better."""
    machine = Machine()
    for day in range(80):
        machine.off((60 if day % 5 == 0 else 14) * HOUR_MS, -START_MS)
        machine.run(ROW_MS)
        machine.step(START_MS)
        machine.run(8 * HOUR_MS)
    # a night that ends in a step is not sure time: what is kept is five days of being awake
    assert len(machine.rows) < (KEEP_MS + 2 * DAY_MS) // ROW_MS


def test_the_notes_are_bounded_and_still_right() -> None:
    machine = Machine()
    machine.run(DAY_MS)
    for number in range(MOST_SPANS + 50):
        machine.step(HOUR_MS if number % 2 else -HOUR_MS)
    assert len(machine.spans) == MOST_SPANS
    machine.run(KEEP_MS + 2 * DAY_MS)
    assert machine.rows[0][0] >= machine.true_ms - KEEP_MS - 4 * HOUR_MS


@pytest.mark.parametrize("alive_ms", [None, START_MS - DAY_MS, START_MS])
def test_a_store_without_notes_goes_by_what_its_rows_say(alive_ms: int | None) -> None:
    spans = timeline.begun(alive_ms, START_MS)
    windows = timeline.forgotten(spans, KEEP_MS)
    assert windows[0][1] == (START_MS - KEEP_MS) // HOUR_MS * HOUR_MS
    assert timeline.doubt(spans) is None


def test_a_store_without_notes_and_of_the_future_keeps_everything() -> None:
    spans = timeline.begun(START_MS + 300 * DAY_MS, START_MS)
    assert timeline.doubt(spans) is Doubt.SET_BACK
    assert timeline.forgotten(spans, KEEP_MS)[0][1] == 0
