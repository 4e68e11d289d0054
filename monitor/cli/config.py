"""`config`: write, check and show the configuration."""

from __future__ import annotations

import typer

from monitor.cli.context import InputError, default_config, here
from monitor.cli.output import say
from monitor.locale import N_


def init(ctx: typer.Context) -> None:
    """Write the commented defaults where they are looked for; a file that is there is kept."""
    from monitor.config.toml import example

    own = here(ctx)
    path = own.config or default_config()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(example())
    except FileExistsError:
        words = own.tr.text(N_("{file} already exists; name another, or move it away"))
        raise InputError(words.format(file=path)) from None
    except OSError as error:
        words = own.tr.text(N_("{file} cannot be written: {reason}"))
        raise InputError(words.format(file=path, reason=error.strerror or error)) from None
    say(own.tr.text(N_("Written to {file}.")).format(file=path))


def check(ctx: typer.Context) -> None:
    """Read the file and tell every mistake in it."""
    own = here(ctx)
    own.settings()
    if own.config is None:
        words = own.tr.text(N_("There is no file ({file}); the defaults are in force."))
        say(words.format(file=default_config()))
    else:
        say(own.tr.text(N_("{file} is good.")).format(file=own.config))


def show(ctx: typer.Context) -> None:
    """Print what is in force, as TOML."""
    from monitor.config.toml import as_toml

    say(as_toml(here(ctx).settings()).rstrip("\n"))
