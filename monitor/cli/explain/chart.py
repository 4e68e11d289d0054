"""The strip chart in words: labels, the time axis, and the legend of its signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.cli.explain import strip as signs
from monitor.cli.explain.strip import Grid, Row, Strip
from monitor.clock import local
from monitor.locale import N_, Translator
from monitor.model import Case, EpochMs, Leg
from monitor.wrap import padded, width

MOST_COLUMNS = 66
"""Wider, the eye loses the column on its way down."""
LEAST_COLUMNS = 24

ROWS = {
    Leg.LINK: N_("link"),
    Leg.GATEWAY: N_("router"),
    Leg.INTERNET: N_("internet"),
    Leg.DNS: N_("names (DNS)"),
    Leg.PORTAL: N_("sign-in page"),
    Leg.CONTROL: N_("other services"),
    Leg.WALLET: N_("this wallet"),
    None: N_("session"),
}
LEGEND = {
    signs.ANSWERED: N_("answered"),
    signs.SLOW: N_("slow"),
    signs.PART: N_("part lost"),
    signs.LOST: N_("lost"),
    signs.WRONG: N_("wrong answer"),
    signs.UNOBSERVED: N_("not observed"),
    signs.UP: N_("session up"),
    signs.DOWN: N_("session down"),
}
CODES = {
    signs.ANSWERED: "answered",
    signs.SLOW: "slow",
    signs.PART: "part_lost",
    signs.LOST: "lost",
    signs.WRONG: "wrong",
    signs.UNOBSERVED: "not_observed",
    signs.BLANK: "not_measured",
    signs.UP: "up",
    signs.DOWN: "down",
}
"""What JSON calls each sign."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart as lines of text."""

    title: str
    lines: tuple[str, ...]
    notes: tuple[str, ...]


def chart(case: Case, columns: int, tr: Translator) -> Chart:
    """Return the chart, no line wider than `columns`."""
    margin = 4 + max(width(_label(name, 4, tr)) for name in ROWS)
    drawn = signs.strip(case, max(LEAST_COLUMNS, min(MOST_COLUMNS, columns - margin)))
    title = tr.text(N_("Timeline, one column is {seconds:g} s"))
    lines = [
        padded("  " + _label(row.leg, row.family, tr), margin)
        + (row.signs.rstrip() or tr.text(N_("(not measured)")))
        for row in drawn.rows
    ]
    lines += [" " * margin + line for line in axis(drawn.grid)]
    lines += _legend(drawn, columns, tr)
    return Chart(
        title.format(seconds=drawn.grid.step_ms / 1000), tuple(lines), tuple(_notes(drawn, tr))
    )


def _label(leg: Leg | None, family: int | None, tr: Translator) -> str:
    """Return a row's name."""
    name = tr.text(ROWS[leg])
    return f"{name} v{family}" if family and leg in signs.BY_FAMILY else name


def axis(grid: Grid) -> tuple[str, str]:
    """Return the two lines below the chart: marks, and the times of some of them.

    The start is marked with `^`; every tenth column from it with `|`.
    """
    marks = ["|" if (column - grid.start_column) % 10 == 0 else " " for column in range(grid.count)]
    marks[grid.start_column] = "^"
    start = grid.start_column
    times = " " * start + _clock(grid.span(start)[0])
    times += " " * (grid.count - len(times))
    for column in _others(grid):
        text = _clock(grid.span(column)[0])
        until = column + len(text)
        if until <= grid.count and not times[max(0, column - 1) : until + 1].strip():
            times = times[:column] + text + times[until:]
    return "".join(marks).rstrip(), times.rstrip()


def _others(grid: Grid) -> list[int]:
    """Return the marked columns but the start's."""
    marked = range(grid.start_column % 10, grid.count, 10)
    return [column for column in marked if column != grid.start_column]


def _clock(at_ms: EpochMs) -> str:
    return f"{local(at_ms):%H:%M:%S}"


def _legend(drawn: Strip, columns: int, tr: Translator) -> Iterator[str]:
    """Yield what the signs mean that stand in the chart; a sign stays beside its meaning."""
    used = set("".join(row.signs for row in drawn.rows))
    parts = [f"{sign} {tr.text(meaning)}" for sign, meaning in LEGEND.items() if sign in used]
    parts += ["^ " + tr.text(N_("it began")), tr.text(N_("blank: not measured"))]
    line = ""
    for part in parts:
        if line and width(line + part) + 3 > columns:
            yield line
            line = ""
        line += ("   " if line else "  ") + part
    yield line


def _notes(drawn: Strip, tr: Translator) -> list[str]:
    """Return what must be known to read the chart rightly."""
    notes = []
    for name in _mute(drawn.rows, tr):
        words = tr.text(N_("{leg}: never answered in the whole window; its silence says nothing."))
        notes.append(words.format(leg=name))
    if drawn.is_cut:
        notes.append(tr.text(N_("It lasted beyond the right edge.")))
    return notes


def _mute(rows: tuple[Row, ...], tr: Translator) -> list[str]:
    return [_label(row.leg, row.family, tr) for row in rows if row.is_mute]
