"""The command `walletwatch`: its commands, its global options, and how it ends.

A command is loaded when it is asked for (`commands.later`), so that `--help` stays quick.
Exit codes: 0 done, 1 failed while running, 2 wrong use or input (one message on standard error).
"""

from __future__ import annotations

import errno
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from monitor import __version__
from monitor.cli.commands import PLAIN, USAGE, Commands, later, load_all, translate
from monitor.cli.context import NAME, Here, InputError, default_config, default_data_dir, is_there
from monitor.cli.usage import sentence
from monitor.config.mistakes import ConfigError
from monitor.locale import LANGUAGES, N_, SentenceError, Translator, translator

FAILED = 1
WRONG_INPUT = 2
OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""What a full or failing disk says where standard output is a file on it."""
LANGUAGE_VARIABLE = "WALLETWATCH_LANG"
WITH_VALUE = ("--config", "--data-dir", "--lang")
ALONE = ("-v", "-q", "--verbose", "--quiet", "--version")

app = typer.Typer(
    cls=Commands,
    help=N_("The flight recorder beside your wallet: each disconnect, why, and what to do."),
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    **PLAIN,
)
events = typer.Typer(help=N_("Tell what you saw, or know."), cls=Commands, **PLAIN)
configs = typer.Typer(help=N_("Write, check or show the configuration."), cls=Commands, **PLAIN)
database = typer.Typer(help=N_("Care for the database."), cls=Commands, **PLAIN)
services = typer.Typer(help=N_("Watch in the background, as a service."), cls=Commands, **PLAIN)
notices = typer.Typer(help=N_("Desktop notices."), cls=Commands, **PLAIN)
fixes = typer.Typer(
    help=N_("Tell what you did about it; reports compare before and after."),
    cls=Commands,
    **PLAIN,
)

app.command("run", help=N_("Watch, in the foreground, until Ctrl-C."))(later("run.run"))
app.command("check", help=N_("Ask every target once and print what came back."))(
    later("check.check")
)
app.command("status", help=N_("What the running, or the last, daemon sees."))(
    later("status.status")
)
app.command("disconnects", help=N_("List the disconnects."))(later("look.disconnects"))
app.command("explain", help=N_("One disconnect: why, the evidence, what to do."))(
    later("look.explain")
)
app.command("rediagnose", help=N_("Judge stored disconnects anew; tell which verdicts change."))(
    later("rediagnose.rediagnose")
)
app.command("report", help=N_("The weekly report."))(later("report.report"))
app.command("demo", help=N_("A synthetic month and its report, to look around in."))(
    later("demo.demo")
)
app.command("web", help=N_("The live page in the browser, on this machine only."))(later("web.web"))
app.command("snooze", help=N_("No notices for a while: 2h, 30m, until 08:00, off."))(
    later("snooze.snooze")
)
app.command(
    "doctor",
    help=N_(
        "Can it work here, what to mend, and what leaves the machine. Exit 1 at grade F: something "
        "essential cannot work."
    ),
)(later("doctor.doctor"))
app.command("share", help=N_("A bundle without names, for a bug report or the bank's support."))(
    later("share.share")
)
app.command("replay", help=N_("Run over a recorded trace, into an empty data directory."))(
    later("data.replay")
)
app.command("export", help=N_("Write what is stored as a trace."))(later("data.export"))
events.command("add", help=N_("Store a disconnect that you saw."))(later("event.add"))
events.command("import", help=N_("Store the disconnects of a CSV or JSONL file."))(
    later("event.import_")
)
events.command("confirm", help=N_("Say what the cause was, or was not."))(later("event.confirm"))
configs.command("init", help=N_("Write a file with all the defaults."))(later("config.init"))
configs.command("check", help=N_("List every mistake in the file."))(later("config.check"))
configs.command("show", help=N_("Print what is in force."))(later("config.show"))
database.command("info", help=N_("What it holds, and how big it is."))(later("data.info"))
database.command("backup", help=N_("Copy it, also while a daemon runs."))(later("data.backup"))
database.command("restore", help=N_("Put a backup in its place; no daemon may run."))(
    later("data.restore")
)
database.command("prune", help=N_("Delete what is older than the configuration keeps."))(
    later("data.prune")
)
fixes.command("done", help=N_("Say that you carried a fix out."))(later("fix.done"))
fixes.command("list", help=N_("The fixes that were carried out, and those there are."))(
    later("fix.list_")
)
services.command("install", help=N_("Install it for this user, or bring it up to date."))(
    later("service.install")
)
services.command("uninstall", help=N_("Remove it; the data stay."))(later("service.uninstall"))
services.command("status", help=N_("Whether it runs, since when, and in which version."))(
    later("service.status")
)
notices.command("test", help=N_("Show a notice now."))(later("notify.test"))
app.command("completion", help=N_("Print the script that completes these commands in a shell."))(
    later("completion.completion")
)
app.add_typer(events, name="event")
app.add_typer(configs, name="config")
app.add_typer(database, name="db")
app.add_typer(fixes, name="fix")
app.add_typer(notices, name="notify")
app.add_typer(services, name="service")


def _version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def settle(
    ctx: typer.Context,
    config_file: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            envvar="WALLETWATCH_CONFIG",
            readable=False,  # not asked by typer: we have the sentence in both languages
            help=N_("The configuration; none is needed."),
        ),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir",
            metavar="DIR",
            envvar="WALLETWATCH_DATA_DIR",
            readable=False,
            help=N_("Where the data is kept."),
        ),
    ] = None,
    lang: Annotated[
        str,
        typer.Option(
            "--lang",
            metavar="zh|en",
            envvar=LANGUAGE_VARIABLE,
            help=N_("The language; else the system's."),
        ),
    ] = "auto",
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=N_("Log more."))] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help=N_("Log only warnings."))] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help=N_("Print the version.")),
    ] = False,
) -> None:
    """Settle the global options for the command that follows."""
    del version
    if config_file is None and is_there(default_config()):
        config_file = default_config()
    ctx.obj = Here(
        config=config_file,
        data_dir=(data_dir or default_data_dir()).expanduser(),
        tr=translator(lang),
        verbose=verbose,
        quiet=quiet,
    )


def main() -> None:
    """Run the command line; what the user got wrong is told in a sentence, with exit code 2."""
    arguments = globals_first(sys.argv[1:])
    # Python has no such stream where it was closed; what is done is done without a word then.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character shows a mark in its place, not a traceback.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    tr = _translator(arguments)
    command = typer.main.get_command(app)
    translate(command, tr)
    try:
        code = command(args=arguments, prog_name=NAME, standalone_mode=False)
    except typer.TyperException as error:
        if error.message.startswith((USAGE, tr.text(USAGE))):  # asked nothing: here is the help
            _refuse(error.message, prefix="")
        _refuse(sentence(error, tr))
    except ConfigError as error:
        _refuse(error.text(tr), prefix="")
    except SentenceError as error:
        _refuse(tr.filled(error.text, error.values))
    except InputError as error:
        _refuse(str(error))
    except OSError as error:
        if error.errno not in OUTPUT_ERRORS or error.filename is not None:
            raise
        words = tr.text(N_("the output cannot be written: {reason}"))
        typer.echo(f"{NAME}: {words.format(reason=error.strerror)}", err=True)
        _silence()
        raise SystemExit(FAILED) from None
    raise SystemExit(code if isinstance(code, int) else 0)


def _silence() -> None:
    """Let what is left in the output's buffer go, which Python would try to write at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _translator(arguments: list[str]) -> Translator:
    """Return the translator that is asked for; the program ends where that, or a place, is none."""
    wanted = language_asked_for(arguments)
    try:
        tr = translator(wanted)
    except ValueError:
        words = translator("auto").text(N_("'{value}' is not one of {words}"))
        _refuse("--lang: " + words.format(value=wanted, words=", ".join(LANGUAGES)))
    empty = left_empty(arguments)
    if empty:
        _refuse(tr.text(N_("{option}: name a place, this is empty")).format(option=empty))
    return tr


