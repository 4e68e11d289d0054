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
