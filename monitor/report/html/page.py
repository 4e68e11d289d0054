"""The page: its head with a strict policy, and its parts in the order of their importance."""

import base64
import hashlib

from monitor.report.charts.markup import Markup, element, joined
from monitor.report.html.comparisons import factors, fix_checks, wallets
from monitor.report.html.incidents import incidents
from monitor.report.html.method import care, method
from monitor.report.html.pictures import heat, latency, timeline
from monitor.report.html.script import script
from monitor.report.html.style import style
from monitor.report.html.top import demo_banner, heading, headline, main_cause, recommendation
from monitor.report.interface import WeekSummary, Words


def render(summary: WeekSummary, words: Words) -> str:
    """Return the report as one complete file."""
    title = words.text("Walletwatch, week {week}").format(week=summary.week.name)
    head = joined(
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(style())),
    )
    page = element(
        "html",
        element("head", head),
        "\n",
        element("body", body(summary, words), element("script", Markup(script()))),
        # The catalogue tells its own language in the code that HTML knows it by.
        lang=words.text("en"),
    )
    return f"<!DOCTYPE html>\n{page}\n"


def body(summary: WeekSummary, words: Words) -> str:
    """Return the report as a `<main>`, for a page that brings head, style and script itself."""
    parts = _quiet_parts(summary, words) if _is_quiet(summary) else _parts(summary, words)
    return element("main", "\n", *(joined(part, "\n") for part in parts if part), class_="report")


def _is_quiet(summary: WeekSummary) -> bool:
    return not summary.totals.count and not summary.totals.lost_ms


def _quiet_parts(summary: WeekSummary, words: Words) -> list[Markup]:
    """Return two lines, the hours that were observed, and what is folded."""
    return [
        demo_banner(summary, words),
        heading(summary, words),
        headline(summary, words),
        timeline(summary, words),
        fix_checks(summary, words),
        method(summary, words),
    ]


def _parts(summary: WeekSummary, words: Words) -> list[Markup]:
    return [
        demo_banner(summary, words),
        heading(summary, words),
        headline(summary, words),
        main_cause(summary, words),
        recommendation(summary, words),
        timeline(summary, words),
        heat(summary, words),
        latency(summary, words),
        incidents(summary, words),
        factors(summary, words),
        wallets(summary, words),
        fix_checks(summary, words),
        care(summary, words),
        method(summary, words),
    ]


def _policy() -> str:
    """Return the content security policy: nothing is loaded, and only our own text is run."""
    return (
        f"default-src 'none'; style-src '{_digest(style())}'; script-src '{_digest(script())}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    """Return the hash of an inline text as the policy names it (W3C CSP 3, section 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
