"""Time-outs like clockwork, the kernel's figures, the walk, and the other wallets."""

from dataclasses import replace

import pytest

from monitor.diagnose.engine import diagnose
from monitor.model import (
    Case,
    CauseCode,
    Disconnect,
    Family,
    Finding,
    How,
    Leg,
    Outcome,
    SessionChange,
    SessionState,
    StateValue,
)
from tests.unit.diagnose.case_builder import Story, s


def best(story: Story) -> Finding:
    return diagnose(story.case()).best


def codes(finding: Finding) -> dict[str, bool]:
    return {item.code: item.supports for item in finding.evidence}


# Regular endings.


def timed(every_s: float, count: int = 3, how: How = How.RESET) -> Story:
    story = Story(how, lasted_s=2)
    for back in range(1, count + 1):
        story.dropped_before(-back * every_s, how)
    return story


@pytest.mark.parametrize("minutes", [5, 10, 20])
def test_an_idle_time_out_is_recognised_and_is_no_matter_of_the_account(minutes: int) -> None:
    told = best(timed(minutes * 60))
    assert told.cause is CauseCode.BANK_CLOSED
    assert told.confidence_ratio >= 0.9
    [beat] = [item for item in told.evidence if item.code == "session.regular"]
    assert beat.supports
    assert beat.values == {"count": 4, "every_min": float(minutes)}
    assert all(f.cause is not CauseCode.ACCOUNT for f in diagnose(timed(300).case()).findings)


def test_what_sessions_lived_tells_it_where_coming_back_took_its_time() -> None:
    """Each lived for ten minutes; the pauses between differ."""
    story, at_s = Story(How.CLOSED, lasted_s=1), 0.0
    drops = []
    for pause_s in (20.0, 55.0, 35.0, 80.0):
        at_s -= 600 + pause_s
        drops.append(Disconnect("icbc", "session", s(at_s), s(at_s + pause_s), How.CLOSED))
    case = replace(story.case(), recent=tuple(reversed(drops)))
    assert "session.regular" in codes(diagnose(case).best)


def test_the_sessions_own_word_on_its_life_counts() -> None:
    lived = [
        SessionChange(s(at), "icbc", SessionState.DOWN, How.RESET, lived_ms=300_000)
        for at in (-3000, -2200, -900, 0)
    ]
    case = replace(Story(How.RESET, lasted_s=1).case(), sessions=tuple(lived))
    assert "session.regular" in codes(diagnose(case).best)


def irregular() -> Story:
    story = Story(How.RESET, lasted_s=2)
    for at_s in (-250, -900, -1190, -1750):
        story.dropped_before(at_s, How.RESET)
    return story


def too_few() -> Story:
    return timed(600, count=2)


def too_quick() -> Story:
    return timed(90, count=8)


def shared_by_another() -> Story:
    story = timed(600).session("alipay", SessionState.UP, -800)
    return story.session("alipay", SessionState.DOWN, 0.5, How.RESET)


def stays_away() -> Story:
    story = timed(600)
    story.lasted_s = 300
    return story


@pytest.mark.parametrize("build", [irregular, too_few, too_quick, shared_by_another, stays_away])
def test_what_only_looks_like_a_time_out(build: type[Story]) -> None:
    for finding in diagnose(build().case()).findings:
        assert "session.regular" not in codes(finding)
        if finding.cause is CauseCode.BANK_CLOSED:
            assert finding.confidence_ratio <= 0.85


# The kernel's figures.


def tcp(story: Story, unacked: StateValue, retransmits: StateValue, at_s: float = 3) -> Story:
    story.state("tcp.icbc.unacked_count", unacked, at_s)
    return story.state("tcp.icbc.retransmit_count", retransmits, at_s)


def test_acknowledged_and_unanswered_is_a_bank_whose_program_is_silent() -> None:
    told = best(tcp(Story(How.TIMEOUT, lasted_s=45), 0, 0))
    assert told.cause is CauseCode.BANK_UNREACHABLE
    assert told.confidence_ratio >= 0.9
    assert codes(told)["tcp.acknowledged"]


def test_acknowledged_tells_even_where_nothing_else_was_measured() -> None:
    told = best(tcp(Story(How.TIMEOUT, lasted_s=45, legs=()), 0, 0))
    assert told.cause is CauseCode.BANK_UNREACHABLE


def test_repeated_and_unacknowledged_is_no_stall_of_the_bank() -> None:
    alone = tcp(tcp(Story(How.TIMEOUT, lasted_s=9), 1, 1), 2, 4, 8)
    finding = next(
        f for f in diagnose(alone.case()).findings if f.cause is CauseCode.BANK_UNREACHABLE
    )
    assert finding.confidence_ratio <= 0.5
    assert codes(finding)["tcp.unanswered"] is False
    router = Story(lasted_s=60).state("link.up", True)
    for leg in (Leg.GATEWAY, Leg.INTERNET, Leg.DNS, Leg.WALLET, Leg.CONTROL):
        router.dead(leg, 0, 58)
    told = best(tcp(router, 3, 5))
    assert told.cause is CauseCode.GATEWAY
    assert codes(told)["tcp.unanswered"]