def left_empty(arguments: list[str]) -> str:
    """Return the option that was to name a place and names none; "" where there is none.

    A script's variable that was never set must not mean the directory that one stands in.
    """
    for option in ("--data-dir", "--config"):
        if f"{option}=" in arguments or (option, "") in pairwise(arguments):
            return option
    return ""


def globals_first(arguments: list[str]) -> list[str]:
    """Move the global options to the front: people write them behind the command as well."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in WITH_VALUE:
            front += [argument, *[value for value in [next(waiting, None)] if value is not None]]
        elif argument in ALONE or argument.startswith(tuple(f"{o}=" for o in WITH_VALUE)):
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest


def language_asked_for(arguments: list[str]) -> str:
    """Return the language (the last one named) before anything is parsed: the help is in it."""
    asked = os.environ.get(LANGUAGE_VARIABLE) or "auto"
    for argument, following in pairwise([*arguments, "auto"]):
        if argument == "--lang":
            asked = following
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
    return asked


def whole() -> Any:
    """Return the command with everything below it, for what is made out of the whole tree."""
    return load_all(typer.main.get_command(app))


def _refuse(message: str, prefix: str = f"{NAME}: ") -> NoReturn:
    """Tell what is wrong on standard error and end with exit code 2."""
    from monitor.cli.output import harmless

    typer.echo(harmless(prefix + message), err=True)
    raise SystemExit(WRONG_INPUT)
