"""What happened, newest first: a few in detail, the others folded, the rest counted."""

from monitor.model import CauseCode, Evidence, Finding
from monitor.report.charts.close_up import MARK_MS, MOST_STATES, close_up_chart, kind_of, legs_of
from monitor.report.charts.markup import Markup, element
from monitor.report.html.pictures import leg_name
from monitor.report.html.tables import table
from monitor.report.html.wording import (
    certainty,
    confidence,
    cut,
    folded,
    lasted,
    moment,
    name,
    section,
    wallet_title,
)
from monitor.report.interface import CloseUp, Incident, WeekSummary, Words

MOST_OPEN, MOST_FOLDED, MOST_ROWS = 5, 15, 150
"""Shown open, folded with their evidence, and as rows; more than a person reads is counted."""
MOST_CLOSE_UPS = 10
MOST_EVIDENCE = 8
"""Observations shown for one cause; those that weigh most stand first."""


def incidents(summary: WeekSummary, words: Words) -> Markup:
    """Return the disconnects of the week."""
    if not summary.incidents:
        return Markup()
    newest = list(reversed(summary.incidents))
    parts = [_article(incident, summary, words) for incident in newest[:MOST_OPEN]]
    reach = MOST_OPEN + MOST_FOLDED
    for place, incident in enumerate(newest[MOST_OPEN:reach], MOST_OPEN):
        inside = _inside(incident, summary, words, is_drawn=place < MOST_CLOSE_UPS)
        parts.append(folded(_line(incident, summary, words), *inside))
    rows = newest[reach : reach + MOST_ROWS]
    if rows:
        parts.append(_rows(rows, summary, words))
    left_out = len(newest) - reach - len(rows)
    if left_out > 0:
        text = words.text("{count} more are not listed here; the CSV report lists them all.")
        parts.append(element("p", text.format(count=left_out)))
    return section("incidents", words.text("Disconnects, newest first"), *parts)


def _line(incident: Incident, summary: WeekSummary, words: Words) -> str:
    """Return when, how long and why in a line."""
    parts = [
        moment(incident.disconnect.started_at_ms, summary.week, words),
        lasted(incident, words),
        words.cause_title(incident.cause),
    ]
    return " · ".join(parts)


def _rows(found: list[Incident], summary: WeekSummary, words: Words) -> Markup:
    columns = (
        "#",
        words.text("When"),
        words.text("How long"),
        words.text("Wallet"),
        words.text("Why"),
    )
    rows = [
        (
            str(incident.disconnect.id),
            moment(incident.disconnect.started_at_ms, summary.week, words),
            lasted(incident, words),
            name(wallet_title(incident.disconnect.wallet, summary)),
            words.cause_title(incident.cause),
        )
        for incident in found
    ]
    caption = words.text("Earlier disconnects")
    title = words.plural("{count} earlier one", "{count} earlier ones", len(found))
    return folded(title.format(count=len(found)), table(caption, columns, rows))


def _article(incident: Incident, summary: WeekSummary, words: Words) -> Markup:
    disconnect = incident.disconnect
    title = element("h3", words.cause_title(incident.cause))
    return element(
        "article",
        title,
        *_inside(incident, summary, words, is_drawn=True),
        class_="card",
        id=f"report-incident-{disconnect.id}",
    )


def _inside(
    incident: Incident, summary: WeekSummary, words: Words, *, is_drawn: bool
) -> list[Markup]:
    disconnect = incident.disconnect
    facts = element(
        "p",
        " · ".join(
            part
            for part in (
                moment(disconnect.started_at_ms, summary.week, words),
                lasted(incident, words),
                certainty(incident, words),
            )
            if part
        ),
        " · ",
        name(wallet_title(disconnect.wallet, summary)),
        class_="facts",
    )
    parts = [facts, *_why(incident, words)]
    if disconnect.note:
        note = words.text("Your note: {note}").format(note=cut(disconnect.note))
        parts.append(element("p", note))
    if is_drawn and incident.close_up is not None:
        parts.append(_close_up(incident, incident.close_up, summary, words))
    command = element("code", f"walletwatch explain {disconnect.id}")
    parts.append(element("p", words.text("All of it:"), " ", command, class_="small"))
    return parts


