"""The arithmetic by which the product is judged."""

import pytest

from monitor.model import CauseCode
from tests.evaluate import metrics
from tests.evaluate.judged import Judged

GATEWAY, ISP, DNS = CauseCode.GATEWAY, CauseCode.ISP, CauseCode.DNS


def row(
    truth: CauseCode | None,
    told: CauseCode | None,
    confidence: float | None = None,
    also: frozenset[CauseCode] = frozenset(),
    start_error_s: float | None = None,
) -> Judged:
    return Judged(
        "a story", "scenario", truth, told, confidence, None, also, start_error_s=start_error_s
    )


def score_of(cause: CauseCode, rows: list[Judged]) -> metrics.Score:
    return next(score for score in metrics.scores(rows) if score.cause is cause)


def test_precision_is_of_what_was_told_and_recall_of_what_was_true() -> None:
    rows = [row(GATEWAY, GATEWAY), row(GATEWAY, ISP), row(ISP, ISP), row(ISP, ISP)]
    gateway, isp = score_of(GATEWAY, rows), score_of(ISP, rows)
    assert (gateway.precision, gateway.recall) == (1.0, 0.5)
    assert isp.precision == pytest.approx(2 / 3)
    assert isp.recall == 1.0


def test_a_miss_costs_recall_and_a_false_alarm_precision() -> None:
    rows = [row(GATEWAY, None), row(None, GATEWAY), row(GATEWAY, GATEWAY)]
    gateway = score_of(GATEWAY, rows)
    assert (gateway.precision, gateway.recall) == (0.5, 0.5)


def test_what_never_happened_has_no_recall_and_what_was_never_told_no_precision() -> None:
    rows = [row(GATEWAY, DNS)]
    assert score_of(GATEWAY, rows).precision is None
    assert score_of(DNS, rows).recall is None


def test_an_answer_that_is_also_true_counts_for_both() -> None:
    rows = [row(GATEWAY, ISP, also=frozenset({ISP}))]
    assert score_of(GATEWAY, rows).recall == 1.0
    assert score_of(GATEWAY, rows).exact_count == 0
    assert score_of(ISP, rows).precision == 1.0
    assert metrics.wrong(rows) == []


def test_the_brier_score_punishes_a_confident_mistake_most() -> None:
    assert metrics.brier([row(ISP, ISP, 1.0)]) == 0.0
    assert metrics.brier([row(ISP, DNS, 1.0)]) == 1.0
    assert metrics.brier([row(ISP, ISP, 0.8), row(ISP, DNS, 0.6)]) == pytest.approx(0.2)
    assert metrics.brier([row(ISP, None)]) is None


def test_the_reliability_table_holds_confidence_beside_the_share_that_was_right() -> None:
    rows = [row(ISP, ISP, 0.92), row(ISP, DNS, 0.94), row(ISP, ISP, 1.0), row(ISP, ISP, 0.0)]
    bins = {(b.low, b.high): (b.count, b.right_share) for b in metrics.reliability(rows)}
    assert bins == {(0.0, 0.3): (1, 1.0), (0.9, 0.95): (2, 0.5), (0.95, 1.0): (1, 1.0)}


def test_a_spread_is_of_sizes_and_leaves_out_what_is_not_known() -> None:
    found = metrics.spread([-3.0, 1.0, None, 2.0])
    assert found == metrics.Spread(3, 2.0, 3.0, 3.0)
    assert metrics.spread([None]) is None
    hundred = metrics.spread([float(n) for n in range(1, 101)])
    assert hundred == metrics.Spread(100, 50.0, 95.0, 100.0)


def test_goals_are_met_only_where_they_are() -> None:
    good = [row(ISP, ISP, 1.0)] * 50
    assert all(goal.is_met for goal in metrics.goals(good, [row(None, None)]))
    bad = [*good, row(ISP, DNS, 1.0), row(ISP, None), row(ISP, None)]
    missed = [goal.text for goal in metrics.goals(bad, []) if not goal.is_met]
    assert any(text.startswith("network.isp: recall") for text in missed)
    assert any(text.startswith("network.dns: precision") for text in missed)


def test_one_false_alarm_in_a_healthy_month_fails_its_goal() -> None:
    days = [row(None, None)] * 29 + [row(None, GATEWAY, 0.6)]
    assert [goal.is_met for goal in metrics.goals([], days)] == [True, False]


def test_the_confusion_matrix_knows_misses_and_false_alarms() -> None:
    cells = metrics.confusion([row(ISP, None), row(None, DNS), row(ISP, None)])
    assert cells == {(ISP, None): 2, (None, DNS): 1}
