"""What must hold of a soak: each check returns sentences of what does not; none is all well."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.daemon.due import due_week
from monitor.model import Disconnect, Gap
from monitor.store.sqlite import Store
from tests.soak.days import Result, TrueGap, Truth
from tests.soak.figures import Held, most, slope

WATCH_MS = 1_100
"""The watch looks each second: a gap's edges are known that well."""

WARM_DAYS = 15
"""Caches are full, minutes are pruned and every kind of event has come by then."""
FEW_DAYS = 5
"""So many first and last warm days are held beside each other."""
GROWTH_MIB = 2.0
"""The last days may hold this much more than the first warm ones: what malloc wanders by."""
PEAK_MIB = 6.0
"""So much more may be held for a while: a long look back takes 2 MiB until the hour is over."""
SLOPE_MIB_PER_DAY = 0.03
"""Less than 1 MiB a month, where the line is laid through thirty days and more."""
BLOCKS_A_DAY = 60.0
"""Python's objects are counted besides, since RSS wanders by more than a few of them. The story and
the player add some 25 a day of their own; 1 KB, which is some 20 pieces, for each of the three
things that happen in a day would be 60 more."""
THREADS_MORE = 3
"""Pools have as many threads as were once in flight together; what leaks comes by hundreds."""
FDS_MORE = 4
"""Each of those may hold a socket or the store open."""
WAL_MIB = 8.0
"""SQLite folds the log back each 1,000 pages of 4 KiB; a long prune or roll-up may double that."""
DB_RATIO = 1.15
"""Once every stage is pruned the file stays within this of what it was: free pages are kept to an
eighth, and days are not equal."""
LEAST_PAGE_BYTES = 10_000
"""A page of a week in which nothing was observed would be shorter."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the daemon found, beside what the story made."""

    matched: int
    same_cause: int
    late_ms: int
    """The farthest that a start lies behind the truth."""
    wrong: tuple[str, ...]


def disconnects(result: Result, found: Sequence[Disconnect], store: Store) -> Found:
    """Hold the stored disconnects beside the true ones, each once."""
    left = list(found)
    wrong: list[str] = []
    same = late_ms = 0
    for truth in result.truths:
        its = next((d for d in left if _is_its(truth, d)), None)
        if its is None:
            wrong.append(f"not found: {truth.cause} at {_said(truth.at_ms)}")
            continue
        left.remove(its)
        late_ms = max(late_ms, abs(its.started_at_ms - truth.at_ms))
        verdict = None if its.id is None else store.diagnosis(its.id)
        told = None if verdict is None else verdict.best.cause
        if told is truth.cause:
            same += 1
        else:
            wrong.append(f"{truth.cause} at {_said(truth.at_ms)} was told as {told}")
        if its.ended_at_ms is None:
            wrong.append(f"{truth.cause} at {_said(truth.at_ms)} never ended")
    wrong += [f"false disconnect at {_said(d.started_at_ms)}: {d.how}" for d in left]
    return Found(len(found) - len(left), same, late_ms, tuple(wrong))


def _is_its(truth: Truth, found: Disconnect) -> bool:
    return -WATCH_MS <= found.started_at_ms - truth.at_ms <= truth.grid_ms


def gaps(result: Result) -> list[str]:
    """Hold the stored gaps beside the true ones."""
    left = list(result.gaps_found)
    wrong = []
    for true in result.gaps:
        its = next((g for g in left if _is_same_gap(true, g)), None)
        if its is None:
            wrong.append(f"no gap: {true.why} {_said(true.at_ms)} to {_said(true.until_ms)}")
        else:
            left.remove(its)
    wrong += [f"false gap: {g.why} {_said(g.at_ms)} to {_said(g.until_ms)}" for g in left]
    return wrong


def _is_same_gap(true: TrueGap, found: Gap) -> bool:
    earliest_ms = true.at_ms - WATCH_MS if true.earliest_ms is None else true.earliest_ms
    return (
        true.why is found.why
        and earliest_ms <= found.at_ms <= true.at_ms + WATCH_MS
        and abs(true.until_ms - found.until_ms) <= WATCH_MS
    )


def jobs(result: Result) -> list[str]:
    """Return the jobs that did not run as often as their grid says."""
    wrong = [
        f"job {name!r} ran {runs} times of {due}"
        for name, (runs, due) in result.jobs.items()
        if runs != due
    ]
    permanent = ("evaluate", "beat", "roll-up", "prune", "care", "report", "read link.up")
    return wrong + [f"job {name!r} is gone" for name in permanent if name not in result.jobs]


def expected_weeks(result: Result) -> list[str]:
    """Return the weeks whose report was due while the story ran, in the zone that held then."""
    found: list[str] = []
    at = datetime.fromtimestamp(result.began_ms / 1000, UTC)
    end = datetime.fromtimestamp(result.ended_ms / 1000, UTC)
    while at <= end:
        at_ms = round(at.timestamp() * 1000)
        zone = [name for since_ms, name in result.zones if since_ms <= at_ms or not found][-1]
        week = due_week(at_ms, result.settings.report.at, ZoneInfo(zone))
        if week.until_ms > result.began_ms and week.name not in found:
            found.append(week.name)
        at += timedelta(hours=1)
    return found


