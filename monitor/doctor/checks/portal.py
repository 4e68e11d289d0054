"""The portal page: does a page of the network stand between this machine and the internet."""

from collections.abc import Iterator

from monitor.doctor.asking import ask
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, Words, words
from monitor.locale import N_
from monitor.model import Outcome, ProbeKind, Role, Target
from monitor.probes.http import HttpProbe
from monitor.probes.interface import ProbeError, Reading
from monitor.probes.lookup import Lookup

CODE = "network.portal"
TIMEOUT_S = 4.0


def look(here: Surroundings) -> Iterator[Finding]:
    """Fetch the page once."""
    url = here.settings.portal.url
    if not url:
        reason = words(N_("switched off in the configuration"))
        yield Finding(CODE, Verdict.NOT_APPLICABLE, "", reason)
        return
    try:
        probe = HttpProbe(url, Lookup())
    except ProbeError as error:
        yield Finding(CODE, Verdict.FAIL, "[portal] url", Words(error.text, error.values))
        return
    target = Target("portal", Role.ANCHOR, ProbeKind.HTTP, url)
    yield judge(ask(probe, target, TIMEOUT_S, tries=1))


def judge(reading: Reading) -> Finding:
    """Return what the page's answer means. Pure."""
    if reading.outcome is Outcome.REPLY:
        return Finding(CODE, Verdict.OK, "", words(N_("nothing stands in between")))
    if reading.outcome is Outcome.PORTAL:
        reason = words(
            N_("the network answers with a page of its own and lets nothing else through")
        )
        mend = words(N_("Open a browser and accept the network's terms, then look again."))
        return Finding(CODE, Verdict.FAIL, "", reason, mend, reading.detail)
    reason = words(N_("the page that would tell does not answer as it should"))
    mend = words(N_("If the internet works, name another page in `[portal]`."))
    detail = f"{reading.outcome} {reading.detail}".strip()
    return Finding(CODE, Verdict.WARN, "", reason, mend, detail)


CHECK = Check(CODE, N_("sign-in page"), look)
