"""What is read in twenty seconds: the headline, the main cause, and the one change to make."""

from datetime import timedelta

from monitor.model import CauseCode
from monitor.report.amounts import HOUR_MS, duration
from monitor.report.charts.markup import Markup, element
from monitor.report.compare import WhyNot, compare
from monitor.report.html.wording import confidence
from monitor.report.interface import CauseTotals, WeekSummary, Words
from monitor.stats import median


def demo_banner(summary: WeekSummary, words: Words) -> Markup:
    """Return the notice that all of it is synthetic; nothing for a real week."""
    if not summary.is_demo:
        return Markup()
    text = words.text("Demo: all data on this page are synthetic.")
    return element("p", element("strong", text), class_="demo")


def heading(summary: WeekSummary, words: Words) -> Markup:
    """Return the week's name and days."""
    week = summary.week
    first = week.local(week.since_ms).date()
    days = words.text("{first} to {last}").format(first=first, last=first + timedelta(days=6))
    return element(
        "header",
        element("h1", words.text("Your wallet's week")),
        element("p", f"{week.name} · {days}", class_="when"),
    )


def headline(summary: WeekSummary, words: Words) -> Markup:
    """Return count and time lost, then the change and the hours observed."""
    if not summary.observed_ms and not summary.causes:
        return element("p", words.text("Nothing was observed in this week."), class_="headline")
    totals = summary.totals
    if totals.count or totals.lost_ms:
        first = words.plural(
            "{count} disconnect, {lost} lost.", "{count} disconnects, {lost} lost.", totals.count
        ).format(count=totals.count, lost=duration(totals.lost_ms, words))
    else:
        first = words.text("No disconnect this week.")
    second = words.text("{change} {observed}").format(
        change=change(summary, words), observed=observed(summary, words)
    )
    return element(
        "div",
        element("p", first, class_="headline"),
        element("p", second, class_="change"),
    )


def observed(summary: WeekSummary, words: Words) -> str:
    """Return the hours that were watched, out of the week's."""
    week = summary.week
    return words.text("Observed {hours:.0f} of {all:g} hours.").format(
        hours=summary.observed_ms / HOUR_MS, all=(week.until_ms - week.since_ms) / HOUR_MS
    )


def change(summary: WeekSummary, words: Words) -> str:
    """Return the change against the week before in counts, or why there is none to tell."""
    found = compare(summary)
    if found.why_not is WhyNot.HOURS_DIFFER:
        return words.text(
            "No comparison: the week before was observed for {hours:.0f} hours."
        ).format(hours=summary.previous_observed_ms / HOUR_MS)
    previous, difference = summary.previous, found.count
    if previous is None or difference is None:
        return words.text("No comparison: nothing was observed the week before.")
    if not previous.count and not summary.totals.count:
        return words.text("None the week before either.")
    if not difference:
        return words.text("As many as the week before.")
    text = (
        words.plural(
            "{difference} more than the week before ({before}).",
            "{difference} more than the week before ({before}).",
            difference,
        )
        if difference > 0
        else words.plural(
            "{difference} fewer than the week before ({before}).",
            "{difference} fewer than the week before ({before}).",
            -difference,
        )
    )
    return text.format(difference=abs(difference), before=previous.count)


def main_cause(summary: WeekSummary, words: Words) -> Markup:
    """Return the most frequent cause and its share, in counts; the others in a line below."""
    counted = [cause for cause in summary.causes if cause.count]
    if not counted:
        return Markup()
    top = counted[0]
    share = words.text("{part} of {count}").format(part=top.count, count=summary.totals.count)
    told = sure(summary, top.cause, words)
    lost = words.text("{lost} lost").format(lost=duration(top.lost_ms, words))
    facts = " · ".join(part for part in (share, lost, told) if part)
    return element(
        "section",
        element("h2", words.text("Most often")),
        element("p", words.cause_title(top.cause), class_="big"),
        element("p", facts, class_="facts"),
        _others(counted[1:], words),
        class_="card",
    )


def _others(causes: list[CauseTotals], words: Words) -> Markup:
    if not causes:
        return Markup()
    items = [
        element(
            "li",
            words.text("{what}: {count}").format(
                what=words.cause_title(cause.cause), count=cause.count
            ),
        )
        for cause in causes
    ]
    return element("ul", *items, class_="others")


def sure(summary: WeekSummary, cause: CauseCode, words: Words) -> str:
    """Return how sure a cause is over its incidents: the user's word, else the middle one."""
    own = [incident for incident in summary.incidents if incident.cause is cause]
    told = sum(incident.disconnect.confirmed is not None for incident in own)
    if cause is CauseCode.UNEXPLAINED:
        return ""
    if told and told == len(own):
        return words.text("confirmed by you")
    middle = median([i.confidence_ratio for i in own if i.confidence_ratio is not None])
    return "" if middle is None else confidence(middle, words)


def recommendation(summary: WeekSummary, words: Words) -> Markup:
    """Return the one change and why it is this one; nothing where none would help."""
    action = summary.action
    if action is None:
        return Markup()
    reason = words.plural(
        "Why: {part} of {count} disconnect: {cause}.",
        "Why: {part} of {count} disconnects: {cause}.",
        action.count,
    ).format(part=action.cause_count, count=action.count, cause=words.cause_title(action.cause))
    done = element("code", f"walletwatch fix done {action.fix}")
    return element(
        "section",
        element("h2", words.text("One change that would help most")),
        element("p", words.fix_title(action.fix), class_="big"),
        element("p", words.fix_text(action.fix)),
        element("p", reason, class_="facts"),
        element(
            "p",
            words.text("Done? Say so, and the next report compares:"),
            " ",
            done,
            class_="small",
        ),
        class_="card action",
    )
