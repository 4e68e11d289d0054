"""What did not hold is not shown again: the next rung is, the bank's support last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import CauseCode, Delivery, FixCode, Notice, NoticeKind
from monitor.notify.ladder import START_OVER_MS, next_fix

NOW = 1_700_000_000_000
DAY_MS = 86_400_000
FIXES = (
    FixCode.CHECK_NETWORK,
    FixCode.CONTACT_BANK,
    FixCode.STRONGER_SIGNAL,
    FixCode.SAFE_CHANNELS,
)
GATEWAY = CauseCode.GATEWAY


def told(
    fix: FixCode | None,
    days_ago: float = 1,
    cause: CauseCode = GATEWAY,
    delivery: Delivery = Delivery.SENT,
    kind: NoticeKind = NoticeKind.LOST,
) -> Notice:
    at_ms = NOW - round(days_ago * DAY_MS)
    return Notice(kind, at_ms, "", "", 1, delivery, cause=cause, fix=fix)


def test_each_time_the_next_rung_and_the_bank_last_and_then_for_good() -> None:
    stored: list[Notice] = []
    shown = []
    for days_ago in (5, 4, 3, 2, 1):
        fix = next_fix(FIXES, GATEWAY, stored, NOW - days_ago * DAY_MS)
        shown.append(fix)
        stored.append(told(fix, days_ago))
    assert shown == [
        FixCode.CHECK_NETWORK,
        FixCode.STRONGER_SIGNAL,
        *[FixCode.CONTACT_BANK] * 3,
    ]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (told(FixCode.CHECK_NETWORK, cause=CauseCode.ISP), FixCode.CHECK_NETWORK),
        (told(FixCode.CHECK_NETWORK, delivery=Delivery.FAILED), FixCode.CHECK_NETWORK),
        (told(FixCode.CHECK_NETWORK, kind=NoticeKind.RESTORED), FixCode.CHECK_NETWORK),
        (told(None), FixCode.CHECK_NETWORK),
        (told(FixCode.UPDATE_APP), FixCode.CHECK_NETWORK),
        (told(FixCode.CHECK_NETWORK, -1), FixCode.CHECK_NETWORK),
        (told(FixCode.CHECK_NETWORK, 29.9), FixCode.STRONGER_SIGNAL),
        (told(FixCode.CHECK_NETWORK, 30), FixCode.CHECK_NETWORK),
    ],
)
def test_only_what_was_shown_for_this_cause_lately_counts(
    before: Notice, expected: FixCode
) -> None:
    assert next_fix(FIXES, GATEWAY, [before], NOW) is expected


def test_thirty_quiet_days_are_counted_from_one_time_to_the_next() -> None:
    kept_on = [told(FixCode.CHECK_NETWORK, 45), told(FixCode.STRONGER_SIGNAL, 20)]
    assert next_fix(FIXES, GATEWAY, kept_on, NOW) is FixCode.CONTACT_BANK
    stayed_away = [told(FixCode.CHECK_NETWORK, 55), told(FixCode.STRONGER_SIGNAL, 20)]
    assert next_fix(FIXES, GATEWAY, stayed_away, NOW) is FixCode.CHECK_NETWORK
    assert START_OVER_MS == 30 * DAY_MS


def test_where_there_is_nothing_to_do_nothing_is_shown() -> None:
    assert next_fix((), GATEWAY, [], NOW) is None
    assert next_fix((FixCode.SAFE_CHANNELS,), GATEWAY, [], NOW) is None


@given(
    st.lists(st.sampled_from(list(FixCode)), unique=True),
    st.lists(st.tuples(st.sampled_from(list(FixCode)), st.floats(0, 60)), max_size=12),
)
def test_the_bank_is_never_shown_before_the_other_rungs(
    fixes: list[FixCode], before: list[tuple[FixCode, float]]
) -> None:
    stored = [told(fix, days_ago) for fix, days_ago in before]
    fix = next_fix(fixes, GATEWAY, stored, NOW)
    others = set(fixes) - {FixCode.CONTACT_BANK, FixCode.SAFE_CHANNELS}
    assert fix is None or fix in fixes
    if fix is FixCode.CONTACT_BANK:
        assert others <= {shown for shown, _ in before}
