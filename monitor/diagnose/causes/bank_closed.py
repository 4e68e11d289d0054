"""The far end ended the session while the user's side was healthy, and it came straight back."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, Cause, Ground, found
from monitor.diagnose.evidence import ended, on_the_device, path
from monitor.diagnose.legs import Health, health, is_side_healthy
from monitor.diagnose.observed import elapsed_ms
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, How, Leg

_FAR_ENDS = (How.RESET, How.CLOSED)


def judge(case: Case) -> Finding | None:
    """By exclusion: the other side's word ended it, and nothing on this side was wrong.

    A reset can also be forged by a box on the way, so this is never certain.
    """
    healthy = is_side_healthy(case)
    if case.disconnect.how not in _FAR_ENDS or healthy is False:
        return None
    came_back = case.disconnect.ended_at_ms is not None
    lasted_ms = elapsed_ms(case)
    device = on_the_device(case)
    ratio = _ratio(came_back=came_back, lasted_ms=lasted_ms)
    if device or healthy is None:
        ratio = min(ratio, 0.45)
    if health(case, Leg.WALLET) is Health.DEAD:
        ratio = min(ratio, 0.4)
    is_soon = lasted_ms <= limit.BACK_SOON_MS
    return found(
        CauseCode.BANK_CLOSED,
        Ground.INFERENCE,
        ratio,
        ended(case, supports=True),
        Evidence("session.back", is_soon, {"back_s": lasted_ms / 1000}) if came_back else None,
        None if came_back else Evidence("session.away", False, {"away_s": lasted_ms / 1000}),
        *path(case, Leg.WALLET),
        *device,
    )


def _ratio(*, came_back: bool, lasted_ms: int) -> float:
    if lasted_ms > limit.BACK_SOON_MS:
        return 0.5
    return 0.82 if came_back else 0.65


CAUSE = Cause(
    code=CauseCode.BANK_CLOSED,
    title=N_("The bank's side ended the connection"),
    summary=N_(
        "The bank's side most likely ended the connection by itself; "
        "no fault was seen in your own network."
    ),
    judge=judge,
    fixes=(FixCode.READ_FAQ, FixCode.CONTACT_BANK, FixCode.SAFE_CHANNELS),
    hidden_by=(
        CauseCode.SLEEP,
        CauseCode.ROAMING,
        CauseCode.LINK_DOWN,
        CauseCode.GATEWAY,
        CauseCode.ISP,
        CauseCode.DNS,
        CauseCode.CAPTIVE_PORTAL,
        CauseCode.INTERCEPTED,
        CauseCode.BANK_UNREACHABLE,
        CauseCode.ACCOUNT,
    ),
    evidence_texts={
        "session.back": N_("The next connection was accepted {back_s} s later."),
        "session.away": N_("The connection has not come back for {away_s} s."),
    },
)
