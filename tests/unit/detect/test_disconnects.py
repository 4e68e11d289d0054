"""Session changes to disconnects: what counts, how it is dated, and what never counts."""

import itertools
from dataclasses import replace

from monitor.detect.disconnects import disconnects
from monitor.detect.episodes import episodes
from monitor.detect.usability import UNUSABLE, unusable
from monitor.model import (
    Condition,
    Episode,
    Gap,
    GapWhy,
    How,
    Leg,
    Outcome,
    ProbeKind,
    Role,
    Sample,
    SessionChange,
    SessionState,
    Target,
)
from tests.world import at, down, during, rounds, up


def spans(found: list[SessionChange], gaps: tuple[Gap, ...] = ()) -> list[tuple[float, float]]:
    return [
        ((d.started_at_ms - at(0)) / 1000, (d.ended_at_ms - at(0)) / 1000 if d.ended_at_ms else -1)
        for d in disconnects(found, gaps=list(gaps))
    ]


def test_a_reset_is_a_disconnect_even_when_the_next_session_comes_at_once() -> None:
    assert spans([up(0), down(100, How.RESET), up(100.4)]) == [(100, 100.4)]


def test_a_session_that_never_stood_cannot_be_lost() -> None:
    assert spans([down(5, How.UNREACHABLE), down(10, How.TIMEOUT), up(60)]) == []


def test_an_idle_session_closed_in_good_order_and_taken_again_is_normal() -> None:
    assert spans([up(0), down(100, How.CLOSED), up(101)]) == []
    assert spans([up(0), down(100, How.CLOSED), up(105)]) == [(100, 105)]
    assert spans([up(0), down(4, How.CLOSED), up(5)]) == [(4, 5)]


def test_drops_seconds_apart_are_one_and_minutes_apart_are_two() -> None:
    close = [up(0), down(100, How.RESET), up(102), down(106, How.RESET), up(110)]
    assert spans(close) == [(100, 110)]
    far = [up(0), down(100, How.RESET), up(102), down(200, How.RESET), up(201)]
    assert spans(far) == [(100, 102), (200, 201)]


def test_a_later_word_on_how_refines_the_first() -> None:
    changes = [up(0), down(100, How.TIMEOUT), down(100, How.UNREACHABLE), up(120)]
    assert [d.how for d in disconnects(changes)] == [How.UNREACHABLE]


def test_silence_is_dated_at_the_first_lost_sample() -> None:
    samples = rounds(400, during(100, 200))
    found = disconnects([up(0), down(115, How.TIMEOUT), up(201)], episodes(samples, []))
    [one] = found
    assert abs(one.started_at_ms - at(100)) <= 1000
    assert one.ended_at_ms == at(201)


def test_a_reset_is_dated_when_it_came_whatever_the_legs_show() -> None:
    samples = rounds(400, during(90, 200))
    [one] = disconnects([up(0), down(100, How.RESET), up(201)], episodes(samples, []))
    assert one.started_at_ms == at(100)


def test_a_start_is_not_sought_before_the_session_stood() -> None:
    dead = Episode(Leg.INTERNET, Condition.DEAD, at(80), at(200), 9, 9, 4)
    [one] = disconnects([up(0), up(90), down(100, How.TIMEOUT), up(201)], [dead])
    assert one.started_at_ms == at(100)


def test_sleep_ends_what_was_open_and_nothing_is_joined_across_it() -> None:
    gap = Gap(at(110), at(3700), GapWhy.SLEEP)
    assert spans([up(0), down(100, How.TIMEOUT), up(3705)], (gap,)) == [(100, 110)]


def test_a_drop_found_on_waking_is_given_time_to_settle() -> None:
    gap = Gap(at(100), at(3600), GapWhy.SLEEP)
    assert spans([up(0), down(3601, How.TIMEOUT), up(3615)], (gap,)) == []
    assert spans([up(0), down(3601, How.TIMEOUT), up(3700)], (gap,)) == [(3630, 3700)]


