"""Asking targets for a check: all at once, twice where the first question was lost, bounded."""

from collections.abc import Sequence

from monitor.clock import monotonic_s
from monitor.daemon.network import network_now
from monitor.daemon.targets import places
from monitor.doctor.examine import begin, results
from monitor.doctor.interface import Surroundings
from monitor.model import Outcome, ProbeKind, Target
from monitor.probes.dns import DnsProbe
from monitor.probes.icmp import IcmpProbe
from monitor.probes.interface import Probe, ProbeError, Reading
from monitor.probes.lookup import Lookup
from monitor.probes.tcp import TcpProbe

TRIES = 2
"""One lost packet is no finding."""
TIMEOUT_S = 1.8


def targets_of(here: Surroundings) -> list[Target]:
    """Return what the daemon would ask in this network, without the wallets' addresses."""
    return [place.target for place in places(here.settings, network_now(here.states, {}))]


def probe_for(here: Surroundings, kind: ProbeKind) -> Probe:
    """Return a probe of a kind that needs no certificate or page."""
    if kind is ProbeKind.ICMP:
        return IcmpProbe()
    if kind is ProbeKind.DNS:
        return DnsProbe(here.settings.resolvers.name, Lookup())
    return TcpProbe(Lookup())


def ask(probe: Probe, target: Target, timeout_s: float = TIMEOUT_S, tries: int = TRIES) -> Reading:
    """Ask until something is heard, or the tries are used up; a missing right is NOT_MEASURED."""
    reading = Reading(Outcome.NOT_MEASURED)
    for _ in range(tries):
        try:
            reading = probe.ask(target, timeout_s)
        except ProbeError as error:
            return Reading(Outcome.NOT_MEASURED, detail=str(error))
        if reading.outcome.is_heard:
            break
    return reading


def ask_all(here: Surroundings, targets: Sequence[Target]) -> list[tuple[Target, Reading]]:
    """Ask every target at the same time and return what came, in their order."""

    def work(target: Target) -> tuple[Target, Reading]:
        return target, ask(probe_for(here, target.probe), target)

    asked = [begin(lambda each=each: work(each), "ask") for each in targets]  # type: ignore[misc]
    return results(asked, monotonic_s() + TIMEOUT_S * TRIES + 0.5)
