"""The router, or the Wi-Fi between it and the device, was silent."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import answered, path, silent
from monitor.diagnose.legs import Health, dead, health, link_was_up
from monitor.diagnose.observed import elapsed_ms, others
from monitor.diagnose.wire import Reach, Socket, of_socket, socket, walk
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, Leg


def judge(case: Case) -> Finding | None:
    """The router fell silent, and nothing beyond it was heard either."""
    episode, found_way = dead(case, Leg.GATEWAY), walk(case)
    if episode is None:
        return _by_walk(case) or _forgotten(case)
    up = link_was_up(case)
    unknown = Evidence("link.not_measured", False) if up is None else None
    ratio = 0.95 if up else 0.9
    if found_way is not None and found_way.reach is not Reach.NOTHING:
        ratio = 0.5
    return found(
        CauseCode.GATEWAY,
        Ground.DIRECT,
        ratio,
        silent(case, episode),
        unknown,
        *of_socket(case, acknowledged=False, unanswered=True),
        *path(case, Leg.GATEWAY),
    )


def _by_walk(case: Case) -> Finding | None:
    """A router that answers no probe is known only by the walk that got nothing from it."""
    beyond, found_way = dead(case, Leg.INTERNET), walk(case)
    if beyond is None or found_way is None or found_way.reach is not Reach.NOTHING:
        return None
    if health(case, Leg.GATEWAY) is not Health.UNKNOWN:
        return None
    evidence = [silent(case, beyond), *path(case, Leg.GATEWAY)]
    return found(CauseCode.GATEWAY, Ground.INFERENCE, 0.65, *evidence)


def _forgotten(case: Case) -> Finding | None:
    """One connection was never answered again, while new ones to the same address were at once.

    A router that translates addresses keeps a list of open connections (RFC 5382); one that it
    has lost carries nothing more, and nobody is told. A reset would be the bank's own way.
    """
    shared = (Leg.GATEWAY, Leg.INTERNET, Leg.WALLET)
    if socket(case) is not Socket.UNANSWERED or case.disconnect.ended_at_ms is None:
        return None
    if elapsed_ms(case) >= limit.FORGOTTEN_MS:
        return None  # new connections were not taken either
    if any(health(case, leg) is not Health.ANSWERED for leg in shared):
        return None
    is_only_one = bool(others(case).stood)
    values = {"silent_s": elapsed_ms(case) / 1000}
    return found(
        CauseCode.GATEWAY,
        Ground.CIRCUMSTANCE,
        0.4 if is_only_one else 0.55,
        Evidence("gateway.forgot", True, values),
        *of_socket(case, acknowledged=False, unanswered=True),
        answered(case, Leg.GATEWAY, supports=False),
        answered(case, Leg.WALLET, supports=True),
    )


CAUSE = Cause(
    code=CauseCode.GATEWAY,
    title=N_("The router did not answer"),
    summary=N_("Your router, or the Wi-Fi to it, was silent for {silent_s} s."),
    text=N_(
        "The router, or the Wi-Fi or cable between it and this device, carried nothing. It is"
        " seen when the router stops answering although this device is still joined to its "
        "network. All traffic passes through the router, so the wallet is cut off together "
        "with everything else. Now and then a router only forgets connections that are open, "
        "after a restart for instance: then the old one is silent and a new one works."
    ),
    judge=judge,
    fixes=(FixCode.CHECK_NETWORK, FixCode.STRONGER_SIGNAL, *SUPPORT),
    evidence_texts={
        "gateway.forgot": N_(
            "This one connection was silent for {silent_s} s, and a new one to the same address "
            "was answered: something on the way had forgotten it, most often the router."
        ),
    },
    hidden_by=(
        CauseCode.SLEEP,
        CauseCode.ROAMING,
        CauseCode.LINK_DOWN,
        CauseCode.WEAK_SIGNAL,  # only one that collapsed outweighs a silent router
    ),
)
