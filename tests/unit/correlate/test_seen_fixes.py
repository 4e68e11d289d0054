"""What counts as a fix that was carried out: recommended, lasting, and against the usual."""

import pytest

from monitor.correlate.seen_fixes import (
    DAY_MS,
    NETWORK_KEY,
    RESOLVERS_KEY,
    SAVER_KEY,
    VERSION_KEY,
    Advice,
    seen_fixes,
)
from monitor.model import FixCode, FixMark, StateChange, StateValue

BEGIN = 1_790_000_000_000 - 1_790_000_000_000 % DAY_MS
HOUR_MS = 3_600_000
NOW = BEGIN + 21 * DAY_MS


def day(number: float) -> int:
    return BEGIN + round(number * DAY_MS)


def change(number: float, key: str, value: StateValue) -> StateChange:
    return StateChange(day(number), key, value)


def evenings(numbers: range) -> list[StateChange]:
    """The saver on from 18 to 23 o'clock on these days."""
    turns = [change(0, SAVER_KEY, False)]
    for number in numbers:
        turns += [
            change(number + 18 / 24, SAVER_KEY, True),
            change(number + 23 / 24, SAVER_KEY, False),
        ]
    return turns


def told(fix: FixCode, number: float) -> list[Advice]:
    return [Advice(day(number), fix)]


def test_a_saver_of_most_evenings_that_stays_off_is_a_fix() -> None:
    advice = told(FixCode.REVIEW_SETTINGS, 10)
    [mark] = seen_fixes(evenings(range(14)), advice, [], NOW)
    assert mark == FixMark(
        day(13 + 23 / 24), FixCode.REVIEW_SETTINGS, False, "power.battery_saver: false"
    )


@pytest.mark.parametrize(
    "on",
    [range(19), range(5, 8), range(0)],
    ids=["off since yesterday", "on some evenings only", "never on"],
)
def test_no_saver_fix(on: range) -> None:
    assert seen_fixes(evenings(on), told(FixCode.REVIEW_SETTINGS, 1), [], NOW) == ()


def test_a_saver_that_is_on_is_no_fix() -> None:
    turns = [*evenings(range(10)), change(20, SAVER_KEY, True)]
    assert seen_fixes(turns, told(FixCode.REVIEW_SETTINGS, 1), [], NOW) == ()


def test_only_what_was_recommended_before_counts() -> None:
    turns = evenings(range(14))
    assert seen_fixes(turns, [], [], NOW) == ()
    assert seen_fixes(turns, told(FixCode.UPDATE_APP, 10), [], NOW) == ()
    assert seen_fixes(turns, told(FixCode.REVIEW_SETTINGS, 15), [], NOW) == ()


def test_what_is_marked_already_is_not_marked_again() -> None:
    turns, advice = evenings(range(14)), told(FixCode.REVIEW_SETTINGS, 10)
    known = [FixMark(day(12), FixCode.REVIEW_SETTINGS, is_told=True)]
    assert seen_fixes(turns, advice, known, NOW) == ()
    long_ago = [FixMark(day(2), FixCode.REVIEW_SETTINGS, is_told=True)]
    assert len(seen_fixes(turns, advice, long_ago, NOW)) == 1


@pytest.mark.parametrize("key", [NETWORK_KEY, RESOLVERS_KEY])
def test_another_network_for_good_is_a_fix(key: str) -> None:
    turns = [change(0, key, "old"), change(14, key, None), change(14.1, key, "new")]
    [mark] = seen_fixes(turns, told(FixCode.CHECK_NETWORK, 10), [], NOW)
    assert (mark.at_ms, mark.fix, mark.detail) == (
        day(14.1),
        FixCode.CHECK_NETWORK,
        f"{key}: new",
    )


def test_a_network_that_comes_back_was_a_visit() -> None:
    turns = [change(0, NETWORK_KEY, "home"), change(14, NETWORK_KEY, "cafe")]
    advice = told(FixCode.CHECK_NETWORK, 10)
    assert seen_fixes([*turns, change(14.2, NETWORK_KEY, "home")], advice, [], NOW) == ()
    assert seen_fixes([*turns, change(20, NETWORK_KEY, "home")], advice, [], NOW) == ()
    assert seen_fixes([change(0, NETWORK_KEY, "home")], advice, [], NOW) == ()
    yesterday = [change(0, NETWORK_KEY, "home"), change(20, NETWORK_KEY, "new")]
    assert seen_fixes(yesterday, advice, [], NOW) == ()


def test_the_newest_recommendation_names_the_fix() -> None:
    turns = [change(0, NETWORK_KEY, "far"), change(14, NETWORK_KEY, "near")]
    advice = [*told(FixCode.CHECK_NETWORK, 8), *told(FixCode.STRONGER_SIGNAL, 10)]
    [mark] = seen_fixes(turns, advice, [], NOW)
    assert mark.fix is FixCode.STRONGER_SIGNAL


def test_a_new_version_of_the_app_is_a_fix() -> None:
    turns = [
        change(0, VERSION_KEY, "6.1"),
        change(12, VERSION_KEY, None),
        change(12.5, VERSION_KEY, "6.1"),
        change(19, VERSION_KEY, "6.2"),
    ]
    [mark] = seen_fixes(turns, told(FixCode.UPDATE_APP, 10), [], NOW)
    assert (mark.at_ms, mark.detail) == (day(19), "app.version: 6.2")
    assert seen_fixes(turns[:3], told(FixCode.UPDATE_APP, 10), [], NOW) == ()
