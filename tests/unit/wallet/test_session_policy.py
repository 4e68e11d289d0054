"""Small films of one session: what happened, second by second, and what must be told."""

from itertools import pairwise

import pytest

from monitor.model import How, SessionState
from monitor.wallet.pace import Loss, Moment, Pace
from monitor.wallet.session_policy import SessionPolicy

WALL_MS = 1_700_000_000_000
UP, DOWN = SessionState.UP, SessionState.DOWN


def at(second: float) -> Moment:
    return Moment(second * 1000, WALL_MS + round(second * 1000))


class Film:
    """Drives a policy, and gives what it told as (state, how, second of its date)."""

    def __init__(self) -> None:
        self.policy = SessionPolicy("icbc", Pace(), at(0))

    def told(self) -> list[tuple[SessionState, How | None, float]]:
        return [
            (each.state, each.how, (each.at_ms - WALL_MS) / 1000) for each in self.policy.take()
        ]

    def stands(self, second: float) -> None:
        self.policy.attempt_began(at(second))
        self.policy.stood(at(second))

    def is_up_since(self, second: float) -> None:
        self.stands(second)
        for step in range(1, 31):
            self.policy.tick(at(second + step), is_answered=True)
        assert self.told() == [(UP, None, second)]

    def due(self) -> float | None:
        due_ms = self.policy.attempt_due_ms()
        return None if due_ms is None else due_ms / 1000


@pytest.fixture
def film() -> Film:
    return Film()


def test_a_session_counts_once_it_lasted_a_second_and_is_dated_at_its_hand_shake(
    film: Film,
) -> None:
    film.stands(1)
    film.policy.tick(at(1.9), is_answered=True)
    assert film.told() == []
    film.policy.tick(at(2.0), is_answered=False)
    assert film.told() == []
    film.policy.tick(at(2.1), is_answered=True)
    assert film.told() == [(UP, None, 1.0)]


def test_a_server_that_ends_a_session_within_a_second_never_came_up(film: Film) -> None:
    film.stands(1)
    film.policy.ended(at(1.5), Loss(How.CLOSED))
    film.policy.tick(at(3), is_answered=True)
    assert film.told() == []
    assert film.due() == 6.0


def test_attempts_thin_out_while_the_trouble_lasts(film: Film) -> None:
    began, second = [], 0.0
    while second < 1500:
        due = film.due()
        assert due is not None
        second = max(due, 0.0)
        began.append(second)
        film.policy.attempt_began(at(second))
        film.policy.attempt_failed(at(second), Loss(How.TIMEOUT))
    gaps = {b - a: a for a, b in pairwise(began)}
    assert gaps == {5.0: 295.0, 15.0: 885.0, 30.0: pytest.approx(1500, abs=30)}
    assert film.told() == []


def test_an_idle_close_after_half_a_minute_is_renewed_at_once_without_a_word(film: Film) -> None:
    film.is_up_since(0)
    film.policy.ended(at(40), Loss(How.CLOSED))
    assert film.due() == 40.0
    film.stands(40.1)
    film.policy.tick(at(50), is_answered=True)
    assert film.told() == []
    assert film.policy.renewal_count == 1


def test_a_second_idle_close_is_knocked_for_at_once_and_shaken_hands_with_politely(
    film: Film,
) -> None:
    film.is_up_since(0)
    film.policy.ended(at(40), Loss(How.CLOSED))
    film.stands(40)
    film.policy.tick(at(51), is_answered=True)
    film.policy.ended(at(55), Loss(How.CLOSED))
    assert film.due() == 55.0
    assert film.policy.shake_allowed_ms(at(55)) == at(70).mono_ms
    film.policy.attempt_began(at(55))
    film.policy.tick(at(71), is_answered=True)
    assert film.told() == []
    film.policy.stood(at(71))
    film.policy.tick(at(75), is_answered=True)
    assert film.told() == []


