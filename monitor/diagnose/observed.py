"""What a case shows, asked in the words that causes use: spans, tallies, legs, states."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from monitor.diagnose import thresholds as limit
from monitor.model import (
    Case,
    Condition,
    Episode,
    EpochMs,
    How,
    Leg,
    Outcome,
    ProbeKind,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    StateValue,
    Target,
)

_LEG_OF_ROLE = {
    Role.GATEWAY: Leg.GATEWAY,
    Role.ANCHOR: Leg.INTERNET,
    Role.RESOLVER: Leg.DNS,
    Role.WALLET: Leg.WALLET,
    Role.CONTROL: Leg.CONTROL,
}

BEYOND: dict[Leg, tuple[Leg, ...]] = {
    Leg.GATEWAY: (Leg.INTERNET, Leg.WALLET, Leg.CONTROL),
    Leg.INTERNET: (Leg.WALLET, Leg.CONTROL),
}
"""What is heard from beyond a leg came through it."""


class Health(Enum):
    """How a leg was around the start of the outage."""

    ANSWERED = "answered"
    DEAD = "silent"
    LOSSY = "lossy"
    SLOW = "slow"
    UNKNOWN = "not_measured"
    """Not measured, or it never answers: neither good nor bad."""


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


def end_ms(case: Case) -> EpochMs:
    """Return when the outage ended, or until when it was observed."""
    ended = case.disconnect.ended_at_ms
    return max(case.disconnect.started_at_ms, case.until_ms if ended is None else ended)


def elapsed_ms(case: Case) -> int:
    """Return how long the outage lasted, or has lasted so far."""
    ended = case.disconnect.ended_at_ms
    return max(0, (case.now_ms if ended is None else ended) - case.disconnect.started_at_ms)


def _slack_ms(case: Case) -> int:
    return limit.REPORTED_SLACK_MS if case.disconnect.how is How.REPORTED else 0


def onset(case: Case) -> Span:
    """Return the span in which what ended the session must have shown."""
    start, slack = case.disconnect.started_at_ms, _slack_ms(case)
    return Span(start - limit.ONSET_BEFORE_MS - slack, start + limit.ONSET_AFTER_MS + slack)


def around(case: Case) -> Span:
    """Return the span whose samples tell how the way was: the onset and the first minute."""
    start, near = case.disconnect.started_at_ms, onset(case)
    last = min(end_ms(case), start + limit.AROUND_MS)
    return Span(near.since_ms, max(near.until_ms, last))


def leg_of(target: Target, wallet: str) -> Leg | None:
    """Return the leg that a target speaks for, seen from one wallet's session."""
    if target.probe is ProbeKind.HTTP and target.role is not Role.WALLET:
        return Leg.PORTAL
    if target.role is Role.WALLET and target.wallet not in (None, wallet):
        return Leg.CONTROL
    return _LEG_OF_ROLE.get(target.role)


def is_answer(sample: Sample) -> bool:
    """Tell whether a sample is an answer on its leg: a resolver's error is none."""
    if sample.target.role is Role.RESOLVER and sample.outcome is Outcome.DNS_ERROR:
        return False
    return sample.outcome.is_heard


def samples_on(case: Case, leg: Leg, span: Span) -> list[Sample]:
    """Return what was measured of a leg in a span."""
    first = bisect_left(case.samples, span.since_ms, key=_at_ms)
    last = bisect_right(case.samples, span.until_ms, key=_at_ms)
    wallet = case.disconnect.wallet
    return [
        sample
        for sample in case.samples[first:last]
        if sample.outcome is not Outcome.NOT_MEASURED and leg_of(sample.target, wallet) is leg
    ]


def _at_ms(sample: Sample) -> EpochMs:
    return sample.at_ms


def count(samples: Iterable[Sample]) -> Tally:
    """Return how many of the samples were answered."""
    answers = [is_answer(sample) for sample in samples]
    return Tally(len(answers), sum(answers))


def tally(case: Case, leg: Leg, span: Span | None = None) -> Tally:
    """Return a leg's tally in a span; around the start where none is given."""
    return count(samples_on(case, leg, span or around(case)))


def episodes_at_start(case: Case, leg: Leg, condition: Condition) -> list[Episode]:
    """Return a leg's episodes of one condition that touch the onset, earliest first.

    What began after the outage was over is left out.
    """
    near, wallet = onset(case), case.disconnect.wallet
    last_ms = end_ms(case) + _slack_ms(case)
    return [
        episode
        for episode in case.episodes
        if episode.leg is leg
        and episode.condition is condition
        and episode.overlaps(near.since_ms, near.until_ms)
        and episode.started_at_ms <= last_ms
        and (leg is Leg.CONTROL or episode.wallet in (None, wallet))
    ]


