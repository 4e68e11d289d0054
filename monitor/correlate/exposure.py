"""Arithmetic of stretches of time: sorted, disjoint, half-open [start, end) in milliseconds."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from monitor.model import EpochMs, Gap

Span: TypeAlias = tuple[EpochMs, EpochMs]
Spans: TypeAlias = tuple[Span, ...]


def union(spans: Iterable[Span]) -> Spans:
    """Return the time that any of the spans covers; those that touch become one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def common(first: Sequence[Span], second: Sequence[Span]) -> Spans:
    """Return the time that lies in both."""
    found: list[Span] = []
    at = other = 0
    while at < len(first) and other < len(second):
        start = max(first[at][0], second[other][0])
        end = min(first[at][1], second[other][1])
        if start < end:
            found.append((start, end))
        if first[at][1] <= second[other][1]:
            at += 1
        else:
            other += 1
    return tuple(found)


def without(spans: Sequence[Span], removed: Sequence[Span]) -> Spans:
    """Return the time of `spans` that is not in `removed`."""
    if not spans:
        return ()
    since_ms, until_ms = spans[0][0], spans[-1][1]
    edges = [since_ms, *(edge for span in removed for edge in span), until_ms]
    rest = union((edges[i], edges[i + 1]) for i in range(0, len(edges), 2))
    return common(spans, rest)


def length_ms(spans: Iterable[Span]) -> int:
    """Return how long they are together."""
    return sum(end - start for start, end in spans)


def observed(since_ms: EpochMs, until_ms: EpochMs, gaps: Iterable[Gap]) -> Spans:
    """Return what of [since_ms, until_ms) no gap covers."""
    if until_ms <= since_ms:
        return ()
    return without(((since_ms, until_ms),), union((gap.at_ms, gap.until_ms) for gap in gaps))


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
