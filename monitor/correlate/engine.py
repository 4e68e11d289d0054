"""The week's factors: time, counts, ratio, interval, p, q and verdict. Start reading here.

The verdict takes three things together: `q`, which holds under clusters and under many questions;
the exact interval; and at least three incidents on the side that it speaks of.
"""

from collections.abc import Sequence
from dataclasses import replace

from monitor.correlate.adjust import false_discovery_q
from monitor.correlate.exact import NOTHING, rate_ratio
from monitor.correlate.exposure import Axis, common, length_ms, observed
from monitor.correlate.factors.device import LOW_KEY, SAVER_KEY
from monitor.correlate.factors.interface import Held, Scene
from monitor.correlate.factors.registry import FACTORS
from monitor.correlate.incidents import merged
from monitor.correlate.interface import WatchedWeek
from monitor.correlate.shifts import shares, shifted_counts, two_sided_p
from monitor.correlate.strata import apart_from
from monitor.model import Factor, FactorVerdict, StateChange

LEAST_COUNT = 3
"""No answer from fewer incidents than this: two may always be a coincidence."""
Q_LIMIT = 0.05
"""Of what is told as a pattern, at most one in twenty is none."""
TOGETHER = (SAVER_KEY, LOW_KEY)
"""Systems switch the saver on when the battery is low: each is weighed again without the other."""


def factors(week: WatchedWeek) -> tuple[Factor, ...]:
    """Return every factor of which anything was known in the week, in the registry's order."""
    scene = scene_of(week)
    starts = tuple(start for start, _ in scene.incidents)
    found = [within(held, scene) for source in FACTORS for held in source(scene)]
    known = [held for held in found if held.known]
    weighed = with_q([weigh(held, starts) for held in known])
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


def weigh(held: Held, incidents: Sequence[int]) -> Factor:
    """Return the circumstance's numbers; `q` and the verdict are still to come."""
    axis = Axis.of(held.known)
    held_ms = length_ms(held.held)
    free_ms = axis.length_ms - held_ms
    places = axis.positions(incidents)
    ratio, p = NOTHING, None
    held_count = len(Axis.of(held.held).positions(incidents))
    if places and held_ms and free_ms:
        ratio = rate_ratio(held_count, held_ms, len(places) - held_count, free_ms)
    if len(places) >= LEAST_COUNT and held_ms and free_ms:
        counts = shifted_counts(axis.project(held.held), places, axis.length_ms)
        p = two_sided_p(shares(counts, len(places)), held_count)
    return Factor(
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


def with_q(weighed: Sequence[Factor]) -> list[Factor]:
    """Return the factors with the correction for their number; untested ones stay without."""
    ps = [factor.p for factor in weighed if factor.p is not None]
    qs = iter(false_discovery_q(ps))
    return [factor if factor.p is None else replace(factor, q=next(qs)) for factor in weighed]


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
