"""The page of a week: the report, with the way to the weeks beside it."""

from __future__ import annotations

from monitor import weekly
from monitor.config.settings import Settings
from monitor.locale import N_
from monitor.model import EpochMs
from monitor.phrases import ReportWords
from monitor.report import html
from monitor.report.interface import Week
from monitor.report.weeks import week_before, week_of
from monitor.store.sqlite import Store
from monitor.web.markup import Markup, element
from monitor.web.page import Reader


def week_page(
    store: Store, week: Week, settings: Settings, now_ms: EpochMs, reader: Reader
) -> Markup:
    """Return a week's report."""
    summary = weekly.summary(store, week, settings, now_ms)
    report = Markup(html.body(summary, ReportWords(reader.tr)))
    return element("div", neighbours(week, now_ms, reader), report, id="content", tabindex="-1")


def neighbours(week: Week, now_ms: EpochMs, reader: Reader) -> Markup:
    """Return the way to the week before and the one after, up to the present one."""
    tr = reader.tr
    steps = []
    try:
        before = week_before(week)
        href = reader.link(f"/weeks/{before.name}")
        steps.append(element("a", tr.text(N_("the week before")), href=href, rel="prev"))
    except OverflowError:
        pass  # the calendar begins here
    if week.until_ms <= now_ms:
        after = week_of(week.until_ms, week.zone)
        href = reader.link(f"/weeks/{after.name}")
        steps.append(element("a", tr.text(N_("the week after")), href=href, rel="next"))
    return element("nav", steps, class_="steps", aria_label=tr.text(N_("Weeks")))
