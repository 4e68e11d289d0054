"""Samples and states -> episodes: which leg was dead, lossy, slow or wrong, and from when to when.

A leg is judged on targets that have been heard in the same observed stretch: a host that never
answers ping is filtered, not dead, and a monitor that starts offline has nothing to compare with.
"""

from collections.abc import Iterable, Sequence

from monitor.detect.bursts import without_bursts, without_loss_of_way
from monitor.detect.marks import Mark
from monitor.detect.series import (
    BEYOND,
    LegKey,
    family_of,
    key_of,
    observed_stretches,
)
from monitor.detect.spells import (
    Spell,
    dead_spells,
    is_chance,
    lossy_spells,
    slow_spells,
    touches,
    wrong_spells,
)
from monitor.model import (
    Condition,
    Episode,
    Gap,
    Leg,
    Outcome,
    Sample,
    StateChange,
    Target,
)


def episodes(
    samples: Sequence[Sample], states: Sequence[StateChange], gaps: Sequence[Gap] = ()
) -> list[Episode]:
    """Return every episode that the samples and `link.up` states show, by start.

    `samples` and `states` are in time order; they need not hold any particular leg. An episode
    that lasts at the end of the input has `ended_at_ms` None.
    """
    found = list(_link_episodes(states, gaps))
    ordered = sorted(samples, key=lambda sample: sample.at_ms)
    stretches = [stretch for stretch in observed_stretches(ordered, gaps) if stretch]
    for number, stretch in enumerate(stretches):
        is_last = number == len(stretches) - 1
        for key, judged in _judged(_marks_by_leg(stretch)).items():
            found += [
                _episode(key, condition, spell, is_last)
                for condition, spells in judged.items()
                for spell in spells
            ]
    return sorted(found, key=lambda e: (e.started_at_ms, e.leg, e.condition, e.family or 0))


def _marks_by_leg(stretch: Sequence[Sample]) -> dict[LegKey, list[Mark]]:
    """Sort one observed stretch into legs; what is heard from beyond a leg is heard on it.

    What is lost beyond it is no loss of the leg, but it is known beside it.
    """
    marks: dict[LegKey, list[Mark]] = {}
    known: set[Target] = set()
    ways = _ways(stretch)
    for key, _ in ways.values():
        marks.setdefault(key, [])
    for sample in stretch:
        target = sample.target
        bad = sample.is_lost
        if bad and target not in known:
            continue
        if not bad:
            known.add(target)
        key, nearer = ways[id(target)]
        wrong = _is_wrong(sample)
        marks[key].append(Mark(sample.at_ms, target, bad, wrong, sample.rtt_ms))
        if not wrong:
            for other in nearer:
                marks[other].append(Mark(sample.at_ms, None, bad, False, None, target))
    return {key: own for key, own in marks.items() if own}


def _ways(stretch: Sequence[Sample]) -> dict[int, tuple[LegKey, tuple[LegKey, ...]]]:
    """Return each target's own leg and the legs before it, by the target's identity.

    Thousands of samples share a few targets, and are sorted anew each second in an outage.
    """
    targets = {id(sample.target): sample.target for sample in stretch}
    keys = {key_of(target) for target in targets.values()}
    ways = {}
    for number, target in targets.items():
        key, family = key_of(target), family_of(target)
        nearer = tuple(
            other
            for other in keys
            if key.leg in BEYOND.get(other.leg, ())
            and (other.device, other.family) == (key.device, family)
        )
        ways[number] = (key, nearer)
    return ways


def _is_wrong(sample: Sample) -> bool:
    """Tell whether something else answered in the target's place."""
    if sample.outcome is Outcome.PORTAL:
        return True
    return sample.outcome is Outcome.TLS_ERROR and sample.target.leg in (
        Leg.WALLET,
        Leg.CONTROL,
    )


_Judged = dict[Condition, list[Spell]]


def _judged(marks: dict[LegKey, list[Mark]]) -> dict[LegKey, _Judged]:
    """Judge each leg by itself, then the resolvers by the way to them as well."""
    judged = {key: _spells(key, own) for key, own in marks.items()}
    for key, own in marks.items():
        if key.leg is not Leg.DNS or not judged[key][Condition.DEAD]:
            continue
        ways = [k for k in marks if k.leg is Leg.INTERNET and k.device == key.device]
        way = sorted(
            (mark for k in ways for mark in marks[k] if mark.target), key=lambda mark: mark.at_ms
        )
        way_lossy = [spell for k in ways for spell in judged[k][Condition.LOSSY]]
        dead = without_loss_of_way(judged[key][Condition.DEAD], own, way, way_lossy)
        if dead != judged[key][Condition.DEAD]:
            lossy = [spell for spell in lossy_spells(own) if not touches(spell, dead)]
            judged[key] |= {Condition.DEAD: dead, Condition.LOSSY: lossy}
    return judged


def _spells(key: LegKey, marks: list[Mark]) -> _Judged:
    """Judge one leg's marks under every condition that can hold on it."""
    wrong = wrong_spells(marks)
    if key.leg is Leg.PORTAL:
        return {Condition.WRONG: wrong}
    lossy = lossy_spells(marks)
    dead = [spell for spell in dead_spells(marks) if not is_chance(spell, lossy)]
    dead = without_bursts(dead, lossy)
    return {
        Condition.DEAD: dead,
        Condition.LOSSY: [spell for spell in lossy if not touches(spell, dead)],
        Condition.SLOW: slow_spells(marks),
        Condition.WRONG: wrong,
    }


def _episode(key: LegKey, condition: Condition, spell: Spell, is_last: bool) -> Episode:
    lasts = spell.end_ms is None and is_last
    return Episode(
        key.leg,
        condition,
        spell.start_ms,
        None if lasts else (spell.end_ms if spell.end_ms is not None else spell.last_ms),
        spell.measured_count,
        spell.lost_count,
        key.family,
        key.wallet,
        key.device,
    )


def _link_episodes(states: Sequence[StateChange], gaps: Sequence[Gap]) -> Iterable[Episode]:
    """Turn `link.up` into episodes of the link; a gap ends what is known of it."""
    down: StateChange | None = None
    edges = sorted(
        [(state.at_ms, state) for state in states if state.key == "link.up"]
        + [(gap.at_ms, None) for gap in gaps],
        key=lambda edge: edge[0],
    )
    for at_ms, state in edges:
        is_down = state is not None and state.value is False
        if is_down and down is None:
            down = state
        elif not is_down and down is not None:
            yield Episode(Leg.LINK, Condition.DEAD, down.at_ms, at_ms, 1, 1, device=down.device)
            down = None
    if down is not None:
        yield Episode(Leg.LINK, Condition.DEAD, down.at_ms, None, 1, 1, device=down.device)
