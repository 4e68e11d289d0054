"""The live page's small parts: markup, languages, the strip's arithmetic."""

import pytest

from monitor.model import Leg, Outcome, ProbeKind, Role, Sample, Target
from monitor.web.door import Pass
from monitor.web.markup import Markup, element, escaped, joined
from monitor.web.page import accepted
from monitor.web.strip import Grid, Tally, drawing, rows

ROUTER = Target("gw", Role.GATEWAY, ProbeKind.ICMP)
MUTE = Target("gw", Role.GATEWAY, ProbeKind.TCP)
BOOK = Grid(0, 10_000, 6)


def asked(at_s: int, outcome: Outcome, target: Target = ROUTER) -> Sample:
    return Sample(at_s * 1000, target, outcome)


def test_text_never_becomes_a_tag_and_markup_stays() -> None:
    made = element("p", "<b>&", Markup("<i>x</i>"), None, ["y", ["z"]], title="\"'<")
    assert made.html == '<p title="&quot;&#x27;&lt;">&lt;b&gt;&amp;<i>x</i>yz</p>'


def test_attributes_that_are_off_are_left_out() -> None:
    made = element("input", class_="a", aria_label="b", hidden=True, checked=False, value=None)
    assert made.html == '<input class="a" aria-label="b" hidden>'


def test_commands_and_halves_of_characters_are_marked() -> None:
    assert escaped("a\x00\x1b\u202e\ud800") == "a\ufffd\ufffd\ufffd\ufffd"
    assert joined("\n\t").html == "\n\t"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr,en;q=0.5,zh;q=0.4", "en"),
        ("ZH-hant", "zh"),
        ("fr", None),
        ("", None),
        ("zh;q=0", None),
        ("zh;q=x,en;q=0.1", "en"),
        ("zh;q=nan", None),
        ("zh;q=9", None),
    ],
)
def test_the_best_language_that_we_have(header: str, language: str | None) -> None:
    assert accepted(header) == language


def test_both_secrets_are_needed_and_no_two_processes_share_them() -> None:
    own, other = Pass(), Pass()
    assert own.fits(own.token, own.cookie)
    assert not own.fits(own.token, other.cookie)
    assert not own.fits(other.token, own.cookie)
    assert not own.fits(own.cookie, own.token)
    assert own.token not in repr(own) and own.cookie not in repr(own)


def test_a_column_holds_what_was_measured_in_it() -> None:
    found = [asked(0, Outcome.REPLY), asked(9, Outcome.TIMEOUT), asked(10, Outcome.REPLY)]
    found += [asked(30, Outcome.NOT_MEASURED), asked(60, Outcome.TIMEOUT)]

    [row] = rows(BOOK, (), found)

    assert row.leg is Leg.GATEWAY
    assert [(t.measured, t.lost) for t in row.tallies[:4]] == [(2, 1), (1, 0), (0, 0), (0, 0)]
    assert [t.quarters for t in row.tallies[:3]] == [2, 0, -1]
    assert (row.total.measured, row.total.lost, row.is_mute) == (3, 1, False)


def test_one_lost_of_many_is_seen() -> None:
    assert Tally(1000, 1).quarters == 1
    assert Tally(1000, 999).quarters == 4


def test_a_way_that_never_answers_does_not_speak_for_its_leg() -> None:
    found = [asked(0, Outcome.REPLY), asked(0, Outcome.TIMEOUT, MUTE)]
    [row] = rows(BOOK, (), found)
    assert (row.total.measured, row.total.lost) == (1, 0)

    [mute] = rows(BOOK, (), found[1:])
    assert mute.is_mute
    assert 'class="mute"' in drawing(mute, BOOK, (), "x").html


def test_equal_neighbours_are_one_shape() -> None:
    [row] = rows(BOOK, (), [asked(at_s, Outcome.REPLY) for at_s in range(0, 60, 5)])
    assert drawing(row, BOOK, (), "x").html.count("<rect") == 1
