"""The device moved to another network or got another address: standing connections are lost."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import path
from monitor.diagnose.legs import dead, span_of
from monitor.diagnose.observed import Span, history
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, Leg

_CONFIDENCE_RATIOS = {
    "link.address": 0.95,
    "link.interface": 0.93,
    "wifi.ssid": 0.9,
    "link.gateway": 0.85,
    "link.kind": 0.85,
}
"""State key -> how surely its change ends a standing connection: a TCP connection is bound to
its address (RFC 9293), so that is the surest."""


def judge(case: Case) -> Finding | None:
    """One value replaced by another around the start, while a link stayed or came straight back."""
    moved = {key: values for key in _CONFIDENCE_RATIOS if (values := _replaced(case, key))}
    if not moved:
        return None
    evidence = [
        Evidence(f"{key}.changed", True, {"from": old, "to": new})
        for key, (old, new) in moved.items()
    ]
    ratio = max(_CONFIDENCE_RATIOS[key] for key in moved)
    away_s = _away_s(case)
    if away_s is None or away_s * 1000 < limit.BLIP_MS:
        return found(CauseCode.ROAMING, Ground.DIRECT, ratio, *evidence, *path(case, Leg.LINK))
    away = Evidence("link.away", False, {"away_s": away_s})
    return found(CauseCode.ROAMING, Ground.INFERENCE, 0.55, *evidence, away)


def _replaced(case: Case, key: str) -> tuple[str, str] | None:
    """Return the old and new value of a state that was replaced; a removal is none."""
    start = case.disconnect.started_at_ms
    span = Span(start - limit.MOVED_BEFORE_MS, start + limit.MOVED_AFTER_MS)
    known = [change for change in history(case, key) if isinstance(change.value, str)]
    before = [str(change.value) for change in known if change.at_ms < span.since_ms]
    inside = [str(change.value) for change in known if span.holds(change.at_ms)]
    values = [value for value in [*before[-1:], *inside] if value]
    if len(values) < 2 or values[0] == values[-1]:
        return None
    return values[0], values[-1]


def _away_s(case: Case) -> float | None:
    """Return for how long the link was down in between; None where it stayed."""
    episode = dead(case, Leg.LINK)
    if episode is None:
        return None
    span = span_of(case, episode)
    return round((span.until_ms - span.since_ms + 1) / 1000, 1)


CAUSE = Cause(
    code=CauseCode.ROAMING,
    title=N_("This device changed networks"),
    summary=N_(
        "This device moved to another network or got a new address, which ends open connections."
    ),
    text=N_(
        "A connection belongs to the address from which it was opened. When the device moves "
        "to another network, or its address is renewed, the old connection has nowhere to "
        "return to and the wallet has to open a new one. It is seen as a change of address, "
        "network interface or Wi-Fi name at that moment."
    ),
    judge=judge,
    fixes=(FixCode.CHECK_NETWORK, FixCode.STRONGER_SIGNAL, *SUPPORT),
    hidden_by=(CauseCode.SLEEP,),
    evidence_texts={
        "link.address.changed": N_("The device's address changed from {from} to {to}."),
        "link.interface.changed": N_("Traffic moved from {from} to {to}."),
        "wifi.ssid.changed": N_("The Wi-Fi network changed from {from} to {to}."),
        "link.gateway.changed": N_("The router changed from {from} to {to}."),
        "link.kind.changed": N_("The kind of connection changed from {from} to {to}."),
        "link.away": N_("The link was gone for {away_s} s in between, longer than a change takes."),
    },
)
