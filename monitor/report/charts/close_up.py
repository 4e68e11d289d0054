"""The minutes around one disconnect: a row of dots for each leg, by outcome in shape and colour."""

from collections.abc import Callable, Mapping, Sequence

from monitor.model import Leg, Outcome
from monitor.report.charts.markup import Markup, element, picture, titled
from monitor.report.charts.scale import Time, hatching
from monitor.report.interface import CloseUp, Dot

WIDTH, ROW, FOOT = 600, 24, 14
"""Units: a column is a second of ten minutes."""
MARK_MS = 10_000
"""Time that a mark stands for: sixty in ten minutes can be told apart on a phone."""
MOST_STATES = 12
"""States that are marked and listed."""

_SHAPES: Mapping[str, Callable[[float, int], str]] = {
    "reply": lambda x, y: f"M{x:g} {y}h0",
    "lost": lambda x, y: f"M{x - 3:g} {y - 5}l6 10m0 -10l-6 10",
    "wrong": lambda x, y: f"M{x - 4:g} {y + 6}l4 -12l4 12z",
    "unmeasured": lambda x, y: f"M{x - 3:g} {y}h6",
}
"""A dot, a cross, a triangle, a dash."""
_WORST_FIRST = ("lost", "wrong", "reply", "unmeasured")


def kind_of(outcome: Outcome) -> str:
    """Return the shape that an outcome is drawn in."""
    if outcome is Outcome.REPLY:
        return "reply"
    if outcome is Outcome.NOT_MEASURED:
        return "unmeasured"
    return "lost" if outcome.is_lost else "wrong"


def legs_of(close_up: CloseUp) -> list[Leg]:
    """Return the legs that have a row, nearest first."""
    present = {dot.leg for dot in close_up.dots}
    return [leg for leg in Leg if leg in present]


def close_up_chart(
    close_up: CloseUp,
    down: tuple[int, int],
    label: str,
    state_titles: Sequence[str],
) -> Markup:
    """Return the picture; `down` is when the session was lost, in epoch milliseconds."""
    time = Time(close_up.since_ms, close_up.until_ms, WIDTH)
    legs = legs_of(close_up)
    height = ROW * max(1, len(legs))
    left, right = time.x(down[0]), time.x(down[1])
    drawn: list[str] = [
        element("rect", class_="down", x=left, y=0, width=max(1.0, right - left), height=height),
        element("path", d=f"M{left:g} 0V{height}", class_="edge"),
    ]
    for gap in close_up.gaps:
        first, last = time.x(gap.at_ms), time.x(gap.until_ms)
        drawn.append(
            element("rect", class_="unseen", x=first, y=0, width=last - first, height=height)
        )
        drawn.append(element("path", d=hatching(first, last, height), class_="hatch"))
    for change, title in zip(close_up.states[:MOST_STATES], state_titles, strict=False):
        x = time.x(change.at_ms)
        drawn.append(titled("path", title, d=f"M{x:g} 0V{height}", class_="turned"))
    for row, leg in enumerate(legs):
        dots = [dot for dot in close_up.dots if dot.leg is leg]
        drawn += _row(dots, time, row * ROW + FOOT)
    return picture(label, (WIDTH, height), *drawn, class_=f"close-up rows-{len(legs)}")


def _row(dots: Sequence[Dot], time: Time, y: int) -> list[Markup]:
    """Return one path for each shape of a leg; a mark is the worst of its ten seconds."""
    worst: dict[int, str] = {}
    for dot in dots:
        place, kind = (dot.at_ms - time.since_ms) // MARK_MS, kind_of(dot.outcome)
        if place not in worst or _WORST_FIRST.index(kind) < _WORST_FIRST.index(worst[place]):
            worst[place] = kind
    drawn = []
    for kind, shape in _SHAPES.items():
        places = sorted(place for place, found in worst.items() if found == kind)
        centres = [time.x(time.since_ms + place * MARK_MS + MARK_MS // 2) for place in places]
        if centres:
            path = "".join(shape(x, y) for x in centres)
            drawn.append(element("path", d=path, class_=f"dot {kind}"))
    return drawn
