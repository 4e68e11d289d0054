"""One sample as a leg sees it."""

from dataclasses import dataclass

from monitor.model import EpochMs, Target


@dataclass(frozen=True, slots=True)
class Mark:
    """A sample of the leg itself, or one of what lies beyond it."""

    at_ms: EpochMs
    target: Target | None
    """None for one from beyond the leg, which is no sample of the leg itself."""
    is_lost: bool
    is_wrong: bool
    rtt_ms: float | None
    beyond: Target | None = None
    """Who was asked beyond the leg; None for a sample of the leg itself."""

    @property
    def source(self) -> Target | None:
        """Who was asked."""
        return self.target or self.beyond
