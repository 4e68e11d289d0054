"""Small texts that several parts of the page share."""

from datetime import datetime

from monitor.model import CauseCode, EpochMs
from monitor.report import amounts, sentences
from monitor.report.charts.markup import Markup, element
from monitor.report.interface import Incident, Week, WeekSummary, Words

VERY_LIKELY, LIKELY, POSSIBLE = 0.85, 0.6, 0.35
"""Ratios from which a confidence is told in these words."""
LONGEST_NAME = 60
"""Characters of a name that are shown; some networks fill hundreds."""


def confidence(ratio: float, words: Words) -> str:
    """Return a confidence in words."""
    if ratio >= VERY_LIKELY:
        return words.text("very likely")
    if ratio >= LIKELY:
        return words.text("likely")
    if ratio >= POSSIBLE:
        return words.text("possible")
    return words.text("uncertain")


def certainty(incident: Incident, words: Words) -> str:
    """Return how sure the cause of an incident is; "" where nothing was found out yet."""
    if incident.disconnect.confirmed is not None:
        return words.text("confirmed by you")
    if incident.ruled_out is not None:
        return sentences.ruled_out(incident.ruled_out, words)
    if incident.confidence_ratio is None or incident.cause is CauseCode.UNEXPLAINED:
        return ""
    return confidence(incident.confidence_ratio, words)


def weekday(number: int, words: Words) -> str:
    """Return the short name of a weekday; 0 is Monday."""
    return (
        words.text("Mon"),
        words.text("Tue"),
        words.text("Wed"),
        words.text("Thu"),
        words.text("Fri"),
        words.text("Sat"),
        words.text("Sun"),
    )[number]


def day_name(at: datetime, words: Words) -> str:
    """Return weekday and day of the month."""
    return words.text("{weekday} {day}").format(weekday=weekday(at.weekday(), words), day=at.day)


def moment(at_ms: EpochMs, week: Week, words: Words) -> str:
    """Return a local instant in the week: `Mon 16, 08:03:11`."""
    at = week.local(at_ms)
    return words.text("{day}, {time}").format(day=day_name(at, words), time=f"{at:%H:%M:%S}")


def lasted(incident: Incident, words: Words) -> str:
    """Return how long the session was lost."""
    return amounts.lasted(incident.disconnect, words)


def wallet_title(wallet: str, summary: WeekSummary) -> str:
    """Return the name shown for a wallet."""
    return next((w.title for w in summary.wallets if w.wallet == wallet), wallet)


def name(text: str) -> Markup:
    """Return a name given by others: cut where it is long, and its direction kept to itself."""
    return element("bdi", cut(text))


def cut(text: str) -> str:
    """Return a text of a bearable length."""
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def section(key: str, title: str, *children: str) -> Markup:
    """Return a part of the page under its heading."""
    return element(
        "section",
        element("h2", title, id=f"report-{key}"),
        *children,
        aria_labelledby=f"report-{key}",
        class_=key,
    )


def folded(summary_text: str, *children: str) -> Markup:
    """Return what is shown when asked for."""
    return element("details", element("summary", summary_text), *children)
