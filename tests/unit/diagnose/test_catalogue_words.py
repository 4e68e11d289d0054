"""The catalogue: every code has words, short enough for a notice, with nothing left open."""

import re
import string

import pytest

from monitor.diagnose.causes.registry import CAUSE_OF, CAUSES
from monitor.diagnose.settings_paths import GENERAL, PATHS
from monitor.diagnose.words import (
    care_text,
    care_title,
    cause_summary,
    cause_text,
    cause_title,
    evidence_text,
    family_title,
    fix_text,
    fix_title,
    settings_path,
)
from monitor.locale import Translator, translator
from monitor.model import CareCode, CauseCode, Disconnect, Family, FixCode, How, NoticeKind
from monitor.notify.fit import WINDOWS, utf16_units
from monitor.notify.incidents import Loss
from monitor.notify.policy import Plan
from monitor.notify.telling import Words, notice_of
from tests.unit.diagnose.test_causes import SHOWN, Build, answer

EN, ZH = translator("en"), translator("zh")
BOTH = pytest.mark.parametrize("tr", [EN, ZH], ids=["en", "zh"])
MAKERS = ("huawei", "honor", "xiaomi", "oppo", "vivo", "samsung", "apple")


class Longest(dict[str, str]):
    """Plausible values, as long as they come; a name of no known kind fails."""

    def __missing__(self, name: str) -> str:
        (value,) = (value for end, value in LONGEST_OF_UNIT.items() if name.endswith(end))
        return value


LONGEST_OF_UNIT = {
    "_s": "86399.5",
    "_min": "1440",
    "_ms": "14999",
    "_dbm": "-100",
    "_percent": "99.9",
    "count": "100",
}
LONGEST = Longest(
    blocked_by="BLOCKED_REASON_APP_BACKGROUND",
    installed="10.12.0.128.20261118",
    newest="10.12.0.129.20261120",
)


def filled(msgid: str, tr: Translator) -> str:
    """Return the text with its longest plausible values; a place that is new here fails."""
    return tr.text(msgid).format_map(LONGEST)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def beside(fix: FixCode) -> tuple[FixCode, ...]:
    """Return what stands in one notice with a fix: the bank never without the warning."""
    return (fix, FixCode.SAFE_CHANNELS) if fix is FixCode.CONTACT_BANK else (fix,)


def sentence_count(text: str) -> int:
    return len(re.findall(r"[.!?](?:\s|$)|[。！？]", text))


@BOTH
def test_every_code_has_words(tr: Translator) -> None:
    for cause in CauseCode:
        assert cause_title(cause, tr)
        assert cause_text(cause, tr)
    for fix in FixCode:
        assert fix_title(fix, tr)
        assert fix_text(fix, tr)
    for care in CareCode:
        assert care_title(care, tr)
        assert care_text(care, tr)
    for family in Family:
        assert family_title(family, tr)


@BOTH
def test_no_two_codes_share_a_title(tr: Translator) -> None:
    for titles in (
        [cause_title(code, tr) for code in CauseCode],
        [fix_title(code, tr) for code in FixCode],
        [care_title(code, tr) for code in CareCode],
        [family_title(code, tr) for code in Family],
    ):
        assert len(set(titles)) == len(titles)


@BOTH
def test_titles_fit_the_smallest_desktop(tr: Translator) -> None:
    titles = [cause_title(code, tr) for code in CauseCode]
    titles += [fix_title(code, tr) for code in FixCode]
    titles += [care_title(code, tr) for code in CareCode]
    for title in titles:
        assert utf16_units(title) <= WINDOWS.title
        assert "\n" not in title


@BOTH
@pytest.mark.parametrize("code", list(CauseCode))
def test_a_notice_of_any_cause_fits_with_any_of_its_fixes(code: CauseCode, tr: Translator) -> None:
    """Nothing of it is ever cut off: the loss with the fix, and the end with its duration."""
    summary = filled(CAUSE_OF[code].summary, tr)
    disconnect = Disconnect("icbc", "session", 0, None, How.TIMEOUT, id=1)
    for fix in CAUSE_OF[code].fixes:
        words = Words(
            wallet_title=lambda _: "工行数字钱包",
            cause_title=lambda cause: cause_title(cause, tr),
            cause_summary=summary,
            fix=fix,
            fix_line="\n".join(fix_title(code, tr) for code in beside(fix)),
        )
        plan = Plan(NoticeKind.LOST, (Loss(disconnect, code),), code, 1)
        told = notice_of(plan, words, 6_000, tr)
        assert utf16_units(told.title) <= WINDOWS.title
        assert utf16_units(told.body) <= WINDOWS.body
        assert summary in told.body


