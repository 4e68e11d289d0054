"""The words: complete in both languages, never failing, and nothing that looks like phishing."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

import monitor.locale
from monitor.diagnose.causes.registry import CAUSES
from monitor.diagnose.evidence import TEXTS
from monitor.diagnose.fixes import FIXES
from monitor.diagnose.words import (
    EVIDENCE_TEXTS,
    cause_summary,
    cause_title,
    evidence_text,
    fix_text,
    fix_title,
)
from monitor.locale import translator
from monitor.model import CauseCode, Evidence, Finding, FixCode

EN, ZH = translator("en"), translator("zh")

TITLES = [cause.title for cause in CAUSES] + [fix.title for fix in FIXES]
SUMMARIES = [cause.summary for cause in CAUSES]
FIX_TEXTS = [fix.text for fix in FIXES]
ALL = [*TITLES, *SUMMARIES, *FIX_TEXTS, *EVIDENCE_TEXTS.values()]


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("msgid", ALL)
def test_every_text_has_a_chinese_one_with_the_same_values(msgid: str) -> None:
    chinese = ZH.text(msgid)
    assert chinese != msgid, "not translated"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
    assert names(chinese) == names(msgid)


def test_no_cause_rewrites_the_words_of_shared_evidence() -> None:
    own = [code for cause in CAUSES for code in cause.evidence_texts]
    assert set(own) & set(TEXTS) == set()
    assert len(own) == len(set(own))


LINKS = ("http", "www.", ".com", ".cn", "://")
ASKING_EN = ("password", "code", "log in", "log-in", "sign in", "click", "verif")
ASKING_ZH = ("密码", "验证码", "登录", "点击", "链接")


@pytest.mark.parametrize("msgid", TITLES + SUMMARIES)
def test_a_notice_looks_like_no_phishing(msgid: str) -> None:
    for text in (msgid.lower(), ZH.text(msgid)):
        assert not any(word in text for word in (*LINKS, *ASKING_EN, *ASKING_ZH)), text


@pytest.mark.parametrize("msgid", ALL)
def test_no_text_carries_a_link(msgid: str) -> None:
    for text in (msgid.lower(), ZH.text(msgid)):
        assert not any(word in text for word in LINKS), text


@pytest.mark.parametrize("msgid", TITLES)
def test_titles_are_short(msgid: str) -> None:
    assert len(msgid) <= 50
    assert len(ZH.text(msgid)) <= 20


def test_support_names_the_bank_and_warns() -> None:
    for tr in (EN, ZH):
        assert "95588" in fix_text(FixCode.CONTACT_BANK, tr)
        assert "95588" in fix_title(FixCode.CONTACT_BANK, tr)
    assert "password" in fix_text(FixCode.SAFE_CHANNELS, EN)
    assert "验证码" in fix_text(FixCode.SAFE_CHANNELS, ZH)


def test_values_are_filled_in_both_languages() -> None:
    silent = Evidence("gateway.silent", True, {"silent_s": 12.5, "lost_count": 9})
    finding = Finding(CauseCode.GATEWAY, 0.95, (silent,))
    assert cause_title(CauseCode.GATEWAY, EN) == "The router did not answer"
    assert cause_title(CauseCode.GATEWAY, ZH) == "路由器没有回应"
    assert cause_summary(finding, EN).endswith("silent for 12.5 s.")
    assert "12.5 秒" in cause_summary(finding, ZH)
    assert evidence_text(silent, EN) == "The router was silent for 12.5 s (9 probes lost)."


def test_ratios_become_percent_and_unknown_values_a_question_mark() -> None:
    assert evidence_text(Evidence("internet.lossy", True, {"loss_ratio": 0.304}), EN) == (
        "Probes to the internet that were lost: 30.4 %."
    )
    assert "?" in evidence_text(Evidence("internet.lossy", True, {"loss_ratio": None}), EN)
    assert "?" in evidence_text(Evidence("internet.lossy", True), ZH)


def test_evidence_without_words_is_shown_by_its_code() -> None:
    """A store may hold what a newer engine wrote."""
    assert evidence_text(Evidence("from.the_future", True), EN) == "from.the_future"


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text("{}%! a网", max_size=6)
)
value_names = sorted({name for text in ALL for name in names(text)} | {"loss_ratio", "x_ratio"})


@given(
    st.sampled_from(sorted(EVIDENCE_TEXTS)),
    st.sampled_from(list(CauseCode)),
    st.dictionaries(st.sampled_from(value_names), values),
    st.sampled_from([EN, ZH]),
)
def test_no_value_and_no_missing_value_ever_fails(
    code: str,
    cause: CauseCode,
    given_values: dict[str, bool | int | float | str | None],
    tr: monitor.locale.Translator,
) -> None:
    evidence = Evidence(code, True, given_values)
    assert evidence_text(evidence, tr)
    assert cause_summary(Finding(cause, 0.5, (evidence,)), tr)
