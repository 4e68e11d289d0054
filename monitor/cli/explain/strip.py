"""The strip chart: a row for each leg, a column for each step of time, a sign in each place.

Pure. The signs tell themselves apart without colour.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.detect.thresholds import SLOW_EXTRA_MS, SLOW_FACTOR
from monitor.diagnose.observed import history, leg_of
from monitor.model import (
    Case,
    EpochMs,
    Leg,
    Outcome,
    Sample,
    SessionChange,
    SessionState,
    Target,
)
from monitor.stats import percentile

ANSWERED, SLOW, PART, LOST, WRONG = ".", "~", "o", "x", "!"
UNOBSERVED, BLANK = "/", " "
UP, DOWN = "=", "-"

BEFORE_MS = 60_000
"""The chart begins this long before: several rounds of the slow grid show what was usual."""
AFTER_MS = 30_000
"""It goes on this long after the end: who came back, and in which order."""
LEAST_MS = 10_000
"""A drop that has only just begun is given this much room at least."""
STEPS_MS = (2_500, 5_000, 10_000, 15_000, 20_000, 30_000, 60_000)
"""What a column may stand for: in even parts or multiples of the slow grid's 5 s, so that a leg
that is measured evenly looks even."""

LEGS = (Leg.GATEWAY, Leg.INTERNET, Leg.DNS, Leg.PORTAL, Leg.CONTROL, Leg.WALLET)
"""The measured legs, nearest first; the link comes before them."""
BY_FAMILY = (Leg.GATEWAY, Leg.INTERNET)
"""Legs that are another way for IPv4 and for IPv6."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Which stretch of time each column stands for."""

    since_ms: EpochMs
    step_ms: int
    count: int
    start_column: int
    """The column that begins with the disconnect."""

    @property
    def until_ms(self) -> EpochMs:
        """The end of the last column."""
        return self.since_ms + self.count * self.step_ms

    def column(self, at_ms: EpochMs) -> int:
        """Return the column that an instant lies in; it may be outside of the chart."""
        return (at_ms - self.since_ms) // self.step_ms

    def span(self, column: int) -> tuple[EpochMs, EpochMs]:
        """Return the stretch of a column: from, and up to but without."""
        since_ms = self.since_ms + column * self.step_ms
        return since_ms, since_ms + self.step_ms


@dataclass(frozen=True, slots=True)
class Row:
    """One leg, or the session itself."""

    leg: Leg | None
    """None: the session."""
    signs: str
    """A sign a column; all blank where nothing was measured."""
    family: int | None = None
    """4 or 6 where the leg has a row for each."""
    is_mute: bool = False
    """True where nothing answered in the whole window, so that silence says nothing."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The chart of one disconnect."""

    grid: Grid
    rows: tuple[Row, ...]
    is_cut: bool
    """True where the outage went on beyond the last column."""


def strip(case: Case, most_columns: int) -> Strip:
    """Return the chart of a case, in at most so many columns."""
    grid = _grid(case, most_columns)
    ended_ms = case.disconnect.ended_at_ms
    rows = (
        Row(Leg.LINK, _observed(_link_signs(case, grid), case, grid)),
        *_leg_rows(case, grid),
        Row(None, _observed(_session_signs(case, grid), case, grid)),
    )
    return Strip(grid, rows, is_cut=ended_ms is not None and ended_ms > grid.until_ms)


def _grid(case: Case, most_columns: int) -> Grid:
    """Return columns from a minute before the start to half a minute after the end."""
    found = case.disconnect
    end_ms = case.until_ms if found.ended_at_ms is None else found.ended_at_ms + AFTER_MS
    after_ms = max(LEAST_MS, min(end_ms, case.until_ms) - found.started_at_ms)
    for step_ms in STEPS_MS:
        before, after = math.ceil(BEFORE_MS / step_ms), math.ceil(after_ms / step_ms)
        if before + after <= most_columns:
            break
    after = min(after, most_columns - before)
    return Grid(found.started_at_ms - before * step_ms, step_ms, before + after, before)


def _link_signs(case: Case, grid: Grid) -> list[str]:
    """Return whether the link was up, as the system told it."""
    changes = history(case, "link.up")
    signs = []
    for column in range(grid.count):
        since_ms, until_ms = grid.span(column)
        held = [change.value for change in changes if change.at_ms <= since_ms][-1:]
        held += [change.value for change in changes if since_ms < change.at_ms < until_ms]
        if False in held:
            signs.append(LOST)
        else:
            signs.append(ANSWERED if True in held else BLANK)
    return signs


def _session_signs(case: Case, grid: Grid) -> list[str]:
    """Return where the session stood: the disconnect itself, and what was seen around it."""
    found = case.disconnect
    own = [c for c in case.sessions if (c.wallet, c.source) == (found.wallet, found.source)]
    end_ms = case.until_ms if found.ended_at_ms is None else found.ended_at_ms
    signs = []
    for column in range(grid.count):
        since_ms, until_ms = grid.span(column)
        if since_ms <= end_ms and found.started_at_ms < until_ms:
            is_down = since_ms < end_ms or since_ms <= found.started_at_ms
            signs.append(DOWN if is_down else _stood(own, until_ms, found.started_at_ms))
        else:
            signs.append(_stood(own, until_ms, found.started_at_ms))
    return signs


