"""The router, or the Wi-Fi between it and the device, was silent."""

from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import path, silent
from monitor.diagnose.legs import dead, link_was_up
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, Leg


def judge(case: Case) -> Finding | None:
    """The router fell silent, and nothing beyond it was heard either."""
    episode = dead(case, Leg.GATEWAY)
    if episode is None:
        return None
    up = link_was_up(case)
    unknown = Evidence("link.not_measured", False) if up is None else None
    ratio = 0.95 if up else 0.9
    return found(
        CauseCode.GATEWAY,
        Ground.DIRECT,
        ratio,
        silent(case, episode),
        unknown,
        *path(case, Leg.GATEWAY),
    )


CAUSE = Cause(
    code=CauseCode.GATEWAY,
    title=N_("The router did not answer"),
    summary=N_("Your router, or the Wi-Fi to it, was silent for {silent_s} s."),
    text=N_(
        "The router, or the Wi-Fi or cable between it and this device, carried nothing. It is"
        " seen when the router stops answering although this device is still joined to its "
        "network. All traffic passes through the router, so the wallet is cut off together "
        "with everything else."
    ),
    judge=judge,
    fixes=(FixCode.CHECK_NETWORK, FixCode.STRONGER_SIGNAL, *SUPPORT),
    hidden_by=(CauseCode.SLEEP, CauseCode.ROAMING, CauseCode.LINK_DOWN),
)
