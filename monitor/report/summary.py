"""A week's facts to its summary: counts, lost time, causes, and the one change to make.

A disconnect counts in the week it began in; its lost time counts in each week it lies in. Time
that was not observed (gaps) is neither lost nor observed. Only wallets count; controls stand
apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from monitor.model import CauseCode, Diagnosis, Disconnect, Gap
from monitor.report.action import best_action
from monitor.report.days import course, days, heat
from monitor.report.interface import (
    CauseTotals,
    Incident,
    Totals,
    WalletTotals,
    Week,
    WeekFacts,
    WeekSummary,
)
from monitor.spans import Span, Spans, length_ms, observed, overlap_ms, union, without


def summarise(facts: WeekFacts) -> WeekSummary:
    """Return the week in numbers."""
    own = [d for d in facts.disconnects if d.wallet not in facts.controls]
    open_spans = _open(facts.week, facts)
    incidents = tuple(
        _incident(disconnect, open_spans, facts)
        for disconnect in own
        if _began_in(disconnect, facts.week)
    )
    causes = _causes(own, facts)
    previous_ms = observed_ms(facts.previous, facts.observed, facts.gaps)
    own_course = course(
        starts=[disconnect.started_at_ms for disconnect in own],
        lost=without(
            union(_span(disconnect, facts) for disconnect in own),
            union((gap.at_ms, gap.until_ms) for gap in facts.gaps),
        ),
        seen=_seen(facts.week, facts.observed, facts.gaps),
    )
    return WeekSummary(
        week=facts.week,
        observed_ms=observed_ms(facts.week, facts.observed, facts.gaps),
        totals=_totals(own, facts.week, facts),
        previous=_totals(own, facts.previous, facts) if previous_ms else None,
        causes=causes,
        action=best_action(causes, incidents, facts.fix_checks, facts.factors),
        wallets=_wallets(facts),
        incidents=incidents,
        days=days(facts.week, own_course),
        heat=heat(facts.week, own_course),
        previous_observed_ms=previous_ms,
        legs=facts.legs,
        factors=facts.factors,
        fix_checks=facts.fix_checks,
        care=facts.care,
        cost=facts.cost,
        is_demo=facts.is_demo,
    )


def observed_ms(week: Week, known: Span | None, gaps: Sequence[Gap]) -> int:
    """Return how much of the week was observed: since the first instant, gaps apart."""
    return length_ms(_seen(week, known, gaps))


def _seen(week: Week, known: Span | None, gaps: Sequence[Gap]) -> Spans:
    """Return the stretches of the week that were observed."""
    if known is None:
        return ()
    return observed(max(week.since_ms, known[0]), min(week.until_ms, known[1]), gaps)


def cause_of(disconnect: Disconnect, diagnosis: Diagnosis | None) -> CauseCode:
    """Return why it happened: the user's word first, then the best finding.

    A finding that the user ruled out counts for nothing, and the next best is no answer instead:
    it was weighed with what is ruled out in the balance.
    """
    if disconnect.confirmed is not None:
        return disconnect.confirmed
    if diagnosis is None or diagnosis.best.cause is disconnect.denied:
        return CauseCode.UNEXPLAINED
    return diagnosis.best.cause


def _open(week: Week, facts: WeekFacts) -> Spans:
    """Return the stretches of the week that no gap covers."""
    return observed(week.since_ms, week.until_ms, facts.gaps)


def _lost_ms(disconnects: Iterable[Disconnect], open_spans: Spans, facts: WeekFacts) -> int:
    """Return the time lost in these stretches; what overlaps in one wallet counts once."""
    spans: dict[str, list[Span]] = {}
    for disconnect in disconnects:
        spans.setdefault(disconnect.wallet, []).append(_span(disconnect, facts))
    return sum(
        overlap_ms(open_spans, *span)
        for wallet_spans in spans.values()
        for span in union(wallet_spans)
    )


def _span(disconnect: Disconnect, facts: WeekFacts) -> Span:
    """Return when it began and ended; one that lasts reaches to the last observed instant."""
    end_ms = disconnect.ended_at_ms
    if end_ms is None:
        end_ms = min(facts.now_ms, facts.observed[1]) if facts.observed else facts.now_ms
    return disconnect.started_at_ms, end_ms


def _began_in(disconnect: Disconnect, week: Week) -> bool:
    """Tell whether the disconnect counts in this week."""
    return week.since_ms <= disconnect.started_at_ms < week.until_ms


def _totals(disconnects: Sequence[Disconnect], week: Week, facts: WeekFacts) -> Totals:
    """Return how often and how long in the week."""
    open_spans = _open(week, facts)
    lasted = [_lost_ms([d], open_spans, facts) for d in disconnects if _overlaps(d, week, facts)]
    return Totals(
        count=sum(_began_in(disconnect, week) for disconnect in disconnects),
        lost_ms=_lost_ms(disconnects, open_spans, facts),
        longest_ms=max(lasted, default=None),
    )


def _overlaps(disconnect: Disconnect, week: Week, facts: WeekFacts) -> bool:
    """Tell whether any of the disconnect lies in the week."""
    start_ms, end_ms = _span(disconnect, facts)
    return start_ms < week.until_ms and (end_ms > week.since_ms or start_ms >= week.since_ms)


def _incident(disconnect: Disconnect, open_spans: Spans, facts: WeekFacts) -> Incident:
    """Return the disconnect with its cause and what it cost."""
    diagnosis = _diagnosis(disconnect, facts.diagnoses)
    cause = cause_of(disconnect, diagnosis)
    is_told = disconnect.confirmed is None and diagnosis and diagnosis.best.cause is cause
    return Incident(
        disconnect=disconnect,
        cause=cause,
        confidence_ratio=diagnosis.best.confidence_ratio if diagnosis and is_told else None,
        lost_ms=_lost_ms([disconnect], open_spans, facts),
        diagnosis=diagnosis,
        close_up=None if disconnect.id is None else facts.close_ups.get(disconnect.id),
    )


def _diagnosis(disconnect: Disconnect, diagnoses: Mapping[int, Diagnosis]) -> Diagnosis | None:
    """Return the disconnect's diagnosis; None where there is none yet."""
    return None if disconnect.id is None else diagnoses.get(disconnect.id)


