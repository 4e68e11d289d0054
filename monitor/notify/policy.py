"""What is due to be told now: pure, `now` is an argument.

An incident earns at most two notices: one while it lasts, and one for its end. What falls into a
quiet time is told once, together, after it; what is more than a day may hold is told once as well.
Whatever would be news of long ago (after sleep, a day offline, an import) is left to the report,
so that nothing ever comes in a storm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.model import CauseCode, Delivery, EpochMs, Notice, NoticeKind
from monitor.notify.incidents import LOST_AFTER_MS, Incident, Loss, incidents, wallets
from monitor.notify.interface import Local
from monitor.notify.quiet import Stretch, is_quiet, last_quiet

RESTORED_AFTER_MS = 10_000
"""Drops nearer to each other than this are one disconnect, so an end is certain only then."""

NEWS_FOR_MS = 600_000
"""What is found later than this (after sleep, in an import) belongs in the report: it is no news,
and a morning's first notices must not be last night's."""

TOGETHER_MS = 3_000
"""Wallets that drop together are found within this of each other: they are named together."""

SUMMARY_FOR_MS = 12 * 3_600_000
"""A machine that sleeps on after the quiet hours tells of them until the afternoon, not later."""

NOT_SHOWN = frozenset({Delivery.FAILED})
"""A notice that failed was surely not seen; for all others, silence about the end would puzzle."""

TELLS = frozenset({NoticeKind.LOST, NoticeKind.DIGEST, NoticeKind.SUMMARY})
"""Kinds after which the user has heard of the disconnect that they stand at."""


def utc(at_ms: EpochMs) -> datetime:
    """Return the instant in UTC, where nothing is known of the user's zone."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the user wants of notices."""

    quiet_hours: str = ""
    """`23:00-07:00` in local time; empty: none."""
    most_per_day: int = 8
    """Incidents told in a local day."""
    cool_down_ms: int = 30 * 60_000
    """A cause that was shown is not shown again for this long."""
    snooze: Stretch | None = None
    watched_count: int = 1
    """Wallets that are watched, without controls."""
    local: Local = utc


@dataclass(frozen=True, slots=True)
class Plan:
    """A notice that is due, before it has words."""

    kind: NoticeKind
    losses: tuple[Loss, ...]
    """What it tells of, by start; never empty."""
    cause: CauseCode | None = None
    """The cause to name; None: none is known."""
    disconnect_id: int | None = None
    """The disconnect that it stands at: whose buttons it has, and whose notice it replaces."""


def is_silent(rules: Rules, now_ms: EpochMs) -> bool:
    """Tell whether nothing may be shown now: quiet hours, or snooze."""
    is_snoozed = rules.snooze is not None and rules.snooze.holds(now_ms)
    return is_snoozed or is_quiet(rules.quiet_hours, rules.local(now_ms))


def plans(
    losses: Sequence[Loss], stored: Sequence[Notice], now_ms: EpochMs, rules: Rules
) -> list[Plan]:
    """Return what is due now.

    `losses` are those of `tellable`; `stored` the notices kept so far, of any kind. What is among
    them is never due again, so that a restart between storing and showing repeats nothing.
    """
    if is_silent(rules, now_ms):
        return []
    due = []
    summary = _summary(losses, stored, now_ms, rules)
    if summary is not None:
        due.append(summary)
        told = frozenset(loss.disconnect.id for loss in summary.losses)
    else:
        told = frozenset()
    for incident in incidents(losses, now_ms):
        if incident.ids & told:
            continue
        plan = _end(incident, stored, now_ms) or _begin(incident, losses, stored, now_ms, rules)
        if plan is not None:
            due.append(plan)
    return due


def awaited_summary(stored: Sequence[Notice], now_ms: EpochMs, rules: Rules) -> Stretch | None:
    """Return the quiet time that is over and not summed up yet; None where there is none."""
    over = [last_quiet(rules.quiet_hours, now_ms, rules.local), rules.snooze]
    summed_ms = max((n.created_at_ms for n in stored if n.kind is NoticeKind.SUMMARY), default=0)
    waiting = [
        stretch
        for stretch in over
        if stretch is not None
        and 0 <= now_ms - stretch.until_ms <= SUMMARY_FOR_MS
        and summed_ms < stretch.until_ms
    ]
    if not waiting:
        return None
    return Stretch(min(s.since_ms for s in waiting), max(s.until_ms for s in waiting))


