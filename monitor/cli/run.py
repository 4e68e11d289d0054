"""`run`: the daemon in the foreground."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.context import Here, here
from monitor.locale import N_

ROOT = Path(__file__).resolve().parents[2]
"""Where this very package lies: the daemon must be of the same version."""


def run(
    ctx: typer.Context,
    duration: Annotated[
        float | None,
        typer.Option("--duration", min=0.0, metavar="S", help=N_("End after so many seconds.")),
    ] = None,
) -> None:
    """Watch until Ctrl-C, SIGTERM or the end of `--duration`."""
    own = here(ctx)
    own.settings()  # a mistake in the file is told before anything else happens
    sys.stdout.flush()
    become(command(own, duration, live=sys.stdout.isatty() and not own.quiet))


def command(own: Here, duration_s: float | None, *, live: bool) -> list[str]:
    """Return the command line of the daemon's own program (see `daemon.__main__`)."""
    level = "WARNING" if own.quiet else "ERROR" if live else "INFO"
    line = [sys.executable, "-P", "-m", "monitor.daemon"]
    line += ["--data-dir", str(own.data_dir), "--lang", own.tr.language]
    line += ["--log", "DEBUG" if own.verbose else level]
    if own.config is not None:
        line += ["--config", str(own.config)]
    if duration_s is not None:
        line += ["--duration", str(duration_s)]
    return [*line, "--live"] if live else line


def become(line: list[str]) -> None:
    """Turn this process into the given program: same pid, same terminal, same signals.

    Windows has no such thing; there the program is a child, and its exit code becomes ours.
    """
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    if os.name == "posix":
        from monitor.daemon.ending import end_signals

        # A signal that comes between here and the daemon's own handlers waits for these: they
        # end the daemon in good order, where Python, still loading, would end with a traceback.
        signal.pthread_sigmask(signal.SIG_BLOCK, end_signals())
        os.execve(line[0], line, environment)
    raise typer.Exit(subprocess.run(line, env=environment, check=False).returncode)
