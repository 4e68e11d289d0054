"""Hour by weekday: each cell fills from below with the minutes lost in it."""

from collections.abc import Mapping, Sequence

from monitor.report.charts.markup import Markup, element, joined, picture, titled
from monitor.report.charts.scale import hatching
from monitor.report.interface import HeatCell

CELL, INSIDE = 20, 18
"""Units a cell takes, and its drawn part."""
LEAST_FILL = 5
"""Units: the lowest fill that a cell with a lost second shows."""


def heat_map(
    cells: Sequence[HeatCell], label: str, titles: Mapping[tuple[int, int], str]
) -> Markup:
    """Return the map; `titles` has the words of each cell by (weekday, hour)."""
    most = max((cell.lost_ms for cell in cells), default=0)
    drawn = [_cell(cell, most, titles.get((cell.weekday, cell.hour), "")) for cell in cells]
    return picture(label, (24 * CELL, 7 * CELL), *drawn, class_="heat")


def _cell(cell: HeatCell, most_ms: int, words: str) -> Markup:
    place = f"translate({cell.hour * CELL + 1} {cell.weekday * CELL + 1})"
    size = {"width": INSIDE, "height": INSIDE}
    if not cell.observed_ms and not cell.lost_ms:
        hatch = element("path", d=hatching(0, INSIDE, INSIDE), class_="hatch")
        return element(
            "g",
            element("title", words),
            element("rect", class_="unseen", **size),
            hatch,
            transform=place,
        )
    if not cell.lost_ms and not cell.count:
        return titled("rect", words, class_="cell", transform=place, **size)
    fill = max(LEAST_FILL, round(INSIDE * cell.lost_ms / most_ms)) if most_ms else LEAST_FILL
    bar = element("rect", class_="lost", y=INSIDE - fill, width=INSIDE, height=fill)
    parts = joined(element("title", words), element("rect", class_="cell", **size), bar)
    return element("g", parts, transform=place)
