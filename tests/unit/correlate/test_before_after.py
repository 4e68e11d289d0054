"""A fix that was carried out: compared exactly, and "too early" where it is."""

from monitor.correlate.before_after import fix_check
from monitor.model import (
    CauseCode,
    Disconnect,
    FixCheck,
    FixCode,
    FixMark,
    HelpVerdict,
    How,
)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DONE_MS = 100 * DAY_MS
MARK = FixMark(DONE_MS, FixCode.REVIEW_SETTINGS, is_told=True)


def drop(at_ms: int) -> Disconnect:
    return Disconnect("icbc", "session", at_ms, at_ms + 30_000, How.TIMEOUT)


def check(before: int, after: int, days_after: int) -> FixCheck:
    """Spread the drops evenly over two weeks before and `days_after` days after the fix."""
    starts = [DONE_MS - 14 * DAY_MS + n * 14 * DAY_MS // max(before, 1) for n in range(before)]
    starts += [DONE_MS + n * days_after * DAY_MS // max(after, 1) for n in range(after)]
    end_ms = DONE_MS + days_after * DAY_MS
    observed = ((DONE_MS - 14 * DAY_MS, end_ms),)
    return fix_check(
        MARK, CauseCode.BATTERY_SAVER, [drop(at_ms) for at_ms in starts], observed, end_ms
    )


def test_many_before_and_none_after_is_help() -> None:
    found = check(before=12, after=0, days_after=7)
    assert found.verdict is HelpVerdict.HELPED
    assert (found.before_count, found.after_count) == (12, 0)
    assert found.rate_ratio == 0.0
    # 12 of 12 before: at least 73.5 % of all would fall there; 14 days against 7
    assert found.ci_high is not None
    assert abs(found.ci_high - 2 * (1 - 0.73535) / 0.73535) < 0.001


def test_as_many_after_is_no_change() -> None:
    assert check(before=8, after=4, days_after=7).verdict is HelpVerdict.NO_CHANGE


def test_far_more_after_is_worse() -> None:
    assert check(before=3, after=20, days_after=7).verdict is HelpVerdict.WORSE


def test_two_days_are_too_early_whatever_they_brought() -> None:
    assert check(before=30, after=0, days_after=2).verdict is HelpVerdict.TOO_EARLY


def test_two_incidents_tell_nothing() -> None:
    assert check(before=2, after=0, days_after=14).verdict is HelpVerdict.TOO_EARLY


def test_only_observed_time_counts() -> None:
    drops = [drop(DONE_MS - n * DAY_MS) for n in range(1, 6)]
    observed = ((DONE_MS - 2 * DAY_MS, DONE_MS + 4 * DAY_MS),)
    found = fix_check(MARK, None, drops, observed, DONE_MS + 4 * DAY_MS)
    assert found.before_observed_ms == 2 * DAY_MS
    assert found.before_count == 2


def test_drops_that_come_together_are_one_incident() -> None:
    drops = [drop(DONE_MS - DAY_MS + n * 60_000) for n in range(9)]
    observed = ((DONE_MS - 2 * DAY_MS, DONE_MS + 4 * DAY_MS),)
    assert fix_check(MARK, None, drops, observed, DONE_MS + 4 * DAY_MS).before_count == 1
