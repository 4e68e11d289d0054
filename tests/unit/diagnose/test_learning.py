"""The user's word: it shifts, within bounds, and taken back it leaves no trace."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitor.diagnose.engine import diagnose
from monitor.diagnose.learning import learned, rank_shift
from monitor.model import CauseCode, Finding, Verdict
from tests.unit.diagnose import test_causes as stories

CLOSED, ISP = CauseCode.BANK_CLOSED, CauseCode.ISP


def agreed(cause: CauseCode, count: int) -> tuple[Verdict, ...]:
    return (Verdict(0, cause, cause),) * count


def denied(cause: CauseCode, count: int) -> tuple[Verdict, ...]:
    return (Verdict(0, cause, None),) * count


def odds(ratio: float) -> float:
    return ratio / (1.0 - ratio)


def test_agreement_raises_and_denial_lowers_and_both_are_shown() -> None:
    finding = Finding(CLOSED, 0.5)
    more, less = learned(finding, agreed(CLOSED, 3)), learned(finding, denied(CLOSED, 3))
    assert more.confidence_ratio > 0.5 > less.confidence_ratio
    [shown] = more.evidence
    assert (shown.code, shown.supports) == ("learned.agreed", True)
    assert shown.values == {"agreed_count": 3, "count": 3}
    [shown] = less.evidence
    assert (shown.code, shown.supports) == ("learned.denied", False)
    assert shown.values == {"agreed_count": 0, "count": 3}


def test_another_truth_speaks_for_that_one_and_against_the_told_one() -> None:
    said = (Verdict(0, CLOSED, CauseCode.ACCOUNT),)
    assert learned(Finding(CLOSED, 0.5), said).confidence_ratio < 0.5
    assert learned(Finding(CauseCode.ACCOUNT, 0.5), said).confidence_ratio > 0.5
    assert learned(Finding(ISP, 0.5), said) == Finding(ISP, 0.5)


def test_as_much_said_for_as_against_says_nothing() -> None:
    finding = Finding(CLOSED, 0.5)
    assert learned(finding, agreed(CLOSED, 2) + denied(CLOSED, 2)) == finding


def test_a_thousand_words_do_not_turn_what_was_measured() -> None:
    case = stories.provider_dead().case()
    denied_often = diagnose(replace(case, verdicts=denied(ISP, 1000))).best
    assert denied_often.cause is ISP
    assert denied_often.confidence_ratio >= 0.9


@given(st.floats(0.01, 0.97), st.floats(0.01, 0.97), st.integers(0, 1000), st.integers(0, 1000))
def test_odds_at_most_double_and_order_is_kept(
    one: float, other: float, agreements: int, denials: int
) -> None:
    said = agreed(CLOSED, agreements) + denied(CLOSED, denials)
    assert 0.5 <= rank_shift(agreements, denials) <= 2.0
    low, high = sorted((round(one, 3), round(other, 3)))
    shifted = [learned(Finding(CLOSED, ratio), said).confidence_ratio for ratio in (low, high)]
    assert shifted == sorted(shifted)
    for before, after in zip((low, high), shifted, strict=True):
        assert 0.49 * odds(before - 0.001) <= odds(after) <= 2.04 * odds(before + 0.001)
        assert after < 0.99
