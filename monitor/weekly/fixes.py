"""Did it help: the fixes that were carried out, each with the time before and after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from monitor.correlate.before_after import WINDOW_MS, fix_check
from monitor.correlate.exposure import observed as observed_spans
from monitor.model import (
    CauseCode,
    Diagnosis,
    Disconnect,
    EpochMs,
    FixCheck,
    FixCode,
    FixMark,
    Notice,
)
from monitor.report.interface import Week
from monitor.report.summary import cause_of

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

MOST = 4
"""The newest fixes only: a report is read in a minute."""

ADVICE_MS = 60 * 24 * 3_600_000
"""How long before a fix it may have been recommended: longer ago, it was not for that."""


def checks(
    store: Store,
    week: Week,
    observed: tuple[EpochMs, EpochMs] | None,
    controls: frozenset[str],
) -> tuple[FixCheck, ...]:
    """Return whether each fix of the four weeks up to the week's end helped, newest first."""
    marks = recent(store.fix_marks(), week.until_ms)
    if not marks or observed is None:
        return ()
    since_ms = min(mark.at_ms for mark in marks) - WINDOW_MS
    until_ms = min(week.until_ms, observed[1])
    found = [d for d in store.disconnects(since_ms, until_ms) if d.wallet not in controls]
    diagnoses = store.diagnoses([d.id for d in found if d.id is not None])
    seen = observed_spans(max(since_ms, observed[0]), until_ms, store.gaps(since_ms, until_ms))
    advice = store.notices_since(since_ms - ADVICE_MS + WINDOW_MS)
    result = []
    for mark in marks:
        cause = recommended_for(mark, advice, found, diagnoses)
        concerned = [d for d in found if cause is None or _cause(d, diagnoses) is cause]
        result.append(fix_check(mark, cause, concerned, seen, until_ms))
    return tuple(result)


def recent(marks: Iterable[FixMark], until_ms: EpochMs) -> list[FixMark]:
    """Return the newest mark of each fix in the four weeks before an instant, newest first."""
    newest: dict[FixCode, FixMark] = {}
    for mark in sorted(marks, key=lambda mark: mark.at_ms):
        if until_ms - WINDOW_MS <= mark.at_ms < until_ms:
            newest[mark.fix] = mark
    return sorted(newest.values(), key=lambda mark: mark.at_ms, reverse=True)[:MOST]


def recommended_for(
    mark: FixMark,
    advice: Sequence[Notice],
    found: Sequence[Disconnect],
    diagnoses: dict[int, Diagnosis],
) -> CauseCode | None:
    """Return the cause that a fix was last recommended for before it was carried out.

    A notice says it; else the newest diagnosis that names the fix. None: for nothing known.
    """
    for notice in reversed(advice):
        if notice.fix is mark.fix and notice.cause and notice.created_at_ms <= mark.at_ms:
            return notice.cause
    for disconnect in reversed(found):
        diagnosis = diagnoses.get(disconnect.id or 0)
        if (
            disconnect.started_at_ms <= mark.at_ms
            and diagnosis
            and mark.fix in diagnosis.best.fixes
        ):
            return diagnosis.best.cause
    return None


def _cause(disconnect: Disconnect, diagnoses: dict[int, Diagnosis]) -> CauseCode:
    return cause_of(disconnect, diagnoses.get(disconnect.id or 0))
