"""Makes a data directory whole or not at all: what a command that was broken off made, goes."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from monitor.cli.output import is_own
from monitor.weekly.shelf import FOLDER as REPORTS

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


@contextmanager
def whole_or_nothing(folder: Path, *, is_ours: bool = False) -> Iterator[None]:
    """Remove what the block made in `folder`, and folders above it, unless it ends well.

    Nothing that stood there before is touched, nor anything that is not walletwatch's.
    `is_ours`: the empty folder itself was made for the block.
    """
    missing = [folder] if is_ours else []
    missing += [place for place in (folder, *folder.parents) if not place.exists()]
    before = {folder, *_inside(folder)}
    try:
        with _ctrl_c_heard():
            yield
    except BaseException:
        _remove_new(folder, before, missing)
        raise


def _inside(folder: Path) -> list[Path]:
    """Return what stands in a data directory and among its reports."""
    reports = folder / REPORTS
    return [
        *(reports.iterdir() if reports.is_dir() else ()),
        *(folder.iterdir() if folder.is_dir() else ()),
    ]


def _remove_new(folder: Path, before: set[Path], missing: list[Path]) -> None:
    """Remove our files that are new, then the folders that are new and empty, innermost first."""
    new = [path for path in _inside(folder) if path not in before]
    try:
        for path in new:
            if path.is_file() and (is_own(path) or path.parent != folder):
                path.unlink()
        for place in [path for path in new if path.is_dir()] + missing:
            place.rmdir()
    except OSError:  # somebody else's file is in it: it stays, and so does the trouble to tell
        return


@contextmanager
def _ctrl_c_heard() -> Iterator[None]:
    """Have Ctrl-C end the block for sure.

    Python drops a KeyboardInterrupt that is raised while it calls back from freeing an object
    (`sys.unraisablehook`), which a busy database library does all the time.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # whoever started us wants it otherwise
        return
    is_pressed = False
    library = logging.getLogger("sqlalchemy")
    level = library.level

    def press(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_pressed
        is_pressed = True
        # a pool that was at work logs the interruption with its traceback: it is no failure
        library.setLevel(logging.CRITICAL)
        raise KeyboardInterrupt

    def drop(told: UnraisableHookArgs) -> None:
        if not issubclass(told.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(told)

    signal.signal(signal.SIGINT, press)
    sys.unraisablehook = drop
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = sys.__unraisablehook__
        library.setLevel(level)
    if is_pressed:
        raise KeyboardInterrupt
