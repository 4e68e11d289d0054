"""Files that a command writes: whole or not at all, and never over what somebody else wrote."""

import os
import re
import secrets
import stat
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TextIO

from monitor.cli.context import InputError
from monitor.cli.output import NEW_FILE_MODE, is_own, own_file
from monitor.locale import N_, Translator

_DATABASE_BEGINS = b"SQLite format 3\0"
"""https://www.sqlite.org/fileformat.html, 1.3: no text begins so."""
_LOOK_BYTES = 4096
"""So much of a file is read to know it by; the title of a page stands in the first 1000."""
_WEEK = r"\d{4}-W\d\d"
_DAY = r"\d{4}-\d\d-\d\d"


class Kind(Enum):
    """What is written, and by what such a file is known when it is to be written again."""

    TRACE = re.compile(r'\{"kind": "(?:sample|session|state|gap)", "at": -?\d')
    REPORT = re.compile(
        # a page
        r'<!DOCTYPE html>\n<html lang="[\w-]+"><head><meta charset="utf-8"/>'
        rf'<meta http-equiv="Content-Security-Policy".*?<title>[Ww]alletwatch\b[^<]*{_WEEK}'
        # text and Markdown, in both languages; a demo says so first
        rf"|(?:[^\n]*\n)?(?:# )?[^\d\n]*{_WEEK}\W{{1,2}}{_DAY} \S+ {_DAY}\n"
        rf'|\{{\n  "week": "{_WEEK}",\n  "span": '
        r"|id,wallet,wallet_title,started_at,",
        re.DOTALL,
    )


def write_out(
    to: Path | None,
    write: Callable[[TextIO], None],
    kind: Kind,
    tr: Translator,
    *,
    is_forced: bool = False,
) -> None:
    """Have `write` fill standard output, or a file that takes its name once it is whole.

    An ordinary file is replaced where it is empty or of the same kind, so that a script may write
    the same name each week; another only with `is_forced`. A link, a device or a pipe is written
    through: putting a file in its place would destroy it.

    Raises:
        InputError: the file cannot be written, or must not be.
    """
    if to is None:
        write(sys.stdout)
        sys.stdout.flush()
        return
    try:
        begins = _beginning(to)
        if is_own(to) or begins.startswith(_DATABASE_BEGINS):
            raise own_file(to, tr)
        if begins and not is_forced and not kind.value.match(begins.decode(errors="replace")):
            words = tr.text(
                N_("{file} was written by something else; name another, or replace it with --force")
            )
            raise InputError(words.format(file=to))
        if to.is_symlink() or (to.exists() and not to.is_file()):
            _fill(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, NEW_FILE_MODE), write)
        else:
            _replace(to, write)
    except OSError as error:
        words = tr.text(N_("{file} cannot be written: {reason}"))
        raise InputError(words.format(file=to, reason=error.strerror or error)) from None


def _beginning(path: Path) -> bytes:
    """Return what an ordinary file begins with; empty where there is none.

    Raises:
        OSError: it cannot be read.
    """
    if not path.is_file():  # a pipe would be emptied by looking into it
        return b""
    with path.open("rb") as file:
        return file.read(_LOOK_BYTES).replace(b"\r\n", b"\n")


def _replace(to: Path, write: Callable[[TextIO], None]) -> None:
    """Fill a file of another name, which takes the name once it is on the disk."""
    partial = to.with_name(f".{to.name[:100]}.{secrets.token_hex(4)}.part")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, NEW_FILE_MODE)
    try:
        _fill(handle, write)
        if to.exists():  # who may read it was decided before
            partial.chmod(stat.S_IMODE(to.stat().st_mode))
        partial.replace(to)
    except BaseException:  # Ctrl-C too
        partial.unlink(missing_ok=True)
        raise


def _fill(handle: int, write: Callable[[TextIO], None]) -> None:
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        write(file)
        file.flush()
        if stat.S_ISREG(os.fstat(handle).st_mode):
            os.fsync(handle)
