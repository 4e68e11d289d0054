"""`rediagnose`: the present engine over what is stored, and which verdicts change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import inputs
from monitor.cli.context import here
from monitor.cli.look import Json, Since
from monitor.cli.output import say, say_json, say_table, show_progress
from monitor.locale import N_, Translator
from monitor.model import Diagnosis

if TYPE_CHECKING:
    from monitor.hindsight import Change


def rediagnose(
    ctx: typer.Context,
    since: Since = None,
    wallet: Annotated[
        str | None, typer.Option("--wallet", metavar="W", help=N_("Only this wallet (or control)."))
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help=N_("Store the new verdicts; else they are only shown."))
    ] = False,
    as_json: Json = False,
) -> None:
    """Judge stored disconnects anew, and tell which verdicts change; your words stay."""
    from monitor.hindsight import rediagnose as judge_anew

    own = here(ctx)
    since_ms = None if since is None else inputs.instant_or_ago(since, own.tr)
    controls = own.controls()
    with own.store(readonly=not apply, must_exist=True, fresh=True) as store:
        if wallet is not None:
            known = {d.wallet for d in store.disconnects()} | set(own.settings().wallets)
            inputs.wallet(wallet, known, own.tr)
        at_ms = inputs.now_ms()
        changes = judge_anew(
            store, controls, at_ms, since_ms, wallet, keep=apply, watch=show_progress
        )
    if as_json:
        for change in changes:
            say_json(_json(change, is_stored=apply))
    else:
        _print(changes, own.tr, is_stored=apply)


def _json(change: Change, *, is_stored: bool) -> dict[str, object]:
    """Return one disconnect's line."""
    from monitor.cli.present import iso

    return {
        "id": change.disconnect.id,
        "wallet": change.disconnect.wallet,
        "started_at": iso(change.disconnect.started_at_ms),
        "before": None if change.before is None else _told_json(change.before),
        "after": _told_json(change.after),
        "changes": change.is_turned,
        "left_alone": change.is_left_alone,
        "stored": is_stored and change.is_new and not change.is_left_alone,
    }


def _told_json(diagnosis: Diagnosis) -> dict[str, object]:
    """Return a verdict with the engine that it is from."""
    from monitor.cli.present import finding_json

    return {**finding_json(diagnosis.best), "engine": diagnosis.engine}


def _print(changes: Sequence[Change], tr: Translator, *, is_stored: bool) -> None:
    """Print the verdicts that change, then how many stay and how many could not be judged."""
    turned = [change for change in changes if change.is_turned]
    if turned:
        heads = [N_("id"), N_("began"), N_("wallet"), N_("before"), N_("after")]
        say_table([tr.text(head) for head in heads], [_row(change, tr) for change in turned])
        say()
    left = [change for change in changes if change.is_left_alone]
    words = tr.plural("{count} verdict changes", "{count} verdicts change", len(turned))
    stay = tr.text(N_("{changed}, {stayed} stay."))
    say(
        stay.format(
            changed=words.format(count=len(turned)),
            stayed=len(changes) - len(turned) - len(left),
        )
    )
    if left:
        words = tr.plural(
            "{count} was left alone: what was measured around it is not stored any more.",
            "{count} were left alone: what was measured around them is not stored any more.",
            len(left),
        )
        say(words.format(count=len(left)))
    if any(change.is_new for change in changes):
        if is_stored:
            say(tr.text(N_("The new verdicts are stored; what you said of them stays.")))
        else:
            say(tr.text(N_("Nothing was stored: --apply does that.")))


def _row(change: Change, tr: Translator) -> list[str]:
    """Return a table row."""
    from monitor.clock import local
    from monitor.report.amounts import instant

    found = change.disconnect
    before = tr.text(N_("not analysed yet"))
    if change.before is not None:
        before = _told(change.before, tr)
    began = instant(local(found.started_at_ms))
    return [str(found.id), began, found.wallet, before, _told(change.after, tr)]


def _told(diagnosis: Diagnosis, tr: Translator) -> str:
    """Return a verdict in words, with the engine that it is from."""
    from monitor.phrases import finding_words

    words = tr.text(N_("{verdict}, engine {engine}"))
    return words.format(verdict=finding_words(diagnosis.best, tr), engine=diagnosis.engine)
