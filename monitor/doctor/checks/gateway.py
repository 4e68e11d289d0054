"""The router: is one known, and does it answer pings, or TCP at least."""

from collections.abc import Iterator

from monitor.doctor.asking import ask_all, targets_of
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, Words, words
from monitor.locale import N_
from monitor.model import Outcome, ProbeKind, Role, Target
from monitor.probes.interface import Reading

CODE = "network.gateway"


def look(here: Surroundings) -> Iterator[Finding]:
    """Ask each router, in every way that the daemon does."""
    routers = [each for each in targets_of(here) if each.role is Role.GATEWAY]
    if not routers:
        reason = words(N_("no router is known: its part of the way cannot be told apart"))
        yield Finding(CODE, Verdict.NOT_APPLICABLE, "", reason)
    asked = ask_all(here, routers)
    knocked = {
        target.host
        for target, reading in asked
        if target.probe is not ProbeKind.ICMP and reading.outcome.is_heard
    }
    for target, reading in asked:
        if target.probe is ProbeKind.ICMP:
            yield judge(target, reading, answers_tcp=target.host in knocked)


def judge(target: Target, reading: Reading, *, answers_tcp: bool) -> Finding:
    """Return what the router's answers mean. Pure."""
    if reading.outcome is Outcome.REPLY:
        reason = words(N_("answers in {ms:.1f} ms"), ms=reading.rtt_ms or 0.0)
        return Finding(CODE, Verdict.OK, target.host, reason)
    if answers_tcp:
        reason = words(N_("answers by TCP only, and is asked that way less often"))
        return Finding(CODE, Verdict.NOTE, target.host, reason, _allow(), reading.detail)
    if reading.outcome is Outcome.NOT_MEASURED:
        reason = words(N_("could not be asked"))
        return Finding(CODE, Verdict.UNKNOWN, target.host, reason, detail=reading.detail)
    return Finding(
        CODE,
        Verdict.WARN,
        target.host,
        words(N_("keeps silent: a fault of the router looks like one of the provider")),
        _allow(),
        reading.detail,
    )


def _allow() -> Words:
    return words(
        N_("Allow pings from the home network in the router's settings; restart it if it is down.")
    )


CHECK = Check(CODE, N_("router"), look)
