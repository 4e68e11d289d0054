"""What the user writes on the command line becomes values, or one sentence."""

import pytest

from monitor.cli.context import InputError
from monitor.cli.inputs import cause, instant, instant_or_ago, now_ms, wallet
from monitor.cli.main import globals_first, language_asked_for
from monitor.locale import translator
from monitor.model import CauseCode

EN = translator("en")


@pytest.mark.parametrize(
    ("text", "ago_ms"),
    [("7d", 604_800_000), ("12h", 43_200_000), ("30m", 1_800_000), ("2w", 1_209_600_000)],
)
def test_a_span_is_counted_back_from_now(text: str, ago_ms: int) -> None:
    before, got, after = now_ms(), instant_or_ago(text, EN), now_ms()
    assert before - ago_ms <= got <= after - ago_ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-11-18T08:03:11.250Z", 1_794_988_991_250),
        ("2026-11-18T16:03:11.250+08:00", 1_794_988_991_250),
        (" 2026-11-18 08:03:11+00:00 ", 1_794_988_991_000),
    ],
)
def test_an_instant_is_iso_8601(text: str, ms: int) -> None:
    assert instant(text, EN) == ms


@pytest.mark.parametrize("text", ["", "yesterday", "-7d", "7y", "18.11.2026", "99999-01-01"])
def test_what_is_no_time_is_told_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="is not a time: write 7d"):
        instant_or_ago(text, EN)


@pytest.mark.parametrize("slip", ["network.gatway", "gateway", "Network.Gateway", "gatewya"])
def test_a_slip_in_a_cause_is_answered_with_the_near_one(slip: str) -> None:
    with pytest.raises(InputError, match=r"did you mean network\.gateway\?"):
        cause(slip, EN)


def test_a_cause_that_is_none_lists_all() -> None:
    assert cause("network.isp", EN) is CauseCode.ISP
    with pytest.raises(InputError) as caught:
        cause("network.router", EN)
    assert all(code in str(caught.value) for code in CauseCode)


def test_an_unknown_wallet_suggests_the_near_one() -> None:
    assert wallet("icbc", {"icbc"}, EN) == "icbc"
    with pytest.raises(InputError, match="did you mean icbc"):
        wallet("icb", {"icbc", "alipay"}, EN)
    with pytest.raises(InputError, match="there are: alipay, icbc"):
        wallet("paypal-europe", {"icbc", "alipay"}, EN)


def test_global_options_are_welcome_behind_the_command() -> None:
    assert globals_first(["disconnects", "--json", "--data-dir", "d", "--lang=zh", "-q"]) == [
        "--data-dir",
        "d",
        "--lang=zh",
        "-q",
        "disconnects",
        "--json",
    ]
    assert globals_first(["db", "backup", "--", "--config"]) == ["db", "backup", "--", "--config"]
    assert globals_first(["status", "--config"]) == ["--config", "status"]


def test_the_language_is_known_before_anything_is_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WALLETWATCH_LANG", "zh")
    assert language_asked_for(["--lang", "en", "status"]) == "en"
    assert language_asked_for(["--lang=en"]) == "en"
    assert language_asked_for(["status"]) == "zh"
    monkeypatch.delenv("WALLETWATCH_LANG")
    assert language_asked_for(["status"]) == "auto"