def test_after_a_stop_of_the_program_nothing_had_stood() -> None:
    gap = Gap(at(100), at(3600), GapWhy.STOPPED)
    assert spans([up(0), down(3601, How.TIMEOUT), up(3700)], (gap,)) == []


def test_an_end_in_the_last_millisecond_before_a_stop_was_seen() -> None:
    gap = Gap(at(100), at(3600), GapWhy.STOPPED)
    assert spans([up(0), down(100, How.RESET), up(3605)], (gap,)) == [(100, 100)]


def test_an_outage_that_lasts_has_no_end() -> None:
    assert spans([up(0), down(100, How.TIMEOUT)]) == [(100, -1)]


def test_each_wallet_and_source_is_judged_by_itself() -> None:
    changes = [up(0), up(0, "alipay"), down(100, How.RESET), up(120)]
    assert [d.wallet for d in disconnects(changes)] == ["icbc"]


def test_the_order_of_equal_instants_does_not_matter_across_wallets() -> None:
    changes = [up(0), up(0, "alipay"), down(50, How.RESET), down(50, How.RESET, "alipay"), up(90)]
    wanted = disconnects(changes)
    for order in itertools.permutations(changes):
        assert disconnects(order) == wanted


def test_heavy_loss_ends_when_the_loss_ends() -> None:
    lossy = Episode(Leg.INTERNET, Condition.LOSSY, at(100), at(160), 100, 30, 4)
    [one] = disconnects([up(0), down(108, How.TIMEOUT), up(111)], [lossy])
    assert (one.started_at_ms, one.ended_at_ms) == (at(100), at(160))


def test_a_standing_session_is_unusable_through_heavy_loss() -> None:
    standing = {"icbc": up(0)}
    lasting = Episode(Leg.INTERNET, Condition.LOSSY, at(100), None, 100, 30, 4)
    assert unusable([lasting], standing, at(105)) == []
    [lost] = unusable([lasting], standing, at(109))
    assert (lost.at_ms, lost.state, lost.how) == (at(100), SessionState.DOWN, How.TIMEOUT)
    over = Episode(Leg.INTERNET, Condition.LOSSY, at(100), at(130), 100, 30, 4)
    [back] = unusable([over], {"icbc": lost}, at(140))
    assert (back.at_ms, back.state, back.detail) == (at(130), SessionState.UP, UNUSABLE)


def test_answers_around_the_time_out_are_late_and_not_lost() -> None:
    lasting = Episode(Leg.INTERNET, Condition.LOSSY, at(100), None, 100, 60, 4)
    anchor = Target("198.51.100.1", Role.ANCHOR, ProbeKind.ICMP, "198.51.100.1", family=4)
    late = [Sample(at(100 + n), anchor, Outcome.REPLY, 980.0) for n in range(9)]
    quick = [Sample(at(90 + n), anchor, Outcome.REPLY, 20.0) for n in range(10)]
    assert unusable([lasting], {"icbc": up(0)}, at(109), [*quick, *late]) == []
    [lost] = unusable([lasting], {"icbc": up(0)}, at(109), [replace(s, rtt_ms=20.0) for s in late])
    assert lost.detail == UNUSABLE


def test_light_loss_leaves_a_session_usable() -> None:
    light = Episode(Leg.INTERNET, Condition.LOSSY, at(100), None, 100, 12, 4)
    assert unusable([light], {"icbc": up(0)}, at(200)) == []


def test_a_name_that_fails_within_silence_in_heavy_loss_is_part_of_the_loss() -> None:
    heavy = Episode(Leg.INTERNET, Condition.LOSSY, at(98), at(140), 200, 140, 4)
    changes = [up(0), down(100, How.TIMEOUT), down(100, How.DNS), up(120)]
    [one] = disconnects(changes, [heavy])
    assert (one.how, one.started_at_ms, one.ended_at_ms) == (How.TIMEOUT, at(98), at(140))
    reset = [up(0), down(100, How.RESET), down(100, How.DNS), up(120)]
    assert [d.how for d in disconnects(reset, [heavy])] == [How.DNS]
