"""An import is read whole or refused whole, with the place and the mend."""

import gettext
import re

import pytest

from monitor.locale import Translator
from monitor.model import Disconnect, How
from monitor.wallet.imports import ImportMistake, parse

NOW_MS = 1_795_000_000_000
AT = "2026-11-17T08:03:11.250+08:00"
AT_MS = 1_794_873_791_250


class Shouting(Translator):
    """A language that shows which words went through it."""

    def text(self, msgid: str) -> str:
        return "".join(
            part if part.startswith("{") else part.upper() for part in re.split(r"(\{\w+\})", msgid)
        )


def of(text: str, name: str = "seen.csv") -> list[Disconnect]:
    return [row.disconnect for row in parse(name, text.encode(), NOW_MS)]


def test_a_csv_row_becomes_a_disconnect() -> None:
    rows = of(f"wallet,at,until,note,how\nicbc,{AT},{AT_MS + 1000},车库里,timeout\n")
    assert rows == [
        Disconnect("icbc", "reported", AT_MS, AT_MS + 1000, How.TIMEOUT, note="车库里"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"wallet,at,until,note\nicbc,{AT},,\n",
        f"\ufeffwallet,at,until,note\r\nicbc,{AT},,\r\n",
        f" Wallet , AT \n\n icbc , {AT} \n,\n",
        f"at,wallet\n{AT_MS},icbc",
        f'wallet,at,note\nicbc,"{AT}",""\n',
    ],
    ids=["plain", "BOM and CRLF", "spaces and blank rows", "any order", "quoted"],
)
def test_ordinary_csv_files_are_read_alike(text: str) -> None:
    assert of(text) == [Disconnect("icbc", "reported", AT_MS, AT_MS, How.REPORTED)]


def test_a_note_may_hold_commas_lines_and_quotation_marks() -> None:
    text = f'wallet,at,note\nicbc,{AT},"a, ""b""\nc"\nicbc,tomorrow,\n'
    with pytest.raises(ImportMistake, match=r"seen\.csv line 4: at is 'tomorrow'"):
        of(text)
    assert of(text.rpartition("icbc")[0])[0].note == 'a, "b"\nc'


def test_json_lines_are_read() -> None:
    lines = f'{{"wallet":"icbc","at":"{AT}","until":null}}\n\n{{"wallet":"b","at":{AT_MS}}}\n'
    assert [each.wallet for each in of(lines, "x.jsonl")] == ["icbc", "b"]
    assert of(lines, "standard input") == of(lines, "x.jsonl")


def test_a_file_with_a_header_only_is_no_disconnects() -> None:
    assert of("wallet,at,until,note\n") == []


CSV_MISTAKES = {
    "": "seen.csv: is empty; its first line must be wallet,at,until,note",
    "wallet;at\n": "seen.csv line 1: unknown column 'wallet;at'; there are wallet, at, until",
    "wallet,at,when\n": "seen.csv line 1: unknown column 'when'",
    "wallet,at,at\n": "seen.csv line 1: names the column at twice; keep one",
    "wallet,until\n": "seen.csv line 1: has no column at",
    f"wallet,at\nicbc,{AT},more\n": "line 2: has 3 fields and the header names 2",
    f"wallet,at\nicbc,{AT}\n\n,{AT}\n": "line 4: wallet is empty; name the wallet",
    "wallet,at\nicbc,\n": "line 2: at is empty; say when it began",
    "wallet,at\nicbc,2026/11/17 8:03\n": "line 2: at is '2026/11/17 8:03', which is no time",
    "wallet,at\nicbc,2026-11-17T08:03:11\n": "line 2: at is .* without its offset; write it like",
    "wallet,at\nicbc,1794873791\n": "line 2: at is '1794873791', before the year 2000",
    "wallet,at\nicbc,2027-01-01T00:00:00Z\n": "line 2: at is .*, which lies in the future",
    f"wallet,at,until\nicbc,{AT},{AT_MS - 1}\n": "line 2: until lies before at",
    f"wallet,at,until\nicbc,{AT},{NOW_MS + 60_001}\n": "line 2: until is .* in the future",
    f"wallet,at,how\nicbc,{AT},gone\n": "line 2: how is 'gone'; write one of reset, closed",
    f'wallet,at\nicbc,"{AT}\n': "line 2: is no CSV",
    "wallet,at\nicbc," + "9" * 5000 + "\n": "line 2: at is .*, which is no time",
}


@pytest.mark.parametrize("text", CSV_MISTAKES, ids=list(CSV_MISTAKES.values()))
def test_a_mistake_in_csv_names_its_place_and_mend(text: str) -> None:
    with pytest.raises(ImportMistake, match=CSV_MISTAKES[text]):
        of(text)


JSON_MISTAKES = {
    "{": "x.jsonl line 1: is no JSON object; write one whole object on each line",
    "[1]": "line 1: is no JSON object",
    "[" * 100_000: "line 1: is no JSON object",
    '{"wallet": "icbc", "at": true}': "line 1: at is 'true', which is no time",
    '{"wallet": "icbc", "at": 1.5e12}': "line 1: at is '1500000000000.0', which is no time",
    '{"wallet": 7, "at": 1}': "line 1: wallet is '7', not a text",
    '{"wallet": "icbc", "At": 1}': "line 1: unknown column 'At'",
    '{"wallet": "icbc"}': "line 1: at is empty",
    f'{{"wallet": "icbc", "at": "{AT}", "note": "\\ud83d"}}': "line 1: note holds half of a",
}


@pytest.mark.parametrize("text", JSON_MISTAKES, ids=list(JSON_MISTAKES.values()))
def test_a_mistake_in_json_names_its_place_and_mend(text: str) -> None:
    with pytest.raises(ImportMistake, match=JSON_MISTAKES[text]):
        of(text, "x.jsonl")


def test_what_excel_saves_in_gbk_is_told() -> None:
    content = f"wallet,at,note\nicbc,{AT},断开了\n".encode("gbk")
    with pytest.raises(ImportMistake, match=r'line 2: is not UTF-8 text, perhaps GBK.*"CSV UTF-8"'):
        parse("seen.csv", content, NOW_MS)


def test_utf_16_and_noise_are_told() -> None:
    with pytest.raises(ImportMistake, match=r"seen\.csv: is UTF-16 text"):
        parse("seen.csv", "wallet,at".encode("utf-16"), NOW_MS)
    with pytest.raises(ImportMistake, match="line 1: is not UTF-8 text; save"):
        parse("seen.csv", b"\xff\xff\xff", NOW_MS)


def test_a_mistake_can_be_said_in_another_language() -> None:
    with pytest.raises(ImportMistake) as caught:
        of(f"wallet,at\nicbc,{AT},more\n")
    mistake = caught.value
    shouting = Shouting("zh", gettext.NullTranslations())
    assert mistake.text(shouting) == (
        "seen.csv, LINE 2: HAS 3 FIELDS AND THE HEADER NAMES 2; "
        "PUT A TEXT WITH COMMAS INTO QUOTATION MARKS; NOTHING WAS IMPORTED"
    )


def test_each_row_knows_its_line() -> None:
    text = f'wallet,at,note\nicbc,{AT},"two\nlines"\n\nicbc,{AT},\n'
    assert [row.line for row in parse("seen.csv", text.encode(), NOW_MS)] == [2, 5]


def test_a_clock_that_is_a_little_ahead_of_ours_is_no_mistake() -> None:
    assert of(f"wallet,at\nicbc,{NOW_MS + 60_000}\n")[0].started_at_ms == NOW_MS + 60_000
