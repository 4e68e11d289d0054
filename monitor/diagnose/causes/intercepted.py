"""Something on the way showed a certificate that is not the bank's: wrong is not down."""

from monitor.diagnose.causes.interface import N_, Cause, Ground, found
from monitor.diagnose.evidence import path
from monitor.diagnose.legs import episodes_at_start
from monitor.diagnose.observed import around, attempts, samples_on
from monitor.model import (
    Case,
    CauseCode,
    Condition,
    Evidence,
    Finding,
    FixCode,
    How,
    Leg,
    Outcome,
)


def judge(case: Case) -> Finding | None:
    """The certificate check failed on the session, or on the probes of the bank's address."""
    own = _wrong_count(case, Leg.WALLET)
    episodes = episodes_at_start(case, Leg.WALLET, Condition.WRONG)
    is_own_end = How.TLS in (case.disconnect.how, *attempts(case))
    if not is_own_end and own == 0 and not episodes:
        return None
    elsewhere = _wrong_count(case, Leg.CONTROL)
    evidence = [
        Evidence("session.tls", True) if is_own_end else None,
        Evidence("certificate.wrong", True, {"wrong_count": own}) if own else None,
        Evidence("certificate.elsewhere", True, {"wrong_count": elsewhere}) if elsewhere else None,
        *path(case, Leg.WALLET),
    ]
    ratio = 0.95 if is_own_end else 0.85
    return found(CauseCode.INTERCEPTED, Ground.DIRECT, ratio, *evidence)


def _wrong_count(case: Case, leg: Leg) -> int:
    samples = samples_on(case, leg, around(case))
    return sum(sample.outcome is Outcome.TLS_ERROR for sample in samples)


CAUSE = Cause(
    code=CauseCode.INTERCEPTED,
    title=N_("A wrong certificate was shown"),
    summary=N_(
        "Something on the way answered with a certificate that is not the bank's; "
        "it is safer not to use this network for payments."
    ),
    text=N_(
        "When a connection opens, the bank shows a certificate that proves who it is. Here "
        "something on the way showed another one: often the filter of a company or hotel, or "
        "security software, now and then somebody who wants to listen in. The connection was "
        "given up for that reason, and that protects you."
    ),
    judge=judge,
    fixes=(FixCode.CHECK_NETWORK, FixCode.SAFE_CHANNELS, FixCode.READ_FAQ, FixCode.CONTACT_BANK),
    hidden_by=(CauseCode.CAPTIVE_PORTAL,),
    evidence_texts={
        "certificate.wrong": N_("The bank's address showed a wrong certificate {wrong_count} ×."),
        "certificate.elsewhere": N_(
            "Other services showed a wrong certificate {wrong_count} × as well."
        ),
    },
)
