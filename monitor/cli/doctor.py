"""`doctor`: can walletwatch work here, what to mend, and what leaves the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from monitor.cli.context import Here, here
from monitor.cli.look import Json
from monitor.cli.output import harmless, say_json
from monitor.locale import N_, Translator
from monitor.wrap import padded, width, wrapped

if TYPE_CHECKING:
    from monitor.doctor.grade import Grade
    from monitor.doctor.interface import Finding, Surroundings, Words
    from monitor.doctor.leaving import Leaving

CANNOT_WORK = 1

VERDICTS = {
    "ok": N_("ok"),
    "note": N_("note"),
    "warn": N_("better"),
    "fail": N_("broken"),
    "unknown": N_("unknown"),
    "not_applicable": N_("not here"),
}
COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red", "unknown": "yellow"}
ADDRESSES_SHOWN = 3
GRADE_COLOURS = {"A": "bold green", "B": "bold green", "C": "bold yellow"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page, and the style of its first part."""

    text: str
    style: str = ""
    styled_columns: int = 0
    """How many characters the style covers; 0: all."""


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that was found."""

    findings: Sequence[Finding]
    grade: Grade
    leaves: Sequence[Leaving]


def doctor(ctx: typer.Context, as_json: Json = False) -> None:
    """Look at permissions, interfaces, targets, and what leaves the machine.

    Exit 1 where something essential cannot work (grade F), else 0.
    """
    own = here(ctx)
    told = _examined(own, quiet=as_json)
    if as_json:
        say_json(_json(told, own.tr))
    else:
        from monitor.cli.explain.paint import columns

        _print(page(told, columns(), own.tr, with_detail=own.verbose))
    raise typer.Exit(0 if told.grade.can_work else CANNOT_WORK)


def _examined(own: Here, *, quiet: bool) -> Told:
    from monitor.doctor.examine import begin, examine
    from monitor.doctor.grade import grade_of
    from monitor.doctor.leaving import leaves
    from monitor.doctor.registry import CHECKS

    is_shown = sys.stderr.isatty() and not quiet
    if is_shown:
        typer.echo(own.tr.text(N_("Looking around, twelve seconds at most …")), err=True, nl=False)
    around = _surroundings(own)
    leaving = begin(lambda: leaves(around), "leaves")
    findings = examine(around, CHECKS)
    if is_shown:
        typer.echo("\r\x1b[K", err=True, nl=False)
    # Bounded by itself, and long done: without the list there would be nothing to say.
    return Told(findings, grade_of(findings), leaving.result())


def _surroundings(own: Here) -> Surroundings:
    """Read the device and the configuration; a mistake in the file is a finding, not the end."""
    from monitor.config.mistakes import ConfigError
    from monitor.config.settings import Settings
    from monitor.doctor.examine import read_states
    from monitor.doctor.interface import Surroundings, system_of

    settings, wrong = Settings(), None
    try:
        settings = own.settings()
    except ConfigError as error:
        wrong = error
    return Surroundings(
        settings=settings,
        config=own.config,
        config_error=wrong,
        data_dir=own.data_dir,
        states=read_states(),
        environment=dict(os.environ),
        system=system_of(sys.platform),
        language=own.tr.language,
    )


def _json(told: Told, tr: Translator) -> dict[str, object]:
    """Return everything as one object."""
    from monitor.doctor.grade import RULE

    def said(words: Words | None) -> str | None:
        return None if words is None else words.said(tr)

    return {
        "grade": told.grade.letter,
        "why": told.grade.why.said(tr),
        "rule": tr.text(RULE),
        "findings": [
            {
                "code": each.code,
                "verdict": each.verdict.value,
                "subject": each.subject,
                "reason": said(each.reason),
                "mend": said(each.mend),
                "detail": each.detail,
            }
            for each in told.findings
        ],
        "leaves": [
            {
                "protocol": each.protocol,
                "to": each.to,
                "port": each.port,
                "addresses": list(each.addresses),
                "what": said(each.what),
                "why": said(each.why),
                "every_s": each.every_s,
            }
            for each in told.leaves
        ],
    }


# The page


def page(told: Told, columns: int, tr: Translator, *, with_detail: bool) -> Iterator[Row]:
    """Yield the page's lines."""
    from monitor.doctor.registry import GROUPS

    for group, title in GROUPS.items():
        own = [each for each in told.findings if each.code.partition(".")[0] == group]
        shown = [each for each in own if each.verdict.value != "not_applicable"]
        if shown:
            yield Row(tr.text(title), "bold")
            for finding in shown:
                yield from _finding(finding, columns, tr, with_detail=with_detail)
            yield Row("")
    yield from _not_here(told, columns, tr)
    yield from _leaving(told.leaves, columns, tr)
    yield from _verdict(told, columns, tr)


