"""Wi-Fi: whether its strength can be read."""

import shutil
from collections.abc import Iterator

from monitor.device.link_linux import wireless_interfaces
from monitor.device.wifi import IW_PATH
from monitor.doctor.interface import Check, Finding, Surroundings, System, Verdict, words
from monitor.locale import N_

CODE = "machine.wifi"
WEAK_DBM = -75
"""From about here on losses set in; the engine speaks of a weak signal from the same place."""


def look(here: Surroundings) -> Iterator[Finding]:
    """Look at what the reader brought, and at the tool that it reads with."""
    signal = here.states.get("wifi.signal_dbm")
    if isinstance(signal, int):
        yield judge_signal(signal)
        return
    if here.system is not System.LINUX:
        is_wifi = here.states.get("link.kind") == "wifi"
        verdict = Verdict.NOTE if is_wifi else Verdict.NOT_APPLICABLE
        reason = words(N_("the system tells no signal strength"))
        yield Finding(CODE, verdict, "", reason)
        return
    names = wireless_interfaces()
    if not names:
        yield Finding(CODE, Verdict.NOT_APPLICABLE, "", words(N_("there is no Wi-Fi here")))
    elif shutil.which("iw", path=IW_PATH) is None:
        reason = words(N_("its strength cannot be read exactly: the program iw is missing"))
        mend = words(N_("Install it, for instance `{command}`."), command="sudo apt install iw")
        yield Finding(CODE, Verdict.WARN, names[0], reason, mend)
    else:
        reason = words(N_("not connected to any Wi-Fi"))
        yield Finding(CODE, Verdict.NOTE, names[0], reason)


def judge_signal(signal_dbm: int) -> Finding:
    """Return the finding for a signal. Pure."""
    if signal_dbm < WEAK_DBM:
        return Finding(
            CODE,
            Verdict.WARN,
            "",
            words(N_("the signal is weak ({signal} dBm)"), signal=signal_dbm),
            words(N_("Move nearer to the router, or use its other band.")),
        )
    return Finding(CODE, Verdict.OK, "", words(N_("signal {signal} dBm"), signal=signal_dbm))


CHECK = Check(CODE, N_("Wi-Fi signal"), look)
