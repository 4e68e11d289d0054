"""What each leg went through, column by column: arithmetic, and its drawing as small SVGs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.clock import local
from monitor.locale import N_, Translator
from monitor.model import Disconnect, EpochMs, Gap, Leg, Sample
from monitor.store.rollup import RollUp
from monitor.web.markup import Markup, element

HEIGHT = 24
GROUND = 4
"""Height of the line that says "measured"; what was lost stands above it."""
LEAST_COLUMNS = 2.0
"""A disconnect is drawn no thinner: one of seconds must be seen in a day."""
STEPS = 4
"""Loss is drawn in quarters: neighbours that look alike become one shape."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns of one length over a stretch of time."""

    since_ms: EpochMs
    step_ms: int
    count: int

    @property
    def until_ms(self) -> EpochMs:
        """The first instant after it."""
        return self.since_ms + self.step_ms * self.count

    def column(self, at_ms: EpochMs) -> int | None:
        """Return the column of an instant; None where it lies outside."""
        column = (at_ms - self.since_ms) // self.step_ms
        return column if 0 <= column < self.count else None


@dataclass(slots=True)
class Tally:
    """Lost of measured in one column."""

    measured: int = 0
    lost: int = 0

    @property
    def quarters(self) -> int:
        """How much was lost, rounded up: 0 nothing, 4 all of it; -1 where nothing was measured."""
        if self.measured == 0:
            return -1
        return -(-self.lost * STEPS // self.measured)


@dataclass(frozen=True, slots=True)
class Row:
    """One leg, nearest first."""

    leg: Leg
    tallies: tuple[Tally, ...]

    @property
    def total(self) -> Tally:
        """Everything together."""
        return Tally(sum(t.measured for t in self.tallies), sum(t.lost for t in self.tallies))

    @property
    def is_mute(self) -> bool:
        """True where it never answered: many routers do not, and that is no fault."""
        return self.total.measured > 0 and self.total.lost == self.total.measured


def rows(grid: Grid, minutes: Iterable[RollUp], samples: Iterable[Sample]) -> list[Row]:
    """Return what each leg went through; `samples` are those that are in no minute yet.

    A target that never answered says nothing of its leg where another one of the leg did.
    """
    found: dict[tuple[Leg, str, str], list[Tally]] = {}
    for minute in minutes:
        key = (minute.target.leg, minute.target.name, minute.target.probe)
        _add(found, grid, key, minute.at_ms, minute.measured_count, minute.lost_count)
    for sample in samples:
        key = (sample.target.leg, sample.target.name, sample.target.probe)
        is_measured = sample.is_lost or sample.is_heard
        _add(found, grid, key, sample.at_ms, int(is_measured), int(sample.is_lost))
    return [row for leg in Leg if (row := _row(leg, found)) is not None]


def _add(
    found: dict[tuple[Leg, str, str], list[Tally]],
    grid: Grid,
    key: tuple[Leg, str, str],
    at_ms: EpochMs,
    measured: int,
    lost: int,
) -> None:
    column = grid.column(at_ms)
    if column is None:
        return
    tallies = found.setdefault(key, [Tally() for _ in range(grid.count)])
    tallies[column].measured += measured
    tallies[column].lost += lost


def _row(leg: Leg, found: dict[tuple[Leg, str, str], list[Tally]]) -> Row | None:
    """Return a leg's row; None where nobody asked it."""
    asked = [tallies for (of, _, _), tallies in found.items() if of is leg]
    if not asked:
        return None
    heard = [ts for ts in asked if any(t.measured > t.lost for t in ts)]
    columns = zip(*(heard or asked), strict=True)
    return Row(
        leg, tuple(Tally(sum(t.measured for t in c), sum(t.lost for t in c)) for c in columns)
    )


def drawing(row: Row, grid: Grid, gaps: Sequence[Gap], label: str) -> Markup:
    """Return a leg's strip: a low line where it was measured, a bar as high as what was lost."""
    shapes: list[Markup] = [_gap(gap, grid) for gap in gaps if _in(grid, gap.at_ms, gap.until_ms)]
    for start, length, quarters in _runs([t.quarters for t in row.tallies]):
        if quarters < 0:
            continue
        shapes.append(_rect(start, length, GROUND, "ground"))
        if quarters > 0:
            high = GROUND + (HEIGHT - GROUND) * quarters // STEPS
            shapes.append(_rect(start, length, high, "mute" if row.is_mute else "lost"))
    return _picture(shapes, grid, label)


def disconnect_drawing(
    found: Sequence[Disconnect], grid: Grid, gaps: Sequence[Gap], now_ms: EpochMs, label: str
) -> Markup:
    """Return one wallet's disconnects as bars, none thinner than a column."""
    shapes = [_gap(gap, grid) for gap in gaps if _in(grid, gap.at_ms, gap.until_ms)]
    for one in found:
        ended_ms = now_ms if one.ended_at_ms is None else one.ended_at_ms
        if _in(grid, one.started_at_ms, ended_ms + 1):
            left, width = _span(grid, one.started_at_ms, ended_ms)
            shapes.append(_rect(left, max(LEAST_COLUMNS, width), HEIGHT, "lost"))
    return _picture(shapes, grid, label)


def _picture(shapes: Sequence[Markup], grid: Grid, label: str) -> Markup:
    return element(
        "svg",
        shapes,
        role="img",
        aria_label=label,
        viewBox=f"0 0 {grid.count} {HEIGHT}",
        preserveAspectRatio="none",
        class_="strip",
    )


def _runs(values: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    """Yield (start, length, value) of each stretch of equal values."""
    start = 0
    for i in range(1, len(values) + 1):
        if i == len(values) or values[i] != values[start]:
            yield start, i - start, values[start]
            start = i


def _in(grid: Grid, since_ms: EpochMs, until_ms: EpochMs) -> bool:
    return since_ms < grid.until_ms and until_ms > grid.since_ms


def _span(grid: Grid, since_ms: EpochMs, until_ms: EpochMs) -> tuple[float, float]:
    """Return left edge and width in columns, cut to the grid."""
    left = max(0.0, (since_ms - grid.since_ms) / grid.step_ms)
    right = min(float(grid.count), (until_ms - grid.since_ms) / grid.step_ms)
    return left, right - left


def _gap(gap: Gap, grid: Grid) -> Markup:
    left, width = _span(grid, gap.at_ms, gap.until_ms)
    return _rect(left, width, HEIGHT, "gap", fill="url(#hatch)")


def _rect(left: float, width: float, high: int, kind: str, fill: str | None = None) -> Markup:
    return element(
        "rect",
        x=_short(left),
        y=HEIGHT - high,
        width=_short(width),
        height=high,
        class_=kind,
        fill=fill,
    )


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def axis(grid: Grid) -> Markup:
    """Return five instants below the strips, from edge to edge."""
    long = grid.until_ms - grid.since_ms
    form = "%H:%M" if long > 3_600_000 else "%H:%M:%S"
    places = [grid.since_ms + long * i // 4 for i in range(5)]
    shown = [element("span", local(at_ms).strftime(form)) for at_ms in places]
    return element("div", shown, class_="axis", aria_hidden="true")


def legend(tr: Translator) -> Markup:
    """Return what the shapes mean."""
    kinds = (
        ("ground", N_("measured")),
        ("lost", N_("lost: the higher, the more")),
        ("mute", N_("never answers")),
        ("gap", N_("not observed")),
    )
    shown = [
        element("li", element("i", class_=kind, aria_hidden="true"), tr.text(words))
        for kind, words in kinds
    ]
    return element("ul", shown, class_="legend")
