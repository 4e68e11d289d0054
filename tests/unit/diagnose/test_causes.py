"""Each cause is shown by what it looks like, and not by what only looks like it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from monitor.diagnose.engine import diagnose
from monitor.model import (
    CauseCode,
    Condition,
    Diagnosis,
    GapWhy,
    How,
    Leg,
    Outcome,
    SessionState,
)
from tests.unit.diagnose.case_builder import Story

DAY_S = 86_400.0
BEYOND_GATEWAY = (Leg.INTERNET, Leg.DNS, Leg.WALLET, Leg.CONTROL)
BEYOND_ISP = (Leg.DNS, Leg.WALLET, Leg.CONTROL)

Build = Callable[[], Story]


def all_dead(story: Story, legs: tuple[Leg, ...], since_s: float, until_s: float) -> Story:
    for leg in legs:
        story.dead(leg, since_s, until_s)
    return story


def link_down() -> Story:
    story = Story(lasted_s=40).link_down(0, 40)
    return all_dead(story, (Leg.GATEWAY, *BEYOND_GATEWAY), 0, 40)


def cable_out() -> Story:
    story = Story(How.UNREACHABLE, lasted_s=None, now_s=20).link_down(-1, None)
    for leg in (Leg.GATEWAY, *BEYOND_GATEWAY):
        story.dead(leg, 0, 20, Outcome.UNREACHABLE)
    return story.state("link.address", "192.168.1.5").state("link.address", None, -1)


def no_way_and_link_unknown() -> Story:
    story = Story(How.UNREACHABLE, lasted_s=30)
    for leg in (Leg.GATEWAY, *BEYOND_GATEWAY):
        story.answers(leg, 0, 30, Outcome.UNREACHABLE)
    return story


def new_address() -> Story:
    story = Story(lasted_s=25).state("link.up", True).state("link.address", "192.168.1.5")
    story.state("link.address", "192.168.1.77", 0.4)
    return story.dead(Leg.GATEWAY, 0, 15).dead(Leg.INTERNET, 0, 15)


def other_wifi() -> Story:
    story = Story(How.UNREACHABLE, lasted_s=20).link_down(0, 3)
    story.state("wifi.ssid", "home").state("wifi.ssid", None, 0).state("wifi.ssid", "phone", 3)
    story.state("link.address", "192.168.1.5").state("link.address", None, 0)
    return story.state("link.address", "172.20.10.4", 3.5)


def router_dead() -> Story:
    return all_dead(
        Story(lasted_s=60).state("link.up", True), (Leg.GATEWAY, *BEYOND_GATEWAY), 0, 58
    )


def router_dead_a_little_earlier() -> Story:
    return all_dead(Story(lasted_s=None, now_s=70), (Leg.GATEWAY, *BEYOND_GATEWAY), -8, 100)


def provider_dead() -> Story:
    return all_dead(Story(lasted_s=90).state("link.up", True), (Leg.INTERNET, *BEYOND_ISP), 0, 88)


def provider_dead_saver_on_for_days() -> Story:
    return provider_dead().state("power.battery_saver", True, -3 * DAY_S)


def names_dead() -> Story:
    return Story(How.DNS, lasted_s=60).dead(Leg.DNS, -5, 58)


def names_fail() -> Story:
    story = Story(How.DNS, lasted_s=40).answers(Leg.DNS, 0, 40, Outcome.DNS_ERROR)
    return story.episode(Leg.DNS, Condition.DEAD, 0, 40, 8, 8)


def names_dead_and_reset() -> Story:
    return Story(How.RESET, lasted_s=None, now_s=40).dead(Leg.DNS, -8, 40)


def reset_and_then_no_name() -> Story:
    story = Story(How.RESET, lasted_s=60).session("icbc", SessionState.DOWN, 0, How.RESET)
    story.answers(Leg.DNS, 0, 58, Outcome.DNS_ERROR)
    return story.session("icbc", SessionState.DOWN, 3, How.DNS)


def portal() -> Story:
    story = Story(How.TLS, lasted_s=None, now_s=60).answers(Leg.WALLET, 0, 60, Outcome.TLS_ERROR)
    story.episode(Leg.WALLET, Condition.WRONG, 0, None, 12, 0)
    return story.episode(Leg.PORTAL, Condition.WRONG, 1, None, 3, 0)


def portal_eats_all() -> Story:
    story = Story(lasted_s=300).episode(Leg.PORTAL, Condition.WRONG, 2, 290, 3, 0)
    return all_dead(story, (Leg.INTERNET, *BEYOND_ISP), 0, 290)


def wrong_certificate() -> Story:
    return Story(How.TLS, lasted_s=60)


def wrong_certificate_seen_by_probes() -> Story:
    story = Story(How.RESET, lasted_s=60).answers(Leg.WALLET, 0, 60, Outcome.TLS_ERROR)
    return story.episode(Leg.WALLET, Condition.WRONG, 0, 60, 12, 0)


def reset_and_then_a_wrong_certificate() -> Story:
    story = Story(How.RESET, lasted_s=60).session("icbc", SessionState.DOWN, 0, How.RESET)
    return story.session("icbc", SessionState.DOWN, 2, How.TLS)


def bank_silent_where_nobody_answers_a_ping() -> Story:
    return bank_silent().ping_filtered(-300)


def bank_silent() -> Story:
    return Story(lasted_s=120).dead(Leg.WALLET, 0, 118)


def bank_refuses() -> Story:
    return Story(How.REFUSED, lasted_s=60).answers(Leg.WALLET, 0, 60, Outcome.REFUSED)


def bank_reset_then_refuses() -> Story:
    return Story(How.RESET, lasted_s=60).answers(Leg.WALLET, 0, 60, Outcome.REFUSED)


def bank_stalls() -> Story:
    return Story(How.TIMEOUT, lasted_s=45)


def loss_on_the_way() -> Story:
    story = Story(lasted_s=50).loses(Leg.INTERNET, -20, 50, one_of=3)
    return story.episode(Leg.INTERNET, Condition.LOSSY, -20, 50, 42, 13)


def loss_without_episode() -> Story:
    return (
        Story(lasted_s=40)
        .loses(Leg.GATEWAY, -30, 40, one_of=4)
        .loses(Leg.INTERNET, -30, 40, one_of=4)
    )


def late_answers() -> Story:
    return Story(lasted_s=50).answers(Leg.INTERNET, -10, 60, Outcome.REPLY, 900.0)


def loss_with_a_run_by_chance() -> Story:
    """Half of all rounds are lost: the detector's short dead spell is no dead provider."""
    story = Story(lasted_s=60, legs=(Leg.GATEWAY, Leg.INTERNET))
    story.loses(Leg.INTERNET, -60, 60, one_of=2)
    return story.episode(Leg.INTERNET, Condition.DEAD, 0, 5, 4, 4)


