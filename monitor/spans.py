"""Arithmetic of stretches of time: sorted, disjoint, half-open [start, end) in milliseconds."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
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


def within(spans: Sequence[Span], since_ms: EpochMs, until_ms: EpochMs) -> Sequence[Span]:
    """Return those of the spans that reach into [since_ms, until_ms), uncut."""
    first = bisect_right(spans, since_ms, key=itemgetter(1))
    last = bisect_left(spans, until_ms, key=itemgetter(0))
    return spans[first:last]


def holds(spans: Sequence[Span], at_ms: EpochMs) -> bool:
    """Tell whether an instant lies in one of the spans."""
    place = bisect_right(spans, at_ms, key=itemgetter(0))
    return place > 0 and at_ms < spans[place - 1][1]


def length_ms(spans: Iterable[Span]) -> int:
    """Return how long they are together."""
    return sum(end - start for start, end in spans)


def overlap_ms(spans: Sequence[Span], since_ms: EpochMs, until_ms: EpochMs) -> int:
    """Return how much of [since_ms, until_ms) the spans cover."""
    reaching = within(spans, since_ms, until_ms)
    return sum(min(end, until_ms) - max(start, since_ms) for start, end in reaching)


def observed(since_ms: EpochMs, until_ms: EpochMs, gaps: Iterable[Gap]) -> Spans:
    """Return what of [since_ms, until_ms) no gap covers."""
    if until_ms <= since_ms:
        return ()
    return without(((since_ms, until_ms),), union((gap.at_ms, gap.until_ms) for gap in gaps))
