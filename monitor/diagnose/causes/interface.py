"""What a cause is: its words, the rule that judges it, what hides it, and what helps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from monitor.model import Case, CauseCode, Evidence, Finding, FixCode

SUPPORT = (FixCode.READ_FAQ, FixCode.CONTACT_BANK, FixCode.SAFE_CHANNELS)
"""The last steps, whatever the cause: read what the bank answers, ask it, and ask it safely."""

NO_WAY = (
    CauseCode.SLEEP,
    CauseCode.ROAMING,
    CauseCode.LINK_DOWN,
    CauseCode.GATEWAY,
    CauseCode.ISP,
    CauseCode.CAPTIVE_PORTAL,
)
"""Where one of these was measured, there was no way to the bank, whatever else held at the time."""
LED_ASTRAY = (*NO_WAY, CauseCode.DNS, CauseCode.INTERCEPTED)
"""The same, and a way that leads to somebody else than the bank, or to nobody."""


def N_(msgid: str) -> str:  # noqa: N802 (the name that gettext's tools look for)
    """Mark `msgid` for the catalogue and return it unchanged.

    The same marker as `monitor.locale` has; that room reads files, which this one must not.
    """
    return msgid


class Ground(Enum):
    """What a judgement rests on; the value is the most confidence that it can give."""

    DIRECT = 0.97
    """The thing itself was measured."""
    PATTERN = 0.93
    """It came again and again in a way that chance does not bring."""
    INFERENCE = 0.85
    """Everything else was ruled out, or two facts fit together."""
    CIRCUMSTANCE = 0.6
    """It held at the time; that it was the cause is a guess."""


def found(
    cause: CauseCode, ground: Ground, ratio: float, *evidence: Evidence | None
) -> Finding | None:
    """Return a finding with at most the confidence its ground can give; Nones are left out.

    The engine adds the cause's fixes.
    """
    kept = tuple(item for item in evidence if item is not None)
    return Finding(cause, round(min(ratio, ground.value), 3), kept)


@dataclass(frozen=True, slots=True)
class Cause:
    """One way to lose a session: rule, words and remedy on one screen."""

    code: CauseCode
    title: str
    """A msgid of a few words: what it is."""
    summary: str
    """A msgid of one sentence for a notice; `{names}` are filled from the finding's evidence."""
    text: str
    """A msgid of two to four sentences: what it is, how it is seen, why it ends a session."""
    judge: Callable[[Case], Finding | None]
    """Pure. Gets a case as `engine.prepared` leaves it: time-ordered, of the disconnect's own
    device, without targets that never answer. None: nothing speaks for the cause."""
    fixes: tuple[FixCode, ...] = SUPPORT
    """What helps, first things first."""
    hidden_by: tuple[CauseCode, ...] = ()
    """Nearer causes that explain this one's evidence away."""
    evidence_texts: Mapping[str, str] = field(default_factory=dict)
    """Evidence code -> msgid; shared codes stand in `diagnose.evidence`."""
