"""What a week's numbers promise: each disconnect once, its time where it lies, gaps in neither."""

from dataclasses import replace

from monitor.model import CauseCode, FixCode, Gap, GapWhy
from monitor.report.interface import Totals
from monitor.report.summary import summarise
from tests.unit.report.films import HOUR_MS, MINUTE_MS, WEEK, at, because, drop, facts


def test_a_disconnect_over_the_weeks_edge_counts_where_it_began_and_is_cut_there() -> None:
    into = drop(1, "2026-11-15T23:50", 30)
    out = drop(2, "2026-11-22T23:59", 5)
    summary = summarise(facts(into, out, observed=(WEEK.since_ms - HOUR_MS, WEEK.until_ms)))
    assert summary.totals == Totals(1, 21 * MINUTE_MS, 20 * MINUTE_MS)
    assert summary.previous == Totals(1, 10 * MINUTE_MS, 10 * MINUTE_MS)
    assert [incident.disconnect.id for incident in summary.incidents] == [2]


def test_controls_stand_apart() -> None:
    summary = summarise(facts(drop(1, "2026-11-18T08:00", 2, wallet="alipay")))
    assert summary.totals == Totals(0, 0, None)
    assert (summary.causes, summary.incidents, summary.action) == ((), (), None)
    assert [(w.wallet, w.is_control, w.totals.count) for w in summary.wallets] == [
        ("icbc", False, 0),
        ("alipay", True, 1),
    ]


def test_a_gap_is_neither_observed_nor_lost() -> None:
    week = facts(drop(1, "2026-11-18T08:00", 60))
    gap = Gap(at("2026-11-18T08:30"), at("2026-11-18T10:00"), GapWhy.SLEEP)
    summary = summarise(replace(week, gaps=(gap, gap)))
    assert summary.totals.lost_ms == 30 * MINUTE_MS
    assert summary.observed_ms == 168 * HOUR_MS - 90 * MINUTE_MS


def test_two_sources_of_one_wallet_do_not_lose_the_same_minute_twice() -> None:
    seen = drop(1, "2026-11-18T08:00", 10)
    told = replace(drop(2, "2026-11-18T08:05", 10), source="reported")
    assert summarise(facts(seen, told)).totals == Totals(2, 15 * MINUTE_MS, 10 * MINUTE_MS)


def test_one_that_lasts_is_lost_up_to_the_last_observed_instant() -> None:
    week = facts(
        drop(1, "2026-11-18T08:00", None), observed=(WEEK.since_ms, at("2026-11-18T08:07"))
    )
    assert summarise(week).totals.lost_ms == 7 * MINUTE_MS


def test_only_what_was_observed_is_observed() -> None:
    assert summarise(facts(observed=None)).observed_ms == 0
    assert summarise(facts(observed=(0, 1))).observed_ms == 0
    late = summarise(facts(observed=(WEEK.until_ms - HOUR_MS, WEEK.until_ms + HOUR_MS)))
    assert late.observed_ms == HOUR_MS
    assert late.previous is None


def test_the_action_is_the_first_fix_of_the_most_frequent_cause() -> None:
    drops = [drop(n, f"2026-11-{15 + n}T08:00", 1) for n in (1, 2, 3)]
    router = because(CauseCode.GATEWAY, FixCode.CHECK_NETWORK, FixCode.STRONGER_SIGNAL)
    bank = because(CauseCode.BANK_CLOSED, FixCode.CONTACT_BANK)
    summary = summarise(facts(*drops, diagnoses={1: router, 2: bank, 3: router}))
    assert [(c.cause, c.count) for c in summary.causes] == [
        (CauseCode.GATEWAY, 2),
        (CauseCode.BANK_CLOSED, 1),
    ]
    assert summary.action is not None
    assert (summary.action.fix, summary.action.cause) == (
        FixCode.CHECK_NETWORK,
        CauseCode.GATEWAY,
    )
    assert (summary.action.cause_count, summary.action.count) == (2, 3)


def test_without_a_fix_nothing_is_recommended() -> None:
    assert summarise(facts(drop(1, "2026-11-18T08:00", 1))).action is None


def test_the_users_word_goes_before_the_finding() -> None:
    told = drop(1, "2026-11-18T08:00", 1, confirmed=CauseCode.ISP)
    (incident,) = summarise(facts(told, diagnoses={1: because(CauseCode.GATEWAY)})).incidents
    assert (incident.cause, incident.confidence_ratio) == (CauseCode.ISP, None)


def test_what_the_user_ruled_out_counts_as_unexplained_and_names_no_other_cause() -> None:
    found = because(CauseCode.GATEWAY, FixCode.CHECK_NETWORK)
    told = replace(drop(1, "2026-11-18T08:00", 1), denied=CauseCode.GATEWAY)
    summary = summarise(facts(told, diagnoses={1: found}))
    (incident,) = summary.incidents
    assert (incident.cause, incident.confidence_ratio) == (CauseCode.UNEXPLAINED, None)
    assert (incident.ruled_out, incident.runner_up) == (CauseCode.GATEWAY, None)
    assert [(c.cause, c.count) for c in summary.causes] == [(CauseCode.UNEXPLAINED, 1)]
    assert summary.action is None


def test_what_was_ruled_out_long_ago_says_nothing_of_another_finding() -> None:
    told = replace(drop(1, "2026-11-18T08:00", 1), denied=CauseCode.ISP)
    (incident,) = summarise(facts(told, diagnoses={1: because(CauseCode.GATEWAY)})).incidents
    assert (incident.cause, incident.ruled_out) == (CauseCode.GATEWAY, None)