def _causes(disconnects: Sequence[Disconnect], facts: WeekFacts) -> tuple[CauseTotals, ...]:
    """Return each cause's count and lost time, the most frequent first, then the costliest."""
    here = [d for d in disconnects if _overlaps(d, facts.week, facts)]
    count = sum(_began_in(disconnect, facts.week) for disconnect in here)

    def code(disconnect: Disconnect) -> CauseCode:
        return cause_of(disconnect, _diagnosis(disconnect, facts.diagnoses))

    open_spans = _open(facts.week, facts)
    found = []
    for cause, group in groupby(sorted(here, key=code), key=code):
        members = list(group)
        own_count = sum(_began_in(disconnect, facts.week) for disconnect in members)
        lost_ms = _lost_ms(members, open_spans, facts)
        found.append(CauseTotals(cause, own_count, lost_ms, own_count / count if count else 0.0))
    return tuple(sorted(found, key=lambda c: (-c.count, -c.lost_ms, c.cause)))


def _wallets(facts: WeekFacts) -> tuple[WalletTotals, ...]:
    """Return each wallet's totals, wallets before controls."""
    names = list(facts.titles)
    names += sorted(
        {d.wallet for d in facts.disconnects if _overlaps(d, facts.week, facts)} - set(names)
    )
    totals = [
        WalletTotals(
            wallet=name,
            title=facts.titles.get(name) or name,
            is_control=name in facts.controls,
            totals=_totals([d for d in facts.disconnects if d.wallet == name], facts.week, facts),
        )
        for name in names
    ]
    return tuple(sorted(totals, key=lambda wallet: wallet.is_control))
