"""Everything that `explain` tells of one disconnect, gathered once for the page and for JSON."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.hindsight import Accuracy
from monitor.model import Case, Diagnosis, Disconnect


@dataclass(frozen=True, slots=True)
class Told:
    """One disconnect, what was observed around it, and what was made of it."""

    disconnect: Disconnect
    diagnosis: Diagnosis | None
    """None: not analysed yet."""
    case: Case
    title: str
    """What the user calls the wallet."""
    accuracy: Accuracy
    """What the user said of all answers so far."""
    maker: str = ""
    """Who made the phone, as the settings have it; empty where nobody said so."""
