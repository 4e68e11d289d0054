"""How the command line is put together: a command is loaded when it is asked for.

Loading all of them would more than double the time that `--help` takes, and each command's start.
The words of the help's frame ("Usage: ") are typer's own English; they go through our catalogue.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from monitor.cli.context import InputError
from monitor.locale import N_, Translator, translator

PLAIN: dict[str, Any] = {"rich_markup_mode": None, "no_args_is_help": True}
"""rich would more than double the time that `--help` takes."""

USAGE = "Usage: "
FRAME: Mapping[str, str] = {
    USAGE: N_("Usage: "),
    "[OPTIONS]": N_("[OPTIONS]"),
    "COMMAND [ARGS]...": N_("COMMAND [ARGS]..."),
    "Options:": N_("Options:"),
    "Arguments:": N_("Arguments:"),
    "Commands:": N_("Commands:"),
    "[required]": N_("[required]"),
    "; required]": N_("; required]"),
    "[default: ": N_("[default: "),
}
"""What typer writes around our own words, and how that is marked for the catalogue."""
_FRAME = re.compile("|".join(re.escape(words) for words in FRAME))

_BEGINNING = "monitor.cli."


class _Framed:
    """What commands and groups of them have alike: help in the user's language."""

    tr: Translator = translator("en")

    def get_help(self, ctx: Any) -> str:
        """Return the help, its frame translated."""
        return framed(super().get_help(ctx), self.tr)  # type: ignore[misc]

    def get_help_option(self, ctx: Any) -> Any:
        """Return `--help` itself, in the user's language."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = self.tr.text(N_("Show this page."))
            take_plainly(option, self.tr)
        return option


class Command(_Framed, TyperCommand):
    """A command whose help is in the user's language."""


class Commands(_Framed, TyperGroup):
    """Commands below one name, each loaded when it is asked for."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Load the command that is asked for, and return what typer makes of it."""
        self.load(args[0])
        return super().resolve_command(ctx, args)

    def load(self, name: str) -> None:
        """Put the command itself in the place of its stand-in."""
        stand_in = self.commands.get(name)
        place = getattr(getattr(stand_in, "callback", None), "place", None)
        if stand_in is not None and place is not None:
            self.commands[name] = real(name, place, stand_in)
            translate(self.commands[name], self.tr)


def later(place: str) -> Callable[[], None]:
    """Return a stand-in for the function at `place`, as in "event.add" for `monitor.cli.event`."""

    def stand_in() -> None:
        """Never called: `Commands.load` takes its place first."""

    stand_in.place = place  # type: ignore[attr-defined]
    return stand_in


def real(name: str, place: str, stand_in: Any) -> Any:
    """Return the command at `place`, with the stand-in's help."""
    module, _, function = place.partition(".")
    callback = getattr(importlib.import_module(_BEGINNING + module), function)
    one = typer.Typer(add_completion=False, rich_markup_mode=None)
    one.command(name, cls=Command, help=stand_in.help, hidden=stand_in.hidden)(callback)
    return typer.main.get_command(one)


def load_all(command: Any) -> Any:
    """Return the command with everything below it loaded: for what needs the whole tree."""
    for name in list(getattr(command, "commands", {})):
        command.load(name)
        load_all(command.commands[name])
    return command


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with the words that name it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
        return
    for name, each in below.items():
        yield from leaves(each, (*path, name))


def translate(command: Any, tr: Translator) -> None:
    """Put a command's help, and that of everything below it, into the user's language."""
    command.tr = tr
    for told in (command, *command.params):
        if getattr(told, "help", None):
            told.help = tr.text(told.help)
    for parameter in command.params:
        take_plainly(parameter, tr)
    for below in getattr(command, "commands", {}).values():
        translate(below, tr)


def framed(text: str, tr: Translator) -> str:
    """Return a help text of typer with its frame in the user's language."""
    if tr.language == "en":
        return text
    return _FRAME.sub(lambda found: tr.text(FRAME[found[0]]), text)


class Plainly:
    """Takes one value of a plain type, with our sentence where it is none.

    typer has pydantic do that, which takes an eighth of a second to load, at each start.
    """

    def __init__(self, parameter: Any, tr: Translator) -> None:
        self._kind = parameter.type_descriptor.annotation
        self._name = parameter.opts[0] if parameter.opts[0][:1] == "-" else parameter.metavar
        self._least = parameter.type_descriptor.parameter_info.min
        self._most = parameter.type_descriptor.parameter_info.max
        self._tr = tr

    def coerce(self, value: Any, **_: Any) -> Any:
        """Return the value; None where there is none.

        Raises:
            InputError: it is no number, or none that makes sense here.
        """
        if value is None or isinstance(value, self._kind):
            return value
        try:
            taken = self._kind(value)
        except ValueError:
            whole = self._tr.text(N_("{name}: '{value}' is not a whole number"))
            any_number = self._tr.text(N_("{name}: '{value}' is not a number"))
            words = whole if self._kind is int else any_number
            raise InputError(words.format(name=self._name, value=value)) from None
        is_within = (self._least is None or taken >= self._least) and (
            self._most is None or taken <= self._most
        )
        if self._kind in (int, float) and not is_within:
            raise InputError(self._range(value))
        return taken

    def _range(self, value: str) -> str:
        """Return the sentence for a number that is too small or too great."""
        if self._most is None:
            words = self._tr.text(N_("{name}: '{value}' is below {least}"))
        elif self._least is None:
            words = self._tr.text(N_("{name}: '{value}' is above {most}"))
        else:
            words = self._tr.text(N_("{name}: '{value}' is not between {least} and {most}"))
        places = {"name": self._name, "value": value, "least": self._least, "most": self._most}
        return words.format(**places)


PLAIN_KINDS = (bool, str, int, float, Path)


def take_plainly(parameter: Any, tr: Translator) -> None:
    """Have a parameter of a plain type take its value without pydantic.

    A typer that keeps its own way somewhere else ignores this: it is slower then, and a test
    says so.
    """
    described = getattr(parameter, "type_descriptor", None)
    is_one = parameter.nargs == 1 and not getattr(parameter, "multiple", False)
    if described is not None and is_one and described.annotation in PLAIN_KINDS:
        parameter._runtime_param = Plainly(parameter, tr)
