"""What a case shows, asked in the words that causes use: spans, tallies, states, other wallets."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from monitor.diagnose import thresholds as limit
from monitor.model import (
    Case,
    EpochMs,
    How,
    Leg,
    Outcome,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    StateValue,
    Target,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, both ends included."""

    since_ms: EpochMs
    until_ms: EpochMs

    def holds(self, at_ms: EpochMs) -> bool:
        """Tell whether an instant lies in it."""
        return self.since_ms <= at_ms <= self.until_ms


@dataclass(frozen=True, slots=True)
class Tally:
    """How many probes of a leg were measured and answered."""

    measured_count: int
    answered_count: int

    @property
    def lost_count(self) -> int:
        """Measured and not answered."""
        return self.measured_count - self.answered_count

    @property
    def loss_ratio(self) -> float:
        """Lost of measured; 0.0 where nothing was measured."""
        return self.lost_count / self.measured_count if self.measured_count else 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """A state that held when the outage began."""

    value: StateValue
    since_ms: EpochMs
    """Since when it is known to have held."""
    was_switched: bool
    """True where it is known to have been otherwise before."""


INTERVAL_KEY = "monitor.interval_s"
"""The grid in force, in seconds; where nobody told it, `engine.prepared` reads it off."""


def end_ms(case: Case) -> EpochMs:
    """Return when the outage ended, or until when it was observed."""
    ended = case.disconnect.ended_at_ms
    return max(case.disconnect.started_at_ms, case.until_ms if ended is None else ended)


def elapsed_ms(case: Case) -> int:
    """Return how long the outage lasted, or has lasted so far."""
    ended = case.disconnect.ended_at_ms
    return max(0, (case.now_ms if ended is None else ended) - case.disconnect.started_at_ms)


def slack_ms(case: Case) -> int:
    """Return how inexact the start may be: a person tells it to the minute, a coarse grid shows
    it at its next round."""
    told = limit.REPORTED_SLACK_MS if case.disconnect.how is How.REPORTED else 0
    state = state_at(case, INTERVAL_KEY, case.disconnect.started_at_ms)
    step_s = None if state is None else number(state.value)
    if step_s is None or step_s <= 0:
        return told
    return max(told, round(min(step_s * 1000, limit.GRID_MOST_MS)) - limit.GRID_MS)


def onset(case: Case) -> Span:
    """Return the span in which what ended the session must have shown."""
    start, slack = case.disconnect.started_at_ms, slack_ms(case)
    return Span(start - limit.ONSET_BEFORE_MS - slack, start + limit.ONSET_AFTER_MS + slack)


def around(case: Case) -> Span:
    """Return the span whose samples tell how the way was: the onset and the first minute."""
    start, near = case.disconnect.started_at_ms, onset(case)
    last = min(end_ms(case), start + limit.AROUND_MS)
    return Span(near.since_ms, max(near.until_ms, last))


def leg_of(target: Target, wallet: str) -> Leg:
    """Return the leg that a target speaks for, seen from one wallet's session."""
    if target.leg is Leg.WALLET and target.wallet not in (None, wallet):
        return Leg.CONTROL
    return target.leg


def samples_on(case: Case, leg: Leg, span: Span) -> list[Sample]:
    """Return what was measured of a leg in a span."""
    first = bisect_left(case.samples, span.since_ms, key=_at_ms)
    last = bisect_right(case.samples, span.until_ms, key=_at_ms)
    wallet = case.disconnect.wallet
    is_on: dict[int, bool] = {}  # by the target's identity: thousands of samples share a few
    found = []
    for sample in case.samples[first:last]:
        target = sample.target
        mine = is_on.get(id(target))
        if mine is None:
            mine = is_on[id(target)] = leg_of(target, wallet) is leg
        if mine and sample.outcome is not Outcome.NOT_MEASURED:
            found.append(sample)
    return found


def _at_ms(sample: Sample) -> EpochMs:
    return sample.at_ms


def count(samples: Iterable[Sample]) -> Tally:
    """Return how many of the samples were answered."""
    answers = [sample.is_heard for sample in samples]
    return Tally(len(answers), sum(answers))


def of_heard(samples: Iterable[Sample]) -> list[Sample]:
    """Return the samples of those targets that answered at least once among them.

    A target that stays silent beside others is dead or filtered: it says nothing of a ratio.
    """
    listed = list(samples)
    heard = {sample.target for sample in listed if sample.is_heard}
    return [sample for sample in listed if sample.target in heard]


def tally(case: Case, leg: Leg, span: Span | None = None) -> Tally:
    """Return a leg's tally in a span; around the start where none is given."""
    return count(samples_on(case, leg, span or around(case)))


def history(case: Case, key: str) -> list[StateChange]:
    """Return every known change of a state, oldest first."""
    before = case.states_before.get(key)
    inside = [change for change in case.states if change.key == key]
    return inside if before is None else [before, *inside]


