"""The far end keeps ending this session alone: perhaps to protect the account."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import LED_ASTRAY, N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import on_the_device, path
from monitor.diagnose.legs import Health, dead, health, is_side_healthy
from monitor.diagnose.observed import Span, elapsed_ms, end_ms, others, samples_on
from monitor.diagnose.regular import FAR_ENDS, regular
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode, Leg, Outcome


def judge(case: Case) -> Finding | None:
    """By exclusion only: endings over and over from the far end, everything else healthy.

    No account is ever looked into, so this stays a guess that the bank alone can confirm. Endings
    like clockwork are a time-out, which every account has; three are enough to doubt.
    """
    healthy = is_side_healthy(case)
    if case.disconnect.how not in FAR_ENDS or healthy is False or others(case).fell:
        return None
    if dead(case, Leg.WALLET) is not None or health(case, Leg.CONTROL) is Health.DEAD:
        return None
    if regular(case, limit.REGULAR_COUNT - 1) is not None:
        return None
    repeats, accepts = _repeat_count(case), _accept_count(case)
    keeps_ending = elapsed_ms(case) > limit.KEEPS_ENDING_MS and accepts > 0
    if repeats < limit.REPEAT_COUNT and not keeps_ending:
        return None
    device = on_the_device(case)
    ratio = 0.8 if repeats >= limit.REPEAT_COUNT and others(case).stood else 0.72
    if device or healthy is None:
        ratio = 0.4
    return found(
        CauseCode.ACCOUNT,
        Ground.INFERENCE,
        ratio,
        _repeated(repeats),
        _accepted(case, accepts) if keeps_ending else None,
        *path(case, Leg.WALLET),
        Evidence("account.not_seen", False),
        *device,
    )


def _repeat_count(case: Case) -> int:
    """Count the endings by the far end within half an hour, this one included."""
    start = case.disconnect.started_at_ms
    near = [
        earlier
        for earlier in case.recent
        if earlier.how in FAR_ENDS and 0 <= start - earlier.started_at_ms <= limit.REPEAT_MS
    ]
    return 1 + len(near)


def _accept_count(case: Case) -> int:
    """Count the probes of the bank's address that were answered during the outage."""
    start = case.disconnect.started_at_ms
    span = Span(start, max(start, end_ms(case) - 1))
    outcomes = [sample.outcome for sample in samples_on(case, Leg.WALLET, span)]
    return outcomes.count(Outcome.REPLY)


def _repeated(count: int) -> Evidence | None:
    if count < limit.REPEAT_COUNT:
        return None
    minutes = limit.REPEAT_MS // 60_000
    return Evidence("session.repeated", True, {"count": count, "within_min": minutes})


def _accepted(case: Case, count: int) -> Evidence:
    values = {"answered_count": count, "away_s": elapsed_ms(case) / 1000}
    return Evidence("session.not_kept", True, values)


CAUSE = Cause(
    code=CauseCode.ACCOUNT,
    title=N_("Possibly a restriction by the bank"),
    summary=N_(
        "The bank's side ends this connection again and again while all else is fine; "
        "a protection of the account is possible, and only the bank can say."
    ),
    text=N_(
        "The bank's side ended this one connection over and over, and nothing else that was "
        "measured explains it. A bank may do so to protect an account, for instance after a "
        "sign-in from another place or unusual payments. This program never looks into the "
        "account: it is what is left after the rest was ruled out, and only the bank can say."
    ),
    judge=judge,
    fixes=(FixCode.SIGN_IN_AGAIN, FixCode.SECURE_ACCOUNT, *SUPPORT),
    hidden_by=(*LED_ASTRAY, CauseCode.APP_FAULT, CauseCode.BANK_UNREACHABLE),
    evidence_texts={
        "session.repeated": N_(
            "The other side ended the connection {count} times within {within_min} min."
        ),
        "session.not_kept": N_(
            "For {away_s} s the bank's address answered ({answered_count} probes), "
            "but no connection was kept."
        ),
        "account.not_seen": N_("The account itself is never looked into; this is an exclusion."),
    },
)
