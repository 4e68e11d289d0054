"""One notice while a loss lasts, one for its end, none for what is no news."""

import gettext
from dataclasses import replace

import pytest

from monitor.locale import Translator
from monitor.model import (
    CauseCode,
    Delivery,
    Diagnosis,
    Disconnect,
    Finding,
    How,
    Notice,
    NoticeKind,
)
from monitor.notify import policy
from monitor.notify.policy import Words, due, duration_in_words

ENGLISH = Translator("en", gettext.NullTranslations())
WORDS = Words("ICBC wallet", "Your router did not answer.", "Restart the router.")
START = 1_700_000_000_000
LOST = Disconnect("icbc", "session", START, None, How.TIMEOUT, id=7)


def ended(after_ms: int) -> Disconnect:
    return replace(LOST, ended_at_ms=START + after_ms)


def kept(
    kind: NoticeKind = NoticeKind.LOST,
    delivery: Delivery = Delivery.SENT,
    disconnect_id: int | None = 7,
) -> Notice:
    return Notice(kind, START, "", "", disconnect_id=disconnect_id, delivery=delivery)


def notice(
    disconnect: Disconnect, *stored: Notice, after_ms: int, words: Words = WORDS
) -> Notice | None:
    return due(disconnect, None, stored, START + after_ms, words, ENGLISH)


def diagnosed(cause: CauseCode) -> Diagnosis:
    return Diagnosis((Finding(cause, 0.9),), "1", START)


@pytest.mark.parametrize(
    ("after_ms", "is_due"),
    [(0, False), (4_999, False), (5_000, True), (600_000, True), (600_001, False), (-9_000, False)],
)
def test_a_loss_is_told_from_its_fifth_second_until_it_is_no_news(
    after_ms: int, is_due: bool
) -> None:
    assert (notice(LOST, after_ms=after_ms) is not None) is is_due


def test_the_notice_says_what_happened_and_what_to_do() -> None:
    told = notice(LOST, after_ms=6_000)
    assert told == Notice(
        NoticeKind.LOST,
        START + 6_000,
        "ICBC wallet lost its connection",
        "Your router did not answer.\nRestart the router.",
        disconnect_id=7,
    )


def test_an_unknown_cause_is_called_unknown() -> None:
    told = notice(LOST, after_ms=6_000, words=Words("ICBC wallet"))
    assert told is not None
    assert told.body == "The cause is not known yet."


def test_braces_in_a_wallets_title_are_text() -> None:
    told = notice(LOST, after_ms=6_000, words=Words("{0} {wallet}"))
    assert told is not None
    assert told.title == "{0} {wallet} lost its connection"


@pytest.mark.parametrize("delivery", list(Delivery))
def test_a_loss_is_told_once_whatever_became_of_the_notice(delivery: Delivery) -> None:
    assert notice(LOST, kept(delivery=delivery), after_ms=60_000) is None


@pytest.mark.parametrize("other_id", [8, None])
def test_anothers_notice_does_not_count(other_id: int | None) -> None:
    assert notice(LOST, kept(disconnect_id=other_id), after_ms=6_000) is not None


def test_a_blip_is_never_told() -> None:
    for after_ms in (3_000, 5_000, 13_000, 60_000):
        assert notice(ended(3_000), after_ms=after_ms) is None


def test_the_end_is_told_with_its_duration_once_it_is_certain() -> None:
    assert notice(ended(65_000), kept(), after_ms=74_999) is None
    told = notice(ended(65_000), kept(), after_ms=75_000)
    assert told is not None
    assert told.kind is NoticeKind.RESTORED
    assert told.title == "ICBC wallet is connected again"
    assert told.body == "It was disconnected for 1 minute 5 seconds.\nYour router did not answer."
    assert notice(ended(65_000), kept(), kept(NoticeKind.RESTORED), after_ms=80_000) is None


def test_the_end_of_a_long_loss_is_news_but_not_hours_later() -> None:
    three_hours_ms = 3 * 3_600_000
    assert notice(ended(three_hours_ms), kept(), after_ms=three_hours_ms + 10_000) is not None
    assert notice(ended(three_hours_ms), kept(), after_ms=three_hours_ms + 600_001) is None


@pytest.mark.parametrize(
    ("delivery", "is_due"),
    [
        (Delivery.SENT, True),
        (Delivery.UNKNOWN, True),
        (Delivery.LOGGED, True),
        (Delivery.PENDING, True),
        (Delivery.FAILED, False),
    ],
)
def test_the_end_is_told_only_to_who_was_told_the_loss(delivery: Delivery, is_due: bool) -> None:
    told = notice(ended(20_000), kept(delivery=delivery), after_ms=31_000)
    assert (told is not None) is is_due
    assert notice(ended(20_000), after_ms=31_000) is None


def test_controls_reports_and_sleep_are_silent() -> None:
    at_ms = START + 6_000
    reported = replace(LOST, how=How.REPORTED)
    assert due(LOST, None, (), at_ms, WORDS, ENGLISH, is_control=True) is None
    assert due(reported, None, (), at_ms, WORDS, ENGLISH) is None
    assert due(LOST, diagnosed(CauseCode.SLEEP), (), at_ms, WORDS, ENGLISH) is None
    assert due(LOST, diagnosed(CauseCode.GATEWAY), (), at_ms, WORDS, ENGLISH) is not None


@pytest.mark.parametrize(
    ("duration_ms", "words"),
    [
        (0, "1 second"),
        (1_400, "1 second"),
        (41_250, "41 seconds"),
        (59_600, "1 minute"),
        (60_000, "1 minute"),
        (61_000, "1 minute 1 second"),
        (3_600_000, "1 hour"),
        (3_659_000, "1 hour"),
        (7_325_000, "2 hours 2 minutes"),
    ],
)
def test_durations_are_said_in_two_units_at_most(duration_ms: int, words: str) -> None:
    assert duration_in_words(duration_ms, ENGLISH) == words


def test_a_notice_left_from_before_a_restart_is_shown_only_while_it_is_news() -> None:
    left = kept(delivery=Delivery.PENDING)
    assert policy.is_news(left, START + 600_000)
    assert not policy.is_news(left, START + 600_001)
    assert not policy.is_news(left, START - 1)
