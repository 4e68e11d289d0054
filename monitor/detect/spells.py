"""The judgement of one leg's marks: stretches that were dead, lossy, slow or wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.detect import thresholds as limit
from monitor.detect.alone import without_silent_hosts
from monitor.detect.marks import Mark
from monitor.model import EpochMs, Target
from monitor.stats import percentile


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch in which a condition held."""

    start_ms: EpochMs
    end_ms: EpochMs | None
    """The first good sample after it; None where none came."""
    last_ms: EpochMs
    """The last sample that belongs to it."""
    measured_count: int
    lost_count: int

    @property
    def until_ms(self) -> EpochMs:
        """Its end, or its last sample where no end was seen."""
        return self.last_ms if self.end_ms is None else self.end_ms


def dead_spells(marks: Sequence[Mark]) -> list[Spell]:
    """Return the stretches in which nothing was heard, dated from the first lost sample.

    A strict majority of the leg's known hosts must have lost a sample: one silent anchor of
    three is that anchor's trouble.
    """
    hosts = {mark.target.name for mark in marks if mark.target}
    spells: list[Spell] = []
    run: list[Mark] = []
    heard_count = 0
    for mark in marks:
        if mark.is_lost:
            if mark.target is not None:
                run.append(mark)
            continue
        if _is_dead(run, len(hosts)):
            _add(spells, run, mark.at_ms, heard_count)
            heard_count = 0
        run = []
        heard_count += 1
    if _is_dead(run, len(hosts)):
        _add(spells, run, None, heard_count)
    return spells


def _is_dead(run: Sequence[Mark], host_count: int) -> bool:
    """Tell whether a run of lost marks is long enough and widely enough seen."""
    if len(run) < limit.DEAD_LOST_COUNT or run[-1].at_ms - run[0].at_ms < limit.DEAD_SPAN_MS:
        return False
    silent = {mark.target.name for mark in run if mark.target}
    return 2 * len(silent) > host_count


def _add(spells: list[Spell], run: Sequence[Mark], end_ms: EpochMs | None, heard: int) -> None:
    """Add a dead run; one spell with the last where only stray replies lie between them."""
    spell = Spell(run[0].at_ms, end_ms, run[-1].at_ms, len(run), len(run))
    last = spells[-1] if spells else None
    if last is None or spell.start_ms - last.until_ms >= limit.SPELL_MERGE_MS:
        spells.append(spell)
        return
    lost_count = last.lost_count + spell.lost_count
    if heard > limit.STRAY_RATIO * lost_count:
        spells.append(spell)
        return
    spells[-1] = replace(
        last,
        end_ms=end_ms,
        last_ms=spell.last_ms,
        measured_count=last.measured_count + spell.measured_count,
        lost_count=lost_count,
    )


def lossy_spells(marks: Sequence[Mark]) -> list[Spell]:
    """Return the stretches in which a part was lost, from the first to after the last loss."""
    own = without_silent_hosts(marks)
    spans: list[tuple[int, int]] = []
    for index, end in _windows(own):
        if not own[index].is_lost:
            continue
        losses = _losses_that_count(own, index, end)
        if losses:
            _extend(spans, index, losses[-1])
    return [_spell(own, first, last) for first, last in spans]


def _windows(marks: Sequence[Mark]) -> Iterator[tuple[int, int]]:
    """Yield, for each mark, the index range of the loss window that begins with it."""
    end = 0
    for index, mark in enumerate(marks):
        while end < len(marks) and marks[end].at_ms < mark.at_ms + limit.LOSSY_WINDOW_MS:
            end += 1
        yield index, end


def _losses_that_count(own: Sequence[Mark], index: int, end: int) -> list[int]:
    """Return the indexes of the lost marks in a window whose loss is more than ordinary.

    Targets of which nothing was heard in the window are left out: dead or filtered, not lossy.
    """
    if sum(own[i].is_lost for i in range(index, end)) < limit.LOSSY_LOST_COUNT:
        return []
    heard = {own[i].target for i in range(index, end) if not own[i].is_lost}
    counted = [i for i in range(index, end) if own[i].target in heard]
    losses = [i for i in counted if own[i].is_lost]
    is_loss = (
        len(counted) >= limit.LOSSY_MEASURED_COUNT
        and len(losses) >= limit.LOSSY_LOST_COUNT
        and len(losses) >= limit.LOSSY_RATIO * len(counted)
    )
    return losses if is_loss else []


