"""Stretches of time laid end to end, for shifts that stay within the observed time."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from monitor.model import EpochMs
from monitor.spans import Span, Spans, common, length_ms, observed, union, without

__all__ = ["Axis", "Span", "Spans", "common", "length_ms", "observed", "union", "without"]


@dataclass(frozen=True, slots=True)
class Axis:
    """Stretches of time laid end to end, so that what lies between them does not exist."""

    spans: Spans
    starts: tuple[int, ...]
    """Where on the axis each stretch begins; its last value is the length of the axis."""

    @classmethod
    def of(cls, spans: Spans) -> "Axis":
        """Return the axis made of these stretches."""
        lengths = (end - start for start, end in spans)
        return cls(spans, tuple(accumulate(lengths, initial=0)))

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return self.starts[-1]

    def positions(self, instants: Iterable[EpochMs]) -> tuple[int, ...]:
        """Return where on the axis the instants lie; those in no stretch are left out."""
        begins = [start for start, _ in self.spans]
        found = []
        for at_ms in instants:
            index = bisect_right(begins, at_ms) - 1
            if index >= 0 and at_ms < self.spans[index][1]:
                found.append(self.starts[index] + at_ms - begins[index])
        return tuple(found)

    def project(self, spans: Sequence[Span]) -> Spans:
        """Return the spans, which must lie within the axis's stretches, in its coordinates."""
        found = []
        index = 0
        for start, end in spans:
            while self.spans[index][1] <= start:
                index += 1
            shift = self.starts[index] - self.spans[index][0]
            found.append((start + shift, end + shift))
        return union(found)