def weak_wifi() -> Story:
    story = loss_without_episode().state("link.kind", "wifi")
    return story.state("wifi.signal_dbm", -55).state("wifi.signal_dbm", -80, -40)


def very_weak_wifi_router_lossy() -> Story:
    story = Story(lasted_s=40).state("wifi.signal_dbm", -60).state("wifi.signal_dbm", -86, -60)
    story.loses(Leg.GATEWAY, -20, 40, one_of=2)
    return story.episode(Leg.GATEWAY, Condition.LOSSY, -20, 40, 12, 5)


def reset_and_back() -> Story:
    return Story(How.RESET, lasted_s=2)


def closed_in_order() -> Story:
    return Story(How.CLOSED, lasted_s=4)


def three_resets() -> Story:
    story = Story(How.RESET, lasted_s=5)
    return story.dropped_before(-600, How.RESET).dropped_before(-120, How.CLOSED)


def never_kept() -> Story:
    return Story(How.CLOSED, lasted_s=None, now_s=130)


def saver_just_on() -> Story:
    story = Story(How.CLOSED, lasted_s=30).state("power.battery_saver", False, -DAY_S)
    return story.state("power.battery_saver", True, -40)


def saver_just_on_and_silence() -> Story:
    story = Story(How.TIMEOUT, lasted_s=50).state("power.battery_saver", False, -DAY_S)
    return story.state("power.battery_saver", True, -120)


def saver_blocks() -> Story:
    return Story(How.RESET, lasted_s=10).state("app.blocked_by", "BATTERY_SAVER", -1)


def battery_low() -> Story:
    story = Story(How.TIMEOUT, lasted_s=5).state("battery.plugged", False)
    return story.state("battery.percent", 40).state("battery.percent", 9, -100)


def battery_low_no_saver() -> Story:
    story = Story(How.TIMEOUT, lasted_s=8).state("battery.plugged", False)
    return story.state("battery.percent", 21).state("battery.percent", 10, -200)


