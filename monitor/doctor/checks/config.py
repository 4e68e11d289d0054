"""The configuration file: none is needed, and a mistake in one is told with its place."""

from collections.abc import Iterator

from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, Words, words
from monitor.locale import N_

CODE = "machine.config"
MEND = N_(
    "Correct the file; `{command}` lists every mistake, and what is left out keeps its default."
)


def look(here: Surroundings) -> Iterator[Finding]:
    """Tell which file is in force and every mistake in it."""
    if here.config_error is not None:
        mend = words(MEND, command="walletwatch config check")
        for mistake in here.config_error.mistakes:
            said = Words(mistake.msgid, mistake.values)
            yield Finding(CODE, Verdict.FAIL, mistake.place or str(here.config), said, mend)
        return
    if here.config is None:
        yield Finding(CODE, Verdict.OK, "", words(N_("no file: the defaults are in force")))
    else:
        yield Finding(CODE, Verdict.OK, str(here.config), words(N_("in force, no mistake")))
    if not any(wallet.enabled for wallet in here.settings.wallets.values()):
        yield Finding(
            "machine.config.wallets",
            Verdict.WARN,
            "",
            words(N_("no wallet is switched on: there is nothing to watch over")),
            words(N_("Set `enabled = true` in the table of your wallet.")),
        )


CHECK = Check(CODE, N_("configuration"), look)
