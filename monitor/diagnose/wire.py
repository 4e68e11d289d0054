"""What the kernel says of the wallet's own connection, and how far a walk along the way came.

Both add to what the legs say, and correct it; where they are missing they say nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_
from monitor.diagnose.legs import Health, health
from monitor.diagnose.observed import Span, changes, end_ms, heard_ms, number, state_at
from monitor.model import Case, EpochMs, Evidence, EvidenceValue, How, Leg

_PATH_KEYS = (
    "path.last_heard_hop",
    "path.last_heard_address",
    "path.first_dead_hop",
    "path.walk_target",
)


class Socket(Enum):
    """What became of what the wallet's connection sent."""

    ACKNOWLEDGED = "acknowledged"
    """The far end's system acknowledged all of it, and its program did not answer."""
    UNANSWERED = "unanswered"
    """It was sent again and again, and nothing acknowledged it (RFC 6298: each wait doubles)."""


class Reach(Enum):
    """How far a walk with a growing time to live (RFC 1812, 5.3.1) was answered."""

    NOTHING = "nothing"
    STOPPED = "stopped"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Walk:
    """What one walk along the way found."""

    reach: Reach
    values: Mapping[str, EvidenceValue]


def socket(case: Case) -> Socket | None:
    """Return what became of what the wallet's connection sent; None where that is not known.

    Only a connection that fell silent is asked about: one that was ended got its answer.
    """
    if case.disconnect.how is not How.TIMEOUT:
        return None
    unacked, retransmits = _numbers(case, "unacked_count"), _numbers(case, "retransmit_count")
    if not unacked or _is_heard_meanwhile(case):
        return None
    if unacked[-1] == 0:
        return None if any(retransmits[-1:]) else Socket.ACKNOWLEDGED
    is_repeating = max(retransmits, default=0.0) >= limit.RETRANSMIT_COUNT
    return Socket.UNANSWERED if unacked[-1] > 0 and is_repeating else None


def _is_heard_meanwhile(case: Case) -> bool:
    """Tell whether the connection was heard in the midst of the outage: then it is only late."""
    since_ms = case.disconnect.started_at_ms + limit.STRAGGLER_MS
    until_ms = end_ms(case) - limit.STRAGGLER_MS
    return any(since_ms < at_ms < until_ms for at_ms in heard_ms(case))


def late(case: Case) -> Evidence | None:
    """Return how late the wallet's own connection was answered; None where it was not late.

    The kernel's smoothed round trip (RFC 6298) moves by an eighth with each answer: it tells that
    answers come late long before it tells how late. The least known is the usual one.
    """
    start, last = case.disconnect.started_at_ms, end_ms(case) - 1
    key = f"tcp.{case.disconnect.wallet}.rtt_ms"
    found = changes(case, key, Span(start - limit.AROUND_MS, max(start, last)))
    rtts = [rtt for c in found if (rtt := number(c.value)) is not None and rtt > 0]
    if not rtts or not _is_heard_meanwhile(case):
        return None
    usual, most = min(rtts), max(rtts)
    if most <= max(usual * limit.SLOW_FACTOR, usual + limit.SLOW_EXTRA_MS):
        return None
    values = {"rtt_ms": round(most, 1), "usual_rtt_ms": round(usual, 1)}
    return Evidence("tcp.late", True, values)


def of_socket(case: Case, *, acknowledged: bool, unanswered: bool) -> list[Evidence]:
    """Return the connection's state as evidence that speaks for a cause, or against it."""
    found = socket(case)
    if found is None:
        return []
    values: dict[str, EvidenceValue] = {
        "unacked_count": round(_numbers(case, "unacked_count")[-1]),
        "retransmit_count": round(max(_numbers(case, "retransmit_count"), default=0.0)),
    }
    supports = acknowledged if found is Socket.ACKNOWLEDGED else unanswered
    return [Evidence(f"tcp.{found.value}", supports, values)]


