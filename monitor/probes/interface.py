"""What a probe is: it asks one target once and says what came back. It only measures.

When, how often and what it means belong to others. A probe never raises for anything that a
network can do; it returns a `Reading`. It raises `ProbeError` only where this machine does not
let it work at all (no permission for ICMP, say), and the message tells the mend.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from monitor.locale import SentenceError
from monitor.model import Outcome, ProbeKind, Target


class ProbeError(SentenceError):
    """This machine does not let the probe work: one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one question brought back."""

    outcome: Outcome
    rtt_ms: float | None = None
    """Round trip on a monotonic clock; None unless something timed came back."""
    detail: str = ""
    """The system's own words, for `check` and the log."""


class Probe(Protocol):
    """Asks targets of one kind; used by many threads at once."""

    kind: ProbeKind

    def ask(self, target: Target, timeout_s: float) -> Reading:
        """Ask once and return within `timeout_s` (and 100 ms); never raise for the network.

        Raises:
            ProbeError: this machine does not let the probe work.
        """
        ...


class Question(Protocol):
    """A question that was sent and may still be answered."""

    ends_at_s: float
    """Monotonic seconds at which it counts as unanswered."""

    def answer(self) -> Reading | None:
        """Return what came of it; None while it may still be answered. Never waits.

        It may be called long after the answer arrived: the round trip is the kernel's.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


@runtime_checkable
class RoundProbe(Protocol):
    """A probe that can ask many targets from one thread, and hear them all later."""

    kind: ProbeKind

    def begin(self, target: Target, timeout_s: float) -> Question | Reading | None:
        """Send a question and return at once; a reading where nothing could be sent.

        None: here this target can only be asked by `Probe.ask`, whose waiting is its clock.

        Raises:
            ProbeError: this machine does not let the probe work.
        """
        ...
