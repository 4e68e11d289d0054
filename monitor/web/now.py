"""The present as a part of a page."""

from __future__ import annotations

from monitor import present
from monitor.clock import local
from monitor.config.settings import Settings
from monitor.locale import N_, Translator
from monitor.model import (
    Disconnect,
    EpochMs,
    Outcome,
    Sample,
    SessionChange,
    SessionState,
)
from monitor.phrases import HOW, OUTCOMES, ROLES
from monitor.present import Present
from monitor.report.amounts import MINUTE_MS, instant, rounded
from monitor.web.markup import Child, Markup, element, joined
from monitor.web.shelf import Shelf
from monitor.web.words import SHOWN_STATES, shown_value

OLD_MS = 2 * MINUTE_MS
"""An answer older than this is no present any more: its age is told."""


def look(shelf: Shelf, settings: Settings, now_ms: EpochMs) -> Present:
    """Read the present, and ask for news of it.

    Raises:
        NothingYetError: nothing was ever recorded.
        StoreError: the store cannot be read.
    """
    store = shelf.store()
    shelf.ask_for_news()
    return present.look(store, settings, now_ms)


def part(seen: Present | None, settings: Settings, tr: Translator, query: str) -> Markup:
    """Return the present as the inside of the page; None: nothing was ever recorded.

    It says nothing that changes by itself from second to second, so that it is sent only when
    something new was seen. `query` keeps the language in links.
    """
    if seen is None:
        return element("p", tr.text(N_("Nothing has been watched yet: start with walletwatch run")))
    return joined(
        _daemon(seen, tr),
        [_still_down(d, settings, tr, query) for d in seen.open],
        _sessions(seen, settings, tr),
        _legs(seen, tr),
        _device(seen, tr),
    )


def _daemon(seen: Present, tr: Translator) -> Markup:
    """Return who watches, or since when nobody does."""
    if seen.run is None:
        words = tr.text(N_("Nobody watches at present: start with walletwatch run"))
        return element("p", words, class_="notice")
    began = instant(local(seen.run.started_at_ms))
    if seen.is_running:
        words = tr.text(N_("Watching since {began} (process {pid})"))
        return element("p", words.format(began=began, pid=seen.run.pid), class_="quiet")
    last_ms = seen.run.stopped_at_ms or seen.alive_ms or seen.run.beat_at_ms
    words = tr.text(N_("Not watching: the last run was from {began} to {ended}"))
    words = words.format(began=began, ended=instant(local(last_ms)))
    after = tr.text(N_("What stands below is from then."))
    return element("p", element("strong", words), " ", after, class_="notice")


def _still_down(disconnect: Disconnect, settings: Settings, tr: Translator, query: str) -> Markup:
    words = tr.text(N_("{wallet}: down since {began}"))
    wallet = title_of(disconnect.wallet, settings)
    words = words.format(wallet=wallet, began=instant(local(disconnect.started_at_ms)))
    link = element("a", tr.text(N_("Why")), href=f"/disconnects/{disconnect.id}{query}")
    return element("p", element("strong", words), " ", link, class_="notice bad")


def _sessions(seen: Present, settings: Settings, tr: Translator) -> Markup | None:
    """Return a row for each wallet's session."""
    rows = [_session(change, settings, tr) for change in seen.sessions]
    none_yet = mark(tr.text(N_("no connection so far")), is_good=False)
    rows += [[element("bdi", title_of(w, settings)), none_yet, ""] for w in seen.unconnected]
    heads = (N_("wallet"), N_("session"), N_("since"))
    return table(tr.text(N_("Wallet sessions")), heads, rows, tr) if rows else None


def _session(change: SessionChange, settings: Settings, tr: Translator) -> list[Child]:
    is_up = change.state is SessionState.UP
    words = tr.text(N_("connected") if is_up else N_("connection lost"))
    if change.how is not None:
        how = tr.text(HOW[change.how])
        words = tr.text(N_("{state} ({how})")).format(state=words, how=how)
    title = element("bdi", title_of(change.wallet, settings))
    return [title, mark(words, is_good=is_up), instant(local(change.at_ms))]


def _legs(seen: Present, tr: Translator) -> Markup | None:
    """Return a row for each target, with all the ways in which it is asked."""
    order = list(ROLES)
    rows: dict[tuple[int, str], list[Sample]] = {}
    for sample in sorted(seen.samples, key=lambda s: s.target.probe):
        place = (order.index(sample.target.role), sample.target.name)
        rows.setdefault(place, []).append(sample)
    cells: list[list[Child]] = [
        [
            tr.text(ROLES[order[role]]),
            element("bdi", name),
            [_answer(sample, seen, tr) for sample in asked],
        ]
        for (role, name), asked in sorted(rows.items())
    ]
    heads = (N_("leg"), N_("target"), N_("answer"))
    return table(tr.text(N_("The way to the bank")), heads, cells, tr) if cells else None


def _answer(sample: Sample, seen: Present, tr: Translator) -> Markup:
    """Return how a target was asked, what came back, how fast, and its age where it is old."""
    words = tr.text(OUTCOMES[sample.outcome])
    if sample.outcome is Outcome.REPLY and sample.rtt_ms is not None:
        words = f"{sample.rtt_ms:.1f} ms"
    age_ms = seen.now_ms - sample.at_ms
    if seen.is_running and age_ms > OLD_MS:
        age = rounded(age_ms // MINUTE_MS * MINUTE_MS, tr)
        words += " " + tr.text(N_("({age} ago)")).format(age=age)
    kind = element("span", sample.target.probe.upper(), class_="kind")
    if sample.outcome is Outcome.NOT_MEASURED:
        return element("div", kind, " ", element("span", words, class_="quiet"))
    return element("div", kind, " ", mark(words, is_good=not sample.is_lost))


def _device(seen: Present, tr: Translator) -> Markup | None:
    """Return what is known of the device."""
    known: list[list[Child]] = [
        [tr.text(title), element("bdi", shown_value(key, seen.states[key].value, tr))]
        for key, title in SHOWN_STATES.items()
        if key in seen.states and seen.states[key].value is not None
    ]
    heads = (N_("device"), N_("value"))
    return table(tr.text(N_("This device")), heads, known, tr) if known else None


def mark(words: str, *, is_good: bool) -> Markup:
    """Return a state with a sign before it, so that colour alone tells nothing."""
    sign = element(
        "span", "●\N{NO-BREAK SPACE}" if is_good else "▲\N{NO-BREAK SPACE}", aria_hidden="true"
    )
    return element("span", sign, words, class_="good" if is_good else "bad")


def table(title: str, heads: tuple[str, ...], rows: list[list[Child]], tr: Translator) -> Markup:
    """Return a table with its caption; each row is headed by its first cell."""
    top = element("tr", [element("th", tr.text(head), scope="col") for head in heads])
    body = [
        element("tr", element("th", row[0], scope="row"), [element("td", c) for c in row[1:]])
        for row in rows
    ]
    caption = element("caption", title)
    return element("table", caption, element("thead", top), element("tbody", body))


def title_of(wallet: str, settings: Settings) -> str:
    """Return what the user calls a wallet."""
    known = settings.wallets.get(wallet)
    return (known.title if known else "") or wallet