@BOTH
@pytest.mark.parametrize("code", list(CareCode))
def test_a_reminder_fits_a_notice(code: CareCode, tr: Translator) -> None:
    assert utf16_units(care_text(code, tr)) <= WINDOWS.body


@BOTH
@pytest.mark.parametrize("code", list(CauseCode))
def test_the_longer_text_has_two_to_four_sentences_and_no_places(
    code: CauseCode, tr: Translator
) -> None:
    text = cause_text(code, tr)
    assert 2 <= sentence_count(text) <= 4
    assert places(text) == set()


@BOTH
@pytest.mark.parametrize("build", [build for _, build in SHOWN], ids=lambda b: str(b.__name__))
def test_no_place_stays_open_where_the_evidence_is_there(build: Build, tr: Translator) -> None:
    finding = answer(build).best
    told = [cause_summary(finding, tr), *(evidence_text(item, tr) for item in finding.evidence)]
    for text in told:
        assert "?" not in text
        assert "{" not in text


def test_fixes_come_in_the_order_of_the_guide() -> None:
    """Network, version, settings, signing in again, then support, the bank itself last.

    The evidence speaks for another order where the network was seen to be fine.
    """
    first = (
        FixCode.CHECK_NETWORK,
        FixCode.UPDATE_APP,
        FixCode.REVIEW_SETTINGS,
        FixCode.SIGN_IN_AGAIN,
    )
    for cause in CAUSES:
        if cause.code is not CauseCode.BANK_CLOSED:  # a fresh session is what it takes
            known = [fix for fix in cause.fixes if fix in first]
            assert known == sorted(known, key=first.index)
    unexplained = CAUSE_OF[CauseCode.UNEXPLAINED].fixes
    assert unexplained[:4] == first


def test_the_bank_comes_last_and_never_without_the_warning() -> None:
    for cause in CAUSES:
        if not cause.fixes:
            assert cause.code is CauseCode.SLEEP
            continue
        after = cause.fixes[cause.fixes.index(FixCode.CONTACT_BANK) + 1 :]
        assert set(after) <= {FixCode.SAFE_CHANNELS}
        assert FixCode.SAFE_CHANNELS in cause.fixes
        assert FixCode.READ_FAQ in cause.fixes
        assert len(set(cause.fixes)) == len(cause.fixes)


def test_every_fix_helps_where_the_guide_says_so() -> None:
    """The table of causes and fixes that the product carries out, family by family."""
    for cause in CAUSES:
        if cause.code.family is Family.NETWORK:
            assert FixCode.CHECK_NETWORK in cause.fixes
        if cause.code.family is Family.APP:
            assert cause.fixes[0] is FixCode.UPDATE_APP
        if cause.code.family is Family.SETTINGS:
            assert cause.fixes[0] is FixCode.REVIEW_SETTINGS
    assert CAUSE_OF[CauseCode.WEAK_SIGNAL].fixes[0] is FixCode.STRONGER_SIGNAL
    assert CAUSE_OF[CauseCode.PERFORMANCE].fixes[0] is FixCode.FREE_MEMORY
    account = CAUSE_OF[CauseCode.ACCOUNT].fixes
    assert account[:2] == (FixCode.SIGN_IN_AGAIN, FixCode.SECURE_ACCOUNT)


@BOTH
def test_the_way_through_the_settings_is_known_for_every_maker(tr: Translator) -> None:
    assert set(PATHS) == set(MAKERS)
    for maker in MAKERS:
        path = settings_path(maker, tr)
        assert path.startswith(("Settings > ", "设置 > "))
        assert path != settings_path("", tr)
    assert settings_path(" Huawei ", tr) == settings_path("huawei", tr)


@BOTH
def test_an_unknown_maker_gets_the_general_way(tr: Translator) -> None:
    assert settings_path("", tr) == settings_path("nokia", tr) == tr.text(GENERAL)


@pytest.mark.parametrize("maker", MAKERS)
def test_menus_are_named_in_the_phones_language(maker: str) -> None:
    assert settings_path(maker, EN).startswith("Settings > ")
    assert settings_path(maker, ZH).startswith("设置 > ")