@pytest.mark.parametrize(
    ("unacked", "retransmits"),
    [(None, None), (float("nan"), 3), ("0", "0"), (True, 1), (-4, 2), (float("inf"), 1), (0, 7)],
)
def test_odd_figures_say_nothing(unacked: StateValue, retransmits: StateValue) -> None:
    plain = best(Story(How.TIMEOUT, lasted_s=45))
    told = best(tcp(Story(How.TIMEOUT, lasted_s=45), unacked, retransmits))
    assert told.confidence_ratio == plain.confidence_ratio


def test_figures_of_another_wallet_or_another_time_say_nothing() -> None:
    story = Story(How.TIMEOUT, lasted_s=45).state("tcp.alipay.unacked_count", 0, 3)
    assert "tcp.acknowledged" not in codes(best(story))
    assert "tcp.acknowledged" not in codes(best(tcp(Story(How.TIMEOUT, lasted_s=45), 0, 0, -90)))
    assert "tcp.acknowledged" not in codes(best(tcp(Story(How.TIMEOUT, lasted_s=45), 0, 0, 50)))


# The walk.


def walked(story: Story, hop: StateValue, dead: StateValue, address: StateValue = None) -> Story:
    story.state("path.last_heard_hop", hop, 4).state("path.last_heard_address", address, 4)
    return story.state("path.first_dead_hop", dead, 4).state("path.walk_target", "223.5.5.5", 4)


def line_dead() -> Story:
    """Nothing beyond a router that never answers a ping."""
    story = Story(lasted_s=60, legs=(Leg.INTERNET, Leg.WALLET)).state("link.up", True)
    return story.dead(Leg.INTERNET, 0, 58).dead(Leg.WALLET, 0, 58)


def test_a_walk_beyond_the_router_makes_the_provider_sure() -> None:
    assert best(line_dead()).confidence_ratio <= 0.6
    told = best(walked(line_dead(), 1, 2, "192.168.1.1"))
    assert told.cause is CauseCode.ISP
    assert told.confidence_ratio >= 0.9
    assert codes(told)["path.stopped"]


def test_a_walk_that_hears_nothing_names_the_router() -> None:
    told = best(walked(line_dead(), 0, 1))
    assert told.cause is CauseCode.GATEWAY
    assert codes(told)["path.nothing"]
    assert told.confidence_ratio <= 0.75, "it may answer no walk either"


def test_a_walk_past_a_silent_router_corrects_the_leg() -> None:
    story = Story(lasted_s=60).state("link.up", True)
    for leg in (Leg.GATEWAY, Leg.INTERNET, Leg.DNS, Leg.WALLET, Leg.CONTROL):
        story.dead(leg, 0, 58)
    assert best(story).cause is CauseCode.GATEWAY
    assert best(walked(story, 3, 4, "10.0.0.1")).cause is CauseCode.ISP


def test_a_whole_walk_speaks_for_the_bank() -> None:
    story = Story(lasted_s=60, legs=(Leg.WALLET,)).dead(Leg.WALLET, 0, 58)
    assert best(story).confidence_ratio <= 0.5
    told = best(walked(story, 9, None, "1.2.3.4"))
    assert told.cause is CauseCode.BANK_UNREACHABLE
    assert told.confidence_ratio >= 0.9
    assert codes(told)["path.whole"]


@pytest.mark.parametrize("hop", [None, "x", -1, float("nan"), float("inf"), True])
def test_an_odd_walk_says_nothing(hop: StateValue) -> None:
    plain, told = best(line_dead()), best(walked(line_dead(), hop, 2))
    assert (told.cause, told.confidence_ratio) == (plain.cause, plain.confidence_ratio)


# The other wallets.


@pytest.mark.parametrize("how", [How.RESET, How.CLOSED, How.TIMEOUT, How.UNREACHABLE])
def test_all_wallets_falling_together_is_the_network_without_a_dead_leg(how: How) -> None:
    story = Story(how, lasted_s=20)
    for name in ("alipay", "wechat"):
        story.session(name, SessionState.UP, -800)
        story.session(name, SessionState.DOWN, 2, How.RESET)
    told = best(story)
    assert told.cause.family is Family.NETWORK
    assert codes(told)["others.fell"]


@pytest.mark.parametrize("how", [How.RESET, How.CLOSED, How.TIMEOUT, How.REFUSED])
def test_falling_alone_is_the_banks_side(how: How) -> None:
    story = Story(how, lasted_s=20).session("alipay", SessionState.UP, -800)
    alone, unknown = best(story), best(Story(how, lasted_s=20))
    assert alone.cause.family is Family.ACCOUNT
    assert codes(alone)["others.stood"]
    assert alone.confidence_ratio >= unknown.confidence_ratio


def test_a_wallet_that_noticed_the_silence_later_fell_with_it() -> None:
    story = Story(How.TIMEOUT, lasted_s=60).session("alipay", SessionState.UP, -800)
    case: Case = story.case()
    late = SessionChange(s(40), "alipay", SessionState.DOWN, How.TIMEOUT, last_good_at_ms=s(-2))
    fell = replace(case, sessions=(*case.sessions, late))
    assert diagnose(fell).best.cause.family is Family.NETWORK
    assert diagnose(case).best.cause.family is Family.ACCOUNT


def test_an_answer_from_nobody_stays_unexplained() -> None:
    told = best(Story(How.REPORTED, lasted_s=60).answers(Leg.DNS, -900, 600, Outcome.REPLY))
    assert told.cause is CauseCode.UNEXPLAINED
