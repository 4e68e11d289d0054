"""Answers that were once wrong: late is not dead, gone is not broken, alone is not shared."""

from dataclasses import replace

import pytest

from monitor.diagnose.engine import diagnose
from monitor.model import (
    Case,
    CauseCode,
    Condition,
    Finding,
    How,
    Leg,
    Outcome,
    SessionState,
)
from tests.unit.diagnose.case_builder import Story

BEYOND = (Leg.INTERNET, Leg.WALLET, Leg.DNS, Leg.CONTROL)


def findings(story: Story) -> dict[CauseCode, Finding]:
    return {finding.cause: finding for finding in diagnose(story.case()).findings}


def best(story: Story) -> Finding:
    return diagnose(story.case()).best


def codes(finding: Finding) -> dict[str, bool]:
    return {item.code: item.supports for item in finding.evidence}


def ratio(story: Story, cause: CauseCode) -> float:
    found = findings(story).get(cause)
    return 0.0 if found is None else found.confidence_ratio


def test_an_episode_that_counts_less_than_nothing_breaks_no_rule() -> None:
    """A trace may hold any number; none of them is divided by."""
    story = Story(lasted_s=60, legs=()).episode(Leg.INTERNET, Condition.DEAD, 0, 50, -2, -2)
    assert diagnose(story.case()).findings


# A program that is gone.


def test_a_program_that_is_gone_may_have_been_closed() -> None:
    told = best(Story(How.KILLED, lasted_s=60))
    assert told.cause is CauseCode.APP_FAULT
    assert told.confidence_ratio <= 0.6
    assert codes(told)["app.maybe_closed"] is False
    assert best(Story(How.CRASH, lasted_s=60)).confidence_ratio >= 0.9


# A signal.


def fading(*steps: tuple[float, float]) -> Story:
    """A router that falls silent beside a signal that takes values (seconds, dBm)."""
    story = Story(lasted_s=60).state("link.up", True)
    for at_s, dbm in steps:
        story.state("wifi.signal_dbm", dbm, at_s)
    for leg in (Leg.GATEWAY, *BEYOND):
        story.dead(leg, 0, 58)
    return story


def test_a_signal_that_collapsed_is_why_the_router_is_silent() -> None:
    story = fading((-3600, -60), (-40, -75), (-4, -89))
    assert best(story).cause is CauseCode.WEAK_SIGNAL
    assert 0.2 < ratio(story, CauseCode.GATEWAY) < 0.5


@pytest.mark.parametrize(
    "steps",
    [
        ((-3600.0, -86.0),),  # always so
        ((-3600.0, -84.0), (-30.0, -88.0)),  # sways
        ((-3600.0, -60.0), (-40.0, -77.0)),  # weak, and far from gone
        ((-3600.0, -60.0), (-1200.0, -88.0)),  # it carried for twenty minutes
    ],
)
def test_a_weak_signal_that_carried_did_not_silence_the_router(
    steps: tuple[tuple[float, float], ...],
) -> None:
    assert best(fading(*steps)).cause is CauseCode.GATEWAY


# A device that is held up.


def all_slow() -> Story:
    story = Story(lasted_s=60).state("link.up", True)
    for leg in (Leg.GATEWAY, Leg.INTERNET, Leg.WALLET, Leg.CONTROL):
        story.answers(leg, -12, 70, Outcome.REPLY, 400.0)
    return story


def test_a_device_that_waits_for_memory_finds_everything_slow() -> None:
    assert best(all_slow()).cause is CauseCode.CONGESTION
    held_up = all_slow().state("memory.pressure", 0.5).state("memory.pressure", 70.0, -20)
    told = best(held_up)
    assert told.cause is CauseCode.PERFORMANCE
    assert codes(told)["memory.thrashing"]


def test_memory_is_no_excuse_where_the_router_answers_at_once() -> None:
    story = Story(lasted_s=60).answers(Leg.INTERNET, -12, 70, Outcome.REPLY, 900.0)
    story.state("memory.pressure", 0.5).state("memory.pressure", 70.0, -20)
    assert "memory.thrashing" not in codes(findings(story)[CauseCode.PERFORMANCE])
    assert best(story).cause is CauseCode.CONGESTION


# The bank's leg alone.


def test_loss_on_the_way_to_the_bank_alone_is_the_banks() -> None:
    story = Story(lasted_s=60).loses(Leg.WALLET, -5, 60, one_of=2)
    told = best(story)
    assert told.cause is CauseCode.BANK_UNREACHABLE
    assert codes(told)["wallet.lossy"]
    shared = Story(lasted_s=60).loses(Leg.WALLET, -30, 60, one_of=2)
    assert best(shared.loses(Leg.INTERNET, -30, 60, one_of=2)).cause is CauseCode.CONGESTION


def test_an_empty_battery_keeps_the_bank_from_being_blamed_by_exclusion() -> None:
    plain = Story(lasted_s=60)
    assert best(plain).cause is CauseCode.BANK_UNREACHABLE
    empty = Story(lasted_s=60).state("battery.plugged", False).state("battery.percent", 4)
    assert best(empty).cause is CauseCode.LOW_BATTERY
    charging = Story(lasted_s=60).state("battery.plugged", True).state("battery.percent", 4)
    assert best(charging).cause is CauseCode.BANK_UNREACHABLE


# Late, lost in pieces, forgotten.


def silent_beyond() -> Story:
    story = Story(lasted_s=40).state("link.up", True)
    for leg in BEYOND:
        story.dead(leg, 0, 38)
    return story


