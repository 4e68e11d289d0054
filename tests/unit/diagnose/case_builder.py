"""Cases for tests, told like a story: a healthy quarter of an hour, then what went wrong.

Samples come every five seconds, as on the slow grid. A leg that is told to fail gets the lost
samples and the episode that the detector would make of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from monitor.model import (
    Case,
    Condition,
    Disconnect,
    Episode,
    EpochMs,
    Gap,
    GapWhy,
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

START: EpochMs = 1_795_000_000_000
GRID_MS = 5_000
BEFORE_MS = 15 * 60_000

GATEWAY = Target("gw", Role.GATEWAY, ProbeKind.ICMP, family=4)
ANCHORS = (
    *(Target(f"anchor{n}", Role.ANCHOR, ProbeKind.ICMP, family=4) for n in range(3)),
    Target("anchor0", Role.ANCHOR, ProbeKind.TCP, family=4),
)
RESOLVER = Target("dns", Role.RESOLVER, ProbeKind.DNS)
WALLET = Target("bank", Role.WALLET, ProbeKind.TCP, wallet="icbc")
CONTROL = Target("pay", Role.CONTROL, ProbeKind.TCP, wallet="alipay")

TARGETS: dict[Leg, tuple[Target, ...]] = {
    Leg.GATEWAY: (GATEWAY,),
    Leg.INTERNET: ANCHORS,
    Leg.DNS: (RESOLVER,),
    Leg.WALLET: (WALLET,),
    Leg.CONTROL: (CONTROL,),
}
FAMILY = {Leg.GATEWAY: 4, Leg.INTERNET: 4}
OWNER = {Leg.WALLET: "icbc", Leg.CONTROL: "alipay"}

Answer = Callable[[Sample], Sample]


def s(seconds: float) -> EpochMs:
    """Return the instant so many seconds after (or, negative, before) the start."""
    return START + round(seconds * 1000)


@dataclass
class Story:
    """Builds one case. Times are seconds from the start of the outage."""

    how: How = How.TIMEOUT
    lasted_s: float | None = 60.0
    now_s: float | None = None
    legs: tuple[Leg, ...] = tuple(TARGETS)
    _answers: list[tuple[Leg, float, float, Answer]] = field(default_factory=list)
    _episodes: list[Episode] = field(default_factory=list)
    _states: list[StateChange] = field(default_factory=list)
    _sessions: list[SessionChange] = field(default_factory=list)
    _gaps: list[Gap] = field(default_factory=list)
    _recent: list[Disconnect] = field(default_factory=list)

    def answers(
        self,
        leg: Leg,
        since_s: float,
        until_s: float,
        outcome: Outcome,
        rtt_ms: float | None = None,
    ) -> Story:
        """Let every probe of a leg bring `outcome` in [since, until)."""

        def change(sample: Sample) -> Sample:
            return replace(sample, outcome=outcome, rtt_ms=rtt_ms)

        self._answers.append((leg, since_s, until_s, change))
        return self

    def ping_filtered(self, since_s: float) -> Story:
        """Let no ping be answered any more, whatever else is."""

        def change(sample: Sample) -> Sample:
            if sample.target.probe is not ProbeKind.ICMP:
                return sample
            return replace(sample, outcome=Outcome.TIMEOUT, rtt_ms=None)

        for leg in (Leg.GATEWAY, Leg.INTERNET):
            self._answers.append((leg, since_s, 1e6, change))
        return self.episode(Leg.GATEWAY, Condition.DEAD, since_s, None, 99, 99)

    def dead(
        self, leg: Leg, since_s: float, until_s: float, outcome: Outcome = Outcome.TIMEOUT
    ) -> Story:
        """Silence a leg: samples and episode."""
        self.answers(leg, since_s, until_s, outcome)
        count = max(3, round((until_s - since_s) * 1000 / GRID_MS) * len(TARGETS[leg]))
        return self.episode(leg, Condition.DEAD, since_s, until_s, count, count)

    def loses(self, leg: Leg, since_s: float, until_s: float, *, one_of: int) -> Story:
        """Lose every `one_of`-th sample of a leg."""
        period_ms = one_of * GRID_MS

        def change(sample: Sample) -> Sample:
            if (sample.at_ms - START) % period_ms >= GRID_MS:
                return sample
            return replace(sample, outcome=Outcome.TIMEOUT, rtt_ms=None)

        self._answers.append((leg, since_s, until_s, change))
        return self

    def episode(
        self,
        leg: Leg,
        condition: Condition,
        since_s: float,
        until_s: float | None,
        measured: int = 10,
        lost: int = 10,
    ) -> Story:
        """Add an episode as the detector makes it."""
        end = None if until_s is None else s(until_s)
        self._episodes.append(
            Episode(
                leg, condition, s(since_s), end, measured, lost, FAMILY.get(leg), OWNER.get(leg)
            )
        )
        return self

    def state(self, key: str, value: StateValue, at_s: float = -3600.0) -> Story:
        """Let a state take a value; an hour before unless said otherwise."""
        self._states.append(StateChange(s(at_s), key, value))
        return self

    def link_down(self, since_s: float, until_s: float | None) -> Story:
        """Take the link down and, where told, up again."""
        self.state("link.up", True).state("link.up", False, since_s)
        self.episode(Leg.LINK, Condition.DEAD, since_s, until_s, 1, 1)
        return self if until_s is None else self.state("link.up", True, until_s)

    def session(
        self, wallet: str, state: SessionState, at_s: float, how: How | None = None
    ) -> Story:
        """Let a wallet's session change."""
        self._sessions.append(SessionChange(s(at_s), wallet, state, how))
        return self

    def gap(self, since_s: float, until_s: float, why: GapWhy = GapWhy.SLEEP) -> Story:
        """Leave a stretch unobserved."""
        self._gaps.append(Gap(s(since_s), s(until_s), why))
        return self

    def dropped_before(self, at_s: float, how: How) -> Story:
        """Add an earlier disconnect of five seconds."""
        self._recent.append(Disconnect("icbc", "session", s(at_s), s(at_s + 5), how))
        return self

    def case(self) -> Case:
        """Return the case."""
        since_ms = START - BEFORE_MS
        ended = None if self.lasted_s is None else s(self.lasted_s)
        until_ms = s(600) if ended is None else min(ended + 60_000, s(600))
        if self.now_s is not None:
            until_ms = min(until_ms, s(self.now_s))
        states = sorted(self._states, key=lambda change: change.at_ms)
        return Case(
            disconnect=Disconnect("icbc", "session", START, ended, self.how),
            since_ms=since_ms,
            until_ms=until_ms,
            now_ms=until_ms if self.now_s is None else s(self.now_s),
            samples=tuple(self._samples(since_ms, until_ms)),
            episodes=tuple(sorted(self._episodes, key=lambda e: e.started_at_ms)),
            sessions=tuple(sorted(self._sessions, key=lambda change: change.at_ms)),
            states=tuple(change for change in states if change.at_ms >= since_ms),
            states_before={c.key: c for c in states if c.at_ms < since_ms},
            gaps=tuple(self._gaps),
            recent=tuple(sorted(self._recent, key=lambda d: d.started_at_ms)),
            controls=frozenset({"alipay"}),
        )

    def _samples(self, since_ms: EpochMs, until_ms: EpochMs) -> list[Sample]:
        samples = []
        for at_ms in range(since_ms, until_ms + 1, GRID_MS):
            if any(gap.at_ms <= at_ms < gap.until_ms for gap in self._gaps):
                continue
            for leg in self.legs:
                samples += [self._sample(leg, target, at_ms) for target in TARGETS[leg]]
        return samples

    def _sample(self, leg: Leg, target: Target, at_ms: EpochMs) -> Sample:
        sample = Sample(at_ms, target, Outcome.REPLY, 12.0)
        for changed, since_s, until_s, change in self._answers:
            if changed is leg and s(since_s) <= at_ms < s(until_s):
                sample = change(sample)
        return sample
