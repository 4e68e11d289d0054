"""Questions in flight: sent, and still to be answered or over."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from monitor.model import EpochMs, ProbeKind, Target
from monitor.probes.interface import Question, Reading

TIMEOUT_S = 1.0
"""Longer than any round trip that a payment survives; shorter than the shortest usual interval."""

DNS_TIMEOUT_S = 1.5
"""Resolvers ask others in turn; stub resolvers wait 5 s (resolv.conf(5)), users do not."""

HTTP_TIMEOUT_S = 3.0
"""What Android gives its captive-portal check before it judges."""

Heard = Callable[[EpochMs, Target, Reading], None]
"""Takes what a question brought back, and when it was asked."""


def timeout_s(kind: ProbeKind) -> float:
    """Return how long an answer may take, in seconds."""
    return {ProbeKind.DNS: DNS_TIMEOUT_S, ProbeKind.HTTP: HTTP_TIMEOUT_S}.get(kind, TIMEOUT_S)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in flight."""

    at_ms: EpochMs
    target: Target
    question: Question


class InFlight:
    """What is in flight; any thread may add to it, one collects."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._asked: list[Asked] = []

    def add(self, asked: Iterable[Asked]) -> None:
        """Have these collected too."""
        with self._guard:
            self._asked += asked

    def collect(self, heard: Heard) -> int:
        """Hand on what has been answered or is over; return how many are still in flight."""
        left = []
        for asked in self.take():
            reading = asked.question.answer()
            if reading is None:
                left.append(asked)
                continue
            asked.question.close()
            heard(asked.at_ms, asked.target, reading)
        with self._guard:
            self._asked = [*left, *self._asked]
            return len(self._asked)

    def take(self) -> list[Asked]:
        """Return what is in flight, which is the caller's from now on."""
        with self._guard:
            taken, self._asked = self._asked, []
        return taken

    def drop(self) -> None:
        """Forget what is in flight: after a sleep nobody knows what became of it."""
        for asked in self.take():
            asked.question.close()

    def counts(self) -> Counter[Target]:
        """Return how many questions to each target are in flight."""
        with self._guard:
            return Counter(asked.target for asked in self._asked)

    def ends_at_s(self) -> float | None:
        """Return when the first of them is over, in monotonic seconds; None for none."""
        with self._guard:
            return min((asked.question.ends_at_s for asked in self._asked), default=None)
