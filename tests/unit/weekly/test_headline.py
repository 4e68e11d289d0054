"""The line of a week's notice: counts, against the week before, and a cause only of most."""

from dataclasses import replace

import pytest

from monitor.locale import translator
from monitor.model import CauseCode
from monitor.phrases import ReportWords
from monitor.report.interface import CauseTotals, Totals, WeekSummary
from monitor.report.weeks import parse_week
from monitor.weekly.headline import headline

HOUR_MS = 3_600_000
WORDS = ReportWords(translator("en"))
SAVER = "Battery saver may be the reason"


def week(
    count: int, before: int | None, causes: tuple[CauseTotals, ...] = (), seen_h: int = 160
) -> WeekSummary:
    return WeekSummary(
        week=parse_week("2026-W47", 0, None),
        observed_ms=seen_h * HOUR_MS,
        totals=Totals(count, 0, None),
        previous=None if before is None else Totals(before, 0, None),
        causes=causes,
        action=None,
        wallets=(),
        incidents=(),
        previous_observed_ms=160 * HOUR_MS,
    )


def cause(count: int, code: CauseCode = CauseCode.BATTERY_SAVER) -> CauseTotals:
    return CauseTotals(code, count, 0, 0.0)


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        (week(5, 8, (cause(3),)), f"5 disconnects, 3 fewer than the week before; mostly: {SAVER}"),
        (week(5, 4, (cause(2),)), "5 disconnects, 1 more than the week before"),
        (week(1, 1), "1 disconnect, as many as the week before"),
        (week(3, None), "3 disconnects"),
        (week(0, 0), "No disconnect"),
        (week(0, 3), "No disconnect, 3 fewer than the week before"),
        (week(5, 8, seen_h=60), "5 disconnects"),
        (week(2, None, (cause(2, CauseCode.UNEXPLAINED),)), "2 disconnects"),
    ],
)
def test_a_week_in_a_line(summary: WeekSummary, said: str) -> None:
    assert headline(summary, WORDS) == said


def test_a_week_before_that_was_hardly_seen_is_no_comparison() -> None:
    summary = replace(week(5, 1), previous_observed_ms=3 * HOUR_MS)
    assert headline(summary, WORDS) == "5 disconnects"