def memory_short() -> Story:
    story = Story(How.TIMEOUT, lasted_s=8).state("memory.available_ratio", 0.4)
    return story.state("memory.available_ratio", 0.02, -30)


def killed_for_memory() -> Story:
    story = Story(How.KILLED, lasted_s=60).state("memory.available_ratio", 0.4)
    return story.state("memory.available_ratio", 0.03, -20).state("memory.pressure", 60.0, -10)


def slept() -> Story:
    return Story(lasted_s=1800).gap(2, 1795)


def woke() -> Story:
    story = Story(lasted_s=12).gap(-600, -8).link_down(0, 10)
    return story.dead(Leg.GATEWAY, 0, 10)


def crashed() -> Story:
    return Story(How.CRASH, lasted_s=20)


def stopped_running() -> Story:
    return Story(How.CLOSED, lasted_s=200).state("app.running", True).state("app.running", False, 1)


def data_saver() -> Story:
    return (
        Story(How.TIMEOUT, lasted_s=60)
        .state("app.blocked_by", "NONE")
        .state("app.blocked_by", "DATA_SAVER", -5)
    )


def user_restricted() -> Story:
    return Story(How.RESET, lasted_s=60).state("app.blocked_by", "USER_RESTRICTED|DATA_SAVER", 2)


def dozed() -> Story:
    return Story(How.RESET, lasted_s=60).state("app.blocked_by", "DOZE|APP_STANDBY", 1)


def left_the_screen() -> Story:
    story = Story(How.TIMEOUT, lasted_s=6).state("app.in_front", True)
    return story.state("app.in_front", False, -10)


def old_version() -> Story:
    story = Story(How.TIMEOUT, lasted_s=5, legs=()).state("app.version", "9.1.0")
    return story.state("app.newest_version", "10.0")


def very_old_version_reported() -> Story:
    return (
        Story(How.REPORTED, lasted_s=60)
        .state("app.version", "V9.3.55")
        .state("app.newest_version", "V9.4")
    )


def reported_and_all_well() -> Story:
    return Story(How.REPORTED, lasted_s=60)


def nothing_measured() -> Story:
    return Story(How.REPORTED, lasted_s=None, legs=())


SHOWN: list[tuple[CauseCode, Build]] = [
    (CauseCode.LINK_DOWN, link_down),
    (CauseCode.LINK_DOWN, cable_out),
    (CauseCode.LINK_DOWN, no_way_and_link_unknown),
    (CauseCode.ROAMING, new_address),
    (CauseCode.ROAMING, other_wifi),
    (CauseCode.GATEWAY, router_dead),
    (CauseCode.GATEWAY, router_dead_a_little_earlier),
    (CauseCode.ISP, provider_dead),
    (CauseCode.ISP, provider_dead_saver_on_for_days),
    (CauseCode.DNS, names_dead),
    (CauseCode.DNS, names_fail),
    (CauseCode.DNS, names_dead_and_reset),
    (CauseCode.DNS, reset_and_then_no_name),
    (CauseCode.CAPTIVE_PORTAL, portal),
    (CauseCode.CAPTIVE_PORTAL, portal_eats_all),
    (CauseCode.INTERCEPTED, wrong_certificate),
    (CauseCode.INTERCEPTED, wrong_certificate_seen_by_probes),
    (CauseCode.BANK_UNREACHABLE, bank_silent),
    (CauseCode.INTERCEPTED, reset_and_then_a_wrong_certificate),
    (CauseCode.BANK_UNREACHABLE, bank_silent_where_nobody_answers_a_ping),
    (CauseCode.BANK_UNREACHABLE, bank_refuses),
    (CauseCode.BANK_UNREACHABLE, bank_reset_then_refuses),
    (CauseCode.BANK_UNREACHABLE, bank_stalls),
    (CauseCode.CONGESTION, loss_on_the_way),
    (CauseCode.CONGESTION, loss_without_episode),
    (CauseCode.CONGESTION, late_answers),
    (CauseCode.CONGESTION, loss_with_a_run_by_chance),
    (CauseCode.WEAK_SIGNAL, weak_wifi),
    (CauseCode.WEAK_SIGNAL, very_weak_wifi_router_lossy),
    (CauseCode.BANK_CLOSED, reset_and_back),
    (CauseCode.BANK_CLOSED, closed_in_order),
    (CauseCode.ACCOUNT, three_resets),
    (CauseCode.ACCOUNT, never_kept),
    (CauseCode.BATTERY_SAVER, saver_just_on),
    (CauseCode.BATTERY_SAVER, saver_just_on_and_silence),
    (CauseCode.BATTERY_SAVER, saver_blocks),
    (CauseCode.LOW_BATTERY, battery_low),
    (CauseCode.LOW_BATTERY, battery_low_no_saver),
    (CauseCode.PERFORMANCE, memory_short),
    (CauseCode.PERFORMANCE, killed_for_memory),
    (CauseCode.SLEEP, slept),
    (CauseCode.SLEEP, woke),
    (CauseCode.APP_FAULT, crashed),
    (CauseCode.APP_FAULT, stopped_running),
    (CauseCode.NETWORK_RESTRICTION, data_saver),
    (CauseCode.NETWORK_RESTRICTION, user_restricted),
    (CauseCode.BACKGROUND, dozed),
    (CauseCode.BACKGROUND, left_the_screen),
    (CauseCode.APP_OUTDATED, old_version),
    (CauseCode.APP_OUTDATED, very_old_version_reported),
    (CauseCode.UNEXPLAINED, reported_and_all_well),
    (CauseCode.UNEXPLAINED, nothing_measured),
]


