"""The week's factors: time, counts, ratio, interval, p, q and verdict. Start reading here.

The verdict takes three things together: `q`, which holds under clusters and under many questions;
the exact interval; and at least three incidents on the side that it speaks of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.correlate.adjust import false_discovery_q
from monitor.correlate.daily import chances_by_day, days, is_daily
from monitor.correlate.exact import rate_ratio
from monitor.correlate.exposure import Axis, common, length_ms, observed
from monitor.correlate.factors.device import LOW_KEY, SAVER_KEY
from monitor.correlate.factors.interface import Held, Scene
from monitor.correlate.factors.registry import FACTORS
from monitor.correlate.incidents import merged
from monitor.correlate.interface import WatchedWeek
from monitor.correlate.shifts import least_p, shares, shifted_counts, two_sided_p
from monitor.correlate.strata import apart_from
from monitor.model import EpochMs, Factor, FactorVerdict, StateChange

LEAST_COUNT = 3
"""No answer from fewer incidents than this: two may always be a coincidence."""
Q_LIMIT = 0.1
"""Of ten patterns that are told, at most one is none. Tried on invented weeks without any pattern:
`docs/evaluation.md` has how many of them were told one."""
TESTABLE_P = 0.05
"""A factor whose p could not have come below this, in whatever order things had happened, is no
question to the week; asking it would only weaken the others' answers (Tarone 1990)."""
TOGETHER = (SAVER_KEY, LOW_KEY)
"""Systems switch the saver on when the battery is low: each is weighed again without the other."""
P_DIGITS = 9
"""Digits of p that rounding leaves alone."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A factor on its way to a verdict."""

    factor: Factor
    is_testable: bool
    """True where a small p was possible at all."""


def factors(week: WatchedWeek) -> tuple[Factor, ...]:
    """Return every factor of which anything was known in the week, in the registry's order."""
    scene = scene_of(week)
    starts = tuple(start for start, _ in scene.incidents)
    found = [within(held, scene) for source in FACTORS for held in source(scene)]
    known = [held for held in found if held.known]
    weighed = with_q([weigh(held, starts, week.offsets[0][1]) for held in known])
    return apart([judged(factor) for factor in weighed], known, starts)


def scene_of(week: WatchedWeek) -> Scene:
    """Return the week with its observed time, incidents and state changes in order."""
    changes: dict[str, list[StateChange]] = {}
    for key, before in week.states_before.items():
        changes[key] = [before]
    for change in sorted(week.states, key=lambda change: change.at_ms):
        if change.at_ms < week.until_ms:
            changes.setdefault(change.key, []).append(change)
    return Scene(
        week=week,
        observed=observed(week.since_ms, week.until_ms, week.gaps),
        incidents=merged(week.disconnects),
        changes=changes,
    )


def within(held: Held, scene: Scene) -> Held:
    """Return the circumstance in observed time only."""
    known = common(held.known, scene.observed)
    return Held(held.key, held.subject, common(held.held, known), known)


def weigh(held: Held, incidents: Sequence[EpochMs], offset_s: int = 0) -> Weighed:
    """Return the circumstance's numbers; `q` and the verdict are still to come.

    Args:
        held: The circumstance, in observed time.
        incidents: When each began.
        offset_s: How far local time is ahead of UTC: where days are cut.
    """
    axis = Axis.of(held.known)
    held_ms = length_ms(held.held)
    free_ms = axis.length_ms - held_ms
    places = axis.positions(incidents)
    held_count = len(Axis.of(held.held).positions(incidents))
    ratio = rate_ratio(held_count, held_ms, len(places) - held_count, free_ms)
    p, is_testable = None, False
    if len(places) >= LEAST_COUNT and held_ms and free_ms:
        chances = _chances(held, axis, incidents, offset_s)
        p, is_testable = two_sided_p(chances, held_count), least_p(chances) < TESTABLE_P
    factor = Factor(
        key=held.key,
        subject=held.subject,
        exposed_s=held_ms / 1000,
        exposed_count=held_count,
        unexposed_s=free_ms / 1000,
        unexposed_count=len(places) - held_count,
        rate_ratio=ratio.value,
        ci_low=ratio.low,
        ci_high=ratio.high,
        p=p,
        q=None,
        verdict=FactorVerdict.NOT_ENOUGH,
    )
    return Weighed(factor, is_testable)