def test_a_knock_that_is_refused_makes_the_idle_close_a_loss(film: Film) -> None:
    film.is_up_since(0)
    film.policy.ended(at(12), Loss(How.CLOSED))
    film.policy.attempt_began(at(12))
    film.policy.attempt_failed(at(12.1), Loss(How.REFUSED))
    assert film.told()[0] == (DOWN, How.CLOSED, 12.0)


def test_a_suspicion_hastens_the_hand_shake(film: Film) -> None:
    film.is_up_since(0)
    film.policy.ended(at(31), Loss(How.CLOSED))
    film.stands(31)
    film.policy.tick(at(42), is_answered=True)
    film.policy.ended(at(43), Loss(How.CLOSED))
    film.policy.suspect(at(45))
    assert film.policy.shake_allowed_ms(at(45)) == at(45).mono_ms


def test_a_renewal_that_takes_longer_than_two_seconds_is_a_loss_at_the_close(film: Film) -> None:
    film.is_up_since(0)
    film.policy.ended(at(40), Loss(How.CLOSED))
    film.policy.attempt_began(at(40))
    film.policy.tick(at(42.1), is_answered=True)
    assert film.told() == [(DOWN, How.CLOSED, 40.0)]
    film.policy.stood(at(42.5))
    film.policy.tick(at(43.5), is_answered=True)
    assert film.told() == [(UP, None, 42.5)]


@pytest.mark.parametrize(
    ("loss", "second"),
    [(Loss(How.CLOSED), 5.0), (Loss(How.CLOSED, is_question_open=True), 40.0)],
    ids=["young", "a request unanswered"],
)
def test_a_close_that_is_not_idle_is_a_loss(film: Film, loss: Loss, second: float) -> None:
    film.stands(0)
    film.policy.tick(at(second), is_answered=True)
    film.policy.ended(at(second), loss)
    assert film.told() == [(UP, None, 0.0), (DOWN, How.CLOSED, second)]


@pytest.mark.parametrize(
    ("first", "then", "is_refined"),
    [
        (How.RESET, How.TLS, True),
        (How.RESET, How.DNS, True),
        (How.RESET, How.TIMEOUT, False),
        (How.TIMEOUT, How.UNREACHABLE, True),
        (How.TIMEOUT, How.DNS, False),
        (How.UNREACHABLE, How.DNS, False),
    ],
)
def test_the_next_attempt_may_tell_more(
    film: Film, first: How, then: How, is_refined: bool
) -> None:
    film.is_up_since(0)
    film.policy.ended(at(40), Loss(first))
    film.policy.attempt_began(at(40))
    film.policy.attempt_failed(at(40.2), Loss(then))
    film.policy.attempt_began(at(41.5))
    film.policy.attempt_failed(at(41.6), Loss(How.REFUSED))
    expected = [(DOWN, first, 40.0)] + ([(DOWN, then, 40.0)] if is_refined else [])
    assert film.told() == expected


def test_silence_is_dated_at_the_first_question_and_its_end_when_heard(film: Film) -> None:
    film.is_up_since(0)
    film.policy.fell_silent(at(42.5), Loss(How.TIMEOUT, since=at(40), last_good=at(39)))
    (down,) = film.policy.take()
    assert (down.at_ms, down.last_good_at_ms) == (at(40).wall_ms, at(39).wall_ms)
    assert film.due() == 45.0
    film.policy.heard_again(at(44))
    assert film.told() == [(UP, None, 44.0)]
    assert film.due() is None


def test_a_fresh_session_may_win_over_the_silent_one(film: Film) -> None:
    film.is_up_since(0)
    film.policy.fell_silent(at(42.5), Loss(How.TIMEOUT, since=at(40)))
    film.stands(50)
    film.policy.tick(at(51), is_answered=True)
    assert film.told() == [(DOWN, How.TIMEOUT, 40.0), (UP, None, 50.0)]


