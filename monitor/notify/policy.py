"""Which notice is due for a disconnect, and its words: pure, `now` is an argument.

A disconnect earns at most two notices: one while it lasts, and one for its end. Both are dropped
once they would be news of long ago. The words of causes and fixes are handed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.model import (
    CauseCode,
    Delivery,
    Diagnosis,
    Disconnect,
    EpochMs,
    How,
    Notice,
    NoticeKind,
)

LOST_AFTER_MS = 5_000
"""A shorter loss heals before a person could act on it: it is recorded, never shown."""

RESTORED_AFTER_MS = 10_000
"""Drops nearer to each other than this are one disconnect, so an end is certain only then."""

NEWS_FOR_MS = 600_000
"""What is found later than this (after sleep, in an import) belongs in the report: it is no news,
and a morning's first notices must not be last night's."""

SECONDS_IN_MINUTE = 60
MINUTES_IN_HOUR = 60

NOT_SHOWN = frozenset({Delivery.FAILED})
"""A notice that failed was surely not seen; for all others, silence about the end would puzzle."""


class Translator(Protocol):
    """Turns English text into the user's language."""

    def text(self, msgid: str) -> str:
        """Return the text in the user's language."""
        ...

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form of the text that fits `count`."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """What a notice needs to name, already in the user's language."""

    wallet_title: str
    cause_summary: str = ""
    """One sentence; empty where the cause is not known yet."""
    fix: str = ""
    """The first thing to do, one sentence; empty where there is nothing to do."""


def due(
    disconnect: Disconnect,
    diagnosis: Diagnosis | None,
    stored: Sequence[Notice],
    now_ms: EpochMs,
    words: Words,
    tr: Translator,
    *,
    is_control: bool = False,
) -> Notice | None:
    """Return the notice that is due now for the disconnect, or None.

    `stored` are the notices kept so far (others' do no harm); a kind that is among them is never
    due again, so that a restart between storing and showing repeats nothing.
    """
    if is_control or disconnect.how is How.REPORTED or _is_sleep(diagnosis):
        return None
    own = {
        n.kind: n for n in stored if disconnect.id is not None and n.disconnect_id == disconnect.id
    }
    if disconnect.ended_at_ms is None:
        if NoticeKind.LOST in own or not _is_lost_due(disconnect.started_at_ms, now_ms):
            return None
        return _lost(disconnect, now_ms, words, tr)
    lost = own.get(NoticeKind.LOST)
    if lost is None or lost.delivery in NOT_SHOWN or NoticeKind.RESTORED in own:
        return None
    if not RESTORED_AFTER_MS <= now_ms - disconnect.ended_at_ms <= NEWS_FOR_MS:
        return None
    return _restored(disconnect, disconnect.ended_at_ms, now_ms, words, tr)


def is_news(notice: Notice, now_ms: EpochMs) -> bool:
    """Tell whether a notice that was stored but never shown (a restart) is still worth showing."""
    return 0 <= now_ms - notice.created_at_ms <= NEWS_FOR_MS


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


def _is_lost_due(started_at_ms: EpochMs, now_ms: EpochMs) -> bool:
    return LOST_AFTER_MS <= now_ms - started_at_ms <= NEWS_FOR_MS


def _is_sleep(diagnosis: Diagnosis | None) -> bool:
    """Tell whether the device slept: that is no fault, and who closed the lid knows it."""
    return diagnosis is not None and diagnosis.best.cause is CauseCode.SLEEP


def _lost(disconnect: Disconnect, now_ms: EpochMs, words: Words, tr: Translator) -> Notice:
    cause = words.cause_summary or tr.text("The cause is not known yet.")
    return Notice(
        kind=NoticeKind.LOST,
        created_at_ms=now_ms,
        title=tr.text("{wallet} lost its connection").format(wallet=words.wallet_title),
        body="\n".join(line for line in (cause, words.fix) if line),
        disconnect_id=disconnect.id,
    )


def _restored(
    disconnect: Disconnect, ended_at_ms: EpochMs, now_ms: EpochMs, words: Words, tr: Translator
) -> Notice:
    away = duration_in_words(ended_at_ms - disconnect.started_at_ms, tr)
    lines = (
        tr.text("It was disconnected for {duration}.").format(duration=away),
        words.cause_summary,
    )
    return Notice(
        kind=NoticeKind.RESTORED,
        created_at_ms=now_ms,
        title=tr.text("{wallet} is connected again").format(wallet=words.wallet_title),
        body="\n".join(line for line in lines if line),
        disconnect_id=disconnect.id,
    )


def _hours(count: int, tr: Translator) -> str:
    return tr.plural("{count} hour", "{count} hours", count).format(count=count)


def _minutes(count: int, tr: Translator) -> str:
    return tr.plural("{count} minute", "{count} minutes", count).format(count=count)


def _seconds(count: int, tr: Translator) -> str:
    return tr.plural("{count} second", "{count} seconds", count).format(count=count)
