"""The page of one disconnect: what happened, why, what to do, and whether that was right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.clock import local
from monitor.config.settings import Settings
from monitor.diagnose.words import (
    cause_title,
    evidence_text,
    family_title,
    fix_text,
    fix_title,
    settings_path,
)
from monitor.locale import N_, Translator
from monitor.model import Case, CauseCode, Diagnosis, Disconnect, EpochMs, Finding, FixCode
from monitor.phrases import HOW, advice, finding_words, lead, why
from monitor.report.amounts import instant, is_end_known, lasted
from monitor.web import strip
from monitor.web.door import Pass
from monitor.web.history import hours, strips
from monitor.web.markup import Child, Markup, element, joined
from monitor.web.now import title_of
from monitor.web.page import Reader, main

AROUND_MS = 5 * 60_000
"""How far the close-up reaches before the start, and after the end as far as was looked."""
STEP_MS = 15_000
"""One round on battery saver: shorter columns would stand empty then."""
MOST_COLUMNS = 360
"""Longer disconnects get longer columns."""

WRONG = "wrong"
FORGET = "forget"
"""What the form says besides the codes of causes."""


class Moment(Protocol):
    """Something that happened, in words."""

    @property
    def at_ms(self) -> EpochMs:
        """When."""
        ...

    @property
    def text(self) -> str:
        """What."""
        ...

    @property
    def times(self) -> int:
        """How often in a row."""
        ...

    @property
    def last_ms(self) -> EpochMs:
        """When for the last time, where it was more than once."""
        ...


Timeline = Callable[[Case, Translator], Sequence[Moment]]


@dataclass(frozen=True, slots=True)
class Told:
    """One disconnect, what was observed around it, and what was made of it."""

    disconnect: Disconnect
    diagnosis: Diagnosis | None
    case: Case
    now_ms: EpochMs


def incident(
    told: Told, settings: Settings, timeline: Timeline, own: Pass, reader: Reader
) -> Markup:
    """Return the whole page."""
    tr, found = reader.tr, told.disconnect
    title = tr.text(N_("{wallet}: disconnect of {began}")).format(
        wallet=title_of(found.wallet, settings), began=instant(local(found.started_at_ms))
    )
    return main(
        title,
        _facts(told, tr),
        *_lead(told, tr),
        _fixes(told, settings, own, reader),
        _word(told, own, reader),
        _reasons(told.diagnosis.findings, tr) if told.diagnosis else None,
        _close_up(told, settings, tr),
        _timeline(timeline(told.case, tr), tr),
    )


def _facts(told: Told, tr: Translator) -> Markup:
    """Return the head of the page."""
    found = told.disconnect
    facts: list[tuple[str, Child]] = [(N_("began"), instant(local(found.started_at_ms)))]
    if found.ended_at_ms is not None and is_end_known(found):
        facts.append((N_("ended"), instant(local(found.ended_at_ms))))
    facts.append((N_("lasted"), lasted(found, tr)))
    facts.append((N_("how"), tr.text(HOW[found.how])))
    verdict = why(found, told.diagnosis, tr)
    if told.diagnosis is not None and found.confirmed is None:
        family = told.diagnosis.best.cause.family
        if family is not None:
            words = tr.text(N_("{family} - {verdict}"))
            verdict = words.format(family=family_title(family, tr), verdict=verdict)
    facts.append((N_("verdict"), verdict))
    if found.note:
        facts.append((N_("note"), element("bdi", found.note)))
    shown = [
        element("div", element("dt", tr.text(name)), element("dd", value)) for name, value in facts
    ]
    return element("dl", shown, class_="facts")


def _word(told: Told, own: Pass, reader: Reader) -> Markup:
    """Return the form that takes the user's word."""
    tr, found = reader.tr, told.disconnect
    best = told.diagnosis.best.cause if told.diagnosis else None
    buttons: list[Child] = []
    if best not in (None, CauseCode.UNEXPLAINED, found.confirmed):
        buttons.append(_button(tr.text(N_("Yes, that was it")), best))
    if best not in (None, CauseCode.UNEXPLAINED, found.denied):
        buttons.append(_button(tr.text(N_("No, that was wrong")), WRONG))
    if found.confirmed or found.denied:
        buttons.append(_button(tr.text(N_("Forget what I said")), FORGET))
    chosen = found.confirmed or best
    options = [
        element("option", cause_title(code, tr), value=code, selected=code is chosen)
        for code in CauseCode
        if code is not CauseCode.UNEXPLAINED
    ]
    other = element(
        "p",
        element("label", tr.text(N_("It was:")), for_="cause"),
        " ",
        element("select", options, id="cause", name="cause"),
        " ",
        element("button", tr.text(N_("Keep this"))),
    )
    action = reader.link(f"/disconnects/{found.id}/word")
    quick = form(action, own, element("p", buttons)) if buttons else None
    title = element("h2", tr.text(N_("Was this right?")), id="word")
    said = element("p", _said(found, tr)) if found.confirmed or found.denied else None
    choose = form(action, own, other)
    return element("section", title, said, quick, choose, aria_labelledby="word", class_="word")


def _said(found: Disconnect, tr: Translator) -> str:
    """Return what the user said."""
    if found.confirmed is not None:
        words = tr.text(N_("You say that it was: {cause}."))
        return words.format(cause=cause_title(found.confirmed, tr))
    words = tr.text(N_("You say that it was not: {cause}."))
    return words.format(cause=cause_title(found.denied or CauseCode.UNEXPLAINED, tr))


def form(action: str, own: Pass, *content: Child) -> Markup:
    """Return a form that carries this process's token."""
    token = element("input", type="hidden", name="token", value=own.token)
    return element("form", token, joined(*content), method="post", action=action)