def is_news(notice: Notice, now_ms: EpochMs) -> bool:
    """Tell whether a notice that was stored but never shown (a restart) is still worth showing."""
    return 0 <= now_ms - notice.created_at_ms <= NEWS_FOR_MS


def _summary(
    losses: Sequence[Loss], stored: Sequence[Notice], now_ms: EpochMs, rules: Rules
) -> Plan | None:
    """Return the one word about a quiet time that is over."""
    quiet = awaited_summary(stored, now_ms, rules)
    if quiet is None:
        return None
    told = {n.disconnect_id for n in stored if n.kind in TELLS}
    during = tuple(
        loss
        for loss in losses
        if loss.disconnect.id not in told
        and quiet.holds(max(loss.disconnect.started_at_ms, quiet.since_ms))
        and (loss.disconnect.ended_at_ms is None or loss.disconnect.ended_at_ms > quiet.since_ms)
    )
    if not during:
        return None
    lasting = next((loss.disconnect.id for loss in during if loss.is_open), None)
    return Plan(NoticeKind.SUMMARY, during, disconnect_id=lasting)


def _begin(
    incident: Incident,
    losses: Sequence[Loss],
    stored: Sequence[Notice],
    now_ms: EpochMs,
    rules: Rules,
) -> Plan | None:
    """Return the word about an incident that lasts, or in its place the one about the day."""
    if any(n.kind in TELLS and n.disconnect_id in incident.ids for n in stored):
        return None
    lasting = incident.open_losses
    if not _is_fresh(lasting, now_ms) or _may_be_joined(lasting, now_ms, rules.watched_count):
        return None
    cause = next((loss.cause for loss in lasting if loss.cause is not None), None)
    shown = [n for n in stored if n.kind is NoticeKind.LOST and n.delivery not in NOT_SHOWN]
    if any(n.cause is cause and 0 <= now_ms - n.created_at_ms < rules.cool_down_ms for n in shown):
        return None
    today = rules.local(now_ms).date()
    digests = [n for n in stored if n.kind is NoticeKind.DIGEST]
    if any(rules.local(n.created_at_ms).date() == today for n in digests):
        return None
    number = lasting[0].disconnect.id
    count = sum(rules.local(n.created_at_ms).date() == today for n in shown)
    if count < rules.most_per_day:
        return Plan(NoticeKind.LOST, lasting, cause, number)
    so_far = [x for x in losses if rules.local(x.disconnect.started_at_ms).date() == today]
    return Plan(NoticeKind.DIGEST, tuple(so_far) or lasting, disconnect_id=number)


def _is_fresh(lasting: Sequence[Loss], now_ms: EpochMs) -> bool:
    ages_ms = [now_ms - loss.disconnect.started_at_ms for loss in lasting]
    return any(LOST_AFTER_MS <= age_ms <= NEWS_FOR_MS for age_ms in ages_ms)


def _may_be_joined(lasting: Sequence[Loss], now_ms: EpochMs, watched_count: int) -> bool:
    """Tell whether another wallet may be found lost in a moment, to be named with these."""
    if len(wallets(lasting)) >= watched_count:
        return False
    found_ms = [loss.disconnect.detected_at_ms for loss in lasting]
    return any(ms is not None and 0 <= now_ms - ms < TOGETHER_MS for ms in found_ms)


def _end(incident: Incident, stored: Sequence[Notice], now_ms: EpochMs) -> Plan | None:
    """Return the word about the end of an incident that the user was told of."""
    ended_ms = incident.ended_at_ms
    if ended_ms is None or not RESTORED_AFTER_MS <= now_ms - ended_ms <= NEWS_FOR_MS:
        return None
    own = [n for n in stored if n.disconnect_id in incident.ids]
    if any(n.kind is NoticeKind.RESTORED for n in own):
        return None
    for told in own:
        is_told = told.kind in (NoticeKind.LOST, NoticeKind.SUMMARY)
        if is_told and told.delivery not in NOT_SHOWN:
            number = told.disconnect_id
            cause = next((x.cause for x in incident.losses if x.disconnect.id == number), None)
            return Plan(NoticeKind.RESTORED, incident.losses, cause, number)
    return None
