"""Which incidents are shown in a close-up: the longest and the newest."""

from monitor.model import Disconnect, How
from monitor.weekly.close_ups import LONGEST, MOST, chosen


def drop(number: int, lasted_ms: int | None) -> Disconnect:
    ended_ms = None if lasted_ms is None else number * 1000 + lasted_ms
    return Disconnect("icbc", "session", number * 1000, ended_ms, How.RESET, id=number)


def test_a_few_are_all_shown_in_time_order() -> None:
    few = [drop(number, 10) for number in range(5)]
    assert chosen(few[::-1]) == few


def test_of_many_the_longest_and_the_newest() -> None:
    many = [drop(number, 1_000 - number) for number in range(10_000)]
    shown = [one.id for one in chosen(many)]
    newest = list(range(10_000 - (MOST - LONGEST), 10_000))
    assert shown == [*range(LONGEST), *newest]


def test_one_that_lasts_is_longer_than_any_other() -> None:
    many = [drop(0, None), *(drop(number, 10**9) for number in range(1, 40))]
    assert chosen(many)[0].id == 0
