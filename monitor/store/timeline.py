"""How long ago a row was written, whatever the clock said then. Pure.

Rows carry the wall clock, which may be wrong; what is forgotten goes by the time that has truly
passed. So the store keeps the stretches of wall time that it has lived through, in the order in
which it did (`Span`), each beside a second count that only grows with time that is sure to have
passed: time awake, time asleep (the boot clock counts it), and stops of up to a day. A clock that
is set, and a stop for longer, which cannot be told from a clock that is wrong, begin a new span and
add nothing. A row is old where its instant lies in no stretch lived through lately; so what a wrong
clock has dated a year ahead, or back to 1970, goes in its turn as everything does.

The count may be behind the truth (rows stay longer: by a holiday, for example), never ahead of it
by more than a clock can go wrong, unseen, during stops of less than a day.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from monitor.clock import TELLS_SLEEP
from monitor.model import EpochMs, Gap, GapWhy
from monitor.store.marks import DAY_MS, HOUR_MS, MINUTE_MS

BACK_MS = 15 * MINUTE_MS
"""A clock that is corrected by minutes is ordinary; by more it is wrong now or was then."""
AHEAD_MS = DAY_MS
"""The daemon looks many times a day: a longer silence, or step, may be a wrong clock."""
MOST_SPANS = 1_000
"""More steps of the clock than that are told apart no more, the oldest first."""
EVER_MS = 2**62
"""Beyond any instant."""


class Doubt(StrEnum):
    """Why nothing is forgotten at present."""

    SET_BACK = "clock_set_back"
    WENT_AHEAD = "clock_went_ahead"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of wall time, lived through without a step of the clock."""

    from_ms: int
    """Where the sure count stood as it began."""
    to_ms: int
    """Where it stood as it ended."""
    first_ms: EpochMs
    last_ms: EpochMs

    def since(self, sure_ms: int) -> EpochMs:
        """Return the least that the wall clock said once the count stood at `sure_ms`.

        Small steps ahead inside the span make it later than that, none makes it earlier.
        """
        return self.first_ms + max(sure_ms - self.from_ms, 0)


Spans = tuple[Span, ...]
Window = tuple[EpochMs, EpochMs]
"""[since, until)"""


def begun(alive_ms: EpochMs | None, now_ms: EpochMs) -> Spans:
    """Return the spans of a store that has kept none so far, last alive at `alive_ms`."""
    if alive_ms is None:
        return (Span(0, now_ms, 0, now_ms),)
    if alive_ms > now_ms + BACK_MS:
        # now or then the clock was wrong: nobody knows the age of anything
        return stepped((Span(alive_ms, alive_ms, 0, alive_ms),), now_ms)
    return advanced((Span(0, alive_ms, 0, alive_ms),), now_ms)


def advanced(spans: Spans, now_ms: EpochMs) -> Spans:
    """Return the spans once the clock says `now_ms`."""
    last = spans[-1]
    further_ms = now_ms - last.last_ms
    if further_ms < -BACK_MS or further_ms > AHEAD_MS:
        return stepped(spans, now_ms)
    if further_ms <= 0:
        return spans  # what is dated again here is as old as the span says, or younger
    return (*spans[:-1], replace(last, to_ms=last.to_ms + further_ms, last_ms=now_ms))


def stepped(spans: Spans, now_ms: EpochMs) -> Spans:
    """Return the spans once the clock was set to `now_ms`."""
    count = spans[-1].to_ms
    return _bounded((*spans, Span(count, count, now_ms, now_ms)))


def after_gap(spans: Spans, gap: Gap) -> Spans:
    """Return the spans once a gap was noted."""
    if gap.until_ms < spans[-1].last_ms - BACK_MS:
        return stepped(spans, gap.until_ms)
    spans = advanced(spans, gap.at_ms)
    last = spans[-1]
    further_ms = gap.until_ms - last.last_ms
    if further_ms <= 0:
        return spans
    if gap.why is GapWhy.SLEEP:
        return (*spans[:-1], replace(last, to_ms=last.to_ms + further_ms, last_ms=gap.until_ms))
    if gap.why is GapWhy.CLOCK and TELLS_SLEEP:
        if further_ms > BACK_MS:
            return stepped(spans, gap.until_ms)
        return (*spans[:-1], replace(last, last_ms=gap.until_ms))
    return advanced(spans, gap.until_ms)


def _bounded(spans: Spans) -> Spans:
    """Return no more spans than are kept; of the oldest two, what is sure of both."""
    if len(spans) <= MOST_SPANS:
        return spans
    one, two = spans[:2]
    first_ms, last_ms = min(one.first_ms, two.first_ms), max(one.last_ms, two.last_ms)
    return (Span(two.to_ms, two.to_ms, first_ms, last_ms), *spans[2:])


def doubt(spans: Spans) -> Doubt | None:
    """Return why the clock is not believed yet; None once it has stood for a day.

    A span that goes on where an earlier one ended is one line with it: a clock that is wrong at
    every start, and put right soon after, is not doubted for ever.
    """
    lines: list[tuple[Span, int]] = []
    now = 0
    for span in spans:
        now = next((i for i, (last, _) in enumerate(lines) if _goes_on(last, span)), len(lines))
        lived_ms = span.to_ms - span.from_ms
        if now == len(lines):
            lines.append((span, lived_ms))
        else:
            lines[now] = span, lines[now][1] + lived_ms
    if now == 0 or lines[now][1] >= AHEAD_MS:
        return None
    return Doubt.SET_BACK if lines[now][0].last_ms < lines[0][0].last_ms else Doubt.WENT_AHEAD


def _goes_on(line: Span, span: Span) -> bool:
    """Tell whether a span begins where an earlier one ended, or up to a day later."""
    return line.last_ms - BACK_MS <= span.first_ms <= line.last_ms + AHEAD_MS


def forgotten(spans: Spans, keep_ms: int) -> list[Window]:
    """Return the windows of wall time that were not lived through in the last `keep_ms`.

    Whole hours, in time order; the first begins before everything, the last ends after it.
    """
    since_ms = spans[-1].to_ms - keep_ms
    lately = sorted(
        (span.since(since_ms), span.last_ms) for span in spans if span.to_ms >= since_ms
    )
    windows = []
    begin_ms = -EVER_MS
    for first_ms, last_ms in lately:
        end_ms = first_ms - first_ms % HOUR_MS
        if end_ms > begin_ms:
            windows.append((begin_ms, end_ms))
        # whoever looks once an hour has not seen the last rows of a span
        begin_ms = max(begin_ms, last_ms - last_ms % HOUR_MS + 2 * HOUR_MS)
    return [*windows, (begin_ms, EVER_MS)]


def pack(spans: Sequence[Span]) -> str:
    """Return the spans as text."""
    return json.dumps([[s.from_ms, s.to_ms, s.first_ms, s.last_ms] for s in spans])


def unpack(text: str) -> Spans:
    """Return the spans that `pack` made a text of."""
    return tuple(Span(*numbers) for numbers in json.loads(text))
