"""The weekly report as plain text, for a terminal or a mail."""

from datetime import timedelta

from monitor.report.amounts import HOUR_MS, duration, instant, percent
from monitor.report.interface import Action, CauseTotals, Incident, Totals, WeekSummary, Words


def render(summary: WeekSummary, words: Words) -> str:
    """Return the report; a week without a disconnect takes two lines."""
    lines = [_heading(summary, words), _headline(summary, words)]
    if summary.causes:
        lines += ["", words.text("Causes")]
        lines += [_cause(cause, words) for cause in summary.causes]
    if summary.incidents:
        lines += ["", words.text("Disconnects")]
        lines += [_incident(incident, summary, words) for incident in summary.incidents]
    controls = [wallet for wallet in summary.wallets if wallet.is_control]
    if controls and summary.causes:
        lines += ["", words.text("Controls, for comparison")]
        lines += [f"  {c.title}: {_how_much(c.totals, words)}" for c in controls]
    if summary.action is not None:
        lines += ["", words.text("What would help most")]
        lines += _action(summary.action, words)
    return "\n".join(lines) + "\n"


def _heading(summary: WeekSummary, words: Words) -> str:
    """Return the week's name and days."""
    week = summary.week
    first = week.local(week.since_ms).date()
    return words.text("Week {week}, {first} to {last}").format(
        week=week.name, first=first, last=first + timedelta(days=6)
    )


def _headline(summary: WeekSummary, words: Words) -> str:
    """Return count, time lost, change and hours observed, in one line."""
    if not summary.observed_ms and not summary.causes:
        return words.text("Nothing was observed in this week.")
    parts = [_how_much(summary.totals, words)]
    if summary.previous is not None:
        before = _how_much(summary.previous, words)
        parts.append(words.text("the week before: {before}").format(before=before))
    hours = (summary.week.until_ms - summary.week.since_ms) / HOUR_MS
    parts.append(
        words.text("observed {hours:.1f} of {all:g} hours").format(
            hours=summary.observed_ms / HOUR_MS, all=hours
        )
    )
    return words.text("; ").join(parts)


def _how_much(totals: Totals, words: Words) -> str:
    """Return count and lost time in words."""
    if not totals.count and not totals.lost_ms:
        return words.text("no disconnect")
    text = words.plural(
        "{count} disconnect, {lost} lost", "{count} disconnects, {lost} lost", totals.count
    )
    return text.format(count=totals.count, lost=duration(totals.lost_ms, words))


def _cause(cause: CauseTotals, words: Words) -> str:
    """Return a cause's line."""
    title = words.cause_title(cause.cause)
    lost = duration(cause.lost_ms, words)
    what = words.text("{what} ({amount})").format(what=title, amount=lost)
    return f"  {cause.count:3d}  {percent(cause.share_ratio):>5}  {what}"


def _incident(incident: Incident, summary: WeekSummary, words: Words) -> str:
    """Return a disconnect's line: when, how long, which wallet, why."""
    disconnect = incident.disconnect
    lasted = disconnect.duration_ms
    how_long = words.text("still down") if lasted is None else duration(lasted, words)
    titles = {wallet.wallet: wallet.title for wallet in summary.wallets}
    why = words.cause_title(incident.cause)
    if incident.confidence_ratio is not None:
        share = percent(incident.confidence_ratio)
        why = words.text("{what} ({amount})").format(what=why, amount=share)
    elif disconnect.confirmed is not None:
        why += words.text(" (confirmed by you)")
    when = instant(summary.week.local(disconnect.started_at_ms))
    wallet = titles.get(disconnect.wallet, disconnect.wallet)
    return f"  #{disconnect.id}  {when}  {how_long}  {wallet}  {why}"


def _action(action: Action, words: Words) -> list[str]:
    """Return the recommended change and why it is this one."""
    return [
        f"  {words.fix_title(action.fix)}",
        f"  {words.fix_text(action.fix)}",
        f"  {because(action, words)}",
    ]


def because(action: Action, words: Words) -> str:
    """Return why this change is the one to make."""
    text = words.plural(
        "{part} of {count} disconnect: {cause}",
        "{part} of {count} disconnects: {cause}",
        action.count,
    )
    return text.format(
        part=action.cause_count, count=action.count, cause=words.cause_title(action.cause)
    )
