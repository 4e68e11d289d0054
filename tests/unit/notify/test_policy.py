"""One notice for an incident and one for its end; a day, a night and a snooze have their limits."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import CauseCode, Delivery, Disconnect, How, Notice, NoticeKind
from monitor.notify.incidents import LOST_AFTER_MS, Loss, incidents, stretches, tellable
from monitor.notify.policy import NEWS_FOR_MS, Plan, Rules, is_news, is_silent, plans
from monitor.notify.quiet import Stretch

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
START = 1_700_000_000_000 - 1_700_000_000_000 % DAY_MS + 12 * HOUR_MS
"""Noon in UTC."""
BERLIN = ZoneInfo("Europe/Berlin")


def loss(
    at_ms: int = 0,
    lasted_ms: int | None = None,
    cause: CauseCode | None = CauseCode.GATEWAY,
    number: int = 7,
    wallet: str = "icbc",
) -> Loss:
    """A loss that began so long after START."""
    began_ms = START + at_ms
    ended_ms = None if lasted_ms is None else began_ms + lasted_ms
    how = How.TIMEOUT
    return Loss(Disconnect(wallet, "session", began_ms, ended_ms, how, id=number), cause)


def told(
    kind: NoticeKind = NoticeKind.LOST,
    number: int | None = 7,
    at_ms: int = 5_000,
    cause: CauseCode | None = CauseCode.GATEWAY,
    delivery: Delivery = Delivery.SENT,
) -> Notice:
    return Notice(kind, START + at_ms, "", "", number, delivery, cause=cause)


def due(
    *losses: Loss, now_ms: int, stored: tuple[Notice, ...] = (), rules: Rules | None = None
) -> list[tuple[NoticeKind, int | None]]:
    at_ms = START + now_ms
    found = plans(tellable(losses, (), at_ms), stored, at_ms, rules or Rules())
    return [(plan.kind, plan.disconnect_id) for plan in found]


LOST, RESTORED = NoticeKind.LOST, NoticeKind.RESTORED


@pytest.mark.parametrize(
    ("now_ms", "is_due"),
    [(0, False), (4_999, False), (5_000, True), (600_000, True), (600_001, False), (-9_000, False)],
)
def test_a_loss_is_told_from_its_fifth_second_until_it_is_no_news(
    now_ms: int, is_due: bool
) -> None:
    assert due(loss(), now_ms=now_ms) == ([(LOST, 7)] if is_due else [])


def test_a_blip_is_never_told() -> None:
    for now_ms in (3_000, 5_000, 13_000, 60_000):
        assert due(loss(lasted_ms=4_999), now_ms=now_ms) == []


@pytest.mark.parametrize("delivery", list(Delivery))
def test_a_loss_is_told_once_whatever_became_of_the_notice(delivery: Delivery) -> None:
    assert due(loss(), now_ms=60_000, stored=(told(delivery=delivery),)) == []


def test_the_end_is_told_once_it_is_certain_and_only_once() -> None:
    ended = loss(lasted_ms=65_000)
    assert due(ended, now_ms=74_999, stored=(told(),)) == []
    assert due(ended, now_ms=75_000, stored=(told(),)) == [(RESTORED, 7)]
    assert due(ended, now_ms=80_000, stored=(told(), told(RESTORED))) == []
    assert due(ended, now_ms=65_000 + NEWS_FOR_MS + 1, stored=(told(),)) == []


@pytest.mark.parametrize("delivery", list(Delivery))
def test_the_end_is_told_only_to_who_was_told_the_loss(delivery: Delivery) -> None:
    expected = [] if delivery is Delivery.FAILED else [(RESTORED, 7)]
    assert due(loss(lasted_ms=20_000), now_ms=31_000, stored=(told(delivery=delivery),)) == expected
    assert due(loss(lasted_ms=20_000), now_ms=31_000) == []
    elsewhere = (told(number=8), told(number=None), told(NoticeKind.WHY))
    assert due(loss(lasted_ms=20_000), now_ms=31_000, stored=elsewhere) == []


def test_drops_less_than_ten_quiet_minutes_apart_are_one_incident() -> None:
    first = loss(lasted_ms=20_000)
    again = loss(20_000 + 10 * MINUTE_MS - 1, number=8, cause=CauseCode.ISP)
    apart = loss(20_000 + 10 * MINUTE_MS, number=8, cause=CauseCode.ISP)
    stored = (told(), told(RESTORED))
    now_ms = 12 * MINUTE_MS
    assert due(first, again, now_ms=now_ms, stored=stored) == []
    assert due(first, apart, now_ms=now_ms, stored=stored) == [(LOST, 8)]


def test_wallets_that_drop_together_are_one_notice_that_names_them() -> None:
    both = tellable([loss(), loss(2_000, number=8, wallet="ccb")], (), START + 8_000)
    [plan] = plans(both, (), START + 8_000, Rules(watched_count=2))
    assert [x.disconnect.wallet for x in plan.losses] == ["icbc", "ccb"]
    over = tellable(
        [loss(lasted_ms=20_000), loss(2_000, 30_000, number=8, wallet="ccb")], (), START + 41_000
    )
    assert plans(over, (told(),), START + 41_000, Rules()) == []  # the second for 9 s only
    [end] = plans(over, (told(),), START + 42_000, Rules())
    assert (end.kind, end.disconnect_id, len(end.losses)) == (RESTORED, 7, 2)
    [down] = stretches(end.losses, START + 42_000)
    assert down == Stretch(START, START + 32_000)


def test_a_wallet_that_was_just_found_lost_waits_a_moment_for_the_others() -> None:
    found = loss()
    found = replace(found, disconnect=replace(found.disconnect, detected_at_ms=START + 6_000))
    two, one = Rules(watched_count=2), Rules()
    assert due(found, now_ms=8_999, rules=two) == []
    assert due(found, now_ms=9_000, rules=two) == [(LOST, 7)]
    assert due(found, now_ms=6_000, rules=one) == [(LOST, 7)]
    other = loss(1_000, number=8, wallet="ccb")
    assert due(found, other, now_ms=6_100, rules=two) == [(LOST, 7)]


@pytest.mark.parametrize("cause", [CauseCode.GATEWAY, None])
def test_a_cause_cools_down_and_another_may_speak(cause: CauseCode | None) -> None:
    stored = (told(number=1, cause=cause, at_ms=0),)
    for at_ms, expected in ((29 * MINUTE_MS, []), (30 * MINUTE_MS, [(LOST, 7)])):
        again = loss(at_ms - 6_000, cause=cause)
        assert due(again, now_ms=at_ms, stored=stored) == expected
    other = loss(29 * MINUTE_MS, cause=CauseCode.DNS)
    assert due(other, now_ms=29 * MINUTE_MS + 6_000, stored=stored) == [(LOST, 7)]


def test_a_notice_that_failed_cools_nothing_down() -> None:
    stored = (told(number=1, delivery=Delivery.FAILED),)
    assert due(loss(MINUTE_MS), now_ms=2 * MINUTE_MS, stored=stored) == [(LOST, 7)]


def test_what_is_more_than_a_day_may_hold_is_told_once() -> None:
    rules = Rules(most_per_day=2, cool_down_ms=0)
    stored = tuple(told(number=n, at_ms=-n * HOUR_MS) for n in (1, 2))
    before = loss(-5 * HOUR_MS, 60_000, number=3)
    [plan] = plans(tellable([before, loss()], (), START + 6_000), stored, START + 6_000, rules)
    assert plan.kind is NoticeKind.DIGEST
    assert [x.disconnect.id for x in plan.losses] == [3, 7]
    digest = told(NoticeKind.DIGEST, at_ms=6_000)
    later = loss(2 * HOUR_MS, number=9)
    assert due(later, now_ms=2 * HOUR_MS + 6_000, stored=(*stored, digest), rules=rules) == []
    tomorrow = loss(13 * HOUR_MS, number=9)
    assert due(tomorrow, now_ms=13 * HOUR_MS + 6_000, stored=(*stored, digest), rules=rules) == [
        (LOST, 9)
    ]
    ended = loss(lasted_ms=20_000)  # "no more today" was said of it
    assert due(ended, now_ms=31_000, stored=(*stored, digest), rules=rules) == []


def test_the_day_is_the_users() -> None:
    ahead = timezone(timedelta(hours=12))  # START is midnight there
    rules = Rules(
        most_per_day=1, cool_down_ms=0, local=lambda ms: datetime.fromtimestamp(ms / 1000, ahead)
    )
    stored = (told(number=1, at_ms=-1),)
    assert due(loss(), now_ms=6_000, stored=stored, rules=rules) == [(LOST, 7)]


def test_quiet_hours_are_silent_and_end_with_one_summary() -> None:
    rules = Rules(quiet_hours="11:00-13:00")
    night = (
        loss(-30 * MINUTE_MS, 60_000, number=1),
        loss(-15 * MINUTE_MS, 60_000, number=2, cause=CauseCode.ISP),
        loss(59 * MINUTE_MS, number=3),
    )
    assert due(*night, now_ms=HOUR_MS - 1, rules=rules) == []
    at_ms = START + HOUR_MS
    [plan] = plans(tellable(night, (), at_ms), (), at_ms, rules)
    assert (plan.kind, plan.disconnect_id) == (NoticeKind.SUMMARY, 3)
    assert [x.disconnect.id for x in plan.losses] == [1, 2, 3]
    summary = told(NoticeKind.SUMMARY, 3, HOUR_MS, None)
    assert due(*night, now_ms=HOUR_MS + 1_000, stored=(summary,), rules=rules) == []
    over = (*night[:2], loss(59 * MINUTE_MS, 2 * MINUTE_MS, number=3))
    assert due(*over, now_ms=HOUR_MS + 2 * MINUTE_MS, stored=(summary,), rules=rules) == [
        (RESTORED, 3)
    ]
    assert due(*over, now_ms=14 * HOUR_MS, rules=rules) == []  # too late to begin with it


def test_a_quiet_night_is_not_summed_up() -> None:
    rules = Rules(quiet_hours="11:00-13:00")
    assert due(loss(-2 * HOUR_MS, 60_000), now_ms=HOUR_MS, rules=rules) == []
    shown = (told(at_ms=-HOUR_MS - 1),)
    assert due(loss(-HOUR_MS - 6_000, 60_000), now_ms=HOUR_MS, stored=shown, rules=rules) == []


def test_snooze_is_silent_and_ends_with_one_summary() -> None:
    rules = Rules(snooze=Stretch(START - 1, START + HOUR_MS))
    lost = loss(lasted_ms=MINUTE_MS)
    assert due(lost, now_ms=30_000, rules=rules) == []
    assert due(lost, now_ms=HOUR_MS, rules=rules) == [(NoticeKind.SUMMARY, None)]
    both = replace(rules, quiet_hours="12:30-13:30")
    assert due(lost, now_ms=HOUR_MS, rules=both) == []
    assert due(lost, now_ms=90 * MINUTE_MS, rules=both) == [(NoticeKind.SUMMARY, None)]


@pytest.mark.parametrize(
    ("day", "silent_hours"), [("2026-03-29", 7), ("2026-10-25", 9), ("2026-11-18", 8)]
)
def test_a_night_is_as_long_as_the_clock_on_the_wall_makes_it(day: str, silent_hours: int) -> None:
    rules = Rules(
        quiet_hours="23:00-07:00", local=lambda ms: datetime.fromtimestamp(ms / 1000, BERLIN)
    )
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=BERLIN).astimezone(UTC)
    begin_ms = round(noon.timestamp() * 1000) - 18 * HOUR_MS
    silent = [is_silent(rules, begin_ms + m * MINUTE_MS) for m in range(18 * 60)]
    assert sum(silent) == silent_hours * 60


def test_controls_reports_and_sleep_are_silent() -> None:
    reported = loss()
    reported = replace(reported, disconnect=replace(reported.disconnect, how=How.REPORTED))
    at_ms = START + 6_000
    assert tellable([reported, loss(cause=CauseCode.SLEEP)], (), at_ms) == ()
    assert tellable([loss(wallet="alipay")], ("alipay",), at_ms) == ()
    assert len(tellable([loss()], ("alipay",), at_ms)) == 1


def test_a_day_offline_and_a_wake_up_bring_no_storm() -> None:
    offline = tuple(loss(n * HOUR_MS, 30 * MINUTE_MS, number=n) for n in range(1, 20))
    rules = Rules(cool_down_ms=0)
    assert due(*offline, now_ms=20 * HOUR_MS, rules=rules) == []
    fresh = tuple(loss(n * MINUTE_MS, number=n, wallet=f"w{n}") for n in range(5))
    assert len(due(*fresh, now_ms=6 * MINUTE_MS, rules=rules)) == 1


def test_a_notice_left_from_before_a_restart_is_shown_only_while_it_is_news() -> None:
    left = told(delivery=Delivery.PENDING, at_ms=0)
    assert is_news(left, START + 600_000)
    assert not is_news(left, START + 600_001)
    assert not is_news(left, START - 1)


# -- whatever happens


@dataclass
class Life:
    """Days of a wallet, evaluated as the daemon does it."""

    losses: list[Loss]
    rules: Rules
    shown: list[Notice] = field(default_factory=list)

    def live(self, until_ms: int, step_ms: int, fails: list[bool]) -> None:
        numbers = count()
        for now_ms in range(START, until_ms, step_ms):
            seen = [_as_seen(x, now_ms) for x in self.losses]
            happened = [x for x in seen if x is not None]
            for plan in plans(tellable(happened, (), now_ms), self.shown, now_ms, self.rules):
                failed = bool(fails) and fails[next(numbers) % len(fails)]
                self.shown.append(_shown(plan, now_ms, failed))


def _as_seen(lost: Loss, now_ms: int) -> Loss | None:
    began_ms, ended_ms = lost.disconnect.started_at_ms, lost.disconnect.ended_at_ms
    if began_ms > now_ms:
        return None
    if ended_ms is not None and ended_ms > now_ms:
        return replace(lost, disconnect=replace(lost.disconnect, ended_at_ms=None))
    return lost


def _shown(plan: Plan, now_ms: int, failed: bool) -> Notice:
    delivery = Delivery.FAILED if failed else Delivery.SENT
    return Notice(plan.kind, now_ms, "", "", plan.disconnect_id, delivery, cause=plan.cause)


LOSSES = st.lists(
    st.tuples(
        st.integers(0, 3 * DAY_MS),
        st.one_of(st.none(), st.integers(1_000, 4 * HOUR_MS)),
        st.sampled_from([None, CauseCode.GATEWAY, CauseCode.ISP, CauseCode.DNS]),
        st.sampled_from(["icbc", "ccb"]),
    ),
    max_size=40,
)
ZONES = st.sampled_from([BERLIN, ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")])


@settings(max_examples=60, deadline=None)
@given(
    LOSSES,
    st.integers(1, 3),
    st.sampled_from(["", "23:00-07:00", "02:15-02:45", "12:00-13:30"]),
    st.one_of(st.none(), st.tuples(st.integers(0, 2 * DAY_MS), st.integers(0, DAY_MS))),
    ZONES,
    st.lists(st.booleans(), max_size=5),
)
def test_whatever_happens_the_limits_hold(
    happened: list[tuple[int, int | None, CauseCode | None, str]],
    most: int,
    quiet_hours: str,
    snoozed: tuple[int, int] | None,
    zone: ZoneInfo,
    fails: list[bool],
) -> None:
    snooze = None
    if snoozed is not None:
        snooze = Stretch(START + snoozed[0], START + sum(snoozed))
    rules = Rules(
        quiet_hours,
        most,
        cool_down_ms=10 * MINUTE_MS,
        snooze=snooze,
        local=lambda ms: datetime.fromtimestamp(ms / 1000, zone),
    )
    losses = [
        loss(at_ms, lasted_ms, cause, number, wallet)
        for number, (at_ms, lasted_ms, cause, wallet) in enumerate(happened, start=1)
    ]
    life = Life(losses, rules)
    life.live(START + 4 * DAY_MS, 4 * MINUTE_MS, fails)
    seen = [n for n in life.shown if n.delivery is not Delivery.FAILED]
    assert not any(is_silent(rules, n.created_at_ms) for n in life.shown)
    for day in {rules.local(n.created_at_ms).date() for n in seen}:
        today = [n.kind for n in seen if rules.local(n.created_at_ms).date() == day]
        assert today.count(LOST) <= most
        assert today.count(NoticeKind.DIGEST) <= 1
        assert today.count(NoticeKind.SUMMARY) <= 2  # after the quiet hours, and after the snooze
    said: set[int | None] = set()
    for shown in life.shown:
        if shown.kind is RESTORED:
            assert shown.disconnect_id in said
            said.discard(shown.disconnect_id)
        elif shown.kind is not NoticeKind.DIGEST and shown.delivery is not Delivery.FAILED:
            said.add(shown.disconnect_id)


@given(LOSSES)
def test_incidents_are_all_the_losses_and_ten_minutes_apart(
    happened: list[tuple[int, int | None, CauseCode | None, str]],
) -> None:
    now_ms = START + 5 * DAY_MS
    losses = tellable(
        [loss(*what[:3], number, what[3]) for number, what in enumerate(happened)], (), now_ms
    )
    found = incidents(losses, now_ms)
    assert [x for incident in found for x in incident.losses] == list(losses)
    for incident, after in pairwise(found):
        ended_ms = incident.ended_at_ms
        assert ended_ms is not None
        assert after.losses[0].disconnect.started_at_ms - ended_ms >= 10 * MINUTE_MS
    assert all(
        x.disconnect.duration_ms is None or x.disconnect.duration_ms >= LOST_AFTER_MS
        for x in losses
    )
