"""How many times as often, with its interval, on a logarithmic scale with a line at once."""

import math

from monitor.report.charts.markup import Markup, element, picture

WIDTH, HEIGHT = 240, 24
LOWEST, HIGHEST = 0.1, 100.0
"""Times as often; what lies beyond is drawn at the edge, with an open end."""


def interval(ratio: float | None, low: float | None, high: float | None, label: str) -> Markup:
    """Return the picture; None: no such end (`high`), or nothing to compare (`low` too)."""
    once = _x(1.0)
    drawn: list[str] = [
        element("path", d=f"M{once:g} 0V{HEIGHT}", class_="once"),
        element("path", d=f"M0 {HEIGHT - 1}H{WIDTH}", class_="rule"),
    ]
    if low is not None or high is not None or ratio is not None:
        left = _x(low if low is not None else LOWEST)
        right = _x(high if high is not None else math.inf)
        drawn.append(element("path", d=f"M{left:g} 12H{right:g}", class_="range"))
        if low is not None and low > LOWEST:
            drawn.append(element("path", d=f"M{left:g} 7V17", class_="range"))
        if high is None or high > HIGHEST:
            drawn.append(element("path", d=f"M{right - 6:g} 7l6 5l-6 5", class_="range"))
        else:
            drawn.append(element("path", d=f"M{right:g} 7V17", class_="range"))
    if ratio is not None:
        x = _x(ratio)
        drawn.append(element("path", d=f"M{x - 5:g} 12l5 -6l5 6l-5 6z", class_="estimate"))
    return picture(label, (WIDTH, HEIGHT), *drawn, class_="interval")


def _x(value: float) -> float:
    """Return the place of a ratio, kept inside the picture."""
    bounded = min(max(value, LOWEST), HIGHEST)
    span = math.log10(HIGHEST / LOWEST)
    return round(6 + (WIDTH - 12) * math.log10(bounded / LOWEST) / span, 1)
