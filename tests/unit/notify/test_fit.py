"""Text arrives on every desktop whole, or cut where a reader would cut it."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notify.fit import (
    LINUX,
    MACOS,
    WINDOWS,
    Limits,
    clean,
    clusters,
    cut,
    escape_markup,
    fitted,
    utf16_units,
)

# Everything that Python can hold in a string, lone surrogates included.
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=600)
TRICKY = st.text(
    st.sampled_from("工a- \n\t\u0301\u200d\ufe0f👩👍🏽🇨🇳é\\<&>\ud800\x00\x1b\u202e"), max_size=400
)
FAMILY = "👩\u200d👩\u200d👧"


@given(ANYTHING | TRICKY, ANYTHING | TRICKY, st.sampled_from([LINUX, MACOS, WINDOWS]))
def test_whatever_comes_in_what_goes_out_fits_and_is_harmless(
    title: str, body: str, limits: Limits
) -> None:
    text = fitted(title, body, limits)
    assert limits.measure(text.title) <= limits.title
    assert limits.measure(text.body) <= limits.body
    for part in (text.title, text.body.replace("\n", "")):
        assert not part.startswith("-")
        part.encode("utf-16")  # no half of a surrogate pair
        assert not any(unicodedata.category(c) == "Cc" for c in part)
    assert "\n" not in text.title


@given(ANYTHING | TRICKY)
def test_clusters_are_the_text(text: str) -> None:
    assert "".join(clusters(text)) == text


@given(TRICKY, st.integers(1, 60), st.sampled_from([len, utf16_units]))
def test_a_cut_keeps_whole_clusters_from_the_beginning(
    text: str, limit: int, measure: Callable[[str], int]
) -> None:
    shown = cut(text, limit, measure)
    assert measure(shown) <= limit
    if shown == text:
        return
    kept = shown.removesuffix("…")
    whole = {""}
    for cluster in clusters(text):
        whole.add((max(whole, key=len)) + cluster)
    assert kept in {beginning.rstrip() for beginning in whole}


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("a👍🏽b", 3, "a…"),
        ("ab  cd", 5, "ab…"),
        (FAMILY + "x", 5, "…"),
        ("🇨🇳🇩🇪🇫🇷", 5, "🇨🇳🇩🇪…"),
        ("工行数字钱包", 4, "工行数…"),
    ],
)
def test_cut(text: str, limit: int, shown: str) -> None:
    assert cut(text, limit) == shown


def test_windows_counts_an_emoji_twice() -> None:
    text = fitted("😀" * 40, "😀" * 200, WINDOWS)
    assert text.title == "😀" * 31 + "…"
    assert utf16_units(text.title) == 63
    assert utf16_units(text.body) == 255


def test_lines_are_kept_in_bodies_and_joined_in_titles() -> None:
    text = fitted("a\r\n\tb\x07c", "one\r\n\n two\u2028three\x1b[1m ", LINUX)
    assert text.title == "a b c"
    assert text.body == "one\ntwo\nthree [1m"


def test_a_dash_in_front_is_no_option() -> None:
    text = fitted("--version", "-u low", LINUX)
    assert (text.title, text.body) == (" --version", " -u low")


def test_a_networks_name_cannot_turn_the_text_around() -> None:
    assert clean("Wi-Fi \u202egnp.exe\u202c lost", keep_lines=False) == "Wi-Fi gnp.exe lost"


def test_markup_is_escaped() -> None:
    assert escape_markup('loss <5% & "late" &lt;') == 'loss &lt;5% &amp; "late" &amp;lt;'
