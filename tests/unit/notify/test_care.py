"""Reminders of daily care: one in each pace, in turn, at a quiet moment, never a backlog."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import CareCode, Delivery, EpochMs, Notice, NoticeKind
from monitor.notify.care import DAY_MS, HOUR_MS, PACE_MS, TURN, due_care

START: EpochMs = 1_700_000_000_000
WEEK_MS = 7 * DAY_MS
LATER = START + 30 * DAY_MS


def words(code: CareCode) -> tuple[str, str]:
    return f"title of {code}", f"text of {code}"


def care(at_ms: EpochMs, code: str = "care.public_wifi") -> Notice:
    return Notice(NoticeKind.CARE, at_ms, "", "", delivery=Delivery.SENT, subject=code)


def asked(*stored: Notice, now_ms: EpochMs = LATER, pace: str = "weekly") -> Notice | None:
    return due_care(pace, stored, now_ms, START, words)


def test_the_first_reminder_has_its_words_and_names_its_code() -> None:
    assert asked() == Notice(
        NoticeKind.CARE,
        LATER,
        "title of care.public_wifi",
        "text of care.public_wifi",
        subject="care.public_wifi",
    )


def test_nothing_in_the_first_day() -> None:
    assert asked(now_ms=START) is None
    assert asked(now_ms=START + DAY_MS - 1) is None
    assert asked(now_ms=START + DAY_MS) is not None


@pytest.mark.parametrize("pace", ["off", "", "hourly"])
def test_off_is_off(pace: str) -> None:
    assert asked(pace=pace) is None


@pytest.mark.parametrize(("pace", "days"), [("daily", 1), ("weekly", 7), ("monthly", 30)])
def test_the_next_comes_when_its_time_has_come(pace: str, days: int) -> None:
    last = care(LATER)
    assert asked(last, now_ms=LATER + days * DAY_MS - 1, pace=pace) is None
    assert asked(last, now_ms=LATER + days * DAY_MS, pace=pace) is not None


def test_all_six_come_in_turn_and_then_begin_anew() -> None:
    stored: list[Notice] = []
    for number in range(13):
        told = asked(*stored, now_ms=LATER + number * WEEK_MS)
        assert told is not None
        stored.append(replace(told, id=number + 1))
    subjects = [notice.subject for notice in stored]
    assert subjects == [*TURN, *TURN, TURN[0]]
    assert set(TURN) == set(CareCode)


def test_the_turn_goes_by_the_order_of_storing_even_where_the_clock_was_wrong() -> None:
    wrong = replace(care(LATER + 9999 * DAY_MS, "care.password"), id=1)
    right = replace(care(LATER - WEEK_MS, "care.phishing"), id=2)
    told = asked(wrong, right)
    assert told is not None
    assert told.subject == "care.two_factor"


def test_a_code_of_another_version_does_no_harm() -> None:
    told = asked(care(LATER - WEEK_MS, "care.of_the_future"))
    assert told is not None
    assert told.subject == TURN[0]


def test_after_a_month_off_there_is_one_and_no_backlog() -> None:
    last = care(LATER)
    back = LATER + 31 * DAY_MS
    told = asked(last, now_ms=back)
    assert told is not None
    assert asked(last, told, now_ms=back + HOUR_MS) is None


@pytest.mark.parametrize(
    "kind",
    [NoticeKind.LOST, NoticeKind.RESTORED, NoticeKind.WHY, NoticeKind.DIGEST, NoticeKind.WARNING],
)
def test_it_keeps_an_hours_distance_from_a_disconnect(kind: NoticeKind) -> None:
    drop = Notice(kind, LATER, "", "", disconnect_id=7)
    assert asked(drop, now_ms=LATER + HOUR_MS - 1) is None
    assert asked(drop, now_ms=LATER + HOUR_MS) is not None


@pytest.mark.parametrize("kind", [NoticeKind.REPORT, NoticeKind.TEST])
def test_other_notices_are_no_reason_to_wait(kind: NoticeKind) -> None:
    assert asked(Notice(kind, LATER, "", "")) is not None


@pytest.mark.parametrize("delivery", list(Delivery))
def test_one_that_could_not_be_shown_is_not_tried_every_hour(delivery: Delivery) -> None:
    assert asked(replace(care(LATER - HOUR_MS), delivery=delivery)) is None


def test_a_clock_set_back_an_hour_brings_no_second_one() -> None:
    assert asked(care(LATER + HOUR_MS)) is None


def test_a_reminder_from_a_far_future_does_not_silence_the_others() -> None:
    assert asked(care(LATER + 4 * 365 * DAY_MS)) is not None


steps = st.lists(st.integers(0, 3 * DAY_MS), max_size=60)
drops = st.sets(st.integers(0, 59), max_size=20)


@given(st.sampled_from(sorted(PACE_MS)), steps, drops)
def test_at_most_one_in_a_pace_and_never_the_same_twice_running(
    pace: str, waits_ms: list[int], drops_at: set[int]
) -> None:
    """Whenever it is asked, over a life with disconnects: no two in a pace, none beside a loss."""
    stored: list[Notice] = []
    now_ms = START
    for step, wait_ms in enumerate(waits_ms):
        now_ms += wait_ms
        if step in drops_at:
            stored.append(Notice(NoticeKind.LOST, now_ms, "", "", id=len(stored) + 1))
        told = due_care(pace, stored, now_ms, START, words)
        if told is not None:
            assert now_ms - START >= DAY_MS
            stored.append(replace(told, id=len(stored) + 1))
    told_at = [(n.created_at_ms, n.subject) for n in stored if n.kind is NoticeKind.CARE]
    for (before_ms, before), (after_ms, after) in pairwise(told_at):
        assert after_ms - before_ms >= PACE_MS[pace]
        assert after != before
    losses = [n.created_at_ms for n in stored if n.kind is NoticeKind.LOST]
    assert not any(0 <= at_ms - loss < HOUR_MS for at_ms, _ in told_at for loss in losses)
