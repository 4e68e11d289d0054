"""Sleep, and the network's own account of itself: logind and NetworkManager on Linux."""

from collections.abc import Iterator

from monitor.device.metered import NETWORK_MANAGER
from monitor.doctor.bus_names import Bus, names_on_system_bus
from monitor.doctor.interface import Check, Finding, Surroundings, System, Verdict, words
from monitor.locale import N_

CODE = "machine.signals"
LOGIND = "org.freedesktop.login1"


def look(here: Surroundings) -> Iterator[Finding]:
    """Ask who is on the system bus."""
    if here.system is not System.LINUX:
        reason = words(N_("this system has no such services; its clocks tell of sleep"))
        yield Finding(CODE, Verdict.NOT_APPLICABLE, "", reason)
        return
    yield from judge(names_on_system_bus())


def judge(bus: Bus) -> Iterator[Finding]:
    """Return what the names on the bus mean. Pure."""
    if bus.has(LOGIND):
        reason = words(N_("announces sleep"))
        yield Finding("machine.signals.logind", Verdict.OK, "systemd-logind", reason)
    else:
        reason = words(N_("is not there: sleep is told from the clocks alone, within a second"))
        yield Finding("machine.signals.logind", Verdict.NOTE, "systemd-logind", reason)
    if bus.has(NETWORK_MANAGER):
        reason = words(N_("tells whether the network is metered"))
        yield Finding("machine.signals.network", Verdict.OK, "NetworkManager", reason)
    else:
        reason = words(N_("is not there: whether the network is metered is not known"))
        yield Finding("machine.signals.network", Verdict.NOTE, "NetworkManager", reason)


CHECK = Check(CODE, N_("system signals"), look)
