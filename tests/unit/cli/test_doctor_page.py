"""The doctor's page: within its columns, aligned, the worst with its mend, in both languages."""

import pytest

from monitor.cli.doctor import Told, page
from monitor.config.settings import Settings
from monitor.doctor.grade import grade_of
from monitor.doctor.interface import Finding, Verdict, words
from monitor.doctor.leaving import listed
from monitor.doctor.registry import CHECKS
from monitor.locale import translator
from monitor.wrap import width

LONG = words(
    "a reason of many words, 也有中文的部分，which does not fit into the line that it begins on"
)


def told() -> Told:
    verdicts = list(Verdict)
    findings = [
        Finding(check.code, verdicts[i % len(verdicts)], "2001:db8::1", LONG, LONG, "detail")
        for i, check in enumerate(CHECKS)
    ]
    states = {"link.gateway": "192.168.1.1", "network.resolvers": "192.168.1.1"}
    return Told(findings, grade_of(findings), listed(Settings(), states, {}))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("columns", [48, 80, 100])
def test_no_line_is_wider_than_the_page(language: str, columns: int) -> None:
    rows = list(page(told(), columns, translator(language), with_detail=True))
    assert max(width(row.text) for row in rows) <= columns
    assert all("{" not in row.text for row in rows)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reasons_stand_below_one_another(language: str) -> None:
    rows = list(page(told(), 80, translator(language), with_detail=False))
    begins = {width(row.text.partition("2001:db8::1")[0]) for row in rows if "2001" in row.text}
    assert len({begin for begin in begins if begin > 20}) == 1


def test_it_ends_with_the_list_the_grade_and_two_mends() -> None:
    texts = [row.text for row in page(told(), 80, translator("en"), with_detail=False)]
    listing = texts.index("What leaves this machine")
    grade = next(i for i, text in enumerate(texts) if text.startswith("Grade "))
    mends = texts.index("What helps most")
    assert listing < grade < mends
    assert any("192.168.1.1" in text for text in texts[listing:grade])
    assert [text[:5] for text in texts[mends:] if text[2:3].isdigit()] == ["  1. "]


def test_what_a_stranger_names_commands_no_terminal() -> None:
    finding = Finding("network.link", Verdict.OK, "\x1b[31mred", words("{x}", x="\x07"))
    rows = page(Told([finding], grade_of([finding]), []), 80, translator("en"), with_detail=True)
    assert not any("\x1b" in row.text or "\x07" in row.text for row in rows)