def _finding(finding: Finding, columns: int, tr: Translator, *, with_detail: bool) -> Iterator[Row]:
    """Yield a verdict, its title, the thing and the reason; the mend below."""
    from monitor.doctor.registry import CHECKS, title_of

    title_columns = max(width(tr.text(check.title)) for check in CHECKS) + 2
    sign_columns = max(width(tr.text(word)) for key, word in VERDICTS.items() if key[0] != "n") + 2
    sign = padded(tr.text(VERDICTS[finding.verdict.value]), sign_columns)
    title = padded(tr.text(title_of(finding.code)), title_columns)
    said = finding.reason.said(tr)
    text = f"{finding.subject} · {said}" if finding.subject else said
    first = f"  {sign}{title}"
    for number, line in enumerate(wrapped(harmless(text), columns, first)):
        style = COLOURS.get(finding.verdict.value, "") if not number else ""
        yield Row(line, style, len(f"  {sign}"))
    below = " " * width(first)
    if with_detail and finding.detail:
        for line in wrapped(harmless(finding.detail), columns, below):
            yield Row(line, "dim")
    if finding.mend is not None:
        for line in wrapped(finding.mend.said(tr), columns, f"{below}→ ", f"{below}  "):
            yield Row(line)


def _not_here(told: Told, columns: int, tr: Translator) -> Iterator[Row]:
    from monitor.doctor.registry import title_of

    titles = [
        tr.text(title_of(each.code))
        for each in told.findings
        if each.verdict.value == "not_applicable"
    ]
    if titles:
        text = tr.text(N_("Nothing to look at here: {titles}.")).format(
            titles=tr.text(N_(", ")).join(dict.fromkeys(titles))
        )
        for line in wrapped(text, columns):
            yield Row(line)
        yield Row("")


def _leaving(leaves: Sequence[Leaving], columns: int, tr: Translator) -> Iterator[Row]:
    """Yield the list of what leaves the machine, a block for each far end."""
    yield Row(tr.text(N_("What leaves this machine")), "bold")
    intro = N_(
        "This and nothing else. `doctor` itself asks the same far ends once more, with larger "
        "pings and a made-up name."
    )
    for line in wrapped(tr.text(intro), columns, "  "):
        yield Row(line)
    alike: dict[tuple[str, str], list[str]] = {}
    for each in leaves:
        said = tr.text(N_("{often}: {what}; {why}")).format(
            often=_often(each, tr), what=each.what.said(tr), why=each.why.said(tr)
        )
        alike.setdefault((each.protocol, said), []).append(_far_end(each, tr))
    for (protocol, said), far_ends in alike.items():
        first = f"  {padded(protocol.upper(), 5)}"
        for line in wrapped(harmless(", ".join(far_ends)), columns, first):
            yield Row(line)
        yield from (Row(line, "dim") for line in wrapped(said, columns, " " * len(first)))
    yield Row("")


def _far_end(leaving: Leaving, tr: Translator) -> str:
    """Return the name with its port, and the addresses that it has at present."""
    to = tr.text(PLACES[leaving.to]) if leaving.to in PLACES else leaving.to
    to = f"[{to}]" if ":" in to and leaving.port is not None else to
    text = to if leaving.port is None else f"{to}:{leaving.port}"
    others = [address for address in leaving.addresses if address != leaving.to]
    if not others:
        return text
    more = ", …" if len(others) > ADDRESSES_SHOWN else ""
    return f"{text} ({', '.join(others[:ADDRESSES_SHOWN])}{more})"


PLACES = {
    "auto": N_("the router, once there is one"),
    "system": N_("the system's resolvers"),
}


def _often(leaving: Leaving, tr: Translator) -> str:
    if leaving.every_s is None:
        return tr.text(N_("on occasion"))
    return tr.text(N_("each {seconds:g} s")).format(seconds=leaving.every_s)


def _verdict(told: Told, columns: int, tr: Translator) -> Iterator[Row]:
    """Yield the grade, why, and the most useful mends."""
    from monitor.doctor.grade import RULE, most_useful
    from monitor.doctor.registry import title_of

    letter = told.grade.letter
    head = tr.text(N_("Grade {letter}: {why}")).format(letter=letter, why=told.grade.why.said(tr))
    yield Row(head, GRADE_COLOURS.get(letter, "bold red"))
    for line in wrapped(tr.text(RULE), columns, "  "):
        yield Row(line, "dim")
    useful = most_useful(told.findings)
    if useful:
        yield Row("")
        yield Row(tr.text(N_("What helps most")), "bold")
    for number, each in enumerate(useful, 1):
        assert each.mend is not None
        text = tr.text(N_("{title}: {mend}")).format(
            title=tr.text(title_of(each.code)), mend=each.mend.said(tr)
        )
        yield from (Row(line) for line in wrapped(text, columns, f"  {number}. "))


def _print(rows: Iterator[Row]) -> None:
    """Print the page, with colour on a terminal alone."""
    if not sys.stdout.isatty():
        for row in rows:
            typer.echo(row.text.rstrip())
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for row in rows:
        text = Text(row.text)
        if row.style:
            text.stylize(row.style, 0, row.styled_columns or len(row.text))
        console.print(text, soft_wrap=True)
