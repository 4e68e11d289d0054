"""One leg over a whole week, out of its steps."""

from collections.abc import Iterable, Sequence

from monitor.report.interface import Column, LegSeries


def over_the_week(series: LegSeries) -> Column:
    """Return all steps as one: counts added, and the middle of the steps' p50 and p95.

    The p95 of a week cannot be had from the p95 of its steps; the middle one says how it usually
    was, and no single bad hour moves it.
    """
    columns = series.columns
    peaks = [column.max_ms for column in columns if column.max_ms is not None]
    return Column(
        at_ms=columns[0].at_ms if columns else 0,
        measured_count=sum(column.measured_count for column in columns),
        lost_count=sum(column.lost_count for column in columns),
        p50_ms=_middle((c.p50_ms, c.measured_count - c.lost_count) for c in columns),
        p95_ms=_middle((c.p95_ms, c.measured_count - c.lost_count) for c in columns),
        max_ms=max(peaks, default=None),
    )


def _middle(weighed: Iterable[tuple[float | None, int]]) -> float | None:
    """Return the value that half of the weight lies below; None for no values."""
    known = sorted((value, weight) for value, weight in weighed if value is not None and weight > 0)
    return _at_half(known, sum(weight for _, weight in known) / 2)


def _at_half(known: Sequence[tuple[float, int]], half: float) -> float | None:
    reached = 0
    for value, weight in known:
        reached += weight
        if reached >= half:
            return value
    return None
