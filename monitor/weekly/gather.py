"""READ FIRST: reads a week out of the store, in short reads that do not grow with the years."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from monitor.config.settings import Settings
from monitor.model import CareCode, EpochMs, NoticeKind
from monitor.report.interface import Column, LegSeries, Week, WeekFacts, WeekSummary
from monitor.report.summary import summarise
from monitor.report.weeks import week_before
from monitor.weekly.close_ups import close_ups
from monitor.weekly.cost import own_cost
from monitor.weekly.fixes import checks
from monitor.weekly.patterns import ROLES, Told, patterns

if TYPE_CHECKING:
    from monitor.store.series import LegSteps
    from monitor.store.sqlite import Store

STEP_MS = 15 * 60_000
"""A column of a chart: 672 of them in a week, about one a pixel."""

WEEK_MS = 7 * 24 * 3_600_000


def summary(
    store: Store, week: Week, settings: Settings, now_ms: EpochMs, *, is_demo: bool = False
) -> WeekSummary:
    """Return the week in numbers: what the formats of the report take."""
    return summarise(facts(store, week, settings, now_ms, is_demo=is_demo))


def facts(
    store: Store, week: Week, settings: Settings, now_ms: EpochMs, *, is_demo: bool = False
) -> WeekFacts:
    """Return everything that the report of a week is made from.

    A week that is not over holds what was observed so far, the newest samples included. Patterns
    are looked for in this week alone, so that their hours are hours of the week that is shown.
    """
    before = week_before(week)
    controls = settings.controls()
    observed = store.span()
    found = store.disconnects(before.since_ms, week.until_ms)
    diagnoses = store.diagnoses([d.id for d in found if d.id is not None])
    gaps = store.gaps(before.since_ms, week.until_ms)
    own = [d for d in found if d.wallet not in controls]
    here = [d for d in own if week.since_ms <= d.started_at_ms < week.until_ms]
    seen = {d.wallet for d in found if d.started_at_ms >= week.since_ms}
    way = store.way(week.since_ms, week.until_ms, STEP_MS, ROLES)
    return WeekFacts(
        week=week,
        previous=before,
        now_ms=now_ms,
        disconnects=tuple(found),
        diagnoses=diagnoses,
        gaps=tuple(gaps),
        observed=observed,
        controls=controls,
        titles={
            name: wallet.title or name
            for name, wallet in settings.wallets.items()
            if wallet.enabled or name in seen  # switched off since, or a trace of elsewhere
        },
        legs=legs(way.legs),
        close_ups=close_ups(store, here, gaps),
        factors=patterns(store, week, observed, Told(here, diagnoses), gaps, way.minutes),
        fix_checks=checks(store, week, observed, controls),
        care=care(store, week, settings),
        cost=own_cost(store, week.since_ms, min(week.until_ms, now_ms)),
        is_demo=is_demo or store.is_demo(),
    )


def legs(found: Iterable[LegSteps]) -> tuple[LegSeries, ...]:
    """Return the store's legs as those of the report."""
    return tuple(
        LegSeries(
            leg=one.leg,
            step_ms=one.step_ms,
            columns=tuple(
                Column(
                    step.at_ms,
                    step.measured_count,
                    step.lost_count,
                    step.p50_ms,
                    step.p95_ms,
                    step.max_ms,
                )
                for step in one.steps
            ),
        )
        for one in found
    )


def care(store: Store, week: Week, settings: Settings) -> CareCode | None:
    """Return the reminder that was shown in the week, or else the one whose turn it is.

    None where the user wants none.
    """
    if settings.notify.care == "off":
        return None
    turn = tuple(CareCode)
    told = [
        notice.subject
        for notice in store.notices_since(week.since_ms)
        if notice.kind is NoticeKind.CARE
        and notice.created_at_ms < week.until_ms
        and notice.subject in turn
    ]
    return CareCode(told[-1]) if told else turn[week.since_ms // WEEK_MS % len(turn)]
