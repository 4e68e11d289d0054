"""One answer of walletwatch beside the truth: what every part of the evaluation hands on."""

from dataclasses import dataclass

from monitor.model import CauseCode


@dataclass(frozen=True, slots=True)
class Judged:
    """What was told of one disconnect, or of one that was not, beside what was true."""

    name: str
    """The scenario or the lab run."""
    source: str
    """"scenario", "healthy" or "lab"."""
    truth: CauseCode | None
    """What happened; None: nothing did, so a disconnect is a false alarm."""
    told: CauseCode | None
    """What was told; None: no disconnect was found."""
    confidence_ratio: float | None = None
    runner_up: CauseCode | None = None
    also_right: frozenset[CauseCode] = frozenset()
    """Other answers that are true as well: two troubles at once."""
    delay_s: float | None = None
    """From the fault to the stored disconnect; None where time is not the machine's own."""
    start_error_s: float | None = None
    """How far the disconnect's start lies from the truth, signed."""
    end_error_s: float | None = None

    @property
    def is_right(self) -> bool:
        """True where what was told is true."""
        return self.told == self.truth or (self.told is not None and self.told in self.also_right)
