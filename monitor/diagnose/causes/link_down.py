"""The device's own link was down: Wi-Fi dropped, cable out, flight mode."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, path
from monitor.diagnose.legs import dead, link_was_up, span_of
from monitor.diagnose.observed import changes, onset, samples_on
from monitor.model import (
    Case,
    CauseCode,
    Evidence,
    EvidenceValue,
    Finding,
    FixCode,
    How,
    Leg,
    Outcome,
)


def judge(case: Case) -> Finding | None:
    """A link that is down carries nothing; without its state, "no way out" hints at it."""
    up = link_was_up(case)
    if up is False:
        evidence = Evidence("link.down", True, _down_values(case))
        return found(CauseCode.LINK_DOWN, Ground.DIRECT, 0.96, evidence, *path(case, Leg.LINK))
    if up is None and case.disconnect.how is How.UNREACHABLE and _had_no_way(case):
        unknown = Evidence("link.not_measured", False)
        return found(
            CauseCode.LINK_DOWN, Ground.INFERENCE, 0.6, ended(case, supports=True), unknown
        )
    return None


def _down_values(case: Case) -> dict[str, EvidenceValue]:
    episode = dead(case, Leg.LINK)
    if episode is not None:
        span = span_of(case, episode)
        return {"down_s": round((span.until_ms - span.since_ms + 1) / 1000, 1)}
    downs = [c for c in changes(case, "link.up", onset(case)) if c.value is False]
    ups = [c for c in case.states if c.key == "link.up" and c.value is True]
    after = [c.at_ms for c in ups if downs and c.at_ms >= downs[0].at_ms]
    until = min(after, default=case.until_ms)
    start = downs[0].at_ms if downs else case.disconnect.started_at_ms
    return {"down_s": round(max(0, until - start) / 1000, 1)}


def _had_no_way(case: Case) -> bool:
    """Tell whether every nearby probe of the first legs found no way out at all."""
    near = [
        sample
        for leg in (Leg.GATEWAY, Leg.INTERNET)
        for sample in samples_on(case, leg, onset(case))
        if sample.at_ms >= case.disconnect.started_at_ms
    ]
    return len(near) >= limit.LOST_COUNT and all(s.outcome is Outcome.UNREACHABLE for s in near)


CAUSE = Cause(
    code=CauseCode.LINK_DOWN,
    title=N_("Network connection of this device lost"),
    summary=N_("This device itself was not connected to any network."),
    text=N_(
        "This device had no network at all: the Wi-Fi was gone, the cable was out, or flight "
        "mode was on. It is read from the system's own network interfaces. Without a network "
        "nothing can be sent, so every connection ends sooner or later."
    ),
    judge=judge,
    fixes=(FixCode.CHECK_NETWORK, FixCode.STRONGER_SIGNAL, *SUPPORT),
    hidden_by=(CauseCode.SLEEP, CauseCode.ROAMING),
    evidence_texts={
        "link.down": N_("The device's network link was down for {down_s} s."),
        "link.not_measured": N_("The state of the network link was not known."),
    },
)
