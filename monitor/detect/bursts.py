"""Dead spells that are loss after all: in bursts, or on the way to a resolver."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from monitor.detect import thresholds as limit
from monitor.detect.marks import Mark
from monitor.detect.spells import Spell, touches


def without_bursts(dead: Sequence[Spell], lossy: Sequence[Spell]) -> list[Spell]:
    """Return the dead spells that are no bursts of loss.

    Several short ones within one stretch of loss that is alive for most of its time.
    """
    bursts: list[Spell] = []
    for spell in lossy:
        inside = [each for each in dead if touches(each, [spell])]
        lengths_ms = [each.until_ms - each.start_ms for each in inside]
        if (
            len(inside) > 1
            and max(lengths_ms) <= limit.BURST_MS
            and 2 * sum(lengths_ms) <= spell.until_ms - spell.start_ms
        ):
            bursts += inside
    return [each for each in dead if each not in bursts]


def without_loss_of_way(
    dead: Sequence[Spell], marks: Sequence[Mark], way: Sequence[Mark], way_lossy: Sequence[Spell]
) -> list[Spell]:
    """Return a resolver's dead spells that the loss of the way to it cannot have brought.

    `way` are the marks of the legs on the way, in time order; `way_lossy` their lossy spells.
    """
    return [
        spell
        for spell in dead
        if not touches(spell, way_lossy) or not _is_loss_of_way(spell, marks, way)
    ]


def _is_loss_of_way(spell: Spell, marks: Sequence[Mark], way: Sequence[Mark]) -> bool:
    """Tell whether what was lost on the way in the same moments makes the spell likely."""
    times = [mark.at_ms for mark in way]
    chance = float(len(marks))
    for mark in marks:
        if not mark.is_lost or not spell.start_ms <= mark.at_ms <= spell.last_ms:
            continue
        if mark.rtt_ms is not None:
            return False  # answered, with an error: it was reached
        first = bisect_left(times, mark.at_ms - limit.SAME_MOMENT_MS)
        last = bisect_right(times, mark.at_ms + limit.SAME_MOMENT_MS)
        lost_count = sum(other.is_lost for other in way[first:last])
        chance *= (lost_count + 1) / (last - first + 1)
    return chance > limit.DEAD_BY_CHANCE
