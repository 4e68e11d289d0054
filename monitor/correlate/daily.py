"""States that come back at the same hours every day, and the shifts that fit them.

Moved by whole days, incidents meet such a state as they did before: among the shifts over the
whole week one in a few always looks as striking, and nothing could ever be told. Here each day's
incidents move by themselves, around within their day; what they share with the hour of the day
alone is told by the factors of the hours.
"""

from collections.abc import Sequence

from monitor.correlate.exposure import Axis, Span, Spans, common, length_ms, union, without
from monitor.correlate.shifts import shares, shifted_counts, sum_of
from monitor.model import EpochMs

DAY_MS = 86_400_000
CUT_MS = 4 * 3_600_000
"""Days are cut at four in the morning, when the fewest incidents are under way."""
AGAIN_RATIO = 0.5
"""A state is daily if, a day after it held, it holds at least half-way from its usual share to
always."""
FREE_RATIO = 0.25
"""A day can be compared within itself if the state is absent for a quarter of it."""


def days(known: Spans, offset_s: int) -> list[Spans]:
    """Return the known time of each local day."""
    if not known:
        return []
    first = known[0][0] - (known[0][0] + offset_s * 1000 - CUT_MS) % DAY_MS
    cuts = range(first, known[-1][1], DAY_MS)
    return [part for cut in cuts if (part := common(known, ((cut, cut + DAY_MS),)))]


def is_daily(held: Spans, known: Spans, of_day: Sequence[Spans]) -> bool:
    """Tell whether the state comes and goes at much the same hours of each day.

    It depends on the state only, never on the incidents: a test must not be chosen by its answer.
    Of the state and its absence the rarer one is looked at, so that both get the same test.
    """
    if 2 * length_ms(held) > length_ms(known):
        held = without(known, held)
    held_ms = length_ms(held)
    if not held_ms:
        return False
    after = common(union((start + DAY_MS, end + DAY_MS) for start, end in held), known)
    share = held_ms / length_ms(known)
    again_ms = length_ms(common(after, held))
    if again_ms < (share + AGAIN_RATIO * (1 - share)) * length_ms(after) or not after:
        return False
    mixed_ms = 0
    for day in of_day:
        day_ms, day_held_ms = length_ms(day), length_ms(common(held, day))
        if day_ms - day_held_ms >= FREE_RATIO * day_ms:
            mixed_ms += day_held_ms
    return mixed_ms * 2 >= held_ms


def chances_by_day(
    held: Spans, of_day: Sequence[Spans], incidents: Sequence[EpochMs]
) -> list[float]:
    """Return the chance of each number of incidents in `held`, each day shifted by itself."""
    chances = [1.0]
    for day in of_day:
        axis = Axis.of(day)
        places = axis.positions(incidents)
        if places:
            inside: tuple[Span, ...] = axis.project(common(held, day))
            counts = shifted_counts(inside, places, axis.length_ms)
            chances = sum_of(chances, shares(counts, len(places)))
    return chances
