"""The letter follows its rule, and the mends are the most useful ones."""

import pytest

from monitor.doctor.grade import ESSENTIAL, grade_of, most_useful
from monitor.doctor.interface import Finding, Verdict, words
from monitor.doctor.registry import CHECKS


def found(code: str, verdict: Verdict, mend: str = "") -> Finding:
    return Finding(code, verdict, "", words("seen"), words(mend) if mend else None)


OK = found("machine.python", Verdict.OK)
NOTE = found("network.nat", Verdict.NOTE, "bridge it")
WARN = found("machine.clock", Verdict.WARN, "set the clock")
UNKNOWN = found("network.mtu", Verdict.UNKNOWN)
FAIL = found("network.portal", Verdict.FAIL, "open a browser")
DEAF = [
    found("network.anchors", Verdict.FAIL),
    found("network.resolvers", Verdict.FAIL),
    found("wallets.host", Verdict.FAIL),
]


@pytest.mark.parametrize(
    ("findings", "letter"),
    [
        ([OK], "A"),
        ([OK, NOTE, NOTE, NOTE, found("network.ipv6", Verdict.NOT_APPLICABLE)], "A"),
        ([OK, WARN], "B"),
        ([WARN, UNKNOWN], "B"),
        ([WARN, WARN, UNKNOWN], "C"),
        ([OK, FAIL], "D"),
        ([FAIL] * 9, "D"),
        ([*DEAF[:2], found("wallets.host", Verdict.OK)], "D"),
        ([OK, *DEAF], "F"),
        ([found("wallets.host", Verdict.UNKNOWN)], "B"),
    ],
)
def test_letter(findings: list[Finding], letter: str) -> None:
    grade = grade_of(findings)
    assert grade.letter == letter
    assert grade.can_work == (letter != "F")


@pytest.mark.parametrize("code", sorted(ESSENTIAL))
def test_what_is_essential_and_fails_is_an_f_and_a_check_there_is(code: str) -> None:
    assert grade_of([OK, found(code, Verdict.FAIL)]).letter == "F"
    assert grade_of([OK, found(code, Verdict.WARN)]).letter == "B"
    assert code in {check.code for check in CHECKS}


def test_two_mends_essential_first_then_broken_each_once() -> None:
    folder = found("data.folder", Verdict.FAIL, "name another place")
    again = found("network.resolvers", Verdict.FAIL, "open a browser")
    useful = most_useful([WARN, NOTE, FAIL, again, folder])
    assert [each.mend.text for each in useful if each.mend] == [
        "name another place",
        "open a browser",
    ]
    assert most_useful([FAIL, again]) == [FAIL]
    assert most_useful([OK, NOTE]) == []
