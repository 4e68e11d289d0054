"""Words, tables and JSON to standard output or a file."""

import json
import os
import re
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

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
_DATABASE_BEGINS = b"SQLite format 3\0"
"""https://www.sqlite.org/fileformat.html, 1.3: no text begins so."""

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


def write_out(to: Path | None, write: Callable[[TextIO], None], tr: Translator) -> None:
    """Have `write` fill standard output, or a file that takes its name once it is whole.

    A link, a device or a pipe is written through: putting a file in its place would destroy it.

    Raises:
        InputError: the file cannot be written, or must not be.
    """
    if to is None:
        write(sys.stdout)
        sys.stdout.flush()
        return
    try:
        if is_own(to) or _is_database(to):
            raise own_file(to, tr)
        is_replaced = not to.is_symlink() and (to.is_file() or not to.exists())
        partial = to.with_name(to.name + ".part") if is_replaced else to
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, NEW_FILE_MODE)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            write(file)
        if is_replaced:
            if to.exists():  # who may read it was decided before
                partial.chmod(stat.S_IMODE(to.stat().st_mode))
            partial.replace(to)
    except OSError as error:
        words = tr.text(N_("{file} cannot be written: {reason}"))
        raise InputError(words.format(file=to, reason=error.strerror or error)) from None


def is_own(path: Path) -> bool:
    """Tell whether a file is, or would be, one that a data directory lives on."""
    return _OWN_FILES.fullmatch(Path(os.path.realpath(path)).name.lower()) is not None


def own_file(path: Path, tr: Translator) -> InputError:
    """Return the refusal to write over a database, or what belongs to one."""
    words = tr.text(N_("{file} is a database, or belongs to one; name another file"))
    return InputError(words.format(file=path))


def _is_database(path: Path) -> bool:
    """Tell whether a database stands there: a text over it would be the end of it."""
    if not path.is_file():  # a pipe would be emptied by looking into it
        return False
    with path.open("rb") as file:
        return file.read(len(_DATABASE_BEGINS)) == _DATABASE_BEGINS
