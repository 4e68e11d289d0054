"""What a week says, sentence by sentence, without a layout: what all readable formats share."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from monitor.model import CauseCode, Factor, FactorVerdict, FixCheck, HelpVerdict, Leg
from monitor.report import signs
from monitor.report.amounts import HOUR_MS, duration, instant, lasted, percent
from monitor.report.compare import Change, WhyNot, compare, share
from monitor.report.interface import (
    Action,
    CauseTotals,
    Incident,
    LegSeries,
    OwnCost,
    Totals,
    WalletTotals,
    WeekSummary,
    Words,
)
from monitor.report.legs import over_the_week

DETAILED = 5
"""More incidents than this make a log, not a report."""


def N_(msgid: str) -> str:  # noqa: N802 (the name that gettext's tools look for)
    """Mark `msgid` for the catalogue and return it unchanged."""
    return msgid


LEGS = {
    Leg.LINK: N_("this device's link"),
    Leg.GATEWAY: N_("router"),
    Leg.INTERNET: N_("internet"),
    Leg.DNS: N_("names (DNS)"),
    Leg.PORTAL: N_("sign-in page of the network"),
    Leg.CONTROL: N_("control"),
    Leg.WALLET: N_("wallet"),
}
"""The stretches of the way, in words."""
WEEKDAYS = (
    N_("Mon"),
    N_("Tue"),
    N_("Wed"),
    N_("Thu"),
    N_("Fri"),
    N_("Sat"),
    N_("Sun"),
)
HELP = {
    HelpVerdict.HELPED: N_("They have become fewer since, beyond chance."),
    HelpVerdict.WORSE: N_("They have become more since, beyond chance."),
    HelpVerdict.NO_CHANGE: N_("No difference beyond chance so far."),
    HelpVerdict.TOO_EARLY: N_("Too early to tell."),
}
METHOD = (
    N_(
        "A disconnect counts in the week it began in. Time that was not observed counts neither "
        "as lost nor as fine, and controls stand apart."
    ),
    N_(
        "A cause is the best explanation of what was seen, or what you said yourself. Patterns "
        "count disconnects less than ten quiet minutes apart as one incident; they are no proof."
    ),
    N_("Latency is the middle value over the steps of the week: no single peak moves it."),
)


def is_quiet(summary: WeekSummary) -> bool:
    """Tell whether nothing was lost in the week: then two lines say it all."""
    return not summary.incidents and not summary.totals.lost_ms


def heading(summary: WeekSummary, words: Words) -> str:
    """Return the week's name and days."""
    week = summary.week
    first = week.local(week.since_ms).date()
    return words.text("Week {week}, {first} to {last}").format(
        week=week.name, first=first, last=first + timedelta(days=6)
    )


def demo(words: Words) -> str:
    """Return the mark of a report that is not about anything real."""
    return words.text("DEMO: all of this is made up")


def headline(summary: WeekSummary, words: Words) -> str:
    """Return count, time lost, change and hours observed."""
    if not summary.observed_ms and not summary.causes:
        return words.text("Nothing was observed in this week.")
    found = compare(summary)
    hours = (summary.week.until_ms - summary.week.since_ms) / HOUR_MS
    parts = (
        how_much(summary.totals, words),
        change(found, words),
        words.text("observed {hours:.1f} of {all:g} hours").format(
            hours=summary.observed_ms / HOUR_MS, all=hours
        ),
        why_no_change(found, summary, words),
    )
    return words.text("; ").join(part for part in parts if part)


def change(found: Change, words: Words) -> str:
    """Return the change against the week before; "" where none may be told."""
    if found.count is None:
        return ""
    if not found.count:
        return words.text("as many as the week before")
    if found.count < 0:
        return words.plural(
            "{count} fewer than the week before",
            "{count} fewer than the week before",
            -found.count,
        ).format(count=-found.count)
    return words.plural(
        "{count} more than the week before", "{count} more than the week before", found.count
    ).format(count=found.count)


def why_no_change(found: Change, summary: WeekSummary, words: Words) -> str:
    """Return why the week is not compared with the one before; "" where it is."""
    if found.why_not is WhyNot.HOURS_DIFFER:
        return words.text("{hours:.0f} h the week before: not compared").format(
            hours=summary.previous_observed_ms / HOUR_MS
        )
    if found.why_not is WhyNot.NOTHING_BEFORE:
        return words.text("nothing the week before")
    return ""


