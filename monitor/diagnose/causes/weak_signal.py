"""The radio signal was weak: far from the router, underground, behind walls."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import answered, troubled
from monitor.diagnose.exposure import is_weak
from monitor.diagnose.legs import Health, health, link_was_up, loss_ratio
from monitor.diagnose.observed import Span, changes, held, number, state_at
from monitor.diagnose.weighing import Weight, weigh
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, Leg

_WIRED = ("ethernet",)
_SILENT_BESIDE = 0.5
"""A router that is silent beside a weak signal may be either: where nothing tells that the signal
collapsed, the silence itself is told first."""


def judge(case: Case) -> Finding | None:
    """A weak signal and trouble on the first leg fit together; a clean first leg speaks against."""
    weak = held(case, "wifi.signal_dbm", is_weak)
    kind = state_at(case, "link.kind", case.disconnect.started_at_ms)
    if weak is None or (kind is not None and kind.value in _WIRED):
        return None
    signal_dbm = number(weak.value) or 0.0
    weight = weigh(case, "wifi.signal_dbm", weak, 0.45)
    ground, ratio = _weight(case, weight, signal_dbm)
    return found(
        CauseCode.WEAK_SIGNAL,
        ground,
        ratio,
        Evidence("wifi.weak", True, {"signal_dbm": round(signal_dbm)}),
        *weight.evidence,
        _first_leg(case),
    )


def _weight(case: Case, weight: Weight, signal_dbm: float) -> tuple[Ground, float]:
    router = health(case, Leg.GATEWAY)
    is_very_weak = signal_dbm <= limit.VERY_WEAK_SIGNAL_DBM
    if router is Health.DEAD and not (is_very_weak and _has_faded(case, signal_dbm)):
        return Ground.INFERENCE, _SILENT_BESIDE
    if router in (Health.DEAD, Health.LOSSY, Health.SLOW):
        return Ground.INFERENCE, 0.85 if is_very_weak else 0.8
    if link_was_up(case) is False:
        return weight.ground, max(0.5, weight.ratio) if weight.is_pattern else 0.5
    if router is Health.ANSWERED:
        return Ground.CIRCUMSTANCE, 0.15
    if loss_ratio(case, Leg.INTERNET):
        return Ground.CIRCUMSTANCE, 0.55
    return weight.ground, weight.ratio


def _has_faded(case: Case, signal_dbm: float) -> bool:
    """Tell whether the signal fell to this shortly before: a weak one that carried until now did
    not end it."""
    start = case.disconnect.started_at_ms
    span = Span(start - limit.FRESH_MS, start + limit.STATE_LAG_MS)
    held_then = state_at(case, "wifi.signal_dbm", span.since_ms)
    before = [*([held_then] if held_then else []), *changes(case, "wifi.signal_dbm", span)]
    known = [value for change in before if (value := number(change.value)) is not None]
    return max(known, default=signal_dbm) - signal_dbm >= limit.FADE_DB


def _first_leg(case: Case) -> Evidence:
    """Return what the router's leg says: trouble there fits, answers speak against."""
    router = health(case, Leg.GATEWAY)
    if router is Health.ANSWERED:
        return answered(case, Leg.GATEWAY, supports=False)
    if router is Health.UNKNOWN:
        return Evidence("gateway.not_measured", False)
    return troubled(case, Leg.GATEWAY, supports=True)


CAUSE = Cause(
    code=CauseCode.WEAK_SIGNAL,
    title=N_("Weak signal"),
    summary=N_("The wireless signal was weak ({signal_dbm} dBm) when the connection was lost."),
    text=N_(
        "Wi-Fi becomes unreliable far from the router, behind thick walls and underground. "
        "The strength of the signal is read from the Wi-Fi adapter: around -50 dBm is strong,"
        " below -75 dBm much is lost. What is lost has to be sent again, until the wallet or "
        "the bank gives up waiting."
    ),
    judge=judge,
    fixes=(FixCode.STRONGER_SIGNAL, FixCode.CHECK_NETWORK, *SUPPORT),
    hidden_by=(CauseCode.SLEEP, CauseCode.ROAMING),
    evidence_texts={"wifi.weak": N_("The Wi-Fi signal was {signal_dbm} dBm, which is weak.")},
)
