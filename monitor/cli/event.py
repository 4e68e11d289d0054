"""`event`: what the user saw, or knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import inputs
from monitor.cli.context import Here, InputError, here
from monitor.cli.output import say, show_progress
from monitor.locale import N_, Translator
from monitor.model import CauseCode, Disconnect, EpochMs, How
from monitor.wallet.imports import CLOCKS_APART_MS, SOURCE, ImportMistake, Row, parse

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

FIRST_YEAR = 2010
"""Wallets on phones are younger; an earlier time is a slip of the keyboard."""
FIRST_MS = round(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp() * 1000)


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
    at_ms, until_ms = _span(at, until, own.tr)
    controls = own.controls()
    with own.store(fresh=True) as store:  # it is judged by what was observed up to now
        name = inputs.wallet(wallet, _wallets(store, own), own.tr)
        # An argument that is no UTF-8 arrives as halves of surrogate pairs, which no file can hold.
        words = note.encode(errors="replace").decode().strip()
        told = Disconnect(name, SOURCE, at_ms, until_ms, How.REPORTED, note=words)
        added = _note(store, [told], controls)
        known = [] if added else _of_one_told_again(store, told, controls, own.tr)
    if added:
        say(own.tr.text(N_("Stored as disconnect {id}.")).format(id=added[0]))
    for line in known:
        say(line)


def _of_one_told_again(
    store: Store, told: Disconnect, controls: frozenset[str], tr: Translator
) -> list[str]:
    """Keep what is new of a disconnect that is stored already; return what became of all that."""
    from monitor.clock import local
    from monitor.hindsight import take_end, take_note, told_before
    from monitor.report.amounts import instant

    known = told_before(store, told)
    assert known is not None
    if not take_note(store, known, told.note):
        words = tr.text(N_("This is disconnect {id}, which was stored already."))
    elif not known.note:
        words = tr.text(N_("This is disconnect {id}, which was stored already; it has your note."))
    else:
        words = tr.text(
            N_(
                "This is disconnect {id}, which was stored already; "
                "your note takes the place of this one: {note}"
            )
        )
    lines = [words.format(id=known.id, note=known.note)]
    stored_ms, told_ms = known.ended_at_ms, told.ended_at_ms
    if stored_ms is None or told_ms is None or told_ms in (stored_ms, told.started_at_ms):
        return lines
    now = told_before(store, told) or known  # its note may be another one by now
    if take_end(store, now, told_ms, inputs.now_ms(), controls):
        words = tr.text(N_("It is stored as over at {instant} now."))
        return [*lines, words.format(instant=instant(local(told_ms)))]
    words = tr.text(N_("It is stored as over at {instant}, and that stays."))
    return [*lines, words.format(instant=instant(local(stored_ms)))]


def import_(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", readable=False, help=N_("CSV with a header line, or JSONL.")
        ),
    ],
) -> None:
    """Store the disconnects of a file, all or none; one known gains the note or end it lacked."""
    own = here(ctx)
    content = _content(file, own.tr)
    controls = own.controls()
    try:
        rows = parse(str(file), content, inputs.now_ms())
        with own.store(fresh=True) as store:
            known = _wallets(store, own)
            told = [_of_known_wallet(str(file), row, known, own.tr) for row in rows]
            added = _note(store, told, controls)
            noted, ended, kept = _fill_in(store, told, controls)
    except ImportMistake as mistake:
        raise InputError(mistake.text(own.tr)) from None
    words = own.tr.text(N_("{added} stored, {known} known already."))
    say(words.format(added=len(added), known=len(told) - len(added)))
    if noted:
        words = own.tr.plural(
            "{count} of those known had no note and has one now.",
            "{count} of those known had no note and have one now.",
            noted,
        )
        say(words.format(count=noted))
    if ended:
        words = own.tr.plural(
            "{count} of those known had no end and has one now.",
            "{count} of those known had no end and have one now.",
            ended,
        )
        say(words.format(count=ended))
    if kept:
        words = own.tr.plural(
            "{count} of those known keeps the note that it had.",
            "{count} of those known keep the notes that they had.",
            kept,
        )
        say(words.format(count=kept))


def _fill_in(
    store: Store, told: list[Disconnect], controls: frozenset[str]
) -> tuple[int, int, int]:
    """Give stored disconnects the notes and ends that they lack.

    Returns how many gained a note, how many an end, and how many keep another note: a file may be
    older than what was written by hand, and importing it again changes nothing.
    """
    from monitor.hindsight import take_end, take_note

    stored = {(d.wallet, d.source, d.started_at_ms): d for d in store.disconnects()}
    noted = ended = kept = 0
    for row in told:
        place = row.wallet, row.source, row.started_at_ms
        known = stored.get(place)
        if known is None:
            continue
        end_ms = row.ended_at_ms
        if end_ms is not None and take_end(store, known, end_ms, inputs.now_ms(), controls):
            ended += 1
            known = replace(known, ended_at_ms=end_ms)
        if row.note and known.note and known.note != row.note:
            kept += 1
        elif take_note(store, known, row.note):
            noted += 1
            known = replace(known, note=row.note)
        stored[place] = known
    return noted, ended, kept


def confirm(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help=N_("As `disconnects` lists it."))],
    cause: Annotated[
        str | None,
        typer.Option("--cause", metavar="CODE", help=N_("What it was, e.g. network.gateway.")),
    ] = None,
    wrong: Annotated[
        bool, typer.Option("--wrong", help=N_("It was not what was told; you do not know what."))
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help=N_("Take back what you said of it."))
    ] = False,
) -> None:
    """Store what the user says the cause was, or was not, or take that word back."""
    from monitor.cli.present import agreed
    from monitor.hindsight import accuracy_so_far, retract_word, take_word

    own = here(ctx)
    if [cause is not None, wrong, forget].count(True) != 1:
        raise InputError(own.tr.text(N_("give one of --cause CODE, --wrong and --forget")))
    code = None if cause is None else inputs.cause(cause, own.tr)
    with own.store(must_exist=True) as store:
        if wrong:
            _refuse_untold(store, number, own.tr)
        before = store.disconnect(number)
        kept = retract_word(store, number) if forget else take_word(store, number, code)
        if kept is None:
            raise InputError(own.tr.text(N_("there is no disconnect {id}")).format(id=number))
        so_far = accuracy_so_far(store)
    if kept == before and forget:
        say(own.tr.text(N_("Disconnect {id}: you had said nothing of it.")).format(id=number))
    else:
        say(_said(kept, own.tr))
    if so_far.count:
        say(agreed(so_far, own.tr))


def _refuse_untold(store: Store, number: int, tr: Translator) -> None:
    """Refuse to call wrong what nobody told.

    Raises:
        InputError: no cause was told of that disconnect.
    """
    if store.disconnect(number) is None:
        return  # which is another mistake
    told = store.diagnosis(number)
    if told is None or told.best.cause is CauseCode.UNEXPLAINED:
        words = N_("no cause was told of disconnect {id}: say what it was with --cause CODE")
        raise InputError(tr.text(words).format(id=number))


def _said(kept: Disconnect, tr: Translator) -> str:
    """Return what is stored now as the user's word."""
    from monitor.diagnose.words import cause_title

    if kept.confirmed is not None:
        words = tr.text(N_("Disconnect {id}: you say that it was: {cause}."))
        return words.format(id=kept.id, cause=cause_title(kept.confirmed, tr))
    if kept.denied is not None:
        words = tr.text(N_("Disconnect {id}: you say that it was not: {cause}."))
        return words.format(id=kept.id, cause=cause_title(kept.denied, tr))
    return tr.text(N_("Disconnect {id}: what you said is forgotten.")).format(id=kept.id)


