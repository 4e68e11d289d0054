"""Beyond the router nothing answered: the provider, or the line to it."""

from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import answered, path, silent
from monitor.diagnose.legs import TROUBLES, dead, health, span_of
from monitor.diagnose.observed import others, tally
from monitor.diagnose.wire import Reach, Walk, of_socket, walk
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, How, Leg


def judge(case: Case) -> Finding | None:
    """The internet fell silent; the router, heard meanwhile, tells that it was not the router."""
    episode = dead(case, Leg.INTERNET)
    if episode is None:
        return _shared_way(case)
    span = span_of(case, episode)
    router = tally(case, Leg.GATEWAY, span)
    other_family = tally(case, Leg.INTERNET, span)
    evidence = [
        silent(case, episode),
        *of_socket(case, acknowledged=False, unanswered=True),
        *path(case, Leg.INTERNET),
    ]
    if episode.family is not None and other_family.answered_count > 0:
        against = Evidence(
            "internet.other_family", False, {"answered_count": other_family.answered_count}
        )
        return found(CauseCode.ISP, Ground.INFERENCE, 0.5, *evidence, against)
    ground, ratio = _weight(walk(case), is_router_heard=router.answered_count > 0)
    return found(CauseCode.ISP, ground, ratio, *evidence)


def _shared_way(case: Case) -> Finding | None:
    """Services that stand apart fell silent together: the way that they share, beyond the router.

    Two services hardly fail by themselves in one minute; but the rest of the internet answered,
    so it stays a guess.
    """
    seen = others(case)
    wallet, control = dead(case, Leg.WALLET), dead(case, Leg.CONTROL)
    if case.disconnect.how not in (How.TIMEOUT, How.UNREACHABLE) or not seen.fell or seen.stood:
        return None
    if wallet is None or control is None or health(case, Leg.GATEWAY) in TROUBLES:
        return None
    way = walk(case)
    has_stopped = way is not None and way.reach is Reach.STOPPED
    return found(
        CauseCode.ISP,
        Ground.INFERENCE,
        0.68 if has_stopped else 0.6,
        silent(case, wallet),
        silent(case, control),
        *of_socket(case, acknowledged=False, unanswered=True),
        *path(case, Leg.INTERNET),
        answered(case, Leg.INTERNET, supports=False),
    )


def _weight(way: Walk | None, *, is_router_heard: bool) -> tuple[Ground, float]:
    """Return the ground and confidence; the walk may have heard a router that answers no probe."""
    if way is not None and way.reach is Reach.WHOLE:
        return Ground.INFERENCE, 0.5
    if is_router_heard:
        return Ground.DIRECT, 0.95
    if way is None:
        return Ground.INFERENCE, 0.6
    return (Ground.DIRECT, 0.93) if way.reach is Reach.STOPPED else (Ground.INFERENCE, 0.5)


CAUSE = Cause(
    code=CauseCode.ISP,
    title=N_("The internet provider was down"),
    summary=N_("Beyond your router the way was cut for {silent_s} s."),
    text=N_(
        "The router answered, but public addresses of several operators beyond it did not. So"
        " the fault lay on the line or with the internet provider, neither in your home nor "
        "at the bank. Until it is mended, mobile data is the way around it."
    ),
    judge=judge,
    fixes=(FixCode.CHECK_NETWORK, *SUPPORT),
    hidden_by=(
        CauseCode.SLEEP,
        CauseCode.ROAMING,
        CauseCode.LINK_DOWN,
        CauseCode.GATEWAY,
        CauseCode.CAPTIVE_PORTAL,
    ),
    evidence_texts={
        "internet.other_family": N_(
            "The internet answered {answered_count} probes over the other IP version."
        ),
    },
)
