"""`check`: one round of every probe and every reader, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from monitor.cli.context import here
from monitor.cli.look import Json
from monitor.cli.output import say_json, say_table
from monitor.locale import N_, Translator

if TYPE_CHECKING:
    from monitor.daemon.check import CheckResult


def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Do one round of every probe and reader; exit 1 where no probe was answered."""
    from monitor.daemon.check import check as check_round

    own = here(ctx)
    result = check_round(own.settings(), own.tr)
    if as_json:
        _print_json(result)
    else:
        _print_tables(result, own.tr)
    raise typer.Exit(0 if result.is_anything_heard else 1)


def _print_json(result: CheckResult) -> None:
    for row in result.rows:
        say_json(
            {
                "kind": "sample",
                "target": row.target.name,
                "role": row.target.role.value,
                "probe": row.target.probe.value,
                "outcome": row.outcome.value,
                "rtt_ms": row.rtt_ms,
                "detail": row.detail,
            }
        )
    for key, value in sorted(result.states.items()):
        say_json({"kind": "state", "key": key, "value": value})


def _print_tables(result: CheckResult, tr: Translator) -> None:
    from monitor.phrases import OUTCOMES, ROLES, state_name, state_value

    titles = (N_("leg"), N_("target"), N_("by"), N_("answer"), N_("round trip"), N_("detail"))
    say_table(
        [tr.text(title) for title in titles],
        [
            [
                tr.text(ROLES[row.target.role]),
                row.target.name,
                row.target.probe.value,
                tr.text(OUTCOMES[row.outcome]),
                "" if row.rtt_ms is None else f"{row.rtt_ms:.1f} ms",
                row.detail,
            ]
            for row in result.rows
        ],
    )
    say_table(
        [tr.text(N_("device")), tr.text(N_("value"))],
        [
            [state_name(key, tr), state_value(key, value, tr)]
            for key, value in sorted(result.states.items())
        ],
    )