def _button(words: str, value: str | None) -> Markup:
    return joined(element("button", words, name="cause", value=value), " ")


def _lead(told: Told, tr: Translator) -> list[Markup]:
    """Return what it was, the first sentence largest."""
    if told.diagnosis is None:
        return []
    first, *others = lead(told.disconnect, told.diagnosis, tr)
    return [element("p", first, class_="lead"), *(element("p", text) for text in others)]


def _fixes(told: Told, settings: Settings, own: Pass, reader: Reader) -> Markup | None:
    """Return what to do, each with a button that says that it was done."""
    fixes = advice(told.disconnect, told.diagnosis) if told.diagnosis else ()
    if not fixes:
        return None
    tr = reader.tr
    first, *others = [fix_item(fix, settings, own, reader) for fix in fixes]
    shown = element("ol", first, class_="fixes")
    if others:
        summary = element("summary", tr.text(N_("What else may help")))
        listed = element("ol", others, class_="fixes", start=2)
        shown = joined(shown, element("details", summary, listed))
    return joined(element("h2", tr.text(N_("What to do"))), shown)


def fix_item(
    fix: FixCode,
    settings: Settings,
    own: Pass,
    reader: Reader,
    done: Sequence[str] = (),
    *,
    heading: str = "h3",
) -> Markup:
    """Return one fix with how to do it, when it was done, and a button for that."""
    tr, title = reader.tr, fix_title(fix, reader.tr)
    way = None
    if fix is FixCode.REVIEW_SETTINGS and settings.phone.maker:
        way = element("p", settings_path(settings.phone.maker, tr))
    done_words = tr.text(N_("I have done this"))
    label = tr.text(N_("{name}: {value}")).format(name=done_words, value=title)
    button = element("button", done_words, name="fix", value=fix, aria_label=label)
    times = element("p", ", ".join(done), class_="quiet") if done else None
    return element(
        "li",
        element(heading, title),
        element("p", fix_text(fix, tr)),
        way,
        times,
        form(reader.link("/fixes"), own, button),
        id=fix,
    )


def _reasons(findings: Sequence[Finding], tr: Translator) -> Markup:
    """Return what speaks for and against the verdict, the runner-up, and what was ruled out."""
    best, *others = findings
    parts: list[Child] = [
        _side(tr.text(N_("What speaks for it")), best, tr, supports=True),
        _side(tr.text(N_("What speaks against it")), best, tr, supports=False),
    ]
    if others:
        head = tr.text(N_("Next most likely: {cause}"))
        parts.append(element("h2", head.format(cause=finding_words(others[0], tr))))
        parts.append(element("ul", _observations(others[0], tr), class_="signs"))
    if others[1:]:
        ruled_out = [
            element(
                "li",
                finding_words(one, tr),
                element("ul", _observations(one, tr, False), class_="signs"),
            )
            for one in others[1:]
        ]
        summary = element("summary", tr.text(N_("Ruled out")))
        parts.append(element("details", summary, element("ul", ruled_out)))
    return joined(parts)


def _side(title: str, finding: Finding, tr: Translator, *, supports: bool) -> Markup | None:
    items = _observations(finding, tr, supports)
    if not items:
        return None
    return joined(element("h2", title), element("ul", items, class_="signs"))


def _observations(finding: Finding, tr: Translator, supports: bool | None = None) -> list[Markup]:
    """Return the observations behind their signs; `supports` None: both sides, for it first."""
    return [
        element("li", element("b", "+ " if side else "− "), evidence_text(one, tr))
        for side in (True, False)
        for one in finding.evidence
        if one.supports is side and supports in (None, side)
    ]


def _close_up(told: Told, settings: Settings, tr: Translator) -> Markup | None:
    """Return the minutes around it, strip by strip; None where the samples are pruned."""
    found, case = told.disconnect, told.case
    since_ms = found.started_at_ms - AROUND_MS
    until_ms = max(found.ended_at_ms or told.now_ms, found.started_at_ms) + AROUND_MS
    until_ms = max(min(until_ms, case.until_ms), found.started_at_ms + STEP_MS)
    step_ms = max(STEP_MS, -(-(until_ms - since_ms) // MOST_COLUMNS // STEP_MS) * STEP_MS)
    grid = strip.Grid(since_ms, step_ms, -(-(until_ms - since_ms) // step_ms))
    rows = strip.rows(grid, (), case.samples)
    title = element("h2", tr.text(N_("The minutes around it")))
    if not rows:
        gone = tr.text(N_("Nothing that was measured then is stored (any more)."))
        return joined(title, element("p", gone))
    table = element("div", hours(rows, grid, tr), class_="wide", tabindex="0")
    summary = element("summary", tr.text(N_("The same as a table")))
    drawn = strips(grid, rows, case.gaps, [found], told.now_ms, settings, tr)
    return joined(title, drawn, element("details", summary, table))


def _timeline(moments: Sequence[Moment], tr: Translator) -> Markup | None:
    """Return what happened, in order."""
    if not moments:
        return None
    items = [
        element(
            "li", element("time", f"{local(m.at_ms):%H:%M:%S}"), " ", element("bdi", _told(m, tr))
        )
        for m in moments
    ]
    title = element("h2", tr.text(N_("What happened, in order")))
    return joined(title, element("ol", items, class_="moments"))


def _told(moment: Moment, tr: Translator) -> str:
    """Return what happened, and how often where it was more than once."""
    if moment.times == 1:
        return moment.text
    words = tr.text(N_("{text} ({count} times, until {until})"))
    until = f"{local(moment.last_ms):%H:%M:%S}"
    return words.format(text=moment.text, count=moment.times, until=until)