def test_the_kernel_giving_up_a_silent_session_is_no_second_loss(film: Film) -> None:
    film.is_up_since(0)
    film.policy.fell_silent(at(42.5), Loss(How.TIMEOUT, since=at(40)))
    film.policy.ended(at(100), Loss(How.TIMEOUT))
    assert film.told() == [(DOWN, How.TIMEOUT, 40.0)]


def test_a_returned_path_is_tried_at_most_once_a_second(film: Film) -> None:
    film.is_up_since(0)
    film.policy.ended(at(40), Loss(How.RESET))
    film.policy.attempt_began(at(40))
    assert not film.policy.path_returned(at(40.5))
    assert film.policy.path_returned(at(41.1))
    film.policy.attempt_failed(at(41.2), Loss(How.TIMEOUT))
    assert film.due() == 45.0
    film.policy.path_returned(at(41.3))
    assert film.due() == 41.0
    film.policy.attempt_began(at(41.3))
    film.policy.attempt_failed(at(41.4), Loss(How.TIMEOUT))
    film.policy.path_returned(at(41.5))
    assert film.due() == 42.3


def test_a_path_that_returns_to_a_standing_session_begins_nothing(film: Film) -> None:
    film.is_up_since(0)
    assert not film.policy.path_returned(at(31))
    assert film.due() is None


def test_a_lost_name_keeps_the_session_and_ends_when_it_works(film: Film) -> None:
    film.is_up_since(0)
    film.policy.name_lost(at(42), at(40), "no such name")
    film.policy.name_works(at(50))
    assert film.told() == [(DOWN, How.DNS, 40.0), (UP, None, 50.0)]
    assert film.due() is None


def test_a_name_that_failed_before_the_session_rose_is_lost_from_then_on(film: Film) -> None:
    film.is_up_since(1)
    film.policy.fell_silent(at(44), Loss(How.TIMEOUT, since=at(40)))
    film.policy.heard_again(at(50))
    assert film.told() == [(DOWN, How.TIMEOUT, 40), (UP, None, 50)]
    film.policy.name_lost(at(55), at(41), "")
    film.policy.name_works(at(60))
    assert film.told() == [(DOWN, How.DNS, 50), (UP, None, 60)]


def test_a_name_that_works_again_does_not_raise_a_silent_session(film: Film) -> None:
    film.is_up_since(0)
    film.policy.name_lost(at(42), at(40), "")
    film.policy.fell_silent(at(45), Loss(How.TIMEOUT, since=at(43)))
    film.policy.name_works(at(50))
    assert film.told() == [(DOWN, How.DNS, 40.0)]
    film.policy.heard_again(at(51))
    assert film.told() == [(UP, None, 51.0)]


def test_after_a_sleep_thirty_seconds_are_given(film: Film) -> None:
    film.is_up_since(0)
    film.policy.forget(at(40))
    film.policy.ended(at(40.1), Loss(How.RESET))
    assert film.due() == 40.0
    film.policy.attempt_began(at(40.1))
    film.policy.attempt_failed(at(40.2), Loss(How.UNREACHABLE))
    film.policy.tick(at(69.9), is_answered=True)
    assert film.told() == []
    film.policy.tick(at(70), is_answered=True)
    film.policy.tick(at(71), is_answered=True)
    assert film.told() == [(DOWN, How.UNREACHABLE, 70.0)]


def test_after_a_sleep_the_first_success_is_told_afresh(film: Film) -> None:
    film.is_up_since(0)
    film.policy.forget(at(40))
    film.policy.heard_again(at(40.2))
    film.policy.tick(at(75), is_answered=True)
    assert film.told() == [(UP, None, 40.2)]


def test_a_reset_is_told_and_tried_at_once_but_a_server_that_repeats_it_is_not(
    film: Film,
) -> None:
    film.is_up_since(0)
    film.policy.ended(at(40), Loss(How.RESET))
    assert film.due() == 40.0
    film.stands(40)
    film.policy.tick(at(41), is_answered=True)
    film.policy.ended(at(42), Loss(How.RESET))
    assert film.due() == 45.0
