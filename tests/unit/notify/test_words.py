"""Notices say what happened and what to do: short, calm, nothing that looks like phishing."""

import gettext
import re
from dataclasses import replace

import pytest

from monitor.locale import Translator
from monitor.model import (
    CauseCode,
    Diagnosis,
    Disconnect,
    Finding,
    FixCode,
    How,
    Notice,
    NoticeKind,
)
from monitor.notify.asking import (
    PLAINEST,
    Reasons,
    ask_notice,
    buttons_of,
    choices_beside,
    thanks_notice,
    why_notice,
)
from monitor.notify.incidents import Loss
from monitor.notify.policy import Plan
from monitor.notify.telling import Words, duration_in_words, notice_of

ENGLISH = Translator("en", gettext.NullTranslations())
START = 1_700_000_000_000
TITLES = {"icbc": "ICBC wallet", "ccb": "CCB wallet", "abc": "ABC wallet"}
GATEWAY = CauseCode.GATEWAY
WORDS = Words(
    TITLES.__getitem__,
    lambda cause: f"title of {cause.value}",
    "Your router did not answer.",
    FixCode.CHECK_NETWORK,
    "Check the network",
)


def loss(
    wallet: str = "icbc",
    lasted_ms: int | None = None,
    at_ms: int = 0,
    cause: CauseCode | None = GATEWAY,
) -> Loss:
    began_ms = START + at_ms
    ended_ms = None if lasted_ms is None else began_ms + lasted_ms
    return Loss(Disconnect(wallet, "session", began_ms, ended_ms, How.TIMEOUT, id=7), cause)


def said(plan: Plan, words: Words = WORDS, after_ms: int = 6_000) -> tuple[str, str]:
    notice = notice_of(plan, words, START + after_ms, ENGLISH)
    return notice.title, notice.body


def test_a_loss_is_told_with_its_cause_and_what_to_do_and_both_are_stored() -> None:
    plan = Plan(NoticeKind.LOST, (loss(),), GATEWAY, 7)
    assert notice_of(plan, WORDS, START + 6_000, ENGLISH) == Notice(
        NoticeKind.LOST,
        START + 6_000,
        "ICBC wallet lost its connection",
        "Your router did not answer.\nCheck the network",
        disconnect_id=7,
        cause=GATEWAY,
        fix=FixCode.CHECK_NETWORK,
    )


def test_an_unknown_cause_is_called_unknown() -> None:
    words = replace(WORDS, cause_summary="", fix=None, fix_line="")
    assert said(Plan(NoticeKind.LOST, (loss(),)), words)[1] == "The cause is not known yet."


def test_wallets_that_drop_together_are_named_together() -> None:
    plan = Plan(NoticeKind.LOST, (loss(), loss("ccb"), loss("abc")), GATEWAY, 7)
    assert said(plan)[0] == "ICBC wallet, CCB wallet and ABC wallet lost their connections"


def test_braces_in_a_wallets_title_are_text() -> None:
    words = replace(WORDS, wallet_title=lambda _: "{0} {wallet}")
    for kind in (NoticeKind.LOST, NoticeKind.RESTORED, NoticeKind.DIGEST, NoticeKind.SUMMARY):
        assert "{0} {wallet}" in said(Plan(kind, (loss(), loss("ccb"))), words)[0]


def test_the_end_is_told_with_how_long_it_was() -> None:
    plan = Plan(NoticeKind.RESTORED, (loss(lasted_ms=65_000),), GATEWAY, 7)
    assert said(plan, after_ms=75_000) == (
        "ICBC wallet is connected again",
        "It was disconnected for 1 minute 5 seconds.\nYour router did not answer.",
    )
    twice = (
        loss(lasted_ms=60_000),
        loss("ccb", 30_000, 45_000),
        loss(lasted_ms=5_000, at_ms=90_000),
    )
    title, body = said(replace(plan, losses=twice), after_ms=110_000)
    assert title == "ICBC wallet and CCB wallet are connected again"
    assert body.startswith("It was disconnected 2 times, for 1 minute 20 seconds in all.")


