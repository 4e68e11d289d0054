"""`share`: one disconnect, or a week, as a file without names to hand out; nothing is sent."""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor import __version__
from monitor.cli import inputs
from monitor.cli.context import Here, InputError, here, is_there
from monitor.cli.data import OutFile
from monitor.cli.look import told_of
from monitor.cli.output import harmless, say
from monitor.locale import N_

if TYPE_CHECKING:
    from monitor.config.settings import Settings
    from monitor.model import Record
    from monitor.report.interface import Week
    from monitor.share.pseudonyms import Replaced
    from monitor.share.redact import Redactor
    from monitor.store.sqlite import Store

PAGE_COLUMNS = 80
SHOWN_LINES = 3
"""Of each file: enough to see what it is."""
SHOWN_COLUMNS = 72
LIBRARIES = ("psutil", "ping3", "apscheduler", "sqlalchemy", "alembic", "plyer")
KINDS = {
    "address": N_("addresses"),
    "device": N_("devices"),
    "host": N_("host names"),
    "interface": N_("network interfaces"),
    "network": N_("Wi-Fi names"),
    "note": N_("notes of yours"),
    "program": N_("program names"),
    "source": N_("sources"),
    "target": N_("names of targets"),
    "text": N_("other words"),
    "wallet": N_("wallets of your own"),
}
"""What is replaced, in words."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """A copy of the store in which every name is another."""

    store: Store
    settings: Settings
    redactor: Redactor


def share(
    ctx: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="ID", help=N_("As `disconnects` lists it."))
    ] = None,
    week: Annotated[
        str | None,
        typer.Option("--week", metavar="2026-W47", help=N_("A whole week instead: or this, last.")),
    ] = None,
    to: OutFile = None,
    sure: Annotated[bool, typer.Option("--yes", help=N_("Write it without asking."))] = False,
) -> None:
    """Show what is handed out, and write it to a file; nothing is sent anywhere."""
    from monitor.share.bundle import packed

    own = here(ctx)
    if (number is None) == (week is None):
        raise InputError(own.tr.text(N_("name one disconnect by its ID, or a week with --week")))
    if to is not None:
        _refuse(to, own)  # before anything is asked
    with _scratch(own) as scratch:
        if number is not None:
            (note, files), name = _of_disconnect(number, scratch, own), f"walletwatch-{number}.zip"
        else:
            wanted = inputs.week(week or "", own.tr)
            (note, files), name = _of_week(wanted, scratch, own), f"walletwatch-{wanted.name}.zip"
        is_demo = scratch.store.is_demo()
        replaced = scratch.redactor.names.replaced(files.values())
    files = {"README.txt": _readme(note, replaced, own, is_demo=is_demo), **files}
    path = to or Path(name)
    _refuse(path, own)
    _show(files, replaced, own)
    if not sure and sys.stdin.isatty() and sys.stdout.isatty():
        words = own.tr.text(N_("Write this to {file}?")).format(file=harmless(str(path)))
        if not typer.confirm(words):
            say(own.tr.text(N_("Nothing was written.")))
            return
    _keep(path, packed(files), own)


@contextmanager
def _scratch(own: Here) -> Iterator[Scratch]:
    """Give a copy of the store with other names in it, in a place that is gone afterwards."""
    from monitor.share.plain_settings import plain_settings
    from monitor.share.redact import Redactor
    from monitor.store.place import DATABASE_NAME
    from monitor.store.sqlite import open_store

    settings = own.settings()
    with tempfile.TemporaryDirectory(prefix="walletwatch-share-") as folder:
        with own.store(readonly=True, fresh=True) as store:
            store.backup(Path(folder) / DATABASE_NAME)
        copy = open_store(Path(folder))
        try:
            redactor = Redactor(secrets.randbelow)
            copy.rewrite(redactor)
            yield Scratch(copy, plain_settings(settings, redactor), redactor)
        finally:
            copy.close()


def _of_disconnect(number: int, scratch: Scratch, own: Here) -> tuple[str, dict[str, str]]:
    """Return what is to be said of one disconnect's files, and the files."""
    from monitor.cli.explain.document import as_json
    from monitor.cli.explain.page import page
    from monitor.share.excerpt import telling

    store, tr = scratch.store, own.tr
    told = told_of(store, number, scratch.settings, tr)
    best = None if told.diagnosis is None else told.diagnosis.best.cause
    records, is_same = telling(store, told.disconnect, best, told.case.controls)
    words = N_("Replaying trace.jsonl gives the same verdict.")
    if not is_same:
        words = N_(
            "Replaying trace.jsonl alone does not give this verdict: it also rests on what you "
            "reported, or on the weeks before."
        )
    lines = [line.text for line in page(told, PAGE_COLUMNS, tr)]
    return tr.text(words), {
        "explain.txt": harmless("\n".join(lines)) + "\n",
        "disconnect.json": _json(as_json(told, tr)),
        **_ground(records, scratch),
    }