def answer(build: Build) -> Diagnosis:
    return diagnose(build().case())


@pytest.mark.parametrize(
    ("code", "build"), SHOWN, ids=[f"{code}-{build.__name__}" for code, build in SHOWN]
)
def test_shows_the_cause(code: CauseCode, build: Build) -> None:
    verdict = answer(build)
    told = [(f.cause.value, f.confidence_ratio) for f in verdict.findings]
    assert verdict.best.cause is code, told


def test_every_cause_is_shown_at_least_twice() -> None:
    shown = [code for code, _ in SHOWN]
    assert {code for code in CauseCode if shown.count(code) < 2} == set()


# What only looks like a cause. In each story the cause must not be the answer, and must not be
# told as more likely than not.


def lively() -> Story:
    """A reset in an otherwise perfect world."""
    return Story(How.RESET, lasted_s=3).state("link.up", True)


def link_down_long_before() -> Story:
    return lively().link_down(-400, -300)


def link_down_after_it_was_over() -> Story:
    return lively().link_down(12, 40)


def address_gone_without_another() -> Story:
    return cable_out()


def address_changed_before() -> Story:
    story = lively().state("link.address", "10.0.0.2", -DAY_S)
    return story.state("link.address", "10.0.0.3", -300)


def wifi_back_to_the_same() -> Story:
    story = link_down().state("wifi.ssid", "home").state("wifi.ssid", None, 0)
    return story.state("wifi.ssid", "home", 3)


def gateway_filtered() -> Story:
    return lively().answers(Leg.GATEWAY, -1000, 1000, Outcome.TIMEOUT)


def gateway_silent_while_internet_is_heard() -> Story:
    return Story(lasted_s=60).dead(Leg.GATEWAY, -5, 60)


def gateway_dead_earlier() -> Story:
    return lively().dead(Leg.GATEWAY, -200, -120)


def one_lost_ping() -> Story:
    return lively().answers(Leg.GATEWAY, -5, 0, Outcome.TIMEOUT)


def one_anchor_silent() -> Story:
    return Story(lasted_s=60).answers(Leg.CONTROL, 0, 60, Outcome.TIMEOUT)


def internet_filtered_but_wallet_heard() -> Story:
    return lively().dead(Leg.INTERNET, 0, 30)


def dns_slow() -> Story:
    story = Story(How.RESET, lasted_s=5).answers(Leg.DNS, -60, 60, Outcome.REPLY, 1800.0)
    return story.episode(Leg.DNS, Condition.SLOW, -60, 60, 20, 0)


def dns_dead_after_it() -> Story:
    return Story(How.RESET, lasted_s=5).dead(Leg.DNS, 11, 60)


def dns_dead_but_the_session_came_back() -> Story:
    return Story(How.RESET, lasted_s=3).dead(Leg.DNS, -20, 60)


def dns_dead_because_the_router_is() -> Story:
    return router_dead()


def portal_wrong_for_ever() -> Story:
    return lively().episode(Leg.PORTAL, Condition.WRONG, -890, None, 3, 0)


def portal_before() -> Story:
    return lively().episode(Leg.PORTAL, Condition.WRONG, -600, -300, 3, 0)


