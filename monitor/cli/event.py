"""`event`: what the user saw, or knows."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import inputs
from monitor.cli.context import Here, InputError, here
from monitor.cli.output import say
from monitor.locale import N_, Translator
from monitor.model import Disconnect, How

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

SOURCE = "reported"
FIELDS = ("wallet", "at", "until", "note")
NEEDED = ("wallet", "at")
CLOCKS_APART_MS = 60_000
"""Another machine's clock may be ahead of ours by so much before a time "lies in the future"."""


def add(
    ctx: typer.Context,
    wallet: Annotated[str, typer.Option("--wallet", metavar="W", help=N_("Which wallet."))],
    at: Annotated[str, typer.Option("--at", metavar="ISO", help=N_("When it was lost."))],
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="ISO", help=N_("When it was back, if you know.")),
    ] = None,
    note: Annotated[
        str, typer.Option("--note", metavar="T", help=N_("Whatever you want to remember."))
    ] = "",
) -> None:
    """Store a disconnect that the user saw, diagnosed from what was observed then."""
    own = here(ctx)
    row = {"wallet": wallet, "at": at, "until": until or "", "note": note}
    controls = own.controls()
    with own.store() as store:
        told = _disconnect(row, _wallets(store, own), own.tr)
        added = _note(store, [told], controls)
    if added:
        say(own.tr.text(N_("Stored as disconnect {id}.")).format(id=added[0]))
    else:
        say(own.tr.text(N_("This one was stored already.")))


def import_(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=N_("CSV with a header line, or JSONL."))
    ],
) -> None:
    """Store the disconnects of a file, all or none; those stored already are left alone."""
    own = here(ctx)
    rows = list(_rows(file, own.tr))
    controls = own.controls()
    with own.store() as store:
        known = _wallets(store, own)
        told = []
        for line, row in rows:
            try:
                told.append(_disconnect(row, known, own.tr))
            except InputError as error:
                raise _at_line(file, line, str(error), own.tr) from None
        added = _note(store, told, controls)
    words = own.tr.text(N_("{added} stored, {known} known already."))
    say(words.format(added=len(added), known=len(told) - len(added)))


def confirm(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help=N_("As `disconnects` lists it."))],
    cause: Annotated[
        str, typer.Option("--cause", metavar="CODE", help=N_("What it was, e.g. network.gateway."))
    ],
) -> None:
    """Store what the user says the cause was; it goes before what was found."""
    own = here(ctx)
    code = inputs.cause(cause, own.tr)
    with own.store() as store:
        found = store.disconnect(number)
        if found is None:
            raise InputError(own.tr.text(N_("there is no disconnect {id}")).format(id=number))
        store.update_disconnect(replace(found, confirmed=code))
    say(
        own.tr.text(N_("Disconnect {id}: you say that it was {code}.")).format(id=number, code=code)
    )


def _note(store: Store, told: list[Disconnect], controls: frozenset[str]) -> list[int | None]:
    """Store and diagnose what is not stored yet; return the new numbers."""
    from monitor.pipeline import note

    outcomes = note(store, told, inputs.now_ms(), controls)
    return [outcome.disconnect.id for outcome in outcomes]


def _wallets(store: Store, own: Here) -> set[str]:
    """Return every wallet that is configured, or that the store knows of."""
    watched = {wallet for wallet, _source in store.sessions_before(inputs.now_ms() + 1)}
    return set(own.settings().wallets) | watched | {d.wallet for d in store.disconnects()}


def _disconnect(row: dict[str, str], known: set[str], tr: Translator) -> Disconnect:
    """Return a row as a disconnect; one whose end is not known takes no time.

    Raises:
        InputError: the row cannot be used.
    """
    wallet = inputs.wallet(row["wallet"].strip(), known, tr)
    at_ms = inputs.instant(row["at"], tr)
    if at_ms > inputs.now_ms() + CLOCKS_APART_MS:
        raise InputError(tr.text(N_("'{text}' lies in the future")).format(text=row["at"]))
    until_ms = inputs.instant(row["until"], tr) if row.get("until", "").strip() else at_ms
    if until_ms < at_ms:
        raise InputError(tr.text(N_("it ended before it began")))
    note = row.get("note", "").strip()
    return Disconnect(wallet, SOURCE, at_ms, until_ms, How.REPORTED, note=note)


def _rows(file: Path, tr: Translator) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the file's rows with their line numbers."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        words = tr.text(N_("{file} cannot be read: {reason}"))
        raise InputError(words.format(file=file, reason=error.strerror or error)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        words = tr.text(N_("this is not UTF-8 text; save the file as UTF-8"))
        raise _at_line(file, line, words, tr) from None
    is_jsonl = text.lstrip().startswith("{")
    yield from _jsonl_rows(file, text, tr) if is_jsonl else _csv_rows(file, text, tr)


def _csv_rows(file: Path, text: str, tr: Translator) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield a CSV's rows; its first line names the columns."""
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        head = [name.strip() for name in next(reader, [])]
        _check_fields(file, 1, head, tr)
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(head):
                words = tr.text(N_("{count} values where the first line names {wanted} columns"))
                words = words.format(count=len(cells), wanted=len(head))
                raise _at_line(file, reader.line_num, words, tr)
            yield reader.line_num, dict(zip(head, cells, strict=True))
    except csv.Error as error:
        raise _at_line(file, reader.line_num, str(error), tr) from None


def _jsonl_rows(file: Path, text: str, tr: Translator) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a file with a JSON object a line."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise _at_line(file, number, tr.text(N_("this is not a JSON object")), tr)
        present = {key: value for key, value in row.items() if value is not None}
        _check_fields(file, number, list(present), tr)
        if not all(isinstance(value, str) for value in present.values()):
            raise _at_line(file, number, tr.text(N_("every value must be a text")), tr)
        yield number, present


def _check_fields(file: Path, line: int, names: list[str], tr: Translator) -> None:
    """See that the needed fields are there, and none that mean nothing here."""
    missing = [name for name in NEEDED if name not in names]
    if missing:
        words = tr.text(N_("{names} missing; the fields are {fields}"))
        words = words.format(names=", ".join(missing), fields=", ".join(FIELDS))
        raise _at_line(file, line, words, tr)
    unknown = [name for name in names if name not in FIELDS]
    if unknown or len(set(names)) < len(names):
        words = tr.text(N_("'{names}' is not understood here; the fields are {fields}"))
        words = words.format(names=", ".join(unknown or names), fields=", ".join(FIELDS))
        raise _at_line(file, line, words, tr)


def _at_line(file: Path, line: int, words: str, tr: Translator) -> InputError:
    """Return an error that names the line, and that nothing was stored."""
    text = tr.text(N_("{file}, line {line}: {words}; nothing was imported"))
    return InputError(text.format(file=file, line=line, words=words))
