"""The pages of what was: the last 24 hours, and the list of the disconnects."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.clock import local
from monitor.config.settings import Settings
from monitor.locale import N_, Translator
from monitor.model import Diagnosis, Disconnect, EpochMs, Gap
from monitor.phrases import HOW, LEGS, why
from monitor.report.amounts import HOUR_MS, MINUTE_MS, instant, lasted
from monitor.store.sqlite import Store
from monitor.web import strip
from monitor.web.markup import Child, Markup, element, joined
from monitor.web.now import table, title_of
from monitor.web.page import Reader, main

STEP_MS = 5 * MINUTE_MS
DAY_COLUMNS = 288
ON_A_PAGE = 50


def day(store: Store, settings: Settings, now_ms: EpochMs, reader: Reader) -> Markup:
    """Return the last 24 hours: each leg, each wallet, and the same as a table."""
    tr = reader.tr
    until_ms = -(-now_ms // STEP_MS) * STEP_MS
    grid = strip.Grid(until_ms - STEP_MS * DAY_COLUMNS, STEP_MS, DAY_COLUMNS)
    minutes = store.minutes(grid.since_ms, grid.until_ms)
    rolled_ms = max((m.at_ms + MINUTE_MS for m in minutes), default=grid.since_ms)
    rows = strip.rows(grid, minutes, store.samples(rolled_ms, grid.until_ms))
    gaps = store.gaps(grid.since_ms, grid.until_ms)
    found = store.disconnects(grid.since_ms, grid.until_ms)
    title = tr.text(N_("Last 24 hours"))
    if not rows and not found:
        return main(title, element("p", tr.text(N_("Nothing was observed in this time."))))
    return main(
        title,
        _sentence(found, settings, tr),
        strips(grid, rows, gaps, found, now_ms, settings, tr),
        element(
            "details",
            element("summary", tr.text(N_("The same as a table"))),
            element("div", hours(rows, grid, tr), class_="wide", tabindex="0"),
        ),
    )


def _sentence(found: Sequence[Disconnect], settings: Settings, tr: Translator) -> Markup:
    """Return how often a wallet was cut off; controls apart."""
    count = sum(1 for d in found if not is_control(d.wallet, settings))
    if count == 0:
        return element("p", tr.text(N_("No disconnect.")))
    words = tr.plural("{count} disconnect", "{count} disconnects", count)
    return element("p", element("strong", words.format(count=count)))


def is_control(wallet: str, settings: Settings) -> bool:
    """Tell whether a wallet is watched as a control."""
    known = settings.wallets.get(wallet)
    return known is not None and known.role == "control"


def strips(
    grid: strip.Grid,
    rows: Sequence[strip.Row],
    gaps: Sequence[Gap],
    found: Sequence[Disconnect],
    now_ms: EpochMs,
    settings: Settings,
    tr: Translator,
) -> Markup:
    """Return a strip for each wallet's disconnects and each leg, with the time below."""
    lines = []
    for wallet in sorted({d.wallet for d in found}):
        own = [d for d in found if d.wallet == wallet]
        title = title_of(wallet, settings)
        words = tr.plural("{count} disconnect", "{count} disconnects", len(own))
        label = _told(title, words.format(count=len(own)), tr)
        drawn = strip.disconnect_drawing(own, grid, gaps, now_ms, label)
        name = tr.text(N_("{wallet}: disconnects")).format(wallet=title)
        lines.append(_line(name, drawn))
    for row in rows:
        title = tr.text(LEGS[row.leg])
        label = _told(title, _lost(row.total, tr), tr)
        lines.append(_line(title, strip.drawing(row, grid, gaps, label)))
    return element("div", hatching(), lines, strip.axis(grid), strip.legend(tr), class_="strips")


def _told(name: str, value: str, tr: Translator) -> str:
    return tr.text(N_("{name}: {value}")).format(name=name, value=value)