def _why(incident: Incident, words: Words) -> list[Markup]:
    """Return the finding, what speaks for and against it, and the next best one."""
    if incident.diagnosis is None:
        return [element("p", words.text("Not looked into yet."))]
    shown = _shown(incident)
    parts = []
    if shown is not None:
        parts = [element("p", words.finding_summary(shown)), *_evidence(shown, words)]
    other = incident.runner_up
    if other is not None and other.cause is not CauseCode.UNEXPLAINED:
        text = words.text("Also thought of: {cause} ({sure}).").format(
            cause=words.cause_title(other.cause), sure=confidence(other.confidence_ratio, words)
        )
        parts.append(element("p", text, class_="runner-up"))
    return parts


def _shown(incident: Incident) -> Finding | None:
    """Return the finding of the cause that is told; None where the user told another."""
    findings = incident.diagnosis.findings if incident.diagnosis else ()
    return next((f for f in findings if f.cause is incident.cause), None)


def _evidence(finding: Finding, words: Words) -> list[Markup]:
    pairs = (
        (words.text("Speaks for it"), "for", [e for e in finding.evidence if e.supports]),
        (
            words.text("Speaks against it"),
            "against",
            [e for e in finding.evidence if not e.supports],
        ),
    )
    return [
        element(
            "div",
            element("p", title, class_="label"),
            _list(items, words),
            class_=f"evidence {side}",
        )
        for title, side, items in pairs
        if items
    ]


def _list(items: list[Evidence], words: Words) -> Markup:
    return element("ul", *(element("li", words.evidence_text(e)) for e in items[:MOST_EVIDENCE]))


def _close_up(incident: Incident, close_up: CloseUp, summary: WeekSummary, words: Words) -> Markup:
    """Return the minutes around it: rows of dots, what turned, and both as a table."""
    disconnect = incident.disconnect
    states = [
        f"{summary.week.local(change.at_ms):%H:%M:%S} {cut(words.state_text(change))}"
        for change in close_up.states[:MOST_STATES]
    ]
    turned = element("ul", *(element("li", text) for text in states), class_="turned")
    if not close_up.dots:
        text = words.text("The single samples of these minutes are pruned already.")
        return element("div", element("p", text, class_="small"), turned if states else "")
    ended_ms = disconnect.ended_at_ms
    label = words.text("The minutes around disconnect {id}").format(id=disconnect.id)
    down = (disconnect.started_at_ms, close_up.until_ms if ended_ms is None else ended_ms)
    names = [element("span", leg_name(leg, words)) for leg in legs_of(close_up)]
    edges = (close_up.since_ms, close_up.until_ms)
    ends = [element("span", f"{summary.week.local(at):%H:%M:%S}") for at in edges]
    plot = element(
        "div",
        element("div", *names, class_=f"names rows-{len(names)}-names"),
        close_up_chart(close_up, down, label, states),
        element("span"),
        element("div", *ends, class_="hours"),
        class_="plot close-grid",
    )
    note = words.text("A mark stands for {seconds} seconds, the worst of them.")
    scale = element("p", note.format(seconds=MARK_MS // 1000), class_="small")
    parts = [plot, _shapes(words), scale]
    if states:
        parts += [element("p", words.text("What turned"), class_="label"), turned]
    return element("div", *parts, _dots_table(close_up, words, label), class_="minutes")


def _shapes(words: Words) -> Markup:
    shapes = (
        ("k-reply", words.text("answered")),
        ("k-cross", words.text("no answer")),
        ("k-triangle", words.text("wrong answer")),
        ("k-down", words.text("session lost")),
        ("k-turned", words.text("state turned")),
        ("k-unseen", words.text("not observed")),
    )
    return element(
        "ul",
        *(
            element("li", element("span", class_=f"swatch {shape}", aria_hidden="true"), text)
            for shape, text in shapes
        ),
        class_="key",
    )


def _dots_table(close_up: CloseUp, words: Words, caption: str) -> Markup:
    kinds = ("reply", "lost", "wrong", "unmeasured")
    rows = []
    for leg in legs_of(close_up):
        found = [kind_of(dot.outcome) for dot in close_up.dots if dot.leg is leg]
        rows.append((leg_name(leg, words), *(str(found.count(kind)) for kind in kinds)))
    columns = (
        words.text("Leg"),
        words.text("answered"),
        words.text("no answer"),
        words.text("wrong answer"),
        words.text("not measured"),
    )
    return folded(words.text("As a table"), table(caption, columns, rows))
