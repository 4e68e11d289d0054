"""PURE: the instants, losses and durations that the wallet's policies speak in."""

from dataclasses import dataclass

from monitor.model import EpochMs, How

FAST_FOR_S = 300.0
"""Most outages end within five minutes: so long we try on the slow grid."""
MEDIUM_FOR_S = 900.0
"""Then every 15 s; what lasts longer than a quarter of an hour is tried politely."""
MEDIUM_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks: durations from the monotonic, dates from the wall."""

    mono_ms: float
    wall_ms: EpochMs

    def at(self, mono_ms: float) -> "Moment":
        """Return another moment, given on the monotonic clock, dated from this one."""
        return Moment(mono_ms, self.wall_ms + round(mono_ms - self.mono_ms))


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a session may be begun anew, and how long things must last to count."""

    interval_s: float = 5.0
    """Between attempts in the first minutes of trouble: the slow grid."""
    min_reconnect_s: float = 30.0
    """Between two hand-shakes in normal times."""
    proof_s: float = 1.0
    """A server that accepts and ends the session within this never came up."""
    settled_s: float = 10.0
    """A session that lived so long was a good one: its orderly end is a server's idle limit."""
    renew_s: float = 2.0
    """The session after an orderly end must stand within this, or the end was a loss."""
    settle_s: float = 30.0
    """After a wake-up: so long the network is given before a session counts as down."""

    def retry_s(self, trouble_s: float) -> float:
        """Return the time to the next attempt after one that began `trouble_s` into the trouble."""
        if trouble_s < FAST_FOR_S:
            return self.interval_s
        medium_s = max(self.interval_s, MEDIUM_EVERY_S)
        return medium_s if trouble_s < MEDIUM_FOR_S else max(medium_s, self.min_reconnect_s)


@dataclass(frozen=True, slots=True)
class Loss:
    """The end of a session as it was seen."""

    how: How
    detail: str = ""
    since: Moment | None = None
    """When the first question went unanswered; None where the end was seen at once."""
    last_good: Moment | None = None
    """When the far end was last heard; None where the end was seen at once."""
    is_question_open: bool = False
    """True where a HEAD was unanswered: such a close is not an idle one."""
    was_announced: bool = False
    """True where the far end answered and said it would close."""
