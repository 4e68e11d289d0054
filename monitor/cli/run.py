"""`run`: the daemon in the foreground."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from monitor.cli.context import here
from monitor.locale import N_

LOUD_LIBRARIES = ("apscheduler", "alembic")
"""They speak at every turn; only their warnings are of use."""


def run(
    ctx: typer.Context,
    duration: Annotated[
        float | None,
        typer.Option("--duration", min=0.0, metavar="S", help=N_("End after so many seconds.")),
    ] = None,
) -> None:
    """Watch until Ctrl-C, SIGTERM or the end of `--duration`."""
    from monitor.daemon.run import run as watch

    own = here(ctx)
    settings = own.settings()
    live = sys.stdout.isatty() and not own.quiet
    _log(verbose=own.verbose, quiet=own.quiet, live=live)
    code = watch(settings, own.data_dir, tr=own.tr, duration_s=duration, live=live)
    raise typer.Exit(code)


def _log(*, verbose: bool, quiet: bool, live: bool) -> None:
    """Send log lines to standard error; beside a live table only what is broken."""
    level = logging.WARNING if quiet else logging.INFO
    if live:
        level = logging.ERROR
    if verbose:
        level = logging.DEBUG
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in LOUD_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