def _numbers(case: Case, name: str) -> list[float]:
    """Return the figures of one kind while the outage lasted, its last instant left out."""
    start = case.disconnect.started_at_ms
    span = Span(start, max(start, min(end_ms(case) - 1, start + limit.AROUND_MS)))
    key = f"tcp.{case.disconnect.wallet}.{name}"
    found = [number(change.value) for change in changes(case, key, span)]
    return [value for value in found if value is not None and value >= 0]


def walk(case: Case) -> Walk | None:
    """Return how far the walk at the beginning of the outage came; None where it tells nothing.

    A later one may already have found the way mended. One that got nothing back although the
    router answered probes tells only that the router keeps its errors to itself.
    """
    at_ms = _walked_at_ms(case)
    if at_ms is None:
        return None
    known = {key: state_at(case, key, at_ms) for key in _PATH_KEYS}
    hop_state, dead = known["path.last_heard_hop"], known["path.first_dead_hop"]
    hop = None if hop_state is None else number(hop_state.value)
    if hop is None or hop < 0:
        return None
    address, target = known["path.last_heard_address"], known["path.walk_target"]
    values: dict[str, EvidenceValue] = {
        "hop": round(hop),
        "address": address.value if address is not None else None,
        "walk_target": target.value if target is not None else None,
    }
    if hop < 1:
        is_filtered = health(case, Leg.GATEWAY) is Health.ANSWERED
        return None if is_filtered else Walk(Reach.NOTHING, values)
    is_whole = dead is not None and dead.value is None
    return Walk(Reach.WHOLE if is_whole else Reach.STOPPED, values)


def _walked_at_ms(case: Case) -> EpochMs | None:
    """Return when the first walk of the outage was stored, or else the last one before it."""
    start = case.disconnect.started_at_ms
    span = Span(start - limit.ONSET_BEFORE_MS, min(end_ms(case), start + limit.AROUND_MS))
    stored = sorted(change.at_ms for key in _PATH_KEYS for change in changes(case, key, span))
    inside = [at_ms for at_ms in stored if at_ms >= start]
    if inside:
        return max(at_ms for at_ms in inside if at_ms <= inside[0] + limit.ROUND_MS)
    return stored[-1] if stored else None


_LEG_OF_REACH = {
    Reach.NOTHING: (Leg.LINK, Leg.GATEWAY),
    Reach.STOPPED: (Leg.INTERNET,),
    Reach.WHOLE: (Leg.WALLET, Leg.DNS, Leg.CONTROL, None),
}


def of_walk(case: Case, at: Leg | None) -> list[Evidence]:
    """Return what the walk says about a cause at leg `at`; None: a cause on the device itself."""
    found = walk(case)
    if found is None:
        return []
    legs = _LEG_OF_REACH[found.reach]
    if found.reach is Reach.STOPPED and health(case, Leg.INTERNET) is Health.ANSWERED:
        # The rest of the internet is there: it ends at, or on the way to, a bank that may filter.
        legs = (Leg.INTERNET, Leg.WALLET)
    return [Evidence(f"path.{found.reach.value}", at in legs, found.values)]


TEXTS: Mapping[str, str] = {
    "tcp.acknowledged": N_(
        "The bank's system acknowledged all that was sent; its program did not answer."
    ),
    "tcp.unanswered": N_(
        "What the connection sent was repeated {retransmit_count} × and never acknowledged."
    ),
    "tcp.late": N_(
        "Answers on the bank's own connection came later and later, {rtt_ms} ms on average; "
        "{usual_rtt_ms} ms is usual."
    ),
    "path.nothing": N_("On a walk along the way not even the first router answered."),
    "path.stopped": N_(
        "A walk along the way was answered up to router {hop} ({address}), and not beyond."
    ),
    "path.whole": N_("A walk along the way was answered up to its end."),
}
"""Evidence code -> msgid."""
