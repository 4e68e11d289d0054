"""The page of a week: the report, with the way to the weeks beside it."""

from __future__ import annotations

from monitor.config.settings import Settings
from monitor.locale import N_
from monitor.model import EpochMs
from monitor.phrases import ReportWords
from monitor.report.interface import Week, WeekFacts
from monitor.report.registry import FORMATS
from monitor.report.summary import summarise
from monitor.report.weeks import week_before, week_of
from monitor.store.sqlite import Store
from monitor.web.markup import Markup, element
from monitor.web.page import Reader, main


def week_page(
    store: Store, week: Week, settings: Settings, now_ms: EpochMs, reader: Reader
) -> Markup:
    """Return a week's report."""
    tr = reader.tr
    text = FORMATS["text"](summarise(_facts(store, week, settings, now_ms)), ReportWords(tr))
    title = tr.text(N_("Week {week}")).format(week=week.name)
    return main(title, neighbours(week, now_ms, reader), element("pre", text, tabindex="0"))


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


def _facts(store: Store, week: Week, settings: Settings, now_ms: EpochMs) -> WeekFacts:
    """Read the week, and the one before it."""
    before = week_before(week)
    wallets = settings.wallets
    found = store.disconnects(before.since_ms, week.until_ms)
    return WeekFacts(
        week=week,
        previous=before,
        now_ms=now_ms,
        disconnects=tuple(found),
        diagnoses=store.diagnoses([d.id for d in found if d.id is not None]),
        gaps=tuple(store.gaps(before.since_ms, week.until_ms)),
        observed=store.span(),
        controls=frozenset(name for name, w in wallets.items() if w.role == "control"),
        titles={name: w.title or name for name, w in wallets.items() if w.enabled},
    )
