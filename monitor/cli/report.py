"""`report`: the weekly report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from monitor.cli.context import Here, InputError, here
from monitor.cli.data import OutFile
from monitor.cli.inputs import now_ms
from monitor.cli.output import harmless, write_out
from monitor.locale import N_

if TYPE_CHECKING:
    from monitor.report.interface import Week, WeekFacts


def report(
    ctx: typer.Context,
    week: Annotated[
        str, typer.Option("--week", metavar="2026-W47", help=N_("A week, or: this, last."))
    ] = "this",
    form: Annotated[str, typer.Option("--format", metavar="text|json", help=N_("The format."))] = (
        "text"
    ),
    to: OutFile = None,
) -> None:
    """Print one week: how often, how long, why, and the one change that would help most."""
    from monitor.phrases import ReportWords
    from monitor.report.registry import FORMATS
    from monitor.report.summary import summarise
    from monitor.report.weeks import parse_week

    own = here(ctx)
    if form not in FORMATS:
        words = own.tr.text(N_("there is no format '{form}'; there are: {names}"))
        raise InputError(words.format(form=form, names=", ".join(FORMATS)))
    try:
        wanted = parse_week(week, now_ms(), None)
    except ValueError:
        words = own.tr.text(N_("'{text}' is not a week: write this, last or 2026-W47"))
        raise InputError(words.format(text=week)) from None
    text = harmless(FORMATS[form](summarise(_facts(wanted, own)), ReportWords(own.tr)))

    def write(file: TextIO) -> None:
        file.write(text)

    write_out(to, write, own.tr)


def _facts(week: Week, own: Here) -> WeekFacts:
    """Read the week, and the one before it, out of the store."""
    from monitor.report.interface import WeekFacts
    from monitor.report.weeks import week_before

    before = week_before(week)
    wallets = own.settings().wallets
    with own.store(readonly=True) as store:
        found = store.disconnects(before.since_ms, week.until_ms)
        return WeekFacts(
            week=week,
            previous=before,
            now_ms=now_ms(),
            disconnects=tuple(found),
            diagnoses=store.diagnoses([d.id for d in found if d.id is not None]),
            gaps=tuple(store.gaps(before.since_ms, week.until_ms)),
            observed=store.span(),
            controls=own.controls(),
            titles={name: w.title or name for name, w in wallets.items() if w.enabled},
        )
