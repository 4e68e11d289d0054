"""When silence means a loss, second by second; and when a name counts as lost."""

import pytest

from monitor.model import How
from monitor.wallet.silence_policy import Judgement, NameWatch, SilenceWatch, View

SAME, FELL, HEARD = Judgement.SAME, Judgement.FELL_SILENT, Judgement.HEARD_AGAIN


@pytest.fixture
def watch() -> SilenceWatch:
    return SilenceWatch(idle_ms=15_000)


def test_an_unsuspected_silence_is_found_two_and_a_half_seconds_after_the_keep_alive(
    watch: SilenceWatch,
) -> None:
    assert watch.judge(0, View(0)) is SAME
    assert watch.next_look_ms() == 16_000
    assert watch.judge(16_000, View(0)) is SAME
    assert watch.next_look_ms() == 16_250
    assert watch.judge(17_499, View(0)) is SAME
    assert watch.judge(17_500, View(0)) is FELL
    assert watch.silent_since_ms == 15_000


def test_a_suspected_silence_counts_from_the_suspicion(watch: SilenceWatch) -> None:
    watch.suspect(9_000)
    assert watch.judge(9_000, View(0)) is SAME
    assert watch.judge(11_400, View(0)) is SAME
    assert watch.judge(11_500, View(0)) is FELL
    assert watch.silent_since_ms == 9_000


def test_a_session_heard_just_now_is_asked_after_a_second(watch: SilenceWatch) -> None:
    watch.suspect(9_000)
    assert watch.question_ms(8_800) == 9_800
    assert watch.judge(12_200, View(8_800)) is SAME
    assert watch.judge(12_300, View(8_800)) is FELL


def test_an_answer_ends_the_silence_and_later_the_suspicion(watch: SilenceWatch) -> None:
    watch.suspect(9_000)
    watch.judge(11_500, View(0))
    assert watch.judge(13_000, View(0)) is SAME
    assert watch.next_look_ms() == 13_500
    assert watch.judge(13_500, View(13_400)) is HEARD
    assert not watch.calm(14_000)
    assert watch.calm(24_000)
    assert not watch.calm(24_001)


def test_an_application_that_hangs_is_silent_though_its_kernel_answers(
    watch: SilenceWatch,
) -> None:
    assert watch.judge(2_999, View(2_900, asked_at_ms=0)) is SAME
    assert watch.judge(3_000, View(2_900, asked_at_ms=0)) is FELL
    assert watch.judge(4_000, View(3_900, asked_at_ms=0)) is SAME
    assert watch.judge(5_000, View(4_900)) is HEARD


def test_no_way_out_is_told_at_the_second_look(watch: SilenceWatch) -> None:
    watch.suspect(1_000)
    assert watch.judge(1_000, View(900, has_route=False)) is SAME
    assert watch.judge(1_250, View(900, has_route=False)) is FELL
    assert (watch.silent_since_ms, watch.how) == (1_000, How.UNREACHABLE)
    assert watch.judge(2_000, View(1_900, has_route=False)) is SAME
    assert watch.judge(2_500, View(2_400)) is HEARD


def test_where_acknowledgements_are_unseen_only_requests_speak(watch: SilenceWatch) -> None:
    watch.suspect(0)
    assert watch.judge(60_000, View(0, is_acked=False)) is SAME


def test_looks_never_become_a_busy_loop(watch: SilenceWatch) -> None:
    for view in (View(0), View(0, asked_at_ms=0), View(0, is_acked=False), View(59_999)):
        watch.judge(60_000, view)
        assert watch.next_look_ms() > 60_000


def test_a_name_is_lost_after_two_failures_two_seconds_apart() -> None:
    names = NameWatch(every_ms=5_000)
    names.suspect(1_000)
    assert names.due_ms() == 1_000
    names.began(1_000)
    assert not names.failed(1_000, 1_010, heard_at_ms=1_005)
    assert names.due_ms() == 3_000
    names.began(3_000)
    assert names.failed(3_000, 3_010, heard_at_ms=2_900)
    assert names.first_failed_ms == 1_000
    assert names.due_ms() == 8_000
    assert names.worked()
    assert names.due_ms() is None or not names.is_lost


def test_a_name_that_fails_beside_a_silent_session_is_not_the_reason() -> None:
    names = NameWatch(every_ms=5_000)
    names.began(1_000)
    names.failed(1_000, 1_010, heard_at_ms=500)
    assert not names.failed(3_000, 3_010, heard_at_ms=500)
    assert not names.is_lost
    assert names.failed(8_000, 8_010, heard_at_ms=7_500)


