"""A warning about the network: once for each, and only while a wallet is in use."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.locale import translator
from monitor.model import Delivery, EpochMs, Notice, NoticeKind
from monitor.notify.fit import WINDOWS, utf16_units
from monitor.notify.warning import AGAIN_MS, due_warning

EN = translator("en")
NOW: EpochMs = 1_700_000_000_000


def asked(
    *stored: Notice,
    network: str = "cafe",
    is_open: bool = True,
    has_portal: bool = False,
    in_use: bool = True,
    now_ms: EpochMs = NOW,
) -> Notice | None:
    return due_warning(network, is_open, has_portal, in_use, stored, now_ms, EN)


def test_an_open_network_is_warned_of_once() -> None:
    told = asked()
    assert told is not None
    assert (told.kind, told.subject) == (NoticeKind.WARNING, "cafe")
    assert told.title == "You are on an open Wi-Fi"
    assert asked(told, now_ms=NOW + 365 * AGAIN_MS) is None
    assert asked(told, network="station") is not None


def test_a_portal_is_told_as_what_it_is() -> None:
    told = asked(is_open=False, has_portal=True)
    assert told is not None
    assert "page" in told.title
    assert asked(told, is_open=True) is None, "one warning for a network, whatever is wrong there"


@pytest.mark.parametrize(
    ("is_open", "has_portal", "in_use", "network"),
    [
        (False, False, True, "cafe"),
        (True, True, False, "cafe"),
        (True, True, True, ""),
    ],
)
def test_nothing_without_a_reason(
    is_open: bool, has_portal: bool, in_use: bool, network: str
) -> None:
    assert asked(is_open=is_open, has_portal=has_portal, in_use=in_use, network=network) is None


def test_another_kind_of_notice_about_the_same_subject_does_not_count() -> None:
    assert asked(Notice(NoticeKind.CARE, NOW, "", "", subject="cafe")) is not None


def test_one_that_surely_was_not_shown_is_tried_again_a_day_later() -> None:
    told = asked()
    assert told is not None
    missed = replace(told, delivery=Delivery.FAILED)
    assert asked(missed, now_ms=NOW + AGAIN_MS) is None
    assert asked(missed, now_ms=NOW + AGAIN_MS + 1) is not None
    seen = replace(told, delivery=Delivery.SENT)
    assert asked(missed, seen, now_ms=NOW + 9 * AGAIN_MS) is None


@given(st.text(min_size=1), st.booleans())
def test_the_network_chooses_none_of_the_words(network: str, has_portal: bool) -> None:
    told = asked(network=network, has_portal=has_portal)
    plain = asked(has_portal=has_portal)
    assert told is not None
    assert plain is not None
    assert (told.title, told.body) == (plain.title, plain.body)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("has_portal", [False, True])
def test_it_fits_the_smallest_desktop(language: str, has_portal: bool) -> None:
    told = due_warning("cafe", True, has_portal, True, (), NOW, translator(language))
    assert told is not None
    assert utf16_units(told.title) <= WINDOWS.title
    assert utf16_units(told.body) <= WINDOWS.body
