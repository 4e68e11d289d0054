"""What is shown as the present: no target or session that is not watched any more."""

from dataclasses import replace

from monitor.config.settings import DEFAULT_WALLETS, PortalSettings, Settings
from monitor.model import (
    Outcome,
    ProbeKind,
    Role,
    Sample,
    SessionChange,
    SessionState,
    Target,
)
from monitor.present import asked_now, watched_now

NOW_MS = 1_790_000_000_000
MINUTE_MS = 60_000


def asked(name: str, minutes_ago: float) -> Sample:
    target = Target(name, Role.GATEWAY, ProbeKind.ICMP)
    return Sample(NOW_MS - round(minutes_ago * MINUTE_MS), target, Outcome.REPLY, 1.0)


def names(samples: list[Sample]) -> list[str]:
    return [sample.target.name for sample in samples]


def test_a_router_that_was_left_is_not_of_the_present() -> None:
    seen = [asked("here", 0), asked("page", 14), asked("left", 16), asked("removed", 3000)]
    assert names(asked_now(seen, Settings(), None)) == ["here", "page"]


def test_slow_rounds_make_a_long_present_and_quick_ones_a_minute() -> None:
    slow = Settings(interval_s=3600)
    assert names(asked_now([asked("a", 0), asked("b", 170)], slow, None)) == ["a", "b"]
    quick = Settings(interval_s=0.1, saver_interval_s=0.1, portal=PortalSettings(url=""))
    assert names(asked_now([asked("a", 0), asked("b", 0.9), asked("c", 1.1)], quick, None)) == [
        "a",
        "b",
    ]


def test_after_a_stop_the_last_known_is_kept_whole() -> None:
    seen = [asked("a", 5000), asked("b", 5001)]
    assert asked_now(seen, Settings(), None) == seen
    assert asked_now([], Settings(), None) == []


def test_a_session_of_a_wallet_that_was_removed_goes_with_the_next_run() -> None:
    seen = [
        SessionChange(NOW_MS - 1000, "icbc", SessionState.UP),
        SessionChange(NOW_MS - 1000, "icbc", SessionState.UP, source="process"),
        SessionChange(NOW_MS - 1000, "alipay", SessionState.UP),
        SessionChange(NOW_MS - 1000, "gone", SessionState.DOWN),
    ]
    assert watched_now(seen, Settings(), None) == seen
    assert watched_now(seen, Settings(), NOW_MS - 2000) == seen
    assert watched_now(seen, Settings(), NOW_MS) == seen[:1]
    with_program = replace(DEFAULT_WALLETS["icbc"], process="bank")
    settings = Settings(wallets={**DEFAULT_WALLETS, "icbc": with_program})
    assert watched_now(seen, settings, NOW_MS) == seen[:2]


def test_what_was_asked_before_this_run_is_no_present() -> None:
    seen = [asked("before", 20), asked("now", 10)]
    assert names(asked_now(seen, Settings(), NOW_MS - 15 * MINUTE_MS)) == ["now"]