def heard(story: Story, at_s: float, rtt_ms: float, silent_ms: int) -> Story:
    """Let the kernel tell of the connection."""
    story.state("tcp.icbc.unacked_count", 1, at_s).state("tcp.icbc.retransmit_count", 3, at_s)
    story.state("tcp.icbc.rtt_ms", rtt_ms, at_s)
    return story.state("tcp.icbc.silent_ms", silent_ms, at_s)


def test_a_connection_that_is_answered_late_is_on_no_dead_line() -> None:
    assert best(silent_beyond()).cause is CauseCode.ISP
    story = heard(heard(silent_beyond(), 2, 12.0, 4000), 9, 900.0, 300)
    told = best(story)
    assert told.cause is CauseCode.CONGESTION
    assert codes(told)["tcp.late"]
    assert ratio(story, CauseCode.ISP) == ratio(story, CauseCode.BANK_UNREACHABLE) == 0.0


def test_what_was_on_its_way_as_the_line_died_or_came_back_does_not_revive_it() -> None:
    """An answer of the first second, and one as the line is back."""
    story = heard(silent_beyond(), 3, 12.0, 2500)
    assert best(heard(story, 39, 12.0, 200)).cause is CauseCode.ISP


def test_names_that_are_lost_with_everything_else_are_no_fault_of_the_resolver() -> None:
    def lossy(one_of: int) -> Story:
        story = Story(How.DNS, lasted_s=40).dead(Leg.DNS, -2, 30)
        return story.loses(Leg.INTERNET, -30, 60, one_of=one_of)

    assert best(lossy(2)).cause is CauseCode.CONGESTION
    assert best(lossy(12)).cause is CauseCode.DNS
    erring = Story(How.DNS, lasted_s=40).dead(Leg.DNS, -2, 30, Outcome.DNS_ERROR)
    assert best(erring.loses(Leg.INTERNET, -30, 60, one_of=2)).cause is CauseCode.DNS


def unanswered(lasted_s: float) -> Story:
    story = Story(lasted_s=lasted_s).state("tcp.icbc.unacked_count", 1, 1)
    return story.state("tcp.icbc.retransmit_count", 3, 2)


def test_a_connection_that_was_forgotten_points_to_the_router_and_not_surely() -> None:
    told = best(unanswered(6))
    assert told.cause is CauseCode.GATEWAY
    assert codes(told)["gateway.forgot"]
    assert told.confidence_ratio <= 0.6
    assert ratio(unanswered(6), CauseCode.BANK_UNREACHABLE) >= 0.3
    beside = unanswered(6).session("alipay", SessionState.UP, -800)
    assert ratio(beside, CauseCode.GATEWAY) < told.confidence_ratio


def test_a_bank_that_takes_no_new_connection_either_has_forgotten_nothing() -> None:
    assert best(unanswered(8)).cause is CauseCode.BANK_UNREACHABLE
    assert best(unanswered(30)).cause is CauseCode.BANK_UNREACHABLE


def test_two_services_that_fall_silent_together_lie_behind_one_way() -> None:
    def two() -> Story:
        story = Story(lasted_s=60).state("link.up", True)
        story.dead(Leg.WALLET, 0, 58).dead(Leg.CONTROL, 0, 58)
        return story.session("alipay", SessionState.UP, -800)

    fell = two().session("alipay", SessionState.DOWN, 1, How.TIMEOUT)
    told = best(fell)
    assert told.cause is CauseCode.ISP
    assert told.confidence_ratio <= 0.7
    assert codes(told)["internet.answered"] is False
    assert best(two()).cause is CauseCode.BANK_UNREACHABLE, "the other one stood"


# The walk.


def walk(story: Story, at_s: float, hop: int, dead: int | None) -> Story:
    story.state("path.last_heard_hop", hop, at_s).state("path.last_heard_address", "10.0.0.1", at_s)
    story.state("path.first_dead_hop", dead, at_s)
    return story.state("path.walk_target", "203.0.113.10", at_s)


def test_the_first_walk_counts_not_the_one_after_the_mend() -> None:
    once = walk(silent_beyond(), 4, 1, 2)
    again = walk(walk(silent_beyond(), 4, 1, 2), 39.5, 5, None)
    assert best(once).confidence_ratio == best(again).confidence_ratio
    assert best(again).cause is CauseCode.ISP


def test_a_router_that_keeps_its_errors_to_itself_is_not_dead() -> None:
    story = walk(silent_beyond(), 4, 0, 1)
    told = best(story)
    assert told.cause is CauseCode.ISP
    assert "path.nothing" not in codes(told)


def test_a_bank_that_filters_is_not_spoken_for_or_against_by_its_own_edge() -> None:
    story = walk(Story(lasted_s=60).dead(Leg.WALLET, 0, 58), 4, 6, 7)
    assert codes(best(story)).get("path.stopped") is not False


# A coarse grid.


def coarse(step_s: int) -> Case:
    """A trace with a sample a minute; the first one lost comes late."""
    story = Story(lasted_s=400, legs=(Leg.GATEWAY, Leg.INTERNET))
    story.dead(Leg.INTERNET, 45, 400)
    case = story.case()
    samples = (s for s in case.samples if (s.at_ms - case.since_ms) % (step_s * 1000) == 0)
    return replace(case, samples=tuple(samples))


def test_a_coarse_grid_shows_a_beginning_late() -> None:
    assert diagnose(coarse(60)).best.cause is CauseCode.ISP
    assert diagnose(coarse(5)).best.cause is not CauseCode.ISP
