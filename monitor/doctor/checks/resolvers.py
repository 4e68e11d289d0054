"""The resolvers: does each turn a name into an address."""

from collections.abc import Iterator, Sequence

from monitor.doctor.asking import ask_all, targets_of
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_
from monitor.model import Outcome, Role, Target
from monitor.probes.dns import SYSTEM_HOST
from monitor.probes.interface import Reading

CODE = "network.resolvers"


def look(here: Surroundings) -> Iterator[Finding]:
    """Ask each for the name that the daemon asks for."""
    resolvers = [each for each in targets_of(here) if each.role is Role.RESOLVER]
    yield from judge(ask_all(here, resolvers), resolvers)


def judge(
    asked: Sequence[tuple[Target, Reading]], resolvers: Sequence[Target]
) -> Iterator[Finding]:
    """Return what the answers mean. Pure."""
    readings = dict(asked)
    works_any = any(reading.outcome is Outcome.REPLY for reading in readings.values())
    for target in resolvers:
        reading = readings.get(target, Reading(Outcome.TIMEOUT))
        is_system = target.host == SYSTEM_HOST
        subject = "" if is_system else target.host
        if reading.outcome is Outcome.REPLY:
            reason = words(N_("answers in {ms:.1f} ms"), ms=reading.rtt_ms or 0.0)
            if is_system:
                reason = words(
                    N_("the system's own way answers in {ms:.1f} ms"), ms=reading.rtt_ms or 0.0
                )
            yield Finding(CODE, Verdict.OK, subject, reason)
            continue
        reason = words(N_("turns no name into an address"))
        if is_system:
            reason = words(N_("the system's own way turns no name into an address"))
        mend = words(
            N_("Name a resolver that works in the router or in this connection's settings.")
        )
        verdict = Verdict.WARN if works_any and not is_system else Verdict.FAIL
        yield Finding(CODE, verdict, subject, reason, mend, f"{reading.outcome} {reading.detail}")


CHECK = Check(CODE, N_("names (DNS)"), look)
