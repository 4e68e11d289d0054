"""The page's lines to standard output: with colour on a terminal, plain everywhere else."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable

from monitor.cli.explain.page import Kind, Line
from monitor.cli.output import harmless, say
from monitor.wrap import PAGE_COLUMNS

SIGNS = frozenset(" .xo~!/=-")
"""What a row of the chart is drawn with: a line that holds anything else is the legend."""

LEAST_COLUMNS = 48
MOST_COLUMNS = 100
"""Longer lines are hard to read."""

STYLES = ((r"x+|-{2,}|!+", "red"), (r"[~o]+", "yellow"), (r"\.{2,}|={2,}", "green"))
"""What stands in a row of the chart, beside its label, and its colour."""


def columns() -> int:
    """Return how wide the page may be: what the terminal has, 80 where there is none."""
    if not sys.stdout.isatty():
        return PAGE_COLUMNS
    shown = shutil.get_terminal_size((PAGE_COLUMNS, 24)).columns
    return max(LEAST_COLUMNS, min(MOST_COLUMNS, shown))


def print_page(lines: Iterable[Line]) -> None:
    """Print the page."""
    if not sys.stdout.isatty():
        for line in lines:
            say(line.text)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in lines:
        text = Text(harmless(line.text), style="bold" if line.kind is Kind.HEAD else "")
        if line.kind is Kind.CHART:
            label = re.match(r"  \S.*?\s{2,}", text.plain)
            begin = label.end() if label else len(text)
            if not SIGNS.issuperset(text.plain[begin:]):
                begin = len(text)
            for pattern, style in STYLES:
                for found in re.finditer(pattern, text.plain[begin:]):
                    text.stylize(style, begin + found.start(), begin + found.end())
        console.print(text, soft_wrap=True)
