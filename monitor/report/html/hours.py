"""The table beside the round trips: one row an hour, one column a leg."""

from collections.abc import Callable, Sequence

from monitor.model import EpochMs, Leg
from monitor.report.amounts import HOUR_MS
from monitor.report.charts.markup import Markup
from monitor.report.html.tables import table
from monitor.report.html.wording import day_name
from monitor.report.interface import Column, LegSeries, Week, WeekSummary, Words


def hour_table(
    legs: Sequence[LegSeries],
    summary: WeekSummary,
    words: Words,
    leg_name: Callable[[Leg, Words], str],
) -> Markup:
    """Return the worst of each hour: a row for each, so that the script finds it by its number."""
    week = summary.week
    by_leg = [_by_hour(series, week) for series in legs]
    hours = range((week.until_ms - week.since_ms) // HOUR_MS)
    rows = [
        (
            _hour_name(week.since_ms + hour * HOUR_MS, week, words),
            *(_cell(found.get(hour, []), words) for found in by_leg),
        )
        for hour in hours
    ]
    caption = words.text("Round trip in ms (middle, 95 %) and lost of measured; worst of each hour")
    columns = (words.text("Hour"), *(leg_name(series.leg, words) for series in legs))
    return table(caption, columns, rows)


def _by_hour(series: LegSeries, week: Week) -> dict[int, list[Column]]:
    found: dict[int, list[Column]] = {}
    for column in series.columns:
        if week.since_ms <= column.at_ms < week.until_ms:
            found.setdefault((column.at_ms - week.since_ms) // HOUR_MS, []).append(column)
    return found


def _hour_name(at_ms: EpochMs, week: Week, words: Words) -> str:
    at = week.local(at_ms)
    return f"{day_name(at, words)} {at:%H:%M}"


def _cell(columns: Sequence[Column], words: Words) -> str:
    if not columns:
        return "–"
    p50 = max((c.p50_ms for c in columns if c.p50_ms is not None), default=None)
    p95 = max((c.p95_ms for c in columns if c.p95_ms is not None), default=None)
    timed = "–" if p50 is None else f"{p50:.0f}"
    if p95 is not None:
        timed += f" / {p95:.0f}"
    lost = sum(column.lost_count for column in columns)
    measured = sum(column.measured_count for column in columns)
    return words.text("{times} ms · {lost} of {measured} lost").format(
        times=timed, lost=lost, measured=measured
    )
