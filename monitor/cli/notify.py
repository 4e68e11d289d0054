"""`notify test`: does a notice reach this desktop?"""

from __future__ import annotations

import typer

from monitor.cli.context import here
from monitor.cli.inputs import now_ms
from monitor.cli.output import say
from monitor.locale import N_
from monitor.model import Delivery, Notice, NoticeKind

OUTCOMES = {
    Delivery.SENT: N_("The desktop accepted the notice ({backend})."),
    Delivery.UNKNOWN: N_("The desktop did not say whether it accepted the notice ({backend})."),
    Delivery.FAILED: N_("The desktop refused the notice ({backend})."),
    Delivery.LOGGED: N_("There is no desktop here: notices become log lines."),
    Delivery.PENDING: N_("The notice still waits."),
}


def test(ctx: typer.Context) -> None:
    """Show a notice now and tell what became of it; exit 1 where the desktop refused it."""
    from monitor.notify.desk import this_desktop

    tr = here(ctx).tr
    notice = Notice(
        kind=NoticeKind.TEST,
        created_at_ms=now_ms(),
        title=tr.text(N_("walletwatch: a test")),
        body=tr.text(N_("Notices about your wallet will look like this.")),
    )
    delivery, backend = this_desktop(lambda _: (), lambda *_: None).show(notice)
    say(tr.text(OUTCOMES[delivery]).format(backend=backend))
    raise typer.Exit(1 if delivery is Delivery.FAILED else 0)
