"""The page in words: 80 columns, to be read from the top, or sent to a support desk as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from monitor import __version__
from monitor.cli.explain.chart import chart
from monitor.cli.explain.moments import (
    Moment,
    device_at_start,
    moments,
    together,
)
from monitor.cli.explain.told import Told
from monitor.cli.present import agreed, iso
from monitor.clock import local
from monitor.diagnose.words import (
    cause_title,
    evidence_text,
    family_title,
    fix_text,
    fix_title,
    settings_path,
)
from monitor.locale import N_, Translator
from monitor.model import Disconnect, EpochMs, Evidence, Finding, FixCode
from monitor.phrases import HOW, STATES, advice, engines_word, finding_words, lead, state_value
from monitor.report.amounts import is_end_known, lasted
from monitor.wrap import padded, width, wrapped


class Kind(Enum):
    """What a line is, for whoever paints it."""

    PLAIN = auto()
    HEAD = auto()
    CHART = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page."""

    text: str
    kind: Kind = Kind.PLAIN


def page(told: Told, columns: int, tr: Translator) -> Iterator[Line]:
    """Yield the page's lines, none wider than `columns`."""
    yield Line(f"#{told.disconnect.id}  {_wallet(told)}", Kind.HEAD)
    for name, text in _facts(told, tr):
        yield from _lines(wrapped(text, columns, first=name))
    if told.diagnosis is not None:
        yield Line("")
        for text in lead(told.disconnect, told.diagnosis, tr):
            yield from _lines(wrapped(text, columns))
    yield Line("")
    drawn = chart(told.case, columns, tr)
    yield Line(drawn.title, Kind.HEAD)
    yield from _lines(drawn.lines, Kind.CHART)
    yield from _lines(line for note in drawn.notes for line in wrapped(note, columns, "  "))
    yield Line("")
    yield Line(tr.text(N_("What happened, in order")), Kind.HEAD)
    for moment in together(moments(told.case, tr)):
        yield from _lines(_moment(moment, columns, tr))
    yield from _device(told, columns, tr)
    if told.diagnosis is not None:
        yield from _reasons(told.diagnosis.findings, columns, tr)
        yield from _mend(told, advice(told.disconnect, told.diagnosis), columns, tr)
        yield Line("")
        words = tr.text(N_("Judged {at} by engine {engine} of walletwatch {version}."))
        at = instant_with_zone(told.diagnosis.made_at_ms)
        judged = words.format(at=at, engine=told.diagnosis.engine, version=__version__)
        yield from _lines(wrapped(judged, columns))


def _lines(texts: Iterable[str], kind: Kind = Kind.PLAIN) -> Iterator[Line]:
    yield from (Line(text, kind) for text in texts)


def _wallet(told: Told) -> str:
    """Return what the user calls the wallet, with the name that it has everywhere else."""
    name = told.disconnect.wallet
    return name if told.title == name else f"{told.title} ({name})"


def _facts(told: Told, tr: Translator) -> list[tuple[str, str]]:
    """Return the head of the page: each fact's name, padded, and the fact."""
    found = told.disconnect
    facts = [(N_("began"), instant_in_both(found.started_at_ms))]
    if found.ended_at_ms is not None and is_end_known(found):
        facts.append((N_("ended"), instant_in_both(found.ended_at_ms)))
    facts.append((N_("lasted"), lasted(found, tr)))
    facts.append((N_("how"), tr.text(HOW[found.how])))
    facts.append((N_("verdict"), _verdict(told, tr)))
    facts.append((N_("your word"), your_word(found, tr)))
    if told.accuracy.count:
        facts.append((N_("so far"), agreed(told.accuracy, tr)))
    if found.note:
        facts.append((N_("note"), found.note))
    names = [tr.text(name) for name, _ in facts]
    widest = max(width(name) for name in names)
    return [
        (padded(f"  {name}", widest + 4), text)
        for name, (_, text) in zip(names, facts, strict=True)
    ]


def _verdict(told: Told, tr: Translator) -> str:
    """Return the cause in words with its family and its confidence."""
    words = engines_word(told.disconnect, told.diagnosis, tr)
    family = told.diagnosis.best.cause.family if told.diagnosis else None
    if family is None:
        return words
    return tr.text(N_("{family} - {verdict}")).format(
        family=family_title(family, tr), verdict=words
    )


def your_word(found: Disconnect, tr: Translator) -> str:
    """Return what the user said of the verdict, or how to say it."""
    if found.confirmed is not None:
        return tr.text(N_("it was: {cause}")).format(cause=cause_title(found.confirmed, tr))
    if found.denied is not None:
        return tr.text(N_("not this: {cause}")).format(cause=cause_title(found.denied, tr))
    words = tr.text(N_("none yet (walletwatch event confirm {id} --cause CODE, or --wrong)"))
    return words.format(id=found.id)


