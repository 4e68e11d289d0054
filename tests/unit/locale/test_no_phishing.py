"""No text of the whole product, in either language, looks like phishing.

Who reads a notice about a bank is a target for fraud. So nothing here asks for a secret or for a
log-in, carries a link, names a number but the bank's, or hurries; and what warns of such things
says so with a "no".
"""

import re

import pytest
from babel.messages.catalog import Message

from tests.unit.locale.test_catalogue import forms, messages, name_of

TECHNICAL = (
    "http://host/path",
    "http://主机/路径",
    "http://",
    "2026-11-18T08:03:11.250+08:00",
    "2026-11-18T08:03:11+08:00",
    "2026-11-18T08:03:11",
    "23:00-07:00",
    "0 2147483647",
    "65535",
)
"""Forms to be written into a configuration or an import, and so neither a link nor a number."""

LINK = re.compile(
    r"https?:|www\.|://|\b[a-z0-9-]+\.(?:com|cn|net|org|top|vip|info)\b", re.IGNORECASE
)
NUMBER = re.compile(r"\+?\d(?:[\d ()-]{3,})\d")
BANK = "95588"

SECRET_EN = re.compile(
    r"password|passcode|\bPIN\b|card number|CVV|one-time|(?:verification|security|SMS) code",
    re.IGNORECASE,
)
SECRET_ZH = re.compile("密码|口令|验证码|校验码|卡号|安全码|动态码")
ASK_EN = re.compile(
    r"\b(?:enter|type|send|give|tell|share|provide|confirm|reply|submit|read out|asks?|wants?)\b",
    re.IGNORECASE,
)
ASK_ZH = re.compile("输入|填写|填入|发送|发给|提供|告诉|告知|回复|提交|索要|报给|要您|给任何人")
NO_EN = re.compile(r"\b(?:no|not|never|nobody|nor|none)\b", re.IGNORECASE)
NO_ZH = re.compile("不|勿|别|没有|从不")

LOG_IN_EN = re.compile(
    r"\b(?:log|sign)(?:ging|ing)?[ -]?in (?:at|on|here|with|via|now|through)\b"
    r"|\b(?:please|must|should) (?:log|sign) in\b|\bclick\b|\btap (?:here|the link)\b",
    re.IGNORECASE,
)
LOG_IN_ZH = re.compile(
    "请登录|登录(?:网址|网站|链接|以下|下方|后验证)|点击|点此|戳这里|扫码|扫描二维码"
)
LINK_WORD_ZH = re.compile("链接")
LINK_WORD_EN = re.compile(r"\ba link\b|\bthe link (?:below|in)\b", re.IGNORECASE)

HURRY_EN = re.compile(
    r"\bimmediately\b|\burgent|\bat once\b|\bright away\b|\bact now\b|\bhurry\b|\blast chance\b"
    r"|\bfinal (?:notice|warning)\b|\bwithin 24 hours\b|\bor your account\b"
    r"|\bwill be (?:closed|frozen|suspended|blocked|locked|deleted)\b",
    re.IGNORECASE,
)
HURRY_ZH = re.compile(
    "立即|立刻|马上|紧急|限时|否则|务必|逾期|赶快|最后机会|最后通知"
    "|(?:将|会|已)被?(?:冻结|注销|停用|锁定|封停)"
)


def both(message: Message) -> list[str]:
    texts = [*forms(message.id), *forms(message.string)]
    for form in TECHNICAL:
        texts = [text.replace(form, "") for text in texts]
    return texts


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.;:?!])\s|[。；？！]", text)


def suspicious(text: str) -> list[str]:
    """Return what in a text looks like phishing; empty where nothing does."""
    found = [match.group() for match in LINK.finditer(text)]
    found += [m.group() for m in NUMBER.finditer(text) if m.group().strip() != BANK]
    for pattern in (LOG_IN_EN, LOG_IN_ZH, HURRY_EN, HURRY_ZH):
        found += pattern.findall(text)
    for sentence in sentences(text):
        for secret, ask, no in ((SECRET_EN, ASK_EN, NO_EN), (SECRET_ZH, ASK_ZH, NO_ZH)):
            if secret.search(sentence) and ask.search(sentence) and not no.search(sentence):
                found.append(sentence)
        for word, no in ((LINK_WORD_EN, NO_EN), (LINK_WORD_ZH, NO_ZH)):
            if word.search(sentence) and not no.search(sentence):
                found.append(sentence)
    return found


@pytest.mark.parametrize("message", messages(), ids=name_of)
def test_nothing_looks_like_phishing(message: Message) -> None:
    for text in both(message):
        assert suspicious(text) == [], text


@pytest.mark.parametrize(
    "text",
    [
        "Please enter your password to go on.",
        "Reply with the verification code.",
        "Confirm your card number in the app.",
        "Open the link below.",
        "Look at www.icbc-safe.com for help.",
        "See https://example.org/x",
        "Call 400-820-8888 for help.",
        "Call +86 10 6610 8608.",
        "Sign in at the page of the bank.",
        "Act now, or your account will be frozen.",
        "请输入短信验证码。",
        "请把卡号发给客服。",
        "点击这里恢复连接。",
        "请登录后查看。",
        "打开链接即可恢复。",
        "立即处理，否则账户将被冻结。",
        "客服电话 4008208888。",
        "请访问 icbc-kefu.top。",
    ],
)
def test_what_a_fraudster_would_write_is_seen(text: str) -> None:
    assert suspicious(text)


def test_the_banks_number_is_there_and_may_be() -> None:
    texts = [text for message in messages() for text in both(message)]
    assert sum(BANK in text for text in texts) >= 4
    assert suspicious("Call the bank (ICBC: 95588).") == []
