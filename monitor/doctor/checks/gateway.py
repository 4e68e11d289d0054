"""The router: is one known, and does it answer pings."""

from collections.abc import Iterator

from monitor.doctor.asking import ask_all, targets_of
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_
from monitor.model import Outcome, Role, Target
from monitor.probes.interface import Reading

CODE = "network.gateway"


def look(here: Surroundings) -> Iterator[Finding]:
    """Ask each router once."""
    routers = [each for each in targets_of(here) if each.role is Role.GATEWAY]
    if not routers:
        reason = words(N_("no router is known: its part of the way cannot be told apart"))
        yield Finding(CODE, Verdict.NOT_APPLICABLE, "", reason)
    for target, reading in ask_all(here, routers):
        yield judge(target, reading)


def judge(target: Target, reading: Reading) -> Finding:
    """Return what the router's answer means. Pure."""
    if reading.outcome is Outcome.REPLY:
        reason = words(N_("answers in {ms:.1f} ms"), ms=reading.rtt_ms or 0.0)
        return Finding(CODE, Verdict.OK, target.host, reason)
    if reading.outcome is Outcome.NOT_MEASURED:
        reason = words(N_("could not be asked"))
        return Finding(CODE, Verdict.UNKNOWN, target.host, reason, detail=reading.detail)
    return Finding(
        CODE,
        Verdict.WARN,
        target.host,
        words(N_("does not answer pings: a fault of the router looks like one of the provider")),
        words(
            N_(
                "Allow pings from the home network in the router's settings; "
                "restart it if it is down."
            )
        ),
        reading.detail,
    )


CHECK = Check(CODE, N_("router"), look)