def changes(case: Case, key: str, span: Span) -> list[StateChange]:
    """Return the changes of a state in a span."""
    return [change for change in history(case, key) if span.holds(change.at_ms)]


def state_at(case: Case, key: str, at_ms: EpochMs) -> StateChange | None:
    """Return the change of a state that held at an instant; None where nothing is known."""
    known = [change for change in history(case, key) if change.at_ms <= at_ms]
    return known[-1] if known else None


def held(case: Case, key: str, is_so: Callable[[StateValue], bool]) -> Held | None:
    """Return the state that held, and was so, when the outage began; None where it was not.

    A state that was read a little late counts. Its beginning is that of the unbroken run.
    """
    at_ms = case.disconnect.started_at_ms + limit.STATE_LAG_MS
    known = [change for change in history(case, key) if change.at_ms <= at_ms]
    if not known or not is_so(known[-1].value):
        return None
    first = len(known) - 1
    while first > 0 and is_so(known[first - 1].value):
        first -= 1
    was_switched = first > 0 and known[first - 1].value is not None
    return Held(known[-1].value, known[first].at_ms, was_switched)


def heard_ms(case: Case) -> list[EpochMs]:
    """Return when something was last heard on the wallet's own connection, by the kernel's count.

    The system counts an answer however late it is; a probe gives up waiting after a second.
    """
    known = history(case, f"tcp.{case.disconnect.wallet}.silent_ms")
    ages = [(change.at_ms, number(change.value)) for change in known]
    return [at_ms - round(age) for at_ms, age in ages if age is not None and age >= 0]


def number(value: StateValue) -> float | None:
    """Return a state's value as a number; None where it is none, or an endless one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # a whole number beyond every float
        return None


def is_fresh(case: Case, state: Held) -> bool:
    """Tell whether a state was switched on shortly before the outage."""
    age_ms = case.disconnect.started_at_ms - state.since_ms
    return state.was_switched and age_ms <= limit.FRESH_MS


def held_s(case: Case, state: Held) -> float:
    """Return for how many seconds a state had held."""
    return max(0, case.disconnect.started_at_ms - state.since_ms) / 1000


def suspicion(case: Case, state: Held) -> float:
    """Return how suspect a state is by its age, 0.0-1.0.

    What began minutes ago is suspect; what has held for days beside a standing session is not.
    Time without trouble since the last disconnect counts as much as the age itself.
    """
    if is_fresh(case, state):
        return 1.0
    start = case.disconnect.started_at_ms
    troubles = [d.started_at_ms for d in case.recent if state.since_ms <= d.started_at_ms < start]
    quiet_ms = start - max([state.since_ms, *troubles])
    return (_by_age(start - state.since_ms) + _by_age(quiet_ms)) / 2


def _by_age(age_ms: int) -> float:
    if age_ms <= limit.HOUR_MS:
        return 0.65
    return 0.45 if age_ms <= limit.DAY_MS else 0.25


def attempts(case: Case) -> list[How]:
    """Return how each further try to connect failed while the outage lasted, in time order."""
    start, last = case.disconnect.started_at_ms, end_ms(case)
    return [
        change.how
        for change in case.sessions
        if change.wallet == case.disconnect.wallet
        and change.source == case.disconnect.source
        and change.how is not None
        and change.state is SessionState.DOWN
        and start <= change.at_ms <= last
    ]


@dataclass(frozen=True, slots=True)
class Others:
    """The other wallets that are watched: do they share the trouble?"""

    stood: tuple[str, ...]
    fell: tuple[str, ...]


def others(case: Case) -> Others:
    """Return the other wallets whose sessions stood through the onset, and those that fell."""
    near = onset(case)
    stood, fell = [], []
    names = {change.wallet for change in case.sessions} - {case.disconnect.wallet}
    for name in sorted(names):
        own = [change for change in case.sessions if change.wallet == name]
        if any(_fell(change, near) for change in own):
            fell.append(name)
        elif _was_up(own, near):
            stood.append(name)
    return Others(tuple(stood), tuple(fell))


def _fell(change: SessionChange, near: Span) -> bool:
    """Tell whether a session ended in the span; one noticed by silence ended before that."""
    if change.state is not SessionState.DOWN:
        return False
    if near.holds(change.at_ms):
        return True
    good_ms = change.last_good_at_ms
    is_late = near.until_ms < change.at_ms <= near.until_ms + limit.NOTICED_LATE_MS
    return is_late and good_ms is not None and near.since_ms <= good_ms <= near.until_ms


def _was_up(own: Sequence[SessionChange], near: Span) -> bool:
    """Tell whether a session that did not fall in the span is known to have stood in it."""
    before = [change for change in own if change.at_ms < near.since_ms]
    if before:
        return before[-1].state is SessionState.UP
    after = [change for change in own if change.at_ms > near.until_ms]
    return bool(after) and after[0].state is SessionState.DOWN
