"""A week in a notice: how often, more or fewer, and mostly why. Pure."""

from monitor.model import CauseCode
from monitor.report.compare import compare
from monitor.report.interface import WeekSummary, Words


def headline(summary: WeekSummary, words: Words) -> str:
    """Return the week in a line: "5 disconnects, 3 fewer than the week before; mostly ..."."""
    count = summary.totals.count
    told = words.text("No disconnect")
    if count:
        told = words.plural("{count} disconnect", "{count} disconnects", count).format(count=count)
    change = _change(summary, words)
    if change:
        told = words.text("{told}, {change}").format(told=told, change=change)
    cause = _most(summary)
    if cause is None:
        return told
    return words.text("{told}; mostly: {cause}").format(told=told, cause=words.cause_title(cause))


def _change(summary: WeekSummary, words: Words) -> str:
    """Return how many more or fewer than the week before; "" where the two cannot be compared."""
    more = compare(summary).count
    if more is None:
        return ""
    if more > 0:
        return words.plural(
            "{count} more than the week before", "{count} more than the week before", more
        ).format(count=more)
    if more < 0:
        return words.plural(
            "{count} fewer than the week before", "{count} fewer than the week before", -more
        ).format(count=-more)
    return words.text("as many as the week before") if summary.totals.count else ""


def _most(summary: WeekSummary) -> CauseCode | None:
    """Return the cause of more than half of them; None where none is, or it is not known."""
    if not summary.causes or 2 * summary.causes[0].count <= summary.totals.count:
        return None
    cause = summary.causes[0].cause
    return None if cause is CauseCode.UNEXPLAINED else cause
