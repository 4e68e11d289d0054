"""The one change: against what happens most, and never again what did not help."""

from dataclasses import replace

from monitor.model import CauseCode, Factor, FactorVerdict, FixCheck, FixCode, HelpVerdict
from monitor.report.interface import Action
from monitor.report.summary import summarise
from tests.unit.report.films import because, check, drop, factor, facts

LADDER = (FixCode.REVIEW_SETTINGS, FixCode.UPDATE_APP)


def action(*checks: FixCheck, factors: tuple[Factor, ...] = ()) -> Action | None:
    drops = [drop(n, f"2026-11-{15 + n}T08:00", 1) for n in (1, 2, 3)]
    week = facts(
        *drops,
        diagnoses={
            1: because(CauseCode.ISP, FixCode.CHECK_NETWORK),
            2: because(CauseCode.BATTERY_SAVER, *LADDER),
            3: because(CauseCode.BATTERY_SAVER, *LADDER),
        },
    )
    return summarise(replace(week, fix_checks=checks, factors=factors)).action


def test_what_did_not_help_makes_room_for_the_next_rung() -> None:
    found = action(check(FixCode.REVIEW_SETTINGS, HelpVerdict.NO_CHANGE, CauseCode.BATTERY_SAVER))
    assert found is not None
    assert (found.fix, found.instead_of) == (FixCode.UPDATE_APP, FixCode.REVIEW_SETTINGS)


def test_only_the_last_try_counts_and_only_against_the_same_cause() -> None:
    in_vain = check(FixCode.REVIEW_SETTINGS, HelpVerdict.WORSE, CauseCode.BATTERY_SAVER, day=9)
    again = check(FixCode.REVIEW_SETTINGS, HelpVerdict.HELPED, CauseCode.BATTERY_SAVER, day=12)
    other = check(FixCode.REVIEW_SETTINGS, HelpVerdict.NO_CHANGE, CauseCode.BACKGROUND)
    early = check(FixCode.REVIEW_SETTINGS, HelpVerdict.TOO_EARLY)
    for checks in ((again, in_vain), (other,), (early,)):
        found = action(*checks)
        assert found is not None
        assert (found.fix, found.instead_of) == (FixCode.REVIEW_SETTINGS, None)


def test_where_all_rungs_were_tried_the_next_cause_has_its_turn() -> None:
    found = action(*(check(fix, HelpVerdict.NO_CHANGE) for fix in LADDER))
    assert found is not None
    assert (found.fix, found.cause) == (FixCode.CHECK_NETWORK, CauseCode.ISP)


def test_where_everything_was_tried_nothing_is_recommended() -> None:
    fixes = (*LADDER, FixCode.CHECK_NETWORK)
    assert action(*(check(fix, HelpVerdict.NO_CHANGE) for fix in fixes)) is None


def test_a_circumstance_is_a_reason_only_where_it_fits_the_cause_and_raises() -> None:
    raises = factor("power.battery_saver", FactorVerdict.RAISES)
    for factors, reason in (
        ((factor("wifi.ssid", FactorVerdict.RAISES, "Home"), raises), raises),
        ((factor("power.battery_saver", FactorVerdict.LOWERS),), None),
        ((factor("cpu.busy", FactorVerdict.RAISES),), None),
    ):
        found = action(factors=factors)
        assert found is not None
        assert found.raised_by == reason
