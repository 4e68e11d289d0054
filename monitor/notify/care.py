"""Which reminder of daily care is due: pure, `now` is an argument.

One in each pace, in turn, and none that was missed is made up for: after a month off there is one,
not four. The words are handed in.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from monitor.model import CareCode, EpochMs, Notice, NoticeKind

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

PACE_MS: Mapping[str, int] = MappingProxyType(
    {"daily": DAY_MS, "weekly": 7 * DAY_MS, "monthly": 30 * DAY_MS}
)
"""`[notify] care` -> the least time between two reminders; "off" is not among them."""

SETTLING_MS = DAY_MS
"""Nothing in the first day: who has just installed this is not to be taught at once."""

BESIDE_MS = HOUR_MS
"""Not so near to a notice of a disconnect: general advice then would sound like its cause."""

NOT_BESIDE = frozenset(
    {
        NoticeKind.LOST,
        NoticeKind.RESTORED,
        NoticeKind.WHY,
        NoticeKind.ASK,
        NoticeKind.DIGEST,
        NoticeKind.SUMMARY,
        NoticeKind.WARNING,
    }
)
"""What a reminder keeps away from."""

TURN = tuple(CareCode)
"""The order of the reminders; after the last the first comes again."""


def due_care(
    pace: str,
    stored: Sequence[Notice],
    now_ms: EpochMs,
    first_ms: EpochMs,
    words: Callable[[CareCode], tuple[str, str]],
) -> Notice | None:
    """Return the reminder that is due now, or None.

    Args:
        pace: "off", "daily", "weekly" or "monthly".
        stored: every notice kept so far, whatever became of it: one that could not be shown is
            not tried again before its time.
        now_ms: the present.
        first_ms: when this program first ran here.
        words: title and text of a piece of care, in the user's language.
    """
    pace_ms = PACE_MS.get(pace)
    if pace_ms is None or now_ms - first_ms < SETTLING_MS:
        return None
    told = [notice for notice in stored if notice.kind is NoticeKind.CARE]
    if any(_is_near(notice, now_ms, pace_ms) for notice in told):
        return None
    if any(notice.kind in NOT_BESIDE and _is_near(notice, now_ms, BESIDE_MS) for notice in stored):
        return None
    code = _next(told)
    title, text = words(code)
    return Notice(NoticeKind.CARE, now_ms, title, text, subject=code.value)


def _is_near(notice: Notice, now_ms: EpochMs, within_ms: int) -> bool:
    """Tell whether it was made so lately; one from the future (a clock set back) may be near too.

    One from a future farther away does not count: it would silence the reminders until then.
    """
    return -within_ms < now_ms - notice.created_at_ms < within_ms


def _next(told: Sequence[Notice]) -> CareCode:
    """Return what comes after the reminder that was stored last."""
    subjects = [notice.subject for notice in sorted(told, key=_order) if notice.subject in TURN]
    if not subjects:
        return TURN[0]
    return TURN[(TURN.index(CareCode(subjects[-1])) + 1) % len(TURN)]


def _order(notice: Notice) -> tuple[int, EpochMs]:
    return notice.id or 0, notice.created_at_ms
