"""The Chinese catalogue: whole, fitting the code, compiled."""

import re
import string
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "monitor" / "locale" / "zh_CN" / "LC_MESSAGES"
MARK = re.compile(r"-k (\w+)(?::([\d,]+))?")

SAME_IN_BOTH = {"VPN", "en"}
"""Words that Chinese has taken over as they are, and the name of the language in HTML."""


@cache
def catalogue() -> Catalog:
    with (FOLDER / "walletwatch.po").open("rb") as file:
        return read_po(file, locale="zh_CN")


def messages() -> list[Message]:
    return [message for message in catalogue() if message.id]


def forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    assert text is not None
    return (text,) if isinstance(text, str) else tuple(text)


def places(text: str) -> set[str]:
    """Return the names that a text leaves open; none where it is no format string."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def keywords() -> dict[str, tuple[int, ...] | None]:
    """Return the marks that `make messages` looks for."""
    (line,) = re.findall(r"^MARKS := ((?:.*\\\n)*.*)", (ROOT / "Makefile").read_text(), re.M)
    marks: dict[str, tuple[int, ...] | None] = {"_": None}
    for name, where in MARK.findall(line):
        marks[name] = tuple(map(int, where.split(","))) if where else None
    return marks


def texts_of_the_code() -> Iterator[tuple[str, ...]]:
    found = extract_from_dir(ROOT / "monitor", [("**.py", "python")], keywords=keywords())
    for _file, _line, msgid, _comments, _context in found:
        yield forms(msgid)


def name_of(message: Message) -> str:
    return forms(message.id)[0][:40]


def test_the_catalogue_holds_the_texts_of_the_code_and_no_others() -> None:
    assert {forms(message.id) for message in messages()} == set(texts_of_the_code())
    assert list(catalogue().obsolete) == []


@pytest.mark.parametrize("message", messages(), ids=name_of)
def test_every_text_has_a_chinese_one_with_the_same_places(message: Message) -> None:
    assert not message.fuzzy
    (chinese,) = forms(message.string)  # Chinese has one form for every number
    english = forms(message.id)[-1]
    assert places(chinese) == places(english)
    without_places = re.sub(r"\{[^}]*\}", "", english)
    if english not in SAME_IN_BOTH and re.search("[A-Za-z]", without_places):
        assert re.search("[\u4e00-\u9fff]", chinese), "not translated"


def test_no_chinese_text_ends_otherwise_than_the_english() -> None:
    """A sentence ends with a full stop in both languages, a part of a sentence in neither."""
    for message in messages():
        english, chinese = forms(message.id)[-1], forms(message.string)[0]
        is_sentence = english.endswith(".") and not english.endswith(
            "..."
        )  # a word of usage goes on
        assert is_sentence == chinese.endswith("。"), english


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue())
    compiled.seek(0)
    with (FOLDER / "walletwatch.mo").open("rb") as file:
        shipped = read_mo(file)
    assert contents(shipped) == contents(read_mo(compiled))


def contents(found: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {forms(message.id): forms(message.string) for message in found}


def test_babel_finds_nothing_wrong() -> None:
    assert [(message.id, errors) for message, errors in catalogue().check()] == []
