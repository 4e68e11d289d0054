"""Whether a daemon watches with this data directory: its lock tells."""

from collections.abc import Iterator

from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_
from monitor.store.lock import holder

CODE = "data.daemon"


def look(here: Surroundings) -> Iterator[Finding]:
    """Tell who holds the directory."""
    pid = holder(here.data_dir)
    if pid is not None:
        reason = words(N_("walletwatch is watching (process {pid})"), pid=pid)
        yield Finding(CODE, Verdict.OK, "", reason)
        return
    yield Finding(
        CODE,
        Verdict.NOTE,
        "",
        words(N_("nobody watches at present: disconnects go unseen")),
        words(N_("Start it with `{command}`."), command="walletwatch run"),
    )


CHECK = Check(CODE, N_("watching"), look)
