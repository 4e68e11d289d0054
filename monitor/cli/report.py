"""`report`: the weekly report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from monitor.cli import inputs
from monitor.cli.context import Here, InputError, here
from monitor.cli.data import Force, OutFile
from monitor.cli.output import harmless
from monitor.cli.output_file import Kind, write_out
from monitor.locale import N_

if TYPE_CHECKING:
    from monitor.report.interface import Week, WeekSummary

HTML = "html"
TEXT = "text"
NAMES = "text|html|md|json|csv"
ENDINGS = {".html": HTML, ".htm": HTML, ".md": "md", ".json": "json", ".csv": "csv"}
"""A file's ending -> the format that is meant where none is named."""


def report(
    ctx: typer.Context,
    week: Annotated[
        str, typer.Option("--week", metavar="2026-W47", help=N_("A week, or: this, last."))
    ] = "this",
    form: Annotated[
        str | None,
        typer.Option("--format", metavar=NAMES, help=N_("The format; else by the file's ending.")),
    ] = None,
    to: OutFile = None,
    force: Force = False,
    show: Annotated[
        bool, typer.Option("--open", help=N_("Write the page and show it in the browser."))
    ] = False,
) -> None:
    """Print one week: how often, how long, why, and the one change that would help most."""
    from monitor.phrases import ReportWords
    from monitor.report.registry import FORMATS

    own = here(ctx)
    by_ending = ENDINGS.get(to.suffix.lower(), TEXT) if to is not None else TEXT
    name = form or (HTML if show else by_ending)
    if name not in FORMATS:
        words = own.tr.text(N_("there is no format '{form}'; there are: {names}"))
        raise InputError(words.format(form=name, names=", ".join(FORMATS)))
    if show and name != HTML:
        raise InputError(own.tr.text(N_("--open shows a page: leave --format out, or html")))
    if name == HTML and to is None and not show and sys.stdout.isatty():
        raise InputError(
            own.tr.text(N_("a page is not for a terminal: add --open to see it, or -o FILE"))
        )
    wanted = inputs.week(week, own.tr)
    text = FORMATS[name](_summary(wanted, own), ReportWords(own.tr))
    page = to
    if show and to is None:
        page = _shelve(text, wanted, own)
    else:
        _write(harmless(text) if name == TEXT else text, to, own, is_forced=force)
    if show and page is not None:
        _show(page, own)


def _write(text: str, to: Path | None, own: Here, *, is_forced: bool) -> None:
    """Write the report to a file, or to standard output."""

    def write(file: TextIO) -> None:
        file.write(text)

    write_out(to, write, Kind.REPORT, own.tr, is_forced=is_forced)


def _summary(week: Week, own: Here) -> WeekSummary:
    """Read the week, and the one before it, out of the store.

    Raises:
        InputError: it lies in the future (a store with records of then knows better).
    """
    import gc

    from monitor import weekly

    gc.disable()  # this process ends soon: looking for garbage would take a tenth of its time
    settings = own.settings()
    with own.store(readonly=True, fresh=True) as store:
        found = weekly.summary(store, week, settings, inputs.now_ms())
    if week.since_ms > inputs.now_ms() and not found.observed_ms:
        words = own.tr.text(N_("the week {week} has not begun yet"))
        raise InputError(words.format(week=week.name))
    return found


def _shelve(page: str, week: Week, own: Here) -> Path:
    """Keep the page of a week in the data directory, as the daemon does; return where.

    Raises:
        InputError: it cannot be written.
    """
    from monitor.weekly.shelf import keep

    try:
        return keep(own.data_dir, week.name, page)
    except OSError as error:
        words = own.tr.text(N_("{file} cannot be written: {reason}"))
        reason = error.strerror or error
        raise InputError(words.format(file=error.filename, reason=reason)) from None


def _show(page: Path, own: Here) -> None:
    """Open a page in the user's browser.

    Raises:
        InputError: no browser could be started.
    """
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        words = own.tr.text(N_("no browser could be started; the page is {file}"))
        raise InputError(words.format(file=page))