def reports(result: Result, folder: Path) -> list[str]:
    """Return what is wrong with the weekly reports: each made and told once, and none other."""
    wrong = []
    told = Counter(subject for kind, subject in result.shown if kind == "report")
    weeks = expected_weeks(result)
    for week in weeks:
        page = folder / f"{week}.html"
        size = page.stat().st_size if page.exists() else 0
        if size < LEAST_PAGE_BYTES:
            wrong.append(f"the report of {week} has {size} bytes")
        if told[week] != 1:
            wrong.append(f"the report of {week} was told {told[week]} times")
    wrong += [f"a report of {week} was told" for week in told if week not in weeks]
    return wrong


def growth(first: Held, last: Held) -> list[str]:
    """Return which figures of the last days are beyond those of the first ones."""
    wrong = []
    if last.rss_mib > first.rss_mib + GROWTH_MIB:
        wrong.append(f"RSS grew from {first.rss_mib:.1f} to {last.rss_mib:.1f} MiB")
    if last.threads > first.threads + THREADS_MORE:
        wrong.append(f"threads grew from {first.threads} to {last.threads}")
    if last.fds > first.fds + FDS_MORE:
        wrong.append(f"descriptors grew from {first.fds} to {last.fds}")
    if last.wal_mib > WAL_MIB:
        wrong.append(f"the write-ahead log came to {last.wal_mib:.1f} MiB")
    return wrong


def coarse_days(result: Result) -> list[tuple[int, Held]]:
    """Return what was held on the warm days of the coarse grid."""
    until = len(result.days) - result.fine_days
    return [(day.number, day.held) for day in result.days[:until] if day.number > WARM_DAYS]


def rss_slope(result: Result) -> float:
    """Return by how many MiB a day the memory grew that stays."""
    warm = {number for number, _ in coarse_days(result)}
    return slope([(day.number, day.stays_mib) for day in result.days if day.number in warm])


def blocks_slope(result: Result) -> float:
    """Return by how many pieces of memory a day Python's objects grew."""
    warm = {number for number, _ in coarse_days(result)}
    return slope([(day.number, day.blocks) for day in result.days if day.number in warm])


def memory(result: Result) -> list[str]:
    """Return what grew from the first warm days to the last ones of the coarse grid."""
    warm = [what for _, what in coarse_days(result)]
    if len(warm) < 2 * FEW_DAYS:
        return []
    # a peak is no growth: what stays of each day is held beside what stayed
    stays = [
        replace(what, rss_mib=result.days[number - 1].stays_mib)
        for number, what in coarse_days(result)
    ]
    first = most(stays[:FEW_DAYS])
    wrong = growth(first, most(stays[-FEW_DAYS:]))
    peak_mib = most(warm).rss_mib
    if peak_mib > first.rss_mib + PEAK_MIB:
        wrong.append(f"RSS came to {peak_mib:.1f} MiB, and {first.rss_mib:.1f} stayed at first")
    a_day = rss_slope(result)
    if len(warm) >= 30 and a_day > SLOPE_MIB_PER_DAY:
        wrong.append(f"RSS grows by {a_day:.3f} MiB a day")
    blocks = blocks_slope(result)
    if len(warm) >= 30 and blocks > BLOCKS_A_DAY:
        wrong.append(f"Python's objects grow by {blocks:.0f} pieces of memory a day")
    return wrong


def bound(result: Result) -> list[str]:
    """Return whether the file grew once every stage of retention was at work."""
    keep = result.settings.store.hour_days
    until = len(result.days) - result.fine_days
    sizes = [day.held.db_mib for day in result.days[keep:until]]
    half = len(sizes) // 2
    if half < 5:
        return []
    before, after = max(sizes[:half]), max(sizes[half:])
    if after > before * DB_RATIO:
        return [f"the database grew from {before:.1f} to {after:.1f} MiB with retention at work"]
    return []


def retention(result: Result, store: Store) -> list[str]:
    """Return which stage of retention kept what it should have forgotten."""
    keep = result.settings.store
    day_ms = 86_400_000
    wrong = []
    span = store.span()
    oldest: dict[str, tuple[int | None, int]] = {
        "samples": (_oldest(store, "sample_block", "from_ms"), keep.raw_days),
        "minutes": (_oldest(store, "sample_minute"), keep.minute_days),
        "hours": (_oldest(store, "sample_hour"), keep.hour_days),
    }
    for name, (at_ms, days) in oldest.items():
        # a prune comes each day, and a clock that went ahead is doubted for a day
        if at_ms is not None and at_ms < result.ended_ms - (days + 2) * day_ms:
            wrong.append(f"{name} since {_said(at_ms)} are kept, and {days} days were asked for")
    if span is None:
        wrong.append("nothing is stored")
    return wrong


def _oldest(store: Store, table: str, column: str = "at_ms") -> int | None:
    with closing(sqlite3.connect(f"file:{store.path}?mode=ro", uri=True)) as connection:
        [(at_ms,)] = connection.execute(f"SELECT min({column}) FROM {table}")
    return None if at_ms is None else int(at_ms)


def _said(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}Z"


def all_of(result: Result, found: Found, store: Store, reports_folder: Path) -> list[str]:
    """Return everything that does not hold of part A."""
    return [
        *found.wrong,
        *gaps(result),
        *jobs(result),
        *reports(result, reports_folder),
        *memory(result),
        *(f"{key} is asked no more, and remembered" for key in result.stale),
        *bound(result),
        *retention(result, store),
        *(f"log: {line}" for line in result.errors[:20]),
    ]