def _note(store: Store, told: list[Disconnect], controls: frozenset[str]) -> list[int | None]:
    """Store and diagnose what is not stored yet; return the new numbers."""
    from monitor.pipeline import note

    outcomes = note(store, told, inputs.now_ms(), controls, show_progress)
    return [outcome.disconnect.id for outcome in outcomes]


def _wallets(store: Store, own: Here) -> set[str]:
    """Return every wallet that is configured, or that the store knows of."""
    watched = {wallet for wallet, _source in store.sessions_before(inputs.now_ms() + 1)}
    return set(own.settings().wallets) | watched | {d.wallet for d in store.disconnects()}


def _span(at: str, until: str | None, tr: Translator) -> tuple[EpochMs, EpochMs]:
    """Return when it began and ended; one whose end is not known takes no time.

    Raises:
        InputError: it cannot have been then.
    """
    at_ms = inputs.instant(at, tr)
    until = until if until and until.strip() else at
    until_ms = inputs.instant(until, tr)
    for text, told_ms in ((at, at_ms), (until, until_ms)):
        if told_ms > inputs.now_ms() + CLOCKS_APART_MS:
            raise InputError(tr.text(N_("'{text}' lies in the future")).format(text=text))
        if told_ms < FIRST_MS:
            words = tr.text(
                N_("'{text}' lies too far back: walletwatch knows nothing before {year}")
            )
            raise InputError(words.format(text=text, year=FIRST_YEAR))
    if until_ms < at_ms:
        raise InputError(tr.text(N_("it ended before it began")))
    return at_ms, until_ms


def _content(file: Path, tr: Translator) -> bytes:
    """Read a whole file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        words = tr.text(N_("{file} cannot be read: {reason}"))
        raise InputError(words.format(file=file, reason=error.strerror or error)) from None


def _of_known_wallet(file: str, row: Row, known: set[str], tr: Translator) -> Disconnect:
    """Return the row's disconnect.

    Raises:
        ImportMistake: nobody knows its wallet.
    """
    try:
        inputs.wallet(row.disconnect.wallet, known, tr)
    except InputError as error:
        raise ImportMistake(file, row.line, "{problem}", problem=error) from None
    return row.disconnect
