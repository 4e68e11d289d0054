"""Faults of the provider's DNS; a session that stands does not notice them by itself."""

from tests.lab.faults.fault import Fault
from tests.lab.faults.service import RESET
from tests.lab.instant import Instant
from tests.lab.world import World


def dns(mode: str) -> Fault:
    """Let the DNS misbehave: silent, servfail, nxdomain or lie (it gives a wrong address)."""
    return Fault(f"dns_{mode}", lambda world: world.dns(mode), lambda world: world.dns("answer"))


def dns_late(late_s: float) -> Fault:
    """Let each answer come late."""
    return Fault(
        "dns_late",
        lambda world: world.dns("answer", late_s),
        lambda world: world.dns("answer"),
        f"{late_s:.1f} s",
    )


def and_reset(fault: Fault) -> Fault:
    """Return the fault together with a reset by the bank: the session must be built anew.

    It ends as the fault does.
    """

    def begin(world: World) -> Instant:
        fault.begin(world)
        return RESET.begin(world)

    return Fault(f"{fault.name}_and_reset", begin, fault.end, fault.strength)


DNS_DEAD = Fault("dns_dead", dns("silent").begin, dns("silent").end)
"""No name resolves; a session that stands does not notice."""
DNS_UNKNOWN = dns("nxdomain")
"""Every name is answered with "no such name"."""
DNS_DEAD_AND_RESET = and_reset(DNS_DEAD)
"""The session must be built anew while no name resolves."""