def _of_week(week: Week, scratch: Scratch, own: Here) -> tuple[str, dict[str, str]]:
    """Return what is to be said of a week's files, and the files."""
    from monitor import weekly
    from monitor.cli.present import disconnect_json
    from monitor.phrases import ReportWords
    from monitor.report.registry import FORMATS
    from monitor.share import excerpt

    store, words = scratch.store, ReportWords(own.tr)
    summary = weekly.summary(store, week, scratch.settings, inputs.now_ms())
    found = store.disconnects(week.since_ms, week.until_ms)
    told = store.diagnoses([d.id for d in found if d.id is not None])
    lines = [disconnect_json(d, told.get(d.id or 0), own.tr) for d in found]
    records = excerpt.week(store, week.since_ms, week.until_ms)
    note = own.tr.text(N_("trace.jsonl holds the week, and the samples around each disconnect."))
    return note, {
        "report.txt": harmless(FORMATS["text"](summary, words)),
        "report.json": FORMATS["json"](summary, words),
        "disconnects.jsonl": "".join(json.dumps(o, ensure_ascii=False) + "\n" for o in lines),
        **_ground(records, scratch),
    }


def _ground(records: Iterable[Record], scratch: Scratch) -> dict[str, str]:
    """Return the files that let somebody else look into it."""
    from monitor.config.toml import as_toml
    from monitor.store.trace_writing import write_trace

    trace = StringIO()
    write_trace(records, trace)
    return {
        "trace.jsonl": trace.getvalue(),
        "config.toml": as_toml(scratch.settings),
        "system.json": _json(_system()),
    }


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _system() -> dict[str, object]:
    """Return the versions; a kernel's own name may be anybody's, so that only its number stays."""
    import platform
    import re
    from importlib import metadata

    kernel = re.match(r"\d+(\.\d+){0,3}", platform.release())
    return {
        "walletwatch": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "release": kernel[0] if kernel else None,
        "machine": platform.machine(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
    }


def _readme(note: str, replaced: Iterable[Replaced], own: Here, *, is_demo: bool) -> str:
    """Return what the bundle is, in the user's language."""
    tr = own.tr
    told = [
        N_(
            "This bundle was made by walletwatch {version}, to show why a wallet lost its "
            "connection."
        ),
        N_(
            "Names are replaced: addresses, Wi-Fi names, host names, notes. The same name always "
            "has the same replacement here, and another one in any other bundle."
        ),
        N_("Times are real, so that they can be compared with other records."),
        N_(
            "Addresses of 192.0.2.x and 2001:db8:1:: stand for private ones, the others for public."
        ),
        N_("To replay it: walletwatch --config config.toml --data-dir NEW replay trace.jsonl"),
    ]
    lines = [tr.text(text).format(version=__version__) for text in told]
    head = tr.text(N_("Replaced:"))
    demo = tr.text(N_("Demo: everything here is synthetic, nothing was measured."))
    lines = [*([demo] if is_demo else []), *lines, note, "", head, *_replaced(replaced, own)]
    return "\n".join(lines) + "\n"


def _replaced(found: Iterable[Replaced], own: Here) -> list[str]:
    """Return a line for each kind of what was replaced."""
    words = own.tr.text(N_("  {kind}: {names} different, {times} times"))
    lines = [
        words.format(
            kind=own.tr.text(KINDS.get(one.kind, one.kind)), names=one.names, times=one.times
        )
        for one in found
    ]
    return lines or [own.tr.text(N_("  nothing"))]


def _show(files: Mapping[str, str], replaced: Iterable[Replaced], own: Here) -> None:
    """Tell what is in the bundle before it is written."""
    tr = own.tr
    say(tr.text(N_("In the bundle:")))
    for name, text in files.items():
        size = tr.text(N_("{name}, {count} bytes")).format(name=name, count=len(text.encode()))
        say(f"\n{size}")
        lines = [line for line in text.splitlines() if line.strip()]
        for line in lines[:SHOWN_LINES]:
            say(f"  | {line[:SHOWN_COLUMNS]}")
        if len(lines) > SHOWN_LINES:
            more = tr.text(N_("… {count} lines in all")).format(count=len(lines))
            say(f"  | {more}")
    say("\n" + tr.text(N_("Replaced:")))
    for line in _replaced(replaced, own):
        say(line)
    say("")


def _refuse(path: Path, own: Here) -> None:
    """Refuse a file that can surely not be written.

    Raises:
        InputError: something stands there already, or its folder is not there.
    """
    tr = own.tr
    if os.path.lexists(path):
        words = tr.text(N_("{file} already exists; name another, or move it away"))
        raise InputError(words.format(file=path))
    if not is_there(path.parent):
        words = tr.text(
            N_("{folder} is no folder: make it first, or name a file in one that exists")
        )
        raise InputError(words.format(folder=path.parent))


def _keep(path: Path, content: bytes, own: Here) -> None:
    """Write the file and say where it is.

    Raises:
        InputError: something stands there already, or it cannot be written.
    """
    from monitor.share.bundle import keep

    tr = own.tr
    try:
        keep(path, content)
    except FileExistsError:
        words = tr.text(N_("{file} already exists; name another, or move it away"))
        raise InputError(words.format(file=path)) from None
    except OSError as error:
        words = tr.text(N_("{file} cannot be written: {reason}"))
        raise InputError(words.format(file=path, reason=error.strerror or error)) from None
    said = tr.text(N_("Written to {file}; nothing was sent. Look into it before you pass it on."))
    say(said.format(file=path))
