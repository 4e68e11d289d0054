"""IPv6 that promises a way out and has none: programs try it first and wait."""

from collections.abc import Iterator, Sequence

from monitor.doctor.asking import ask_all, targets_of
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_
from monitor.model import ProbeKind, Role, Target
from monitor.probes.interface import Reading

CODE = "network.ipv6"


def look(here: Surroundings) -> Iterator[Finding]:
    """Ask the IPv6 anchors where there is an IPv6 default route."""
    anchors = [
        each
        for each in targets_of(here)
        if each.role is Role.ANCHOR and each.probe is not ProbeKind.HTTP and each.family == 6
    ]
    if not here.states.get("link.gateway_v6"):
        yield Finding(CODE, Verdict.NOT_APPLICABLE, "", words(N_("there is no IPv6 here")))
        return
    yield judge(ask_all(here, anchors))


def judge(asked: Sequence[tuple[Target, Reading]]) -> Finding:
    """Return what the answers mean. Pure."""
    hosts = {target.host for target, _ in asked}
    heard = {target.host for target, reading in asked if reading.outcome.is_heard}
    if heard:
        reason = words(N_("{heard} of {count} answer"), heard=len(heard), count=len(hosts))
        return Finding(CODE, Verdict.OK, "", reason)
    return Finding(
        CODE,
        Verdict.WARN,
        "",
        words(
            N_("there is an IPv6 route, and nothing answers on it: programs try it first and wait")
        ),
        words(
            N_("Restart the router; if it stays so, switch IPv6 off in it or in this connection.")
        ),
    )


CHECK = Check(CODE, N_("way by IPv6"), look)
