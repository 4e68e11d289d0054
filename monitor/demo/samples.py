"""What the probes of the demo's month bring: round trips, stray losses, and the troubles told.

Coarse in quiet times (a round a minute), every few seconds around what happens and in the last
hours, and four times a second in the first seconds of a disconnect, as the daemon does it.
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
FINE_BEFORE_MS = 16 * MINUTE_MS
FINE_AFTER_MS = 2 * MINUTE_MS
LAST_MS = 3 * 60 * MINUTE_MS
"""The last hours are sampled as finely as the daemon does."""

STRAY_LOSS_RATIO = 0.0008
WEAK_LOSS_RATIO = 0.7
SPREAD = 0.12
"""Sigma of the logarithm of round trips."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """How often is asked when."""

    fine: tuple[Span, ...]
    saver: tuple[Span, ...]

    def step_ms(self, at_ms: EpochMs) -> int:
        if not _inside(self.fine, at_ms):
            return COARSE_MS
        return SAVER_MS if _inside(self.saver, at_ms) else FINE_MS


def samples(told: Story, since_ms: EpochMs, until_ms: EpochMs, dice: Random) -> Iterator[Sample]:
    """Give what is measured in a stretch in which the machine is awake, in no certain order."""
    drops = [d for d in told.drops if d.at_ms < until_ms and d.until_ms > since_ms]
    fine = [(d.at_ms - FINE_BEFORE_MS, d.until_ms + FINE_AFTER_MS) for d in drops]
    fine.append((told.until_ms - LAST_MS, told.until_ms))
    grid = _Grid(tuple(fine), told.saver)
    at_ms = since_ms
    while at_ms < until_ms:
        step_ms = grid.step_ms(at_ms)
        yield from _round(drops, at_ms, min(step_ms, FINE_MS), dice)
        at_ms += step_ms
    for at_ms in range(since_ms, until_ms, PORTAL_MS):
        yield _ask(PORTAL, _trouble(drops, at_ms), at_ms + 17, dice)
    for drop in drops:
        for at_ms in range(drop.at_ms, drop.at_ms + CLOSE_FOR_MS, CLOSE_MS):
            yield from _round(drops, at_ms + 1, CLOSE_MS, dice)
        yield _ask(PORTAL, drop, drop.at_ms + 800, dice)


def _round(drops: list[Drop], at_ms: EpochMs, spread_ms: int, dice: Random) -> Iterator[Sample]:
    """Ask every target once, one after the other."""
    for index, target in enumerate(ROUND):
        when = at_ms + spread_ms * index // len(ROUND)
        yield _ask(target, _trouble(drops, when), when, dice)


def _trouble(drops: list[Drop], at_ms: EpochMs) -> Drop | None:
    """Return what is going on at an instant; it begins shortly before the session notices."""
    for drop in drops:
        if drop.at_ms - 4_000 <= at_ms < drop.until_ms - 1_000:
            return drop
    return None


def _ask(target: Target, trouble: Drop | None, at_ms: EpochMs, dice: Random) -> Sample:
    """Return what a question comes to."""
    outcome = Outcome.REPLY if trouble is None else _outcome(target, trouble.cause, dice)
    if outcome is Outcome.REPLY and dice.random() < STRAY_LOSS_RATIO:
        outcome = Outcome.TIMEOUT
    if outcome.is_lost:
        return Sample(at_ms, target, outcome)
    rtt_ms = USUAL_MS[target] * dice.lognormvariate(0.0, SPREAD)
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
    if cause is CauseCode.CAPTIVE_PORTAL:
        if target is PORTAL:
            return Outcome.PORTAL
        return Outcome.REPLY if target in (GATEWAY, RESOLVER) else Outcome.TIMEOUT
    return Outcome.REPLY


def _inside(spans: tuple[Span, ...], at_ms: EpochMs) -> bool:
    return any(since <= at_ms < until for since, until in spans)