def span_of(case: Case, episode: Episode) -> Span:
    """Return an episode's span as far as the case reaches, without the answer that ended it."""
    last = case.until_ms if episode.ended_at_ms is None else episode.ended_at_ms - 1
    return Span(episode.started_at_ms, max(episode.started_at_ms, last))


def dead(case: Case, leg: Leg) -> Episode | None:
    """Return the episode in which a leg was dead as the outage began, None where it was not.

    A leg beyond which others answered was not dead, and neither was one whose run of losses is
    what its loss would bring by chance.
    """
    for episode in episodes_at_start(case, leg, Condition.DEAD):
        if leg is Leg.LINK or not (
            _is_passed(case, leg, episode) or _is_chance(case, leg, episode)
        ):
            return episode
    return None


def _is_passed(case: Case, leg: Leg, episode: Episode) -> bool:
    """Tell whether enough was heard from beyond a silent leg."""
    beyond = [tally(case, other, span_of(case, episode)) for other in BEYOND.get(leg, ())]
    measured = sum(item.measured_count for item in beyond)
    answered = sum(item.answered_count for item in beyond)
    return answered > 0 and answered >= limit.BEYOND_HEARD_RATIO * measured


def _is_chance(case: Case, leg: Leg, episode: Episode) -> bool:
    """Tell whether the loss outside a run of losses would bring such a run by itself."""
    start = case.disconnect.started_at_ms
    spells = [
        span_of(case, other)
        for other in case.episodes
        if other.leg is leg and other.condition is Condition.DEAD
    ]
    near = samples_on(case, leg, Span(start - limit.AROUND_MS, start + 2 * limit.AROUND_MS))
    outside = count(s for s in near if not any(spell.holds(s.at_ms) for spell in spells))
    run = longest_run(samples_on(case, leg, span_of(case, episode))) or episode.lost_count
    expected = outside.measured_count * outside.loss_ratio**run
    return expected > limit.CHANCE_RUN_LIMIT


def longest_run(samples: Iterable[Sample]) -> int:
    """Return the greatest number of samples lost one after another."""
    longest = run = 0
    for sample in samples:
        run = 0 if is_answer(sample) else run + 1
        longest = max(longest, run)
    return longest


def health(case: Case, leg: Leg) -> Health:
    """Return how a leg was around the start; what was not measured is unknown, never good."""
    if dead(case, leg) is not None:
        return Health.DEAD
    if episodes_at_start(case, leg, Condition.LOSSY):
        return Health.LOSSY
    if episodes_at_start(case, leg, Condition.SLOW):
        return Health.SLOW
    counted = tally(case, leg)
    if counted.answered_count == 0:
        return Health.UNKNOWN
    few = counted.lost_count < limit.LOST_COUNT
    return (
        Health.ANSWERED if few or counted.loss_ratio < limit.ANSWERED_LOSS_RATIO else (Health.LOSSY)
    )


def is_side_healthy(case: Case) -> bool | None:
    """Tell whether the user's own side, up to the internet, carried; None where unknown."""
    if link_was_up(case) is False or dead(case, Leg.GATEWAY) or dead(case, Leg.INTERNET):
        return False
    internet = health(case, Leg.INTERNET)
    if internet is Health.UNKNOWN:
        return True if health(case, Leg.CONTROL) is Health.ANSWERED else None
    return internet is Health.ANSWERED and health(case, Leg.GATEWAY) in (
        Health.ANSWERED,
        Health.UNKNOWN,
    )


def link_was_up(case: Case) -> bool | None:
    """Tell whether the link was up as the outage began; None where it is not known."""
    if dead(case, Leg.LINK) is not None or any(
        change.value is False for change in changes(case, "link.up", onset(case))
    ):
        return False
    held = state_at(case, "link.up", case.disconnect.started_at_ms)
    return held.value if held is not None and isinstance(held.value, bool) else None


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


def number(value: StateValue) -> float | None:
    """Return a state's value as a number; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


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
        if any(change.state is SessionState.DOWN and near.holds(change.at_ms) for change in own):
            fell.append(name)
        elif _was_up(own, near):
            stood.append(name)
    return Others(tuple(stood), tuple(fell))


def _was_up(own: Sequence[SessionChange], near: Span) -> bool:
    """Tell whether a session that did not fall in the span is known to have stood in it."""
    before = [change for change in own if change.at_ms < near.since_ms]
    if before:
        return before[-1].state is SessionState.UP
    after = [change for change in own if change.at_ms > near.until_ms]
    return bool(after) and after[0].state is SessionState.DOWN