def how_much(totals: Totals, words: Words) -> str:
    """Return count and lost time in words."""
    if not totals.count and not totals.lost_ms:
        return words.text("no disconnect")
    text = words.plural(
        "{count} disconnect, {lost} lost", "{count} disconnects, {lost} lost", totals.count
    )
    return text.format(count=totals.count, lost=duration(totals.lost_ms, words))


def wallet_name(wallet: WalletTotals, words: Words) -> str:
    """Return a wallet's title, marked where it is a control."""
    if not wallet.is_control:
        return wallet.title
    return words.text("{what} ({amount})").format(what=wallet.title, amount=words.text("control"))


def cause(totals: CauseTotals, summary: WeekSummary, words: Words) -> str:
    """Return a cause with its share of the week."""
    if not totals.count:
        return words.text("{cause}: {lost} lost, begun in the week before").format(
            cause=words.cause_title(totals.cause), lost=duration(totals.lost_ms, words)
        )
    return words.text("{cause}: {share}, {lost} lost").format(
        cause=words.cause_title(totals.cause),
        share=share(totals.count, summary.totals.count, words),
        lost=duration(totals.lost_ms, words),
    )


def because(action: Action, words: Words) -> str:
    """Return why this change is the one to make."""
    text = words.plural(
        "{part} of {count} disconnect: {cause}.",
        "{part} of {count} disconnects: {cause}.",
        action.count,
    )
    return text.format(
        part=action.cause_count, count=action.count, cause=words.cause_title(action.cause)
    )


def reasons(action: Action, words: Words) -> Iterator[str]:
    """Yield why this change is the one to make: what happened, what was tried, what goes with."""
    yield because(action, words)
    if action.instead_of is not None:
        yield words.text("“{fix}” was carried out already, and no improvement was seen.").format(
            fix=words.fix_title(action.instead_of)
        )
    if action.raised_by is not None:
        yield words.text("A pattern of this week fits it: “{factor}”.").format(
            factor=words.factor_title(action.raised_by)
        )


def notable(incidents: Sequence[Incident]) -> tuple[Incident, ...]:
    """Return the incidents that are told in detail: the costliest five, in time order."""
    costliest = sorted(incidents, key=lambda i: (-i.lost_ms, i.disconnect.started_at_ms))
    return tuple(sorted(costliest[:DETAILED], key=lambda i: i.disconnect.started_at_ms))


def the_rest(summary: WeekSummary, words: Words) -> str:
    """Return how many incidents are not told in detail; "" for none."""
    count = len(summary.incidents) - DETAILED
    if count <= 0:
        return ""
    return words.plural(
        "and {count} shorter one: walletwatch disconnects",
        "and {count} shorter ones: walletwatch disconnects",
        count,
    ).format(count=count)


def timeline_legend(words: Words) -> str:
    """Return what the signs of the timeline mean."""
    return words.text("{fine} fine, {lost} lost, {unseen} not observed").format(
        fine=signs.FINE, lost=signs.LOST, unseen=signs.UNOBSERVED
    )


def heat_legend(words: Words) -> str:
    """Return what the signs of the heat map mean."""
    return words.text(
        "disconnects an hour; {many} ten or more, {fine} none, {unseen} not observed"
    ).format(many=signs.MANY, fine=signs.FINE, unseen=signs.UNOBSERVED)


def leg_head(words: Words) -> tuple[str, str, str, str]:
    """Return the head of the table of legs."""
    return ("", words.text("half below"), words.text("95 % below"), words.text("lost"))


def incident(item: Incident, summary: WeekSummary, words: Words) -> str:
    """Return when a disconnect began, how long it lasted, which wallet, and why."""
    disconnect = item.disconnect
    titles = {wallet.wallet: wallet.title for wallet in summary.wallets}
    why = words.cause_title(item.cause)
    if item.confidence_ratio is not None and item.cause is not CauseCode.UNEXPLAINED:
        why = words.text("{what} ({amount})").format(
            what=why, amount=percent(item.confidence_ratio)
        )
    elif disconnect.confirmed is not None:
        why += words.text(" (confirmed by you)")
    elif item.ruled_out is not None:
        why = words.text("{what} ({amount})").format(
            what=why, amount=ruled_out(item.ruled_out, words)
        )
    parts = (
        "" if disconnect.id is None else f"#{disconnect.id}",
        instant(summary.week.local(disconnect.started_at_ms)),
        lasted(disconnect, words),
        titles.get(disconnect.wallet, disconnect.wallet),
        why,
    )
    return " · ".join(part for part in parts if part)


