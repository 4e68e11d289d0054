"""The words of what is due: short, calm, with what to do; pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from monitor.model import CauseCode, EpochMs, FixCode, Notice, NoticeKind
from monitor.notify.incidents import Loss, most_often, stretches, wallets
from monitor.notify.interface import Translator
from monitor.notify.policy import Plan

SECONDS_IN_MINUTE = 60
MINUTES_IN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Words:
    """What notices need to name, already in the user's language."""

    wallet_title: Callable[[str], str]
    cause_title: Callable[[CauseCode], str]
    cause_summary: str = ""
    """The cause in one sentence; empty where it is not known yet."""
    fix: FixCode | None = None
    """What to do about it; None where there is nothing to do."""
    fix_line: str = ""
    """The same in a sentence."""


def notice_of(plan: Plan, words: Words, now_ms: EpochMs, tr: Translator) -> Notice:
    """Return the notice that was planned."""
    title, body = {
        NoticeKind.LOST: _lost,
        NoticeKind.RESTORED: _restored,
        NoticeKind.DIGEST: _digest,
        NoticeKind.SUMMARY: _summary,
    }[plan.kind](plan, words, now_ms, tr)
    is_lost = plan.kind is NoticeKind.LOST
    return Notice(
        kind=plan.kind,
        created_at_ms=now_ms,
        title=title,
        body=_lines(body),
        disconnect_id=plan.disconnect_id,
        cause=plan.cause,
        fix=words.fix if is_lost else None,
    )


def duration_in_words(duration_ms: int, tr: Translator) -> str:
    """Return the duration as a person says it: the two largest units, at least one second."""
    seconds = max(1, round(duration_ms / 1000))
    minutes, second = divmod(seconds, SECONDS_IN_MINUTE)
    hour, minute = divmod(minutes, MINUTES_IN_HOUR)
    if hour:
        parts = [_hours(hour, tr), _minutes(minute, tr) if minute else ""]
    elif minute:
        parts = [_minutes(minute, tr), _seconds(second, tr) if second else ""]
    else:
        parts = [_seconds(second, tr)]
    return " ".join(part for part in parts if part)


def _lost(plan: Plan, words: Words, _now_ms: EpochMs, tr: Translator) -> tuple[str, Iterable[str]]:
    names, count = _names(plan.losses, words, tr)
    title = tr.text("{wallet} lost its connection")
    if count > 1:
        title = tr.text("{wallet} lost their connections")
    cause = words.cause_summary or tr.text("The cause is not known yet.")
    return title.format(wallet=names), (cause, words.fix_line)


def _restored(
    plan: Plan, words: Words, now_ms: EpochMs, tr: Translator
) -> tuple[str, Iterable[str]]:
    names, count = _names(plan.losses, words, tr)
    title = tr.text("{wallet} is connected again")
    if count > 1:
        title = tr.text("{wallet} are connected again")
    down = stretches(plan.losses, now_ms)
    away = tr.text("It was disconnected for {duration}.")
    if len(down) > 1:
        away = tr.text("It was disconnected {count} times, for {duration} in all.")
    duration = duration_in_words(_total_ms(plan.losses, now_ms), tr)
    said = away.format(count=len(down), duration=duration)
    return title.format(wallet=names), (said, words.cause_summary)


def _digest(plan: Plan, words: Words, now_ms: EpochMs, tr: Translator) -> tuple[str, Iterable[str]]:
    names, _ = _names(plan.losses, words, tr)
    title = tr.text("{wallet}: a restless day").format(wallet=names)
    end = tr.text("No more of these notices today; the weekly report has them all.")
    return title, (_count(plan.losses, now_ms, tr), _usual_cause(plan, words, tr), end)


def _summary(
    plan: Plan, words: Words, now_ms: EpochMs, tr: Translator
) -> tuple[str, Iterable[str]]:
    names, _ = _names(plan.losses, words, tr)
    title = tr.text("{wallet}: while notices were silent").format(wallet=names)
    lasting = [loss for loss in plan.losses if loss.is_open]
    still = ""
    if lasting:
        names, count = _names(lasting, words, tr)
        still = tr.text("{wallet} is still disconnected.")
        if count > 1:
            still = tr.text("{wallet} are still disconnected.")
        still = still.format(wallet=names)
    return title, (_count(plan.losses, now_ms, tr), _usual_cause(plan, words, tr), still)


def _count(losses: tuple[Loss, ...], now_ms: EpochMs, tr: Translator) -> str:
    count = len(stretches(losses, now_ms))
    said = tr.plural(
        "{count} disconnect, for {duration}.",
        "{count} disconnects, for {duration} in all.",
        count,
    )
    return said.format(count=count, duration=duration_in_words(_total_ms(losses, now_ms), tr))


def _usual_cause(plan: Plan, words: Words, tr: Translator) -> str:
    cause = most_often(plan.losses)
    if cause is None:
        return ""
    return tr.text("Most often: {cause}.").format(cause=words.cause_title(cause))


def _names(losses: Iterable[Loss], words: Words, tr: Translator) -> tuple[str, int]:
    """Return the lost wallets' names as a list in words, and how many they are."""
    names = [words.wallet_title(wallet) for wallet in wallets(losses)]
    if len(names) == 1:
        return names[0], 1
    joined = tr.text(", ").join(names[:-1])
    return tr.text("{wallets} and {last}").format(wallets=joined, last=names[-1]), len(names)


def _total_ms(losses: tuple[Loss, ...], now_ms: EpochMs) -> int:
    return sum(s.until_ms - s.since_ms for s in stretches(losses, now_ms))


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(line for line in lines if line)


def _hours(count: int, tr: Translator) -> str:
    return tr.plural("{count} hour", "{count} hours", count).format(count=count)


def _minutes(count: int, tr: Translator) -> str:
    return tr.plural("{count} minute", "{count} minutes", count).format(count=count)


def _seconds(count: int, tr: Translator) -> str:
    return tr.plural("{count} second", "{count} seconds", count).format(count=count)
