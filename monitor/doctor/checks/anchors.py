"""The anchors: is the internet there, by ping and by TCP."""

from collections.abc import Iterator, Sequence

from monitor.doctor.asking import ask_all, targets_of
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_
from monitor.model import ProbeKind, Role, Target
from monitor.probes.interface import Reading

CODE = "network.anchors"


def look(here: Surroundings) -> Iterator[Finding]:
    """Ask each IPv4 anchor both ways; IPv6 has a check of its own."""
    anchors = [
        each
        for each in targets_of(here)
        if each.role is Role.ANCHOR and each.probe is not ProbeKind.HTTP and each.family != 6
    ]
    if not anchors:
        reason = words(N_("none is set: the provider's part of the way is not measured"))
        yield Finding(CODE, Verdict.WARN, "[anchors] hosts", reason)
        return
    yield from judge(ask_all(here, anchors), len({each.host for each in anchors}))


def judge(asked: Sequence[tuple[Target, Reading]], count: int) -> Iterator[Finding]:
    """Return what the answers mean. Pure."""
    heard = {target.host for target, reading in asked if reading.outcome.is_heard}
    pinged = {
        target.host
        for target, reading in asked
        if target.probe is ProbeKind.ICMP and reading.outcome.is_heard
    }
    silent = sorted({target.host for target, _ in asked} - heard)
    if not heard:
        yield Finding(
            CODE,
            Verdict.FAIL,
            "",
            words(N_("none of {count} answers, neither to ping nor to TCP"), count=count),
            words(N_("Restart the router; if it stays so, ask the provider.")),
        )
        return
    reason = words(N_("{heard} of {count} answer"), heard=len(heard), count=count)
    yield Finding(CODE, Verdict.OK, "", reason)
    for host in silent:
        reason = words(N_("does not answer; the others do"))
        mend = words(N_("Name another address in `[anchors]`."))
        yield Finding(CODE, Verdict.WARN, host, reason, mend)
    if not pinged:
        reason = words(N_("answer to TCP only: pings are filtered on the way"))
        yield Finding("network.anchors.ping", Verdict.NOTE, "", reason)


CHECK = Check(CODE, N_("internet"), look)
