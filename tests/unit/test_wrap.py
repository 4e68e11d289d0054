"""Text in lines: nothing too wide, nothing lost, Chinese broken where Chinese may be."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.wrap import padded, width, wrapped

CHINESE = "先看看本机的其他程序能否上网。可以从 Wi-Fi 换到移动数据，或反过来试试。"


def test_a_chinese_character_takes_two_columns() -> None:
    assert width("工行 ok") == 7
    assert padded("工行", 6) == "工行  "


def test_the_later_lines_stand_below_the_first() -> None:
    lines = list(wrapped("one two three", 12, "  - "))
    assert lines == ["  - one two", "    three"]
    assert list(wrapped("one two three", 12, "  ", "      ")) == ["  one two", "      three"]


def test_chinese_is_broken_anywhere_but_before_its_marks() -> None:
    lines = list(wrapped(CHINESE, 20))
    assert max(width(line) for line in lines) <= 20
    assert not any(line[0] in "，。" for line in lines)
    assert len(lines) <= 5


def test_an_empty_text_is_one_line() -> None:
    assert list(wrapped("", 10, "  a")) == ["  a"]


def test_a_word_longer_than_a_line_is_cut() -> None:
    lines = list(wrapped("x" * 25, 10, "  "))
    assert lines == ["  " + "x" * 8, "  " + "x" * 8, "  " + "x" * 8, "  x"]


@given(st.text(alphabet="ab ，。（）工行【,)%\t\n", max_size=60), st.integers(6, 40))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, columns: int) -> None:
    lines = list(wrapped(text, columns, "> ", "  "))
    assert all(width(line) <= columns for line in lines)
    kept = "".join(line[2:] for line in lines)
    assert "".join(kept.split()) == "".join(text.split())