def test_a_day_and_a_night_are_summed_up() -> None:
    losses = (
        loss(lasted_ms=60_000, cause=CauseCode.ISP),
        loss(lasted_ms=60_000, at_ms=100_000),
        loss(at_ms=300_000),
    )
    assert said(Plan(NoticeKind.DIGEST, losses), after_ms=360_000) == (
        "ICBC wallet: a restless day",
        "3 disconnects, for 3 minutes in all.\n"
        "Most often: title of network.gateway.\n"
        "No more of these notices today; the weekly report has them all.",
    )
    assert said(Plan(NoticeKind.SUMMARY, losses), after_ms=360_000) == (
        "ICBC wallet: while notices were silent",
        "3 disconnects, for 3 minutes in all.\n"
        "Most often: title of network.gateway.\n"
        "ICBC wallet is still disconnected.",
    )


def test_the_evidence_fits_and_says_where_to_read_on() -> None:
    reasons = Reasons("ICBC", "It was the router.", ("a", "b", "c", "d"), "The provider")
    notice = why_notice(7, GATEWAY, reasons, START, ENGLISH)
    assert (notice.kind, notice.disconnect_id, notice.cause) == (NoticeKind.WHY, 7, GATEWAY)
    assert notice.body.splitlines() == [
        "It was the router.",
        "· a",
        "· b",
        "· c",
        "Less likely: The provider",
        "All of it: walletwatch explain 7",
    ]
    unknown = why_notice(7, None, Reasons("ICBC", ""), START, ENGLISH)
    assert unknown.body.startswith("Nothing that was measured explains it.")


def diagnosis(*causes: CauseCode) -> Diagnosis:
    return Diagnosis(tuple(Finding(cause, 0.5) for cause in causes), "1", START)


@pytest.mark.parametrize("told", list(CauseCode))
@pytest.mark.parametrize("runner_up", [None, *CauseCode])
def test_the_choices_are_others_and_of_different_families(
    told: CauseCode, runner_up: CauseCode | None
) -> None:
    causes = (told,) if runner_up is None else (told, runner_up)
    choices = choices_beside(told, diagnosis(*causes))
    assert len(choices) == 3
    assert told not in choices
    assert not {CauseCode.UNEXPLAINED, CauseCode.SLEEP} & set(choices)
    if runner_up not in (None, told, CauseCode.UNEXPLAINED, CauseCode.SLEEP):
        assert choices[0] is runner_up
    families = [cause.family for cause in choices[1:]]
    assert len({*families, told.family}) == len(families) + 1


def test_without_a_diagnosis_there_are_choices_too() -> None:
    choices = choices_beside(CauseCode.UNEXPLAINED, None)
    assert choices == tuple(cause for _, cause in PLAINEST[:3])
    assert all(cause.family is family for family, cause in PLAINEST)


def actions(notice: Notice) -> list[str]:
    return [b.action for b in buttons_of(notice, lambda cause: f"T {cause.value}", ENGLISH)]


def test_each_notice_has_the_buttons_that_make_sense_on_it() -> None:
    lost = Notice(NoticeKind.LOST, START, "", "", 7, cause=GATEWAY)
    assert actions(lost) == ["why", "wrong"]
    assert actions(replace(lost, kind=NoticeKind.RESTORED)) == ["why", "wrong"]
    assert actions(replace(lost, cause=None)) == ["why"]
    assert actions(replace(lost, disconnect_id=None)) == []
    assert actions(replace(lost, kind=NoticeKind.WHY)) == ["wrong"]
    assert actions(replace(lost, kind=NoticeKind.SUMMARY)) == []
    ask = ask_notice(7, "ICBC", (CauseCode.ISP, CauseCode.ACCOUNT), START, ENGLISH)
    assert actions(ask) == ["cause:network.isp", "cause:account"]
    assert actions(thanks_notice(7, "The provider", START, ENGLISH)) == []


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


def test_no_text_looks_like_phishing() -> None:
    losses = (loss(lasted_ms=60_000), loss(at_ms=300_000))
    kinds = (NoticeKind.LOST, NoticeKind.RESTORED, NoticeKind.DIGEST, NoticeKind.SUMMARY)
    notices = [notice_of(Plan(kind, losses), WORDS, START, ENGLISH) for kind in kinds]
    notices += [
        why_notice(7, GATEWAY, Reasons("ICBC", "It was the router."), START, ENGLISH),
        ask_notice(7, "ICBC", (CauseCode.ISP,), START, ENGLISH),
        thanks_notice(7, "The provider", START, ENGLISH),
    ]
    for notice in notices:
        text = f"{notice.title} {notice.body}".lower()
        assert not re.search(r"https?:|www\.|password|code|log ?in|sign in|urgent|!", text)
