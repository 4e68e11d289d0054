"""The far end ended the session while the user's side was healthy, and it came straight back."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import LED_ASTRAY, N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import ended, on_the_device, path
from monitor.diagnose.legs import Health, health, is_side_healthy
from monitor.diagnose.observed import elapsed_ms, others
from monitor.diagnose.regular import FAR_ENDS, told
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, Leg


def judge(case: Case) -> Finding | None:
    """By exclusion: the other side's word ended it, and nothing on this side was wrong.

    A reset can also be forged by a box on the way, so this is never certain; one that comes like
    clockwork is a time-out. Where other wallets fell as well it was not this bank.
    """
    healthy = is_side_healthy(case)
    if case.disconnect.how not in FAR_ENDS or healthy is False:
        return None
    came_back = case.disconnect.ended_at_ms is not None
    lasted_ms = elapsed_ms(case)
    device = on_the_device(case)
    ratio = _ratio(came_back=came_back, lasted_ms=lasted_ms)
    beat = told(case)
    if beat is not None:
        ratio = _TIMED if healthy else 0.8
    elif device or healthy is None:
        ratio = min(ratio, 0.45)
    if others(case).fell:
        ratio = min(ratio, 0.35)
    if health(case, Leg.WALLET) is Health.DEAD:
        ratio = min(ratio, 0.4)
    is_soon = lasted_ms <= limit.BACK_SOON_MS
    return found(
        CauseCode.BANK_CLOSED,
        Ground.INFERENCE if beat is None else Ground.PATTERN,
        ratio,
        ended(case, supports=True),
        beat,
        Evidence("session.back", is_soon, {"back_s": lasted_ms / 1000}) if came_back else None,
        None if came_back else Evidence("session.away", False, {"away_s": lasted_ms / 1000}),
        *path(case, Leg.WALLET),
        *device,
    )


_TIMED = 0.93
"""Four endings at one age: a timer, as sure as what is measured; only whose timer is a guess."""


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
    text=N_(
        "The bank's server ended the connection while everything measured on your side was "
        "well. Servers do so after a time without activity, or when they are restarted. That "
        "is ordinary; opening the wallet again mostly makes a new connection."
    ),
    judge=judge,
    fixes=(FixCode.SIGN_IN_AGAIN, FixCode.UPDATE_APP, *SUPPORT),
    hidden_by=(*LED_ASTRAY, CauseCode.APP_FAULT, CauseCode.BANK_UNREACHABLE, CauseCode.ACCOUNT),
    evidence_texts={
        "session.regular": N_(
            "The other side ends the connection about every {every_min} min ({count} times so "
            "far): a time-out of idle connections, which is to be expected."
        ),
        "session.back": N_("The next connection was accepted {back_s} s later."),
        "session.away": N_("The connection has not come back for {away_s} s."),
    },
)