def ruled_out(cause: CauseCode, words: Words) -> str:
    """Return that the user says it was not this."""
    return words.text("you say it was not: {cause}").format(cause=words.cause_title(cause))


def evidence(item: Incident, words: Words) -> str:
    """Return what speaks most for the cause that is told; "" where nothing was noted."""
    seen = item.best_evidence
    return "" if seen is None else words.evidence_text(seen)


def runner_up(item: Incident, words: Words) -> str:
    """Return the next best explanation; "" where there is none."""
    other = item.runner_up
    if other is None:
        return ""
    return words.text("Next best: {cause} ({amount})").format(
        cause=words.cause_title(other.cause), amount=percent(other.confidence_ratio)
    )


def leg(series: LegSeries, words: Words) -> tuple[str, str, str, str]:
    """Return a leg's name, the middle of its p50 and p95, and what was lost."""
    whole = over_the_week(series)
    lost = share(whole.lost_count, whole.measured_count, words)
    return (words.text(LEGS[series.leg]), _rtt(whole.p50_ms), _rtt(whole.p95_ms), lost)


def _rtt(ms: float | None) -> str:
    return "-" if ms is None else f"{ms:.1f} ms" if ms < 100 else f"{ms:.0f} ms"


def factors(found: Sequence[Factor], words: Words) -> Iterator[str]:
    """Yield what the week says of each circumstance; those that say nothing in one sentence."""
    for factor in found:
        if factor.verdict in (FactorVerdict.RAISES, FactorVerdict.LOWERS):
            yield words.factor_text(factor)
    for verdict, text in (
        (FactorVerdict.NO_EVIDENCE, N_("No difference beyond chance: {names}.")),
        (FactorVerdict.NOT_ENOUGH, N_("Too few to tell: {names}.")),
    ):
        names = [words.factor_title(factor) for factor in found if factor.verdict is verdict]
        if names:
            yield words.text(text).format(names=words.text(", ").join(names))


def fix_check(check: FixCheck, summary: WeekSummary, words: Words) -> str:
    """Return the time before and after a fix, in counts and hours, and what it says."""
    what = words.fix_title(check.fix)
    if check.cause is not None:
        what = words.text("{what} ({amount})").format(
            what=what, amount=words.cause_title(check.cause)
        )
    day = summary.week.local(check.at_ms).date()
    who = N_("{what}, done {day}") if check.is_told else N_("{what}, seen {day}")
    return words.text("{what}: {before} before, {after} since. {verdict}").format(
        what=words.text(who).format(what=what, day=day),
        before=_rate(check.before_count, check.before_observed_ms, words),
        after=_rate(check.after_count, check.after_observed_ms, words),
        verdict=words.text(HELP[check.verdict]),
    )


def _rate(count: int, observed_ms: int, words: Words) -> str:
    text = words.plural("{count} incident in {hours} h", "{count} incidents in {hours} h", count)
    return text.format(count=count, hours=f"{observed_ms / HOUR_MS:.0f}")


def own_cost(cost: OwnCost | None, words: Words) -> str:
    """Return what walletwatch itself took; "" where nothing is known of it."""
    if cost is None:
        return ""
    parts = []
    if cost.cpu_ratio is not None:
        parts.append(words.text("{share} of one core").format(share=f"{cost.cpu_ratio:.1%}"))
    for mib, text in (
        (cost.rss_mib, N_("{mib:.0f} MiB of memory")),
        (cost.written_mib, N_("{mib:.0f} MiB written")),
        (cost.database_mib, N_("a database of {mib:.0f} MiB")),
    ):
        if mib is not None:
            parts.append(words.text(text).format(mib=mib))
    if not parts:
        return ""
    return words.text("walletwatch itself took: {amounts}.").format(
        amounts=words.text(", ").join(parts)
    )