def _extend(spans: list[tuple[int, int]], first: int, last: int) -> None:
    """Add an index span, joined to the last one where they overlap."""
    if spans and first <= spans[-1][1]:
        spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
    else:
        spans.append((first, last))


def _spell(own: Sequence[Mark], first: int, last: int) -> Spell:
    """Return the spell from one lost mark to another, ended by the next good mark."""
    after = (own[i].at_ms for i in range(last + 1, len(own)) if not own[i].is_lost)
    inside = own[first : last + 1]
    return Spell(
        own[first].at_ms,
        next(after, None),
        own[last].at_ms,
        len(inside),
        sum(mark.is_lost for mark in inside),
    )


def touches(spell: Spell, others: Sequence[Spell]) -> bool:
    """Tell whether a spell shares time with one of the others."""
    return any(
        spell.start_ms < other.until_ms and other.start_ms < spell.until_ms for other in others
    )


def is_chance(dead: Spell, lossy: Sequence[Spell]) -> bool:
    """Tell whether a dead spell is only a run of bad luck within loss that surrounds it.

    At 50 % loss three losses in a row come every few seconds. The loss around the run says how
    likely one of its length was (a union bound over where it could have begun).
    """
    for spell in lossy:
        if not touches(dead, [spell]):
            continue
        measured = spell.measured_count - dead.measured_count
        lost = spell.lost_count - dead.lost_count
        if measured <= 0 or lost <= 0:
            continue
        chance = (lost / measured) ** dead.lost_count * spell.measured_count
        if chance > limit.DEAD_BY_CHANCE:
            return True
    return False


def slow_spells(marks: Sequence[Mark]) -> list[Spell]:
    """Return the stretches in which most round trips were several times their usual length.

    The usual round trip of each target is the lower quartile of all marks given, so a window
    should reach well beyond the trouble.
    """
    timed = [mark for mark in marks if mark.rtt_ms is not None and mark.target is not None]
    usual = _usual_rtt_ms(timed)
    is_late = [_is_late(mark, usual) for mark in timed]
    spans: list[tuple[int, int]] = []
    for index, end in _windows(timed):
        late = [i for i in range(index, end) if is_late[i]]
        if is_late[index] and len(late) >= max(limit.SLOW_MEASURED_COUNT, (end - index + 1) // 2):
            _extend(spans, index, late[-1])
    spells = []
    for first, last in spans:
        end_ms = timed[last + 1].at_ms if last + 1 < len(timed) else None
        count = last - first + 1
        spells.append(Spell(timed[first].at_ms, end_ms, timed[last].at_ms, count, 0))
    return spells


def _usual_rtt_ms(timed: Sequence[Mark]) -> dict[Target, float]:
    """Return each target's lower-quartile round trip."""
    by_target: dict[Target, list[float]] = {}
    for mark in timed:
        if mark.target is not None and mark.rtt_ms is not None:
            by_target.setdefault(mark.target, []).append(mark.rtt_ms)
    return {target: percentile(rtts, 0.25) or 0.0 for target, rtts in by_target.items()}


def _is_late(mark: Mark, usual_ms: Mapping[Target, float]) -> bool:
    """Tell whether a mark came back several times later than its target usually does."""
    if mark.rtt_ms is None or mark.target is None:
        return False
    usual = usual_ms[mark.target]
    return mark.rtt_ms > max(usual * limit.SLOW_FACTOR, usual + limit.SLOW_EXTRA_MS)


def wrong_spells(marks: Sequence[Mark]) -> list[Spell]:
    """Return the stretches in which something else answered; one wrong answer is enough."""
    spells: list[Spell] = []
    run: list[Mark] = []
    for mark in marks:
        if mark.is_wrong:
            run.append(mark)
        elif run and not mark.is_lost:
            spells.append(Spell(run[0].at_ms, mark.at_ms, run[-1].at_ms, len(run), 0))
            run = []
    if run:
        spells.append(Spell(run[0].at_ms, None, run[-1].at_ms, len(run), 0))
    return spells