def hatching() -> Markup:
    """Return the pattern of what was not observed."""
    line = element("path", d="M0 4 L4 0", class_="hatch")
    pattern = element("pattern", line, id="hatch", width=4, height=4, patternUnits="userSpaceOnUse")
    return element(
        "svg", element("defs", pattern), width=0, height=0, aria_hidden="true", class_="defs"
    )


def _line(name: str, drawn: Markup) -> Markup:
    return element("div", element("span", name, class_="name"), drawn, class_="line")


def _lost(tally: strip.Tally, tr: Translator) -> str:
    words = tr.text(N_("{lost} of {measured} lost"))
    return words.format(lost=tally.lost, measured=tally.measured)


def hours(rows: Sequence[strip.Row], grid: strip.Grid, tr: Translator) -> Markup:
    """Return what the strips show as numbers, an hour (or a twelfth) in each row."""
    every = 12
    body: list[list[Child]] = []
    for first in range(0, grid.count, every):
        at = local(grid.since_ms + first * grid.step_ms)
        form = "%H:%M" if grid.step_ms * every >= HOUR_MS else "%H:%M:%S"
        cells: list[Child] = [at.strftime(form)]
        for row in rows:
            part = strip.Row(row.leg, row.tallies[first : first + every]).total
            cells.append(f"{part.lost}/{part.measured}" if part.measured else "–")
        body.append(cells)
    heads = (N_("from"), *(LEGS[row.leg] for row in rows))
    return table(tr.text(N_("Lost of measured")), heads, body, tr)


def on_page(found: Sequence[Disconnect], number: int) -> Sequence[Disconnect]:
    """Return those on one page, newest first; a page beyond the last one is the last."""
    number = min(number, max(1, -(-len(found) // ON_A_PAGE)))
    return list(reversed(found))[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]


def listing(
    found: Sequence[Disconnect],
    told: dict[int, Diagnosis],
    settings: Settings,
    number: int,
    reader: Reader,
) -> Markup:
    """Return a page of the disconnects, newest first; controls are marked."""
    tr = reader.tr
    title = tr.text(N_("Disconnects"))
    if not found:
        return main(title, element("p", tr.text(N_("No disconnect."))))
    count = -(-len(found) // ON_A_PAGE)
    number = min(max(1, number), count)
    rows = [_listed(d, told.get(d.id or 0), settings, reader) for d in on_page(found, number)]
    words = tr.plural("{count} disconnect", "{count} disconnects", len(found))
    heads = (N_("began"), N_("lasted"), N_("wallet"), N_("how"), N_("why"))
    listed = table(words.format(count=len(found)), heads, rows, tr)
    return main(title, element("div", listed, class_="stacked"), _pages(number, count, reader))


def _listed(
    found: Disconnect, told: Diagnosis | None, settings: Settings, reader: Reader
) -> list[Child]:
    tr = reader.tr
    began = instant(local(found.started_at_ms))
    link = element("a", began, href=reader.link(f"/disconnects/{found.id}"))
    wallet: Child = element("bdi", title_of(found.wallet, settings))
    if is_control(found.wallet, settings):
        wallet = joined(wallet, f" ({tr.text(N_('control'))})")
    return [link, lasted(found, tr), wallet, tr.text(HOW[found.how]), why(found, told, tr)]


def _pages(number: int, count: int, reader: Reader) -> Markup | None:
    """Return the way to the neighbouring pages; None where there is one page."""
    if count == 1:
        return None
    tr = reader.tr
    place = tr.text(N_("page {number} of {count}")).format(number=number, count=count)
    steps: list[Child] = []
    if number > 1:
        href = reader.link("/disconnects", page=number - 1)
        steps.append(element("a", tr.text(N_("newer")), href=href))
    steps.append(element("span", place))
    if number < count:
        href = reader.link("/disconnects", page=number + 1)
        steps.append(element("a", tr.text(N_("older")), href=href))
    return element("nav", steps, class_="steps", aria_label=tr.text(N_("More disconnects")))