def certificate_wrong_later() -> Story:
    return Story(How.RESET, lasted_s=2).answers(Leg.WALLET, 90, 200, Outcome.TLS_ERROR)


def bank_silent_with_everyone() -> Story:
    return router_dead()


def ordinary_loss() -> Story:
    return lively().loses(Leg.INTERNET, -900, 60, one_of=40)


def loss_that_is_usual_here() -> Story:
    return lively().loses(Leg.INTERNET, -900, 60, one_of=12)


def weak_but_clean() -> Story:
    return lively().state("wifi.signal_dbm", -79, -DAY_S)


def weak_once_but_strong_now() -> Story:
    return loss_on_the_way().state("wifi.signal_dbm", -85, -500).state("wifi.signal_dbm", -50, -90)


def reset_by_a_dying_router() -> Story:
    story = Story(How.RESET, lasted_s=60).state("link.up", True)
    return all_dead(story, (Leg.GATEWAY, *BEYOND_GATEWAY), 1, 58)


def reset_by_a_new_address() -> Story:
    story = Story(How.RESET, lasted_s=4).state("link.address", "10.0.0.2")
    return story.state("link.address", "10.0.0.9", -1)


def silence_and_nothing_measured() -> Story:
    return Story(How.TIMEOUT, lasted_s=40, legs=())


def two_resets() -> Story:
    return Story(How.RESET, lasted_s=5).dropped_before(-600, How.RESET)


def resets_that_others_share() -> Story:
    story = three_resets().session("alipay", SessionState.UP, -800)
    return story.session("alipay", SessionState.DOWN, 1, How.RESET)


def resets_over_a_day() -> Story:
    story = Story(How.RESET, lasted_s=5)
    return story.dropped_before(-8 * 3600, How.RESET).dropped_before(-5 * 3600, How.RESET)


def three_timeouts() -> Story:
    story = Story(How.TIMEOUT, lasted_s=5)
    return story.dropped_before(-600, How.TIMEOUT).dropped_before(-300, How.TIMEOUT)


def saver_on_for_three_days() -> Story:
    return Story(How.TIMEOUT, lasted_s=5).state("power.battery_saver", True, -3 * DAY_S)


def saver_unknown() -> Story:
    return Story(How.TIMEOUT, lasted_s=5).state("power.battery_saver", None, -60)


def saver_switched_off() -> Story:
    story = lively().state("power.battery_saver", True, -DAY_S)
    return story.state("power.battery_saver", False, -60)


def battery_low_but_charging() -> Story:
    story = lively().state("battery.plugged", True)
    return story.state("battery.percent", 40).state("battery.percent", 8, -100)


def battery_at_half() -> Story:
    return lively().state("battery.plugged", False).state("battery.percent", 50)


def memory_short_for_days() -> Story:
    return lively().state("memory.available_ratio", 0.04, -3 * DAY_S)


def memory_enough() -> Story:
    return Story(How.KILLED, lasted_s=5).state("memory.available_ratio", 0.3)


def slept_long_before() -> Story:
    return lively().gap(-600, -200)


def not_running_is_not_sleep() -> Story:
    return lively().gap(-30, -5, GapWhy.STOPPED)


def app_runs() -> Story:
    return lively().state("app.running", True)


def app_stopped_later() -> Story:
    return lively().state("app.running", True).state("app.running", False, 60)


def blocked_by_nothing() -> Story:
    return lively().state("app.blocked_by", "NONE", -2)


def blocked_and_freed() -> Story:
    story = lively().state("app.blocked_by", "DATA_SAVER|DOZE", -600)
    return story.state("app.blocked_by", "NONE", -200)


def newest_version() -> Story:
    return lively().state("app.version", "10.0").state("app.newest_version", "10.0")


def version_without_a_comparison() -> Story:
    return lively().state("app.version", "1.0")


