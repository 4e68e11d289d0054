"""The data directory: can it be written, is there room, and who else can read it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from monitor.doctor.interface import (
    Check,
    Finding,
    Surroundings,
    System,
    Verdict,
    shown_command,
    words,
)
from monitor.locale import N_

CODE = "data.folder"
LITTLE_BYTES = 300_000_000
"""Two years of history with room to copy it before an upgrade."""
NONE_BYTES = 20_000_000
"""Less than SQLite needs for its log and a day."""
_OTHERS = 0o077
ANOTHER = N_("Give your user the right to write there, or name another place with `--data-dir`.")


def look(here: Surroundings) -> Iterator[Finding]:
    """Look at the directory, or at the one that it will be made in."""
    folder = here.data_dir
    standing = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    if not standing.is_dir():
        reason = words(N_("{path} is no directory"), path=standing)
        yield Finding(CODE, Verdict.FAIL, str(folder), reason, words(ANOTHER))
        return
    if not os.access(standing, os.W_OK | os.X_OK):
        reason = words(N_("{path} cannot be written by this user"), path=standing)
        yield Finding(CODE, Verdict.FAIL, str(folder), reason, words(ANOTHER))
        return
    yield _room(folder, standing)
    if standing == folder and here.system in (System.LINUX, System.MACOS):
        yield from _privacy(here, folder)


def _room(folder: Path, standing: Path) -> Finding:
    free_bytes = shutil.disk_usage(standing).free
    free = f"{free_bytes / 1e9:.1f} GB" if free_bytes >= 1e9 else f"{free_bytes / 1e6:.0f} MB"
    mend = words(N_("Free some space on this disk, or name another place with `--data-dir`."))
    if free_bytes < NONE_BYTES:
        reason = words(N_("the disk is full: {free} are left"), free=free)
        return Finding(CODE, Verdict.FAIL, str(folder), reason, mend)
    if free_bytes < LITTLE_BYTES:
        reason = words(N_("the disk is nearly full: {free} are left"), free=free)
        return Finding(CODE, Verdict.WARN, str(folder), reason, mend)
    if folder != standing:
        reason = words(N_("will be made at the first start; {free} are free"), free=free)
        return Finding(CODE, Verdict.OK, str(folder), reason)
    return Finding(
        CODE, Verdict.OK, str(folder), words(N_("can be written; {free} free"), free=free)
    )


def _privacy(here: Surroundings, folder: Path) -> Iterator[Finding]:
    mode = folder.stat().st_mode & 0o777
    if mode & _OTHERS:
        command = f"chmod 700 '{folder}'"
        yield Finding(
            "data.folder.rights",
            Verdict.NOTE,
            str(folder),
            words(N_("others on this machine can look into it (mode {mode})"), mode=f"{mode:03o}"),
            words(
                N_("Run `{command}`; the files inside are yours alone either way."),
                command=shown_command(here, linux=command, macos=command),
            ),
        )


CHECK = Check(CODE, N_("data directory"), look)
