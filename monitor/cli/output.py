"""Words, tables and JSON to standard output."""

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from monitor.cli.context import InputError
from monitor.locale import N_, Translator
from monitor.wrap import width

NEVER_WRAPPED = 20
"""A column of at most so many places stays whole (an instant has 19); longer texts give way."""

_BETWEEN = 2
"""Places between two columns."""
NARROWEST = 8
"""A longer text needs so many places beside the whole columns, or every column gives way."""

_OWN_FILES = re.compile(
    r"walletwatch\.db(-wal|-shm|-journal)?|walletwatch\.lock|migrate\.lock|names\.key(\.off)?"
)
"""What a data directory lives on, in whatever folder it lies."""

NEW_FILE_MODE = 0o600
"""What is written tells of the user's days at home: it is theirs to pass on."""

MANY = 50
"""Fewer disconnects are judged in a few seconds."""
EVERY = 10
"""So many are judged before the count on the terminal moves."""


def say(text: str = "") -> None:
    """Write a line to standard output."""
    typer.echo(harmless(text))


def say_if_demo(is_demo: bool, tr: Translator) -> None:
    """Say above everything else where what follows was made by `demo`."""
    if is_demo:
        say(tr.text(N_("Demo: everything here is synthetic, nothing was measured.")))


def harmless(text: str) -> str:
    """Return the text with marks in place of what would command a terminal."""
    from monitor.report.harmless import plain

    return plain(text)


def say_json(value: object) -> None:
    """Write a value as one line of JSON; only ASCII where the output cannot carry more."""
    from monitor.report.harmless import BEYOND_C0

    carries_all = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not carries_all)
    # JSON itself escapes only the first 32; the later ones command a terminal as well
    typer.echo(BEYOND_C0.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def say_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table: drawn by rich on a terminal, plain columns when piped."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        console = Console()
        widest = [max(width(line[i]) for line in (titles, *rows)) for i in range(len(titles))]
        needed = [room if room <= NEVER_WRAPPED else NARROWEST for room in widest]
        # where even that does not fit, rich would cut, and the first column not show at all
        is_roomy = sum(needed) + _BETWEEN * (len(needed) - 1) <= console.width
        for title, room in zip(titles, widest, strict=True):
            table.add_column(title, overflow="fold", no_wrap=is_roomy and room <= NEVER_WRAPPED)
        for row in rows:
            table.add_row(*(Text(_cell(cell)) for cell in row))
        console.print(table)
        return
    lines = [list(titles), *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(width(line[i]) for line in lines) for i in range(len(titles))]
    for line in lines:
        cells = [cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(line)]
        say("  ".join(cells).rstrip())


def _cell(text: str) -> str:
    """Return a cell's text: what ends a line would write a row of its own."""
    return harmless(" ".join(text.splitlines()))


def say_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Write a line for each name and its value, the values below one another."""
    widest = max(width(name) for name, _ in pairs)
    for name, value in pairs:
        say(f"{name}{' ' * (widest - width(name))}  {value}".rstrip())


def show_progress(done: int, count: int) -> None:
    """Count on the terminal, now and then, on one line that is gone in the end."""
    if not sys.stderr.isatty() or count < MANY or done % EVERY:
        return
    is_last = done + EVERY >= count
    typer.echo("\r\x1b[K" if is_last else f"\r{done} / {count}", err=True, nl=False)


def is_own(path: Path) -> bool:
    """Tell whether a file is, or would be, one that a data directory lives on."""
    return _OWN_FILES.fullmatch(Path(os.path.realpath(path)).name.lower()) is not None


def own_file(path: Path, tr: Translator) -> InputError:
    """Return the refusal to write over a database, or what belongs to one."""
    words = tr.text(N_("{file} is a database, or belongs to one; name another file"))
    return InputError(words.format(file=path))