NOT_SHOWN: list[tuple[CauseCode, Build]] = [
    (CauseCode.LINK_DOWN, link_down_long_before),
    (CauseCode.LINK_DOWN, link_down_after_it_was_over),
    (CauseCode.ROAMING, address_gone_without_another),
    (CauseCode.ROAMING, address_changed_before),
    (CauseCode.ROAMING, wifi_back_to_the_same),
    (CauseCode.GATEWAY, gateway_filtered),
    (CauseCode.GATEWAY, gateway_silent_while_internet_is_heard),
    (CauseCode.GATEWAY, gateway_dead_earlier),
    (CauseCode.GATEWAY, bank_silent_where_nobody_answers_a_ping),
    (CauseCode.GATEWAY, one_lost_ping),
    (CauseCode.GATEWAY, link_down),
    (CauseCode.ISP, one_anchor_silent),
    (CauseCode.ISP, internet_filtered_but_wallet_heard),
    (CauseCode.ISP, router_dead),
    (CauseCode.DNS, dns_slow),
    (CauseCode.DNS, dns_dead_after_it),
    (CauseCode.DNS, dns_dead_because_the_router_is),
    (CauseCode.DNS, dns_dead_but_the_session_came_back),
    (CauseCode.CAPTIVE_PORTAL, portal_wrong_for_ever),
    (CauseCode.CAPTIVE_PORTAL, portal_before),
    (CauseCode.INTERCEPTED, certificate_wrong_later),
    (CauseCode.INTERCEPTED, portal),
    (CauseCode.BANK_UNREACHABLE, saver_just_on_and_silence),
    (CauseCode.BANK_UNREACHABLE, silence_and_nothing_measured),
    (CauseCode.BANK_UNREACHABLE, bank_silent_with_everyone),
    (CauseCode.BANK_UNREACHABLE, reset_and_back),
    (CauseCode.CONGESTION, ordinary_loss),
    (CauseCode.CONGESTION, loss_that_is_usual_here),
    (CauseCode.CONGESTION, one_lost_ping),
    (CauseCode.CONGESTION, router_dead),
    (CauseCode.WEAK_SIGNAL, weak_but_clean),
    (CauseCode.WEAK_SIGNAL, weak_once_but_strong_now),
    (CauseCode.BANK_CLOSED, reset_by_a_dying_router),
    (CauseCode.BANK_CLOSED, reset_by_a_new_address),
    (CauseCode.BANK_CLOSED, bank_reset_then_refuses),
    (CauseCode.ACCOUNT, two_resets),
    (CauseCode.ACCOUNT, resets_that_others_share),
    (CauseCode.ACCOUNT, resets_over_a_day),
    (CauseCode.ACCOUNT, three_timeouts),
    (CauseCode.ACCOUNT, closed_in_order),
    (CauseCode.BATTERY_SAVER, saver_on_for_three_days),
    (CauseCode.BATTERY_SAVER, saver_unknown),
    (CauseCode.BATTERY_SAVER, saver_switched_off),
    (CauseCode.BATTERY_SAVER, provider_dead_saver_on_for_days),
    (CauseCode.LOW_BATTERY, battery_low_but_charging),
    (CauseCode.LOW_BATTERY, battery_at_half),
    (CauseCode.PERFORMANCE, memory_short_for_days),
    (CauseCode.PERFORMANCE, memory_enough),
    (CauseCode.SLEEP, slept_long_before),
    (CauseCode.SLEEP, not_running_is_not_sleep),
    (CauseCode.APP_FAULT, app_runs),
    (CauseCode.APP_FAULT, app_stopped_later),
    (CauseCode.NETWORK_RESTRICTION, blocked_by_nothing),
    (CauseCode.NETWORK_RESTRICTION, blocked_and_freed),
    (CauseCode.NETWORK_RESTRICTION, dozed),
    (CauseCode.BACKGROUND, blocked_by_nothing),
    (CauseCode.BACKGROUND, blocked_and_freed),
    (CauseCode.APP_OUTDATED, newest_version),
    (CauseCode.APP_OUTDATED, version_without_a_comparison),
    (CauseCode.UNEXPLAINED, router_dead),
    (CauseCode.UNEXPLAINED, reset_and_back),
]


@pytest.mark.parametrize(
    ("code", "build"), NOT_SHOWN, ids=[f"{code}-{build.__name__}" for code, build in NOT_SHOWN]
)
def test_is_not_taken_in_by_a_look_alike(code: CauseCode, build: Build) -> None:
    verdict = answer(build)
    told = {f.cause: f.confidence_ratio for f in verdict.findings}
    assert verdict.best.cause is not code, told
    assert told.get(code, 0.0) <= 0.5, told


def test_every_cause_has_at_least_two_look_alikes() -> None:
    not_shown = [code for code, _ in NOT_SHOWN]
    assert {code for code in CauseCode if not_shown.count(code) < 2} == set()


