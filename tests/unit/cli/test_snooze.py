"""How long a person may say that they want silence."""

import gettext
from datetime import timedelta

import pytest

from monitor.cli.context import InputError
from monitor.cli.snooze import stretch_of
from monitor.clock import local
from monitor.locale import Translator
from monitor.notify.quiet import Stretch

ENGLISH = Translator("en", gettext.NullTranslations())
NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    ("words", "lasts_ms"),
    [("2h", 7_200_000), ("30m", 1_800_000), ("168h", 604_800_000), ("off", 0)],
)
def test_a_span_begins_now(words: str, lasts_ms: int) -> None:
    assert stretch_of([words], NOW, ENGLISH) == Stretch(NOW, NOW + lasts_ms)


def test_a_time_of_day_is_the_next_one() -> None:
    now = local(NOW)
    for minutes in (1, 60, 24 * 60 - 1, 24 * 60):
        then = now + timedelta(minutes=minutes)
        text = f"{then.hour:02}:{then.minute:02}"
        until = local(stretch_of(["until", text], NOW, ENGLISH).until_ms)
        assert (until.hour, until.minute, until.second) == (then.hour, then.minute, 0)
        assert timedelta() < until - now <= timedelta(hours=25)


def test_a_whole_date_is_taken_too() -> None:
    until_ms = NOW + 90_000_000
    text = local(until_ms).isoformat()
    assert stretch_of(["until", text], NOW, ENGLISH) == Stretch(NOW, until_ms)


def test_a_time_of_day_may_stand_in_quotes() -> None:
    assert stretch_of(["until 08:00"], NOW, ENGLISH) == stretch_of(["until", "08:00"], NOW, ENGLISH)


def test_what_is_over_is_not_called_too_long() -> None:
    for words in (["0m"], ["until", "2001-01-01T00:00"]):
        with pytest.raises(InputError, match="is over already"):
            stretch_of(words, NOW, ENGLISH)


@pytest.mark.parametrize(
    "words",
    [
        ["x"],
        ["2d"],
        ["0m"],
        ["169h"],
        ["until"],
        ["08:00"],
        ["until", "25:00"],
        ["until", "2001-01-01T00:00"],
        ["for", "2h"],
        ["off", "now"],
    ],
)
def test_what_is_no_such_time_is_refused_in_a_sentence(words: list[str]) -> None:
    with pytest.raises(InputError):
        stretch_of(words, NOW, ENGLISH)


def test_a_time_of_day_that_is_none_is_told_how_a_silence_is_written() -> None:
    with pytest.raises(InputError, match="'until 25:00' is no time to snooze: write 2h, 30m"):
        stretch_of(["until", "25:00"], NOW, ENGLISH)
