"""Faults of the bank's own doing."""

from tests.lab.faults.fault import Fault


def _bank_set(
    name: str, begin: dict[str, object], end: dict[str, object], strength: str = ""
) -> Fault:
    return Fault(name, lambda world: world.bank(**begin), lambda world: world.bank(**end), strength)


RESET = _bank_set("reset", {"existing": "reset"}, {})
"""The bank resets the session and takes the next one at once: it ends as it begins."""

RESET_THEN_REFUSED = _bank_set(
    "reset_then_refused", {"existing": "reset", "new": "refuse"}, {"new": "serve"}
)
CLOSED_THEN_REFUSED = _bank_set(
    "closed_then_refused", {"existing": "close", "new": "refuse"}, {"new": "serve"}
)
KEEPS_RESETTING = _bank_set(
    "keeps_resetting", {"existing": "reset", "new": "reset"}, {"new": "serve"}
)
"""The bank resets the session, and each new one before its hand-shake."""

KEEPS_CLOSING = _bank_set("keeps_closing", {"existing": "close", "new": "close"}, {"new": "serve"})
"""The bank ends the session in good order, and each new one as soon as it stands."""

CLOSED_ONCE = _bank_set("closed_once", {"existing": "close"}, {})
"""An orderly close, and the next session is welcome: normal, not a disconnect."""

STALL = _bank_set(
    "stall", {"existing": "stall", "new": "stall"}, {"existing": "resume", "new": "serve"}
)
"""The bank's program hangs: its system still accepts and acknowledges, nobody answers."""


def shows_certificate(certificate: str, name: str = "") -> Fault:
    """End the session, and show a certificate that must be refused to the next one."""
    return _bank_set(
        name or f"certificate_{certificate}",
        {"existing": "reset", "certificate": certificate},
        {"certificate": "good"},
    )


WRONG_CERTIFICATE = shows_certificate("wrong_host", "wrong_certificate")
"""Somebody in between ends the session and shows a certificate of another name."""


def idle_close(idle_s: float) -> Fault:
    """Close what has been idle for a while, as servers do."""
    return _bank_set(
        "idle_close", {"idle_close_s": idle_s}, {"idle_close_s": None}, f"after {idle_s:.1f} s"
    )


IDLE_CLOSE = idle_close(12.0)


def answers_late(late_s: float) -> Fault:
    """Answer each request late, and only the requests: the bank's program is busy."""
    return _bank_set("answers_late", {"answer_s": late_s}, {"answer_s": 0.0}, f"{late_s:.1f} s")
