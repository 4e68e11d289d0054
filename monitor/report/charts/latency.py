"""Round trips of one leg over the week (median line, 95 % band) and what was lost below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import EpochMs
from monitor.report.charts.markup import Markup, element, picture
from monitor.report.charts.scale import Decades, Time, decades, longest, worst_by_column
from monitor.report.interface import Column, LegSeries, Week

WIDTH, HEIGHT, LOSS_HEIGHT = 720, 110, 30
"""Units: one column a pixel; the loss is drawn in the lowest part, apart from the round trips."""
GROUND = HEIGHT + 10 + LOSS_HEIGHT
MOST_MARKS = 60
"""Disconnects marked in one chart; more would hide the lines below them."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A disconnect to mark."""

    at_ms: EpochMs
    lost_ms: int
    title: str


@dataclass(frozen=True, slots=True)
class Latency:
    """The picture and what its surroundings must say."""

    svg: Markup
    scale: Decades
    undrawn_count: int
    """Disconnects that are not marked."""


def latency(series: LegSeries, week: Week, marks: Sequence[Mark], label: str) -> Latency:
    """Return a leg's picture; works with no column, one, and nothing but losses."""
    time = Time(week.since_ms, week.until_ms, WIDTH)
    columns = [column for column in series.columns if time.holds(column.at_ms)]
    p50 = worst_by_column(columns, lambda c: time.column(c.at_ms), lambda c: c.p50_ms)
    p95 = worst_by_column(columns, lambda c: time.column(c.at_ms), _high)
    loss = worst_by_column(columns, lambda c: time.column(c.at_ms), lambda c: c.loss_ratio)
    scale = decades((*p50.values(), *p95.values()), HEIGHT)
    wide = max(1, round(series.step_ms / (week.until_ms - week.since_ms) * WIDTH))
    drawn_marks, undrawn = longest(marks, MOST_MARKS, lambda mark: mark.lost_ms)
    svg = picture(
        label,
        (WIDTH, GROUND),
        *(_rule(scale.y(tick)) for tick in scale.ticks),
        element("path", d=_band(p50, p95, scale, wide), class_="band"),
        element("path", d=_line(p50, scale, wide), class_="median"),
        _rule(GROUND),
        element("path", d=_bars(loss, wide), class_="lost"),
        *(_mark(mark, time) for mark in drawn_marks),
        class_="latency",
    )
    return Latency(svg, scale, undrawn)


def _high(column: Column) -> float | None:
    return column.p50_ms if column.p95_ms is None else column.p95_ms


def _rule(y: int) -> Markup:
    return element("path", d=f"M0 {y}H{WIDTH}", class_="rule")


def _chains(columns: dict[int, float], wide: int) -> list[list[int]]:
    """Return the columns that follow each other without a hole."""
    chains: list[list[int]] = []
    for column in sorted(columns):
        if chains and column - chains[-1][-1] <= wide + 1:
            chains[-1].append(column)
        else:
            chains.append([column])
    return chains


def _steps(chain: list[int], wide: int) -> list[tuple[int, int]]:
    """Return where each column of a chain begins and ends."""
    ends = [*chain[1:], min(WIDTH, chain[-1] + wide)]
    return list(zip(chain, ends, strict=True))


def _line(values: dict[int, float], scale: Decades, wide: int) -> str:
    """Return a stepped line, broken where nothing was measured."""
    parts = []
    for chain in _chains(values, wide):
        parts.append(f"M{chain[0]} {scale.y(values[chain[0]])}")
        parts += [f"V{scale.y(values[left])}H{right}" for left, right in _steps(chain, wide)]
    return "".join(parts)


def _band(low: dict[int, float], high: dict[int, float], scale: Decades, wide: int) -> str:
    """Return the area between median and 95 % line."""
    parts = []
    for chain in _chains(low, wide):
        steps = _steps(chain, wide)
        parts.append(f"M{chain[0]} {scale.y(low[chain[0]])}")
        parts += [f"V{scale.y(max(high[left], low[left]))}H{right}" for left, right in steps]
        parts += [f"V{scale.y(low[left])}H{left}" for left, _ in reversed(steps)]
        parts.append("z")
    return "".join(parts)


def _bars(loss: dict[int, float], wide: int) -> str:
    """Return a bar for each column in which something was lost; at least a unit high."""
    parts = []
    for chain in _chains({c: ratio for c, ratio in loss.items() if ratio > 0}, wide):
        parts.append(f"M{chain[0]} {GROUND}")
        for left, right in _steps(chain, wide):
            parts.append(f"V{GROUND - max(2, round(loss[left] * LOSS_HEIGHT))}H{right}")
        parts.append(f"V{GROUND}z")
    return "".join(parts)


def _mark(mark: Mark, time: Time) -> Markup:
    """Return a pin at the start of a disconnect; its head stays round however wide it is drawn."""
    x = time.x(mark.at_ms)
    pole = element("path", d=f"M{x:g} {GROUND}V5", class_="pole")
    head = element("path", d=f"M{x:g} 5h0", class_="head")
    return element("g", element("title", mark.title), pole, head)