EXCLUSIONS = (CauseCode.BANK_CLOSED, CauseCode.ACCOUNT)
CIRCUMSTANCES = (CauseCode.LOW_BATTERY, CauseCode.APP_OUTDATED)
STORIES = [build for _, build in SHOWN + NOT_SHOWN]


@pytest.mark.parametrize("build", STORIES, ids=[build.__name__ for build in STORIES])
def test_confidence_means_what_it_says(build: Build) -> None:
    verdict = answer(build)
    for finding in verdict.findings:
        assert 0.0 < finding.confidence_ratio <= 0.97
        if finding.cause in EXCLUSIONS:
            assert finding.confidence_ratio <= 0.85
        if finding.cause in CIRCUMSTANCES:
            assert finding.confidence_ratio <= 0.6
    ratios = [finding.confidence_ratio for finding in verdict.findings]
    assert ratios == sorted(ratios, reverse=True)


def test_a_saver_is_less_suspect_the_longer_it_was_on() -> None:
    def ratio(story: Story) -> float:
        told = {f.cause: f.confidence_ratio for f in diagnose(story.case()).findings}
        return told[CauseCode.BATTERY_SAVER]

    just_now = ratio(saver_just_on_and_silence())
    for_half_an_hour = ratio(Story(lasted_s=5).state("power.battery_saver", True, -1800))
    for_half_a_day = ratio(Story(lasted_s=5).state("power.battery_saver", True, -DAY_S / 2))
    for_days = ratio(saver_on_for_three_days())
    assert just_now > for_half_an_hour > for_half_a_day > for_days
    in_trouble_lately = saver_on_for_three_days().dropped_before(-1800, How.TIMEOUT)
    assert for_days < ratio(in_trouble_lately) < for_half_an_hour


def test_a_first_reading_is_not_a_switching_on() -> None:
    """A monitor that starts beside a saver that is on knows nothing of when it was switched."""
    told = diagnose(Story(lasted_s=5).state("power.battery_saver", True, -60).case())
    saver = next(f for f in told.findings if f.cause is CauseCode.BATTERY_SAVER)
    assert saver.confidence_ratio < 0.5


def test_controls_speak_for_the_bank_and_against_the_network() -> None:
    stood = bank_silent().session("alipay", SessionState.UP, -800)
    fell = bank_silent().session("alipay", SessionState.UP, -800)
    fell.session("alipay", SessionState.DOWN, 0, How.TIMEOUT)
    alone, shared = diagnose(stood.case()).best, diagnose(fell.case()).best
    assert ("others.stood", True) in [(e.code, e.supports) for e in alone.evidence]
    assert alone.confidence_ratio >= 0.9
    assert shared.confidence_ratio <= 0.65
    router = diagnose(router_dead().session("alipay", SessionState.UP, -800).case()).best
    assert ("others.stood", False) in [(e.code, e.supports) for e in router.evidence]


def test_what_answered_is_named_as_ruled_out() -> None:
    best = answer(provider_dead).best
    router = next(e for e in best.evidence if e.code == "gateway.answered")
    assert router.supports
    assert router.values["answered_count"] == router.values["measured_count"]
    assert ("link.up", True) in [(e.code, e.supports) for e in best.evidence]


def test_what_was_not_measured_is_said_and_lowers_the_confidence() -> None:
    story = Story(lasted_s=60, legs=(Leg.INTERNET, Leg.WALLET))
    best = diagnose(all_dead(story, (Leg.INTERNET, Leg.WALLET), 0, 58).case()).best
    assert best.cause is CauseCode.ISP
    assert best.confidence_ratio <= 0.6
    assert ("gateway.not_measured", False) in [(e.code, e.supports) for e in best.evidence]


def test_what_a_dead_router_explains_is_at_most_a_weak_runner_up() -> None:
    verdict = answer(router_dead)
    assert verdict.best.confidence_ratio >= 0.9
    assert all(f.confidence_ratio < 0.4 for f in verdict.findings[1:])


def test_another_device_does_not_count() -> None:
    case = router_dead().case()
    other = replace(case, disconnect=replace(case.disconnect, device="phone"))
    assert diagnose(other).best.cause is CauseCode.UNEXPLAINED


def test_the_first_second_already_has_an_answer() -> None:
    """A notice is made at once: nothing but the reset itself and the samples before it is known."""
    fresh = Story(How.RESET, lasted_s=None, now_s=0.3).case()
    assert diagnose(fresh).best.cause is CauseCode.BANK_CLOSED
