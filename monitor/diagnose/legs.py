"""How each leg was as the outage began: dead, lossy, slow, fine, or not known."""

from collections.abc import Iterable
from enum import Enum

from monitor.diagnose import thresholds as limit
from monitor.diagnose.observed import (
    Span,
    around,
    changes,
    count,
    end_ms,
    heard_ms,
    of_heard,
    onset,
    others,
    samples_on,
    slack_ms,
    state_at,
    tally,
)
from monitor.model import Case, Condition, Episode, Leg, Sample
from monitor.stats import median

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


def episodes_at_start(case: Case, leg: Leg, condition: Condition) -> list[Episode]:
    """Return a leg's episodes of one condition that touch the onset, earliest first.

    What began after the outage was over is left out.
    """
    near, wallet = onset(case), case.disconnect.wallet
    last_ms = end_ms(case) + slack_ms(case)
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


_CARRYING = (Leg.GATEWAY, Leg.INTERNET, Leg.WALLET)
"""The legs that the wallet's own packets pass."""


def dead(case: Case, leg: Leg) -> Episode | None:
    """Return the episode in which a leg was dead as the outage began, None where it was not.

    A leg that the wallet's own connection was heard through, or beyond which others answered,
    was not dead, and neither was one whose run of losses is what its loss would bring by chance.
    """
    for episode in episodes_at_start(case, leg, Condition.DEAD):
        if leg is Leg.LINK or not (
            _is_heard_through(case, leg, episode)
            or _is_passed(case, leg, episode)
            or _is_chance(case, leg, episode)
        ):
            return episode
    return None


def is_heard_through(case: Case, leg: Leg) -> bool:
    """Tell whether every probe of a leg was lost while the wallet's own connection was heard."""
    return any(
        _is_heard_through(case, leg, episode)
        for episode in episodes_at_start(case, leg, Condition.DEAD)
    )


def _is_heard_through(case: Case, leg: Leg, episode: Episode) -> bool:
    """Tell whether the wallet's own connection was heard well inside a silence of a leg."""
    silence = span_of(case, episode)
    since_ms = silence.since_ms + limit.STRAGGLER_MS
    until_ms = silence.until_ms - limit.STRAGGLER_MS
    return leg in _CARRYING and any(since_ms <= at_ms <= until_ms for at_ms in heard_ms(case))


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
    rest = [s for s in near if not any(spell.holds(s.at_ms) for spell in spells)]
    outside = count(of_heard(rest))
    run = longest_run(samples_on(case, leg, span_of(case, episode))) or max(1, episode.lost_count)
    expected = outside.measured_count * outside.loss_ratio**run
    return expected > limit.CHANCE_RUN_LIMIT


def longest_run(samples: Iterable[Sample]) -> int:
    """Return the greatest number of samples lost one after another."""
    longest = run = 0
    for sample in samples:
        run = 0 if sample.is_heard else run + 1
        longest = max(longest, run)
    return longest


def loss_ratio(case: Case, leg: Leg) -> float:
    """Return how much of a leg's probes was lost around the start.

    0.0 for an ordinary share, and for a leg that was dead: that is another matter.
    """
    if dead(case, leg) is not None:
        return 0.0
    ratios = [
        episode.lost_count / episode.measured_count
        for episode in episodes_at_start(case, leg, Condition.LOSSY)
        if episode.measured_count
    ]
    start = case.disconnect.started_at_ms
    span = Span(start - limit.LOSS_WINDOW_MS, start + limit.LOSS_WINDOW_MS)
    near = of_heard(samples_on(case, leg, span))
    counted = count(near)
    is_sure = counted.measured_count >= limit.LOSS_MEASURED_COUNT or (
        counted.measured_count >= limit.HEAVY_MEASURED_COUNT
        and counted.loss_ratio >= limit.HEAVY_LOSS_RATIO
    )
    usual = count(of_heard(_usual(case, leg))).loss_ratio
    is_much = counted.loss_ratio >= max(limit.CONGESTED_LOSS_RATIO, 2 * usual)
    if is_sure and is_much and _are_losses_spread(near):
        ratios.append(counted.loss_ratio)
    return min(1.0, max(ratios, default=0.0))


def _are_losses_spread(samples: Iterable[Sample]) -> bool:
    """Tell whether there were several losses at several times: one bad round is one event."""
    lost = [sample.at_ms for sample in samples if not sample.is_heard]
    return len(lost) >= limit.LOST_COUNT and lost[-1] - lost[0] >= limit.ROUND_MS


def late_rtts_ms(case: Case, leg: Leg) -> tuple[float, float] | None:
    """Return the median round trip around the start and the usual one, where much longer."""
    usual = median(_rtts(_usual(case, leg)))
    now = _rtts(samples_on(case, leg, around(case)))
    middle = median(now)
    if usual is None or middle is None or len(now) < limit.SLOW_COUNT:
        return None
    is_late = middle > max(usual * limit.SLOW_FACTOR, usual + limit.SLOW_EXTRA_MS)
    return (middle, usual) if is_late else None


def _usual(case: Case, leg: Leg) -> list[Sample]:
    last = case.disconnect.started_at_ms - limit.USUAL_GUARD_MS
    return samples_on(case, leg, Span(case.since_ms, last))


def _rtts(samples: list[Sample]) -> list[float]:
    return [sample.rtt_ms for sample in samples if sample.rtt_ms is not None]


def health(case: Case, leg: Leg) -> Health:
    """Return how a leg was around the start; what was not measured is unknown, never good."""
    if dead(case, leg) is not None:
        return Health.DEAD
    if loss_ratio(case, leg) or episodes_at_start(case, leg, Condition.LOSSY):
        return Health.LOSSY
    if episodes_at_start(case, leg, Condition.SLOW) or late_rtts_ms(case, leg):
        return Health.SLOW
    if is_heard_through(case, leg):
        return Health.SLOW
    return Health.ANSWERED if tally(case, leg).answered_count else Health.UNKNOWN


TROUBLES = (Health.DEAD, Health.LOSSY, Health.SLOW)


def is_of_the_bank_alone(case: Case) -> bool:
    """Tell whether only the bank's own leg is lossy or slow: what all share is clean."""
    if health(case, Leg.WALLET) not in (Health.LOSSY, Health.SLOW):
        return False
    is_shared = any(health(case, leg) in TROUBLES for leg in (Leg.GATEWAY, Leg.CONTROL))
    is_clean = health(case, Leg.INTERNET) is Health.ANSWERED
    return is_clean and not is_shared and not others(case).fell


def is_side_healthy(case: Case) -> bool | None:
    """Tell whether the user's own side, up to the internet, carried; None where unknown."""
    if link_was_up(case) is False:
        return False
    internet, router = health(case, Leg.INTERNET), health(case, Leg.GATEWAY)
    if internet in TROUBLES or router in TROUBLES:
        return False
    if internet is Health.UNKNOWN:
        return True if health(case, Leg.CONTROL) is Health.ANSWERED else None
    return True


def _until_over(case: Case) -> Span:
    """Return the onset, cut where the outage was over."""
    near = onset(case)
    return Span(near.since_ms, min(near.until_ms, end_ms(case) + slack_ms(case)))


def link_was_up(case: Case) -> bool | None:
    """Tell whether the link was up as the outage began; None where it is not known."""
    if dead(case, Leg.LINK) is not None or any(
        change.value is False for change in changes(case, "link.up", _until_over(case))
    ):
        return False
    held = state_at(case, "link.up", case.disconnect.started_at_ms)
    return held.value if held is not None and isinstance(held.value, bool) else None