def _stood(own: Sequence[SessionChange], until_ms: EpochMs, start_ms: EpochMs) -> str:
    """Return the session's sign just before an instant outside of the disconnect.

    One that ended had stood: nothing seen before the start means that it stood all the while.
    Nobody watches the session of a disconnect that the user reported.
    """
    if not own:
        return BLANK
    before = [change for change in own if change.at_ms < until_ms]
    if not before:
        return UP if until_ms <= start_ms and own[0].state is SessionState.DOWN else BLANK
    return UP if before[-1].state is SessionState.UP else DOWN


def _leg_rows(case: Case, grid: Grid) -> list[Row]:
    """Return the rows of everything that is probed; the sign-in page only where one answered."""
    usual_ms = _usual_rtt_ms(case.samples)
    heard = {sample.target for sample in case.samples if sample.is_heard}
    by_leg: dict[Leg, list[Sample]] = defaultdict(list)
    for sample in case.samples:
        if sample.outcome is not Outcome.NOT_MEASURED:
            by_leg[_leg_of(sample.target, case.disconnect.wallet)].append(sample)
    rows = []
    for leg in LEGS:
        samples = by_leg[leg]
        if leg is Leg.PORTAL and not any(s.outcome is Outcome.PORTAL for s in samples):
            continue
        for family, own in _by_family(leg, samples):
            # a host that never answers is filtered beside one that does
            answering = [sample for sample in own if sample.target in heard]
            signs = _leg_signs(answering or own, grid, usual_ms)
            is_mute = bool(own) and not answering
            rows.append(Row(leg, _observed(signs, case, grid), family, is_mute))
    return rows


def _leg_of(target: Target, wallet: str) -> Leg:
    """Return the leg that a target speaks for; a control that fell is the wallet of its page."""
    return Leg.WALLET if target.wallet == wallet else leg_of(target, wallet)


def _by_family(leg: Leg, samples: Sequence[Sample]) -> list[tuple[int | None, list[Sample]]]:
    """Part the samples of a leg by address family where it has more than one way."""
    families = {s.target.family for s in samples if s.target.family is not None}
    if leg not in BY_FAMILY or len(families) < 2:
        return [(None, list(samples))]
    return [(f, [s for s in samples if s.target.family == f]) for f in sorted(families)]


def _leg_signs(
    samples: Sequence[Sample], grid: Grid, usual_ms: Mapping[Target, float]
) -> list[str]:
    """Return a sign for each column of a leg."""
    columns: dict[int, list[Sample]] = defaultdict(list)
    for sample in samples:
        columns[grid.column(sample.at_ms)].append(sample)
    return [_sign(columns[column], usual_ms) for column in range(grid.count)]


def _sign(samples: Sequence[Sample], usual_ms: Mapping[Target, float]) -> str:
    """Return what a column's samples say together; the worst that is not a chance comes first."""
    if not samples:
        return BLANK
    if any(_is_wrong(sample) for sample in samples):
        return WRONG
    lost_count = sum(sample.is_lost for sample in samples)
    if lost_count:
        return LOST if lost_count == len(samples) else PART
    late_count = sum(_is_late(sample, usual_ms) for sample in samples)
    return SLOW if 2 * late_count >= len(samples) and late_count else ANSWERED


def _is_wrong(sample: Sample) -> bool:
    """Tell whether something answered, but not what was asked for.

    An address on the way may refuse a connection: that it answers is all that is asked of it.
    """
    if sample.outcome in (Outcome.PORTAL, Outcome.DNS_ERROR, Outcome.TLS_ERROR):
        return True
    on_the_way = sample.target.leg in (Leg.GATEWAY, Leg.INTERNET)
    return sample.outcome in (Outcome.REFUSED, Outcome.RESET) and not on_the_way


def _usual_rtt_ms(samples: Sequence[Sample]) -> dict[Target, float]:
    """Return each target's lower-quartile round trip."""
    by_target: dict[Target, list[float]] = defaultdict(list)
    for sample in samples:
        if sample.rtt_ms is not None:
            by_target[sample.target].append(sample.rtt_ms)
    return {target: percentile(rtts, 0.25) or 0.0 for target, rtts in by_target.items()}


def _is_late(sample: Sample, usual_ms: Mapping[Target, float]) -> bool:
    """Tell whether it came back much later than usual, by the detector's own rule."""
    if sample.rtt_ms is None:
        return False
    usual = usual_ms[sample.target]
    return sample.rtt_ms > max(usual * SLOW_FACTOR, usual + SLOW_EXTRA_MS)


def _observed(signs: Sequence[str], case: Case, grid: Grid) -> str:
    """Return the row with a mark where nobody looked for most of a column."""
    marked = list(signs)
    for column in range(grid.count):
        since_ms, until_ms = grid.span(column)
        away_ms = sum(
            max(0, min(gap.until_ms, until_ms) - max(gap.at_ms, since_ms)) for gap in case.gaps
        )
        if 2 * away_ms > grid.step_ms:
            marked[column] = UNOBSERVED
    return "".join(marked)
