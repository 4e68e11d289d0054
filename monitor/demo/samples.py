"""What the probes of the demo's month bring: round trips, stray losses, and the troubles told.

Coarse in quiet times (a round in 3 minutes, and none in the first two weeks), every few seconds
around what happens and in the last hour, and four times a second in the first seconds of a
disconnect, as the daemon does it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from monitor.demo.story import MINUTE_MS, Drop, Span, Story
from monitor.model import CauseCode, EpochMs, Outcome, ProbeKind, Role, Sample, Target

WALLET, CONTROL = "icbc", "alipay"
GATEWAY = Target("192.168.1.1", Role.GATEWAY, ProbeKind.ICMP, "192.168.1.1", family=4)
ANCHORS = tuple(
    Target(host, Role.ANCHOR, ProbeKind.ICMP, host, family=4)
    for host in ("223.5.5.5", "119.29.29.29")
)
RESOLVER = Target("system", Role.RESOLVER, ProbeKind.DNS)
BANK = Target(WALLET, Role.WALLET, ProbeKind.ICMP, family=4, wallet=WALLET)
OTHER = Target(CONTROL, Role.CONTROL, ProbeKind.ICMP, family=4, wallet=CONTROL)
PORTAL = Target("portal", Role.ANCHOR, ProbeKind.HTTP)
ROUND = (GATEWAY, *ANCHORS, RESOLVER, BANK, OTHER)
USUAL_MS = {
    GATEWAY: 2.4,
    ANCHORS[0]: 9.0,
    ANCHORS[1]: 13.0,
    RESOLVER: 11.0,
    BANK: 27.0,
    OTHER: 18.0,
    PORTAL: 34.0,
}

COARSE_MS = 3 * MINUTE_MS
FINE_MS = 5_000
SAVER_MS = 15_000
"""The daemon's own round on battery saver."""
CLOSE_MS = 250
CLOSE_FOR_MS = 6_000
PORTAL_MS = 5 * MINUTE_MS
NEAR_MS = 45 * MINUTE_MS
DENSE_WEEK = 2
"""From the third week on there are samples all day; before, only near what happens."""
FINE_BEFORE_MS = 6 * MINUTE_MS
FINE_AFTER_MS = 5 * MINUTE_MS
LAST_MS = 60 * MINUTE_MS
"""The last hour is sampled as finely as the daemon does."""

