"""One day as a strip: a thin line while all was well, a full bar while lost, hatched unseen."""

import math
from itertools import groupby

from monitor.report.charts.markup import Markup, element, picture, titled
from monitor.report.charts.scale import Time, hatching
from monitor.report.interface import Day, Stretch, StretchKind

WIDTH, HEIGHT = 480, 24
"""Units; a column is three minutes of a day of 24 hours."""
MOST_TITLES = 40
"""Bars of one day that carry a title of their own; the others are drawn without."""

_RANK = {StretchKind.UP: 0, StretchKind.UNOBSERVED: 1, StretchKind.LOST: 2}
"""What is drawn where several fall into one column: a lost second is never hidden."""


def day_strip(day: Day, label: str, bar_titles: dict[int, str]) -> Markup:
    """Return a day's strip; `bar_titles` has the words of a lost stretch by its start."""
    time = Time(day.since_ms, day.until_ms, WIDTH)
    drawn: list[str] = []
    for kind, left, right in runs(day, time):
        if kind is StretchKind.UP:
            drawn.append(_bar("up", left, right, 10, 4))
        elif kind is StretchKind.UNOBSERVED:
            drawn.append(_bar("unseen", left, right, 0, HEIGHT))
            drawn.append(element("path", d=hatching(left, right, HEIGHT), class_="hatch"))
    lost = [run for run in runs(day, time) if run[0] is StretchKind.LOST]
    titles = _titles_by_column(day, time, bar_titles)
    drawn += [_lost(left, right, titles) for _, left, right in lost[:MOST_TITLES]]
    rest = "".join(
        f"M{left} 0h{right - left}v{HEIGHT}h-{right - left}z"
        for _, left, right in lost[MOST_TITLES:]
    )
    if rest:
        drawn.append(element("path", d=rest, class_="lost"))
    return picture(label, (WIDTH, HEIGHT), *drawn, class_="strip")


def runs(day: Day, time: Time) -> list[tuple[StretchKind, int, int]]:
    """Return which columns show what: (kind, first, one past the last)."""
    shown: list[StretchKind | None] = [None] * WIDTH
    for stretch in day.stretches:
        for column in _columns(stretch, time):
            before = shown[column]
            if before is None or _RANK[before] < _RANK[stretch.kind]:
                shown[column] = stretch.kind
    found: list[tuple[StretchKind, int, int]] = []
    for kind, group in groupby(enumerate(shown), key=lambda pair: pair[1]):
        columns = [column for column, _ in group]
        if kind is not None:
            found.append((kind, columns[0], columns[-1] + 1))
    return found


def _columns(stretch: Stretch, time: Time) -> range:
    """Return the columns that a stretch touches, at least one."""
    first = time.column(stretch.since_ms)
    return range(first, max(first + 1, min(WIDTH, math.ceil(time.x(stretch.until_ms)))))


def _titles_by_column(day: Day, time: Time, bar_titles: dict[int, str]) -> dict[int, str]:
    """Return the words of the stretches that begin in each column."""
    titles: dict[int, str] = {}
    for stretch in day.stretches:
        if stretch.kind is StretchKind.LOST and stretch.since_ms in bar_titles:
            titles.setdefault(time.column(stretch.since_ms), bar_titles[stretch.since_ms])
    return titles


def _lost(left: int, right: int, titles: dict[int, str]) -> Markup:
    """Return a bar, at least two columns wide so that a short one is seen."""
    words = next((titles[column] for column in range(left, right) if column in titles), "")
    left = min(left, WIDTH - 2)
    width = max(2, right - left)
    if not words:
        return _bar("lost", left, left + width, 0, HEIGHT)
    return titled("rect", words, class_="lost", x=left, y=0, width=width, height=HEIGHT)


def _bar(class_: str, left: int, right: int, top: int, height: int) -> Markup:
    return element("rect", class_=class_, x=left, y=top, width=right - left, height=height)
