"""`check`, `disconnects` and `explain`: what is there now, what has happened, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import Here, InputError, here
from monitor.cli.inputs import instant_or_ago, now_ms
from monitor.cli.inputs import wallet as named
from monitor.cli.output import say, say_if_demo, say_json, say_table
from monitor.locale import N_, Translator
from monitor.model import Diagnosis, Disconnect
from monitor.wrap import shortened

if TYPE_CHECKING:
    from monitor.cli.explain.told import Told
    from monitor.config.settings import Settings
    from monitor.store.sqlite import Store

NOTE_COLUMNS = 60
"""What a list shows of a note; `explain` has the whole."""

Json = Annotated[bool, typer.Option("--json", help=N_("Print JSON, with English codes."))]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="7d|ISO", help=N_("Not before: 7d, 12h, 30m, or a time.")),
]


def disconnects(
    ctx: typer.Context,
    since: Since = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="ISO", help=N_("Not after: a time, or 7d and so on.")),
    ] = None,
    wallet: Annotated[
        str | None,
        typer.Option("--wallet", metavar="W", help=N_("Only this wallet (or control).")),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the disconnects, oldest first; those of controls only when asked for by name."""
    own = here(ctx)
    since_ms = None if since is None else instant_or_ago(since, own.tr)
    until_ms = None if until is None else instant_or_ago(until, own.tr)
    controls = frozenset() if wallet else own.controls()
    with own.store(readonly=True) as store:
        found = store.disconnects(since_ms, until_ms, wallet)
        if wallet is not None and not found:
            known = {d.wallet for d in store.disconnects()} | set(own.settings().wallets)
            named(wallet, known, own.tr)
        shown = [d for d in found if d.wallet not in controls]
        diagnoses = store.diagnoses([d.id for d in shown if d.id is not None])
        is_demo = store.is_demo()
    if as_json:
        _print_json(shown, diagnoses, own)
    else:
        say_if_demo(is_demo, own.tr)
        _print_table(shown, diagnoses, own)
        _mention_controls([d.wallet for d in found if d.wallet in controls], own)


def explain(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help=N_("As `disconnects` lists it."))],
    as_json: Json = False,
) -> None:
    """Tell one disconnect's timeline, evidence, runner-up and fixes."""
    from monitor.cli.explain.document import as_json as document
    from monitor.cli.explain.page import page
    from monitor.cli.explain.paint import columns, print_page

    own = here(ctx)
    settings = own.settings()  # a mistake in the file is told before the store is opened
    with own.store(readonly=True, fresh=True) as store:
        told = told_of(store, number, settings, own.tr)
        is_demo = store.is_demo()
    if as_json:
        say_json(document(told, own.tr))
    else:
        say_if_demo(is_demo, own.tr)
        print_page(page(told, columns(), own.tr))


def told_of(store: Store, number: int, settings: Settings, tr: Translator) -> Told:
    """Return everything that is told of a disconnect.

    Raises:
        InputError: there is none of this number.
    """
    from monitor.case import case_of
    from monitor.cli.explain.told import Told
    from monitor.hindsight import accuracy_so_far

    found = store.disconnect(number)
    if found is None:
        raise InputError(tr.text(N_("there is no disconnect {id}")).format(id=number))
    case = case_of(store, found, now_ms(), settings.controls())
    wallet = settings.wallets.get(found.wallet)
    title = (wallet.title if wallet else "") or found.wallet
    so_far, maker = accuracy_so_far(store), settings.phone.maker
    return Told(found, store.diagnosis(number), case, title, so_far, maker)


def _print_json(found: list[Disconnect], diagnoses: dict[int, Diagnosis], own: Here) -> None:
    """Print a line of JSON each."""
    from monitor.cli.present import disconnect_json

    for disconnect in found:
        say_json(disconnect_json(disconnect, diagnoses.get(disconnect.id or 0), own.tr))


def _print_table(found: list[Disconnect], diagnoses: dict[int, Diagnosis], own: Here) -> None:
    """Print the table, or that there is nothing to list."""
    from monitor.clock import local
    from monitor.phrases import HOW, why
    from monitor.report.amounts import instant, lasted

    tr = own.tr
    if not found:
        say(tr.text(N_("No disconnect.")))
        return
    wallets = own.settings().wallets
    titles = {name: wallet.title for name, wallet in wallets.items()}
    heads = [N_("id"), N_("began"), N_("lasted"), N_("wallet"), N_("how"), N_("why")]
    if any(d.note for d in found):
        heads.append(N_("note"))
    rows = []
    for d in found:
        began = instant(local(d.started_at_ms))
        title = titles.get(d.wallet) or d.wallet
        cause = why(d, diagnoses.get(d.id or 0), tr)
        note = shortened(d.note, NOTE_COLUMNS)
        row = [str(d.id), began, lasted(d, tr), title, tr.text(HOW[d.how]), cause, note]
        rows.append(row[: len(heads)])
    say_table([tr.text(head) for head in heads], rows)


def _mention_controls(left_out: list[str], own: Here) -> None:
    """Say how many rows were left out, and how to see them."""
    if left_out:
        words = own.tr.plural(
            "{count} disconnect of a control is not listed; --wallet NAME shows it: {names}",
            "{count} disconnects of controls are not listed; --wallet NAME shows them: {names}",
            len(left_out),
        )
        say(words.format(count=len(left_out), names=", ".join(sorted(set(left_out)))))
