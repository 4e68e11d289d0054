"""Whether somebody answers DNS questions in the place of others.

A name below `.invalid` never exists (RFC 2606): whoever gives an address for it makes answers up.
Nobody lives at 192.0.2.1 (TEST-NET-1, RFC 5737): whoever answers from there stands in the way.
"""

import secrets
from collections.abc import Iterator

from monitor.clock import monotonic_s
from monitor.doctor.asking import ask, targets_of
from monitor.doctor.examine import begin, results
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_
from monitor.model import Outcome, ProbeKind, Role, Target
from monitor.probes.dns import SYSTEM_HOST, DnsProbe
from monitor.probes.interface import Reading
from monitor.probes.lookup import Lookup

CODE = "network.interception"
NOBODY = "192.0.2.1"
NOBODYS_NETWORK = "192.0.2."
"""Some laboratories use it for themselves: there it proves nothing."""
WAIT_S = 1.5


def look(here: Surroundings) -> Iterator[Finding]:
    """Ask each resolver for a name that is none, and nobody for one that is."""
    hosts = [each.host for each in targets_of(here) if each.role is Role.RESOLVER]
    made_up = f"{secrets.token_hex(8)}.invalid"
    asked = [begin(lambda host=host: _ask(made_up, host), "dns") for host in hosts]  # type: ignore[misc]
    if not str(here.states.get("link.address")).startswith(NOBODYS_NETWORK):
        asked.append(begin(lambda: _ask(here.settings.resolvers.name, NOBODY), "dns"))
    answers = dict(results(asked, monotonic_s() + 2 * WAIT_S + 0.5))
    yield from judge(answers)


def _ask(name: str, host: str) -> tuple[str, Reading]:
    target = Target(host, Role.RESOLVER, ProbeKind.DNS, host, 53)
    return host, ask(DnsProbe(name, Lookup()), target, WAIT_S, tries=2 if host == NOBODY else 1)


def judge(answers: dict[str, Reading]) -> Iterator[Finding]:
    """Return what the answers mean, by who was asked. Pure."""
    liars = [
        host
        for host, reading in answers.items()
        if host != NOBODY and reading.outcome is Outcome.REPLY
    ]
    # Where the system's own way and its resolver both lie, it is one lie.
    for host in [each for each in liars if each != SYSTEM_HOST or len(liars) == 1]:
        reason = words(
            N_("answers {address} for a name that does not exist: failures look like pages"),
            address=answers[host].detail,
        )
        mend = words(N_("Name another resolver in the router or in this connection's settings."))
        yield Finding(CODE, Verdict.WARN, "" if host == SYSTEM_HOST else host, reason, mend)
    nobody = answers.get(NOBODY, Reading(Outcome.TIMEOUT))
    if nobody.outcome in (Outcome.REPLY, Outcome.DNS_ERROR):
        reason = words(
            N_(
                "DNS answers come back from an address where nobody lives: "
                "something on the way intercepts them"
            )
        )
        mend = words(
            N_("Ask who runs this network; encrypted DNS (DoT, DoH) in the system goes past it.")
        )
        yield Finding("network.interception.way", Verdict.WARN, NOBODY, reason, mend)
    elif not liars:
        yield Finding(CODE, Verdict.OK, "", words(N_("nobody answers in another's place")))


CHECK = Check(CODE, N_("DNS answers"), look)