def test_suspicions_do_not_ask_the_resolver_more_often_than_the_grid() -> None:
    names = NameWatch(every_ms=5_000)
    names.began(1_000)
    names.worked()
    names.suspect(2_000)
    assert names.due_ms() == 6_000


def _made_late(watch: SilenceWatch, round_trip_ms: float) -> float:
    """Answer one keep-alive so late; return when that was."""
    watch.suspect(0.0)
    watch.judge(0.0, View(0.0))
    heard_ms = 1_000.0 + round_trip_ms
    assert watch.judge(heard_ms, View(heard_ms)) is SAME
    return heard_ms


def test_on_a_late_way_a_packet_is_given_the_time_to_be_sent_again(watch: SilenceWatch) -> None:
    heard_ms = _made_late(watch, 1_100.0)
    assert watch.is_late
    question_ms = heard_ms + 1_000.0
    assert watch.judge(question_ms + 4_399, View(heard_ms)) is SAME
    assert watch.judge(question_ms + 4_400, View(heard_ms)) is FELL
    assert watch.silent_since_ms == question_ms


def test_a_request_on_a_late_way_may_be_sent_again(watch: SilenceWatch) -> None:
    heard_ms = _made_late(watch, 1_800.0)
    asked_ms = heard_ms
    for after_ms in (2_000.0, 4_000.0, 6_000.0, 7_100.0):
        now_ms = asked_ms + after_ms
        assert watch.judge(now_ms, View(now_ms - 100, asked_at_ms=asked_ms)) is SAME
    assert watch.judge(asked_ms + 7_300, View(asked_ms + 7_100, asked_at_ms=asked_ms)) is FELL


def test_a_late_way_that_dies_is_told_within_six_seconds(watch: SilenceWatch) -> None:
    heard_ms = _made_late(watch, 2_200.0)
    assert watch.judge(heard_ms + 5_600, View(heard_ms)) is FELL
    assert watch.silent_since_ms == heard_ms + 1_000


def test_a_way_of_which_nothing_came_in_time_gets_no_patience(watch: SilenceWatch) -> None:
    watch.suspect(0.0)
    watch.judge(0.0, View(0.0))
    assert watch.judge(3_500, View(0.0)) is FELL
    assert watch.judge(4_600, View(4_500)) is HEARD
    # What was sent meanwhile comes back one after another, and looks less late than it is.
    assert watch.judge(7_000, View(6_700)) is SAME
    assert not watch.is_late
    assert watch.judge(10_200, View(6_700)) is FELL


def test_a_delay_that_grows_is_given_patience_once(watch: SilenceWatch) -> None:
    heard_ms = _made_late(watch, 2_000.0)
    late_ms = heard_ms + 1_000 + 3_000
    assert watch.judge(late_ms, View(late_ms)) is SAME
    assert not watch.is_late
    assert watch.judge(late_ms + 3_500, View(late_ms)) is FELL


def test_a_connection_beside_a_silent_one_shows_that_a_late_way_is_alive(
    watch: SilenceWatch,
) -> None:
    assert not watch.wants_witness(2_000, View(0.0))
    heard_ms = _made_late(watch, 1_600.0)
    question_ms = heard_ms + 1_000
    assert not watch.wants_witness(question_ms + 1_800, View(heard_ms))
    assert watch.wants_witness(question_ms + 1_850, View(heard_ms))
    watch.vouch(question_ms + 3_500)
    assert watch.judge(question_ms + 6_400, View(heard_ms)) is SAME
    assert watch.judge(question_ms + 6_500, View(heard_ms)) is FELL


def test_a_resolver_that_keeps_silent_on_a_late_way_is_asked_once_more() -> None:
    names = NameWatch(every_ms=5_000)
    assert not names.failed(0, 3_000, 4_000, is_late=True)
    assert not names.failed(3_000, 6_000, 7_000, is_late=True)
    assert names.failed(8_000, 11_000, 12_000, is_late=True)
    assert names.first_failed_ms == 0


def test_a_lookup_that_works_forgives_what_failed_on_a_late_way() -> None:
    names = NameWatch(every_ms=5_000)
    names.failed(0, 3_000, 4_000, is_late=True)
    names.failed(3_000, 6_000, 7_000, is_late=True)
    assert not names.worked()
    assert not names.failed(13_000, 16_000, 17_000, is_late=True)
    assert not names.failed(18_000, 21_000, 22_000, is_late=True)