def _chances(held: Held, axis: Axis, incidents: Sequence[EpochMs], offset_s: int) -> list[float]:
    """Return the chance of each number of incidents in the circumstance, by the fitting shifts."""
    of_day = days(held.known, offset_s)
    if is_daily(held.held, held.known, of_day):
        return chances_by_day(held.held, of_day, incidents)
    places = axis.positions(incidents)
    counts = shifted_counts(axis.project(held.held), places, axis.length_ms)
    return shares(counts, len(places))


def with_q(weighed: Sequence[Weighed]) -> list[Factor]:
    """Return the factors with the correction for their number; untestable ones stay without.

    Two that divide the time alike, such as cable and Wi-Fi where there is nothing else, are one
    question.
    """
    p_of = {_question(one.factor): one.factor.p for one in weighed if one.is_testable}
    questions = {question: p for question, p in p_of.items() if p is not None}
    q_of = dict(zip(questions, false_discovery_q(list(questions.values())), strict=True))
    return [
        replace(one.factor, q=max(q_of[_question(one.factor)], one.factor.p or 0.0))
        if one.is_testable
        else one.factor
        for one in weighed
    ]


def _question(factor: Factor) -> tuple[frozenset[tuple[float, int]], float]:
    """Return how it divides time and incidents, whichever side is called exposed, and its p.

    Two that only happen to have equal numbers hardly have the same p; that of two mirror images
    differs by rounding alone.
    """
    sides = {
        (factor.exposed_s, factor.exposed_count),
        (factor.unexposed_s, factor.unexposed_count),
    }
    return frozenset(sides), round(factor.p or 0.0, P_DIGITS)


def judged(factor: Factor) -> Factor:
    """Return the factor with its verdict."""
    return replace(factor, verdict=_verdict(factor))


def _verdict(factor: Factor) -> FactorVerdict:
    """Say what the numbers say."""
    if factor.q is None:
        return FactorVerdict.NOT_ENOUGH
    if factor.q > Q_LIMIT:
        return FactorVerdict.NO_EVIDENCE
    if factor.ci_low is not None and factor.ci_low > 1:
        enough = factor.exposed_count >= LEAST_COUNT
        return FactorVerdict.RAISES if enough else FactorVerdict.NOT_ENOUGH
    if factor.ci_high is not None and factor.ci_high < 1:
        enough = factor.unexposed_count >= LEAST_COUNT
        return FactorVerdict.LOWERS if enough else FactorVerdict.NOT_ENOUGH
    return FactorVerdict.NO_EVIDENCE


def apart(
    found: list[Factor], known: Sequence[Held], incidents: tuple[int, ...]
) -> tuple[Factor, ...]:
    """Weigh battery saver and low battery each without the other, where either raises.

    One that raises only because the other one does is told as no evidence, with the reason beside.
    """
    place = {factor.key: index for index, factor in enumerate(found) if factor.key in TOGETHER}
    pair = [place[key] for key in TOGETHER if key in place]
    if len(pair) < 2 or all(found[i].verdict is not FactorVerdict.RAISES for i in pair):
        return tuple(found)
    first, second = pair
    if not common(known[first].held, known[second].held):
        return tuple(found)
    adjusted = {
        one: apart_from(known[one], known[other], incidents)
        for one, other in ((first, second), (second, first))
    }
    for one, other in ((first, second), (second, first)):
        is_explained = adjusted[one].is_left is False and adjusted[other].is_left is True
        raises = found[one].verdict is FactorVerdict.RAISES
        verdict = FactorVerdict.NO_EVIDENCE if raises and is_explained else found[one].verdict
        found[one] = replace(found[one], adjusted=adjusted[one], verdict=verdict)
    return tuple(found)
