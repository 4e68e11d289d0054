"""What the connections of a watched program mean, look by look."""

from monitor.model import How, SessionChange, SessionState
from monitor.wallet.pace import Moment
from monitor.wallet.process_policy import ProcessPolicy, Seen

CONNECTED, IDLE = Seen(True, True), Seen(True, False)
GONE, CRASHED = Seen(False, False), Seen(False, False, How.CRASH)


def film(*looks: tuple[float, Seen]) -> list[tuple[SessionState, How | None, int]]:
    policy = ProcessPolicy("icbc")
    changes = [policy.look(Moment(s * 1000, round(s * 1000)), seen) for s, seen in looks]
    return [(each.state, each.how, each.at_ms) for each in changes if each is not None]


UP_AT_0 = (SessionState.UP, None, 0)


def test_a_program_that_was_never_connected_is_never_down() -> None:
    assert film((0, GONE), (2, IDLE), (4, GONE)) == []


def test_a_lost_connection_is_told_after_two_seconds_and_dated_when_first_missed() -> None:
    told = film((0, CONNECTED), (2, IDLE), (3, IDLE), (4, IDLE), (6, IDLE))
    assert told == [UP_AT_0, (SessionState.DOWN, How.CLOSED, 2000)]


def test_a_connection_remade_within_two_seconds_was_never_away() -> None:
    assert film((0, CONNECTED), (2, IDLE), (3.5, CONNECTED), (5, IDLE), (6, CONNECTED)) == [UP_AT_0]


def test_a_program_that_vanishes_is_told_at_once() -> None:
    assert film((0, CONNECTED), (2, GONE))[1] == (SessionState.DOWN, How.KILLED, 2000)
    assert film((0, CONNECTED), (2, IDLE), (2.5, CRASHED))[1] == (
        SessionState.DOWN,
        How.CRASH,
        2000,
    )


def test_after_a_sleep_the_present_state_is_told_afresh() -> None:
    policy = ProcessPolicy("icbc")

    def look(second: float, seen: Seen) -> SessionChange | None:
        return policy.look(Moment(second * 1000, round(second * 1000)), seen)

    look(0, CONNECTED)
    policy.forget(Moment(10_000, 10_000))
    again = look(11, CONNECTED)
    assert again is not None and again.state is SessionState.UP
    policy.forget(Moment(20_000, 20_000))
    assert look(21, IDLE) is None
    assert look(49, IDLE) is None
    down = look(50, IDLE)
    assert down is not None and (down.how, down.at_ms) == (How.CLOSED, 50_000)
