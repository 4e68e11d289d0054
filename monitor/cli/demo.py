"""`demo`: a synthetic month, its report, and a data directory to look around in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import NAME, Here, InputError, here
from monitor.cli.inputs import now_ms
from monitor.cli.look import Json
from monitor.cli.output import harmless, say, say_json
from monitor.cli.whole import whole_or_nothing
from monitor.locale import N_

if TYPE_CHECKING:
    from monitor.demo.make import Demo
    from monitor.report.interface import WeekSummary

FIRST_LINES = 12
"""So much of the text report is printed: the rest is in the page."""


def demo(
    ctx: typer.Context,
    no_open: Annotated[
        bool, typer.Option("--no-open", help=N_("Do not show the page in the browser."))
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help=N_("Keep it in this empty folder.")),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a synthetic month and its report, and show it; nothing of this machine is in it."""
    from monitor import weekly
    from monitor.demo.make import demo_settings, make
    from monitor.phrases import ReportWords
    from monitor.report.html import render
    from monitor.report.registry import FORMATS
    from monitor.store.lock import hold
    from monitor.store.restore import a_new_one
    from monitor.weekly.shelf import keep as shelve

    own, at_ms = here(ctx), now_ms()
    named = _named(ctx, keep, own)
    folder = named or Path(tempfile.mkdtemp(prefix=f"{NAME}-demo-"))
    words = ReportWords(own.tr)
    with whole_or_nothing(folder, is_ours=named is None), hold(folder):
        _refuse_used(folder, own)
        with a_new_one(folder) as store:
            made = make(store, at_ms)
            summary = weekly.summary(store, made.story.weeks[-1], demo_settings(), at_ms)
        page = shelve(folder, summary.week.name, render(summary, words))
    if as_json:
        say_json(_json(made, summary, folder, page))
    else:
        _tell(made, summary, folder, page, own)
        say("\n".join(harmless(FORMATS["text"](summary, words)).splitlines()[:FIRST_LINES]))
        say("…")
    if not no_open:
        _show(page, own)


def _named(ctx: typer.Context, keep: Path | None, own: Here) -> Path | None:
    """Return where the user wants it; None: in a folder of its own.

    Raises:
        InputError: it cannot be a folder.
    """
    source = ctx.parent.get_parameter_source("data_dir") if ctx.parent else None
    is_named = source is not None and source.name == "COMMANDLINE"
    if keep is not None:
        folder = keep.expanduser()
        if _is_no_folder(folder):
            words = own.tr.text(N_("{dir} is no folder, or lies below a file; name another"))
            raise InputError(words.format(dir=folder))
        return folder
    return own.data_dir if is_named else None


def _is_no_folder(folder: Path) -> bool:
    """Tell whether something else stands there, or where a folder above it would be."""
    try:
        return any(place.exists() and not place.is_dir() for place in (folder, *folder.parents))
    except OSError:
        return False  # whoever makes it says why it cannot be


def _refuse_used(folder: Path, own: Here) -> None:
    """Leave a folder alone that holds data.

    Raises:
        InputError: it does.
    """
    from monitor.store.sqlite import open_store

    store = open_store(folder)
    try:
        if store.is_empty():
            return
    finally:
        store.close()
    words = own.tr.text(N_("{dir} holds data already; the demo needs an empty folder"))
    raise InputError(words.format(dir=folder))


def _json(made: Demo, summary: WeekSummary, folder: Path, page: Path) -> dict[str, object]:
    from monitor.cli.present import iso

    return {
        "demo": True,
        "data_dir": str(folder),
        "report": str(page),
        "week": summary.week.name,
        "fixed_at": iso(made.story.fixed_ms),
        "disconnect_count": len(made.disconnects),
    }


def _tell(made: Demo, summary: WeekSummary, folder: Path, page: Path, own: Here) -> None:
    """Say what it is, where it is, and what to try next."""
    tr = own.tr
    say(tr.text(N_("This is a demo: a synthetic month, nothing in it was measured.")))
    say(tr.text(N_("Its report: {file}")).format(file=page))
    say()
    say(tr.text(N_("Try next:")))
    longest = max(summary.incidents, key=lambda one: one.lost_ms)
    before = made.story.weeks[-2].name
    command = f"{NAME} --data-dir {folder}"
    for what in (
        f"explain {longest.disconnect.id}",
        f"report --week {before} --open",
        "disconnects --since 14d",
        "web --open",
    ):
        say(f"  {command} {what}")
    say()


def _show(page: Path, own: Here) -> None:
    """Open the page in the user's browser; where there is none, the path was told already."""
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        say(own.tr.text(N_("No browser could be started; open the page yourself.")))