STRAY_LOSS_RATIO = 0.0008
WEAK_LOSS_RATIO = 0.7
SPREAD = 0.12
"""Sigma of the logarithm of round trips."""
MOOD_MS = 30 * MINUTE_MS
MOOD_SPREAD = 0.16
"""...and of the half hour's: a network is busier at one time than at another."""
SPIKE_RATIO = 0.012
"""Round trips that a power-saving radio holds back by about a beacon interval."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """When is asked."""

    fine: tuple[Span, ...]
    """Around what happens; in time order."""
    saver: tuple[Span, ...]
    dense_since_ms: EpochMs
    """Before it, nothing is asked but near what happens."""

    def is_asked(self, at_ms: EpochMs) -> bool:
        near = any(a - NEAR_MS <= at_ms < b + NEAR_MS for a, b in self.fine)
        return near or at_ms >= self.dense_since_ms

    def next_ms(self, at_ms: EpochMs) -> EpochMs:
        """Return when the next round begins."""
        if any(since <= at_ms < until for since, until in self.fine):
            is_saving = any(since <= at_ms < until for since, until in self.saver)
            return at_ms + (SAVER_MS if is_saving else FINE_MS)
        ahead = [since for since, _ in self.fine if since > at_ms]
        return min(at_ms + COARSE_MS, *ahead)


def samples(told: Story, since_ms: EpochMs, until_ms: EpochMs, dice: Random) -> Iterator[Sample]:
    """Give what is measured in a stretch in which the machine is awake, in no certain order."""
    drops = [d for d in told.drops if d.at_ms < until_ms and d.until_ms > since_ms]
    fine = [(d.at_ms - FINE_BEFORE_MS, d.until_ms + FINE_AFTER_MS) for d in drops]
    fine.append((told.until_ms - LAST_MS, told.until_ms))
    grid = _Grid(tuple(fine), told.saver, told.weeks[DENSE_WEEK].since_ms)
    at_ms, mood, mood_until_ms = since_ms, 1.0, since_ms
    while at_ms < until_ms:
        if at_ms >= mood_until_ms:
            mood, mood_until_ms = dice.lognormvariate(0.0, MOOD_SPREAD), at_ms + MOOD_MS
        if grid.is_asked(at_ms):
            yield from _round(drops, at_ms, FINE_MS, dice, mood)
        at_ms = grid.next_ms(at_ms)
    for at_ms in filter(grid.is_asked, range(since_ms, until_ms, PORTAL_MS)):
        yield _ask(PORTAL, _trouble(drops, at_ms), at_ms + 17, dice)
    for drop in drops:
        for at_ms in range(drop.at_ms, drop.at_ms + CLOSE_FOR_MS, CLOSE_MS):
            yield from _round(drops, at_ms + 1, CLOSE_MS, dice)
        yield _ask(PORTAL, drop, drop.at_ms + 800, dice)


def _round(
    drops: list[Drop], at_ms: EpochMs, spread_ms: int, dice: Random, mood: float = 1.0
) -> Iterator[Sample]:
    """Ask every target once, one after the other."""
    for index, target in enumerate(ROUND):
        when = at_ms + spread_ms * index // len(ROUND)
        yield _ask(target, _trouble(drops, when), when, dice, mood)


def _trouble(drops: list[Drop], at_ms: EpochMs) -> Drop | None:
    """Return what is going on at an instant; it begins shortly before the session notices."""
    for drop in drops:
        if drop.at_ms - 4_000 <= at_ms < drop.until_ms - 1_000:
            return drop
    return None


def _ask(
    target: Target, trouble: Drop | None, at_ms: EpochMs, dice: Random, mood: float = 1.0
) -> Sample:
    """Return what a question comes to."""
    outcome = Outcome.REPLY if trouble is None else _outcome(target, trouble.cause, dice)
    if outcome is Outcome.REPLY and dice.random() < STRAY_LOSS_RATIO:
        outcome = Outcome.TIMEOUT
    if outcome.is_lost:
        return Sample(at_ms, target, outcome)
    rtt_ms = USUAL_MS[target] * mood * dice.lognormvariate(0.0, SPREAD)
    if dice.random() < SPIKE_RATIO:
        rtt_ms += dice.uniform(40.0, 120.0)
    if trouble is not None and trouble.cause is CauseCode.WEAK_SIGNAL:
        rtt_ms += dice.uniform(20.0, 180.0)
    return Sample(at_ms, target, outcome, round(rtt_ms, 2))


def _outcome(target: Target, cause: CauseCode, dice: Random) -> Outcome:
    """Return what a trouble does to a target; battery saver does nothing to any."""
    if cause is CauseCode.GATEWAY:
        return Outcome.TIMEOUT
    if cause is CauseCode.WEAK_SIGNAL:
        return Outcome.TIMEOUT if dice.random() < WEAK_LOSS_RATIO else Outcome.REPLY
    if cause is CauseCode.BANK_UNREACHABLE:
        return Outcome.TIMEOUT if target is BANK else Outcome.REPLY
    if cause is CauseCode.ISP:
        return Outcome.REPLY if target is GATEWAY else Outcome.TIMEOUT
    if cause is CauseCode.CAPTIVE_PORTAL:
        if target is PORTAL:
            return Outcome.PORTAL
        return Outcome.REPLY if target in (GATEWAY, RESOLVER) else Outcome.TIMEOUT
    return Outcome.REPLY