def instant_with_zone(at_ms: EpochMs) -> str:
    """Return a local instant to the second with the zone's offset."""
    at = local(at_ms)
    offset = f"{at:%z}"
    return f"{at:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"


def instant_in_both(at_ms: EpochMs) -> str:
    """Return a local instant to the millisecond with its offset, and the same in UTC."""
    at = local(at_ms)
    offset = f"{at:%z}"
    fraction = f"{at.microsecond // 1000:03d}"
    return f"{at:%Y-%m-%d %H:%M:%S}.{fraction} {offset[:3]}:{offset[3:5]} = {iso(at_ms)}"


def _moment(moment: Moment, columns: int, tr: Translator) -> Iterator[str]:
    """Yield the lines of what happened at one moment, told to the millisecond."""
    at, text = local(moment.at_ms), moment.text
    if moment.times > 1:
        words = tr.text(N_("{text} ({count} times, until {until})"))
        until = f"{local(moment.last_ms):%H:%M:%S}"
        text = words.format(text=text, count=moment.times, until=until)
    yield from wrapped(text, columns, f"  {at:%H:%M:%S}.{at.microsecond // 1000:03d}  ")


def _listed(head: str, texts: Sequence[str], columns: int) -> Iterator[Line]:
    """Yield a heading and its texts, the later lines of each further in; none for none."""
    if texts:
        yield Line("")
        yield Line(head, Kind.HEAD)
    for text in texts:
        yield from _lines(wrapped(text, columns, "  ", " " * 4))


def _device(told: Told, columns: int, tr: Translator) -> Iterator[Line]:
    """Yield what is known of the device at the start, two facts a line where they fit."""
    words = tr.text(N_("{name}: {value}"))
    cells = [
        words.format(
            name=tr.text(STATES[change.key]), value=state_value(change.key, change.value, tr)
        )
        for change in device_at_start(told.case)
    ]
    if not cells:
        return
    yield Line("")
    yield Line(tr.text(N_("The device when it began")), Kind.HEAD)
    half = (columns - 2) // 2
    waiting = ""
    for cell in cells:
        fits = width(cell) <= half - 2
        if waiting and fits:
            yield Line("  " + padded(waiting, half) + cell)
            waiting = ""
        elif fits:
            waiting = cell
        else:
            yield from _lines(["  " + waiting] if waiting else [])
            yield from _lines(wrapped(cell, columns, "  "))
            waiting = ""
    yield from _lines(["  " + waiting] if waiting else [])


def _reasons(findings: Sequence[Finding], columns: int, tr: Translator) -> Iterator[Line]:
    """Yield what speaks for and against the verdict, the runner-up, and what was ruled out."""
    best, *others = findings
    for_it, against = N_("What speaks for it"), N_("What speaks against it")
    yield from _listed(tr.text(for_it), _words(best.evidence, True, "+ ", tr), columns)
    yield from _listed(tr.text(against), _words(best.evidence, False, "- ", tr), columns)
    if others:
        runner_up = others[0]
        head = tr.text(N_("Next most likely: {cause}"))
        sides = _words(runner_up.evidence, True, "+ ", tr)
        sides += _words(runner_up.evidence, False, "- ", tr)
        yield from _listed(head.format(cause=finding_words(runner_up, tr)), sides, columns)
    if others[1:]:
        yield Line("")
        yield Line(tr.text(N_("Ruled out")), Kind.HEAD)
    for other in others[1:]:
        yield from _lines(wrapped(finding_words(other, tr), columns, "  "))
        for text in _words(other.evidence, False, "- ", tr):
            yield from _lines(wrapped(text, columns, "    ", " " * 6))


def _words(evidence: Sequence[Evidence], supports: bool, sign: str, tr: Translator) -> list[str]:
    """Return the words of the observations on one side, each behind its sign."""
    return [sign + evidence_text(item, tr) for item in evidence if item.supports is supports]


def _mend(told: Told, fixes: Sequence[FixCode], columns: int, tr: Translator) -> Iterator[Line]:
    """Yield what to do, each thing with how to do it."""
    if not fixes:
        return
    yield Line("")
    yield Line(tr.text(N_("What to do")), Kind.HEAD)
    for number, fix in enumerate(fixes, start=1):
        yield from _lines(wrapped(fix_title(fix, tr), columns, f"  {number}. "))
        yield from _lines(wrapped(fix_text(fix, tr), columns, " " * 5))
        if fix is FixCode.REVIEW_SETTINGS and told.maker:
            yield from _lines(wrapped(settings_path(told.maker, tr), columns, " " * 5))
