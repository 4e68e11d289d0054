"""`completion`: what a shell needs to complete our commands, made from the commands themselves.

The script holds the names, so that Tab starts nothing; what only this machine knows (numbers of
disconnects, weeks, wallets) it asks from `completion --values`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from monitor.cli.context import Here, InputError, here
from monitor.cli.output import say
from monitor.locale import N_

SHELLS = ("bash", "zsh", "fish")
FILES = "files"
FOLDERS = "folders"
KINDS = ("ids", "weeks", "wallets", "causes", "fixes", "formats")
"""What `--values` tells; the others are words of the script itself."""
_BY_OPTION = {
    "--wallet": "wallets",
    "--week": "weeks",
    "--format": "formats",
    "--cause": "causes",
    "--lang": "zh en",
    "--since": "1d 7d 30d",
}
_BY_ARGUMENT = {"explain": "ids", "event confirm": "ids", "share": "ids", "fix done": "fixes"}
_ARGUMENT_WORDS = {"snooze": "30m 2h until off", "completion": " ".join(SHELLS)}
MOST_IDS = 50
"""So many newest disconnects are offered; a longer list helps nobody."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command."""

    names: tuple[str, ...]
    help: str
    value: str | None
    """None: it takes none. Else one of KINDS, FILES, FOLDERS, or the words themselves."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the command line where something can be completed."""

    path: str
    """The words so far: "", "event", "event add"."""
    below: tuple[tuple[str, str], ...]
    """Commands that may follow, each with its help."""
    options: tuple[Option, ...]
    argument: str | None
    """What the argument is, as in `Option.value`; None: there is none."""


def places(command: Any, path: str = "") -> Iterator[Place]:
    """Yield every place of a whole command tree."""
    shown = {n: c for n, c in getattr(command, "commands", {}).items() if not c.hidden}
    options = [p for p in command.params if p.opts[0].startswith("-") and not p.hidden]
    arguments = [p for p in command.params if not p.opts[0].startswith("-")]
    yield Place(
        path,
        tuple((name, each.help or "") for name, each in shown.items()),
        tuple(Option((*p.opts,), p.help or "", _value(p)) for p in options),
        _argument(path, arguments[0]) if arguments else None,
    )
    for name, each in shown.items():
        yield from places(each, f"{path} {name}".strip())


def _value(parameter: Any) -> str | None:
    """Return what an option's value is."""
    if parameter.is_flag:
        return None
    known = _BY_OPTION.get(parameter.opts[0])
    return known if known is not None else _by_metavar(parameter.metavar or "")


def _argument(path: str, parameter: Any) -> str:
    """Return what a command's argument is."""
    known = _BY_ARGUMENT.get(path, _ARGUMENT_WORDS.get(path))
    return known if known is not None else _by_metavar(parameter.metavar or "")


def _by_metavar(metavar: str) -> str:
    if metavar == "DIR":
        return FOLDERS
    return FILES if "FILE" in metavar or "." in metavar else ""


def completion(
    ctx: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help=N_("bash, zsh or fish."))] = "",
    values: Annotated[
        str, typer.Option("--values", hidden=True, metavar="KIND", help="For the scripts.")
    ] = "",
) -> None:
    """Print the script that lets a shell complete walletwatch's commands."""
    own = here(ctx)
    if values:
        for word in known_values(values, own):
            say(word)
        return
    if shell not in SHELLS:
        words = own.tr.text(N_("'{value}' is not one of {words}"))
        raise InputError(words.format(value=shell, words=", ".join(SHELLS)))
    from monitor.cli.commands import translate
    from monitor.cli.completion_scripts import SCRIPTS
    from monitor.cli.main import whole

    command = whole()
    translate(command, own.tr)
    say(SCRIPTS[shell](tuple(places(command))).rstrip("\n"))


def known_values(kind: str, own: Here) -> Sequence[str]:
    """Return the words of a kind; none where there is nothing to read: Tab does not complain."""
    from monitor.config.mistakes import ConfigError
    from monitor.model import CauseCode, FixCode
    from monitor.report.registry import FORMATS
    from monitor.store.interface import StoreError

    fixed: dict[str, list[str]] = {
        "causes": [*CauseCode],
        "fixes": [*FixCode],
        "formats": list(FORMATS),
    }
    if kind in fixed:
        return fixed[kind]
    try:
        if kind == "wallets":
            return list(own.settings().wallets)
        if kind in ("ids", "weeks"):
            return _stored(kind, own)
    except (StoreError, ConfigError):
        return []
    return []


def _stored(kind: str, own: Here) -> list[str]:
    """Return what the store's newest disconnects offer."""
    from monitor.report.weeks import week_of

    with own.store(readonly=True) as store:
        newest = sorted(store.disconnects(), key=lambda one: one.started_at_ms, reverse=True)
    if kind == "ids":
        return [str(one.id) for one in newest[:MOST_IDS]]
    weeks = (week_of(one.started_at_ms, None).name for one in newest)
    return ["this", "last", *dict.fromkeys(weeks)]
