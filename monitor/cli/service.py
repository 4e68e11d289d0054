"""`service`: the daemon in the background, kept by the system's own service manager."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor import __version__
from monitor.cli.context import (
    NAME,
    Here,
    InputError,
    default_config,
    default_data_dir,
    here,
    is_there,
)
from monitor.cli.look import Json
from monitor.cli.output import say, say_json
from monitor.cli.service_condition import (
    condition_json,
    print_condition,
    recorded,
    running_version,
    tell_sandbox,
    watched_programs,
)
from monitor.locale import N_, Translator

if TYPE_CHECKING:
    from monitor.service.interface import Installed, Plan, Service, Step

FAILED = 1

NOT_RUNNING = 1

SIGNS = ("walletwatch.db", "walletwatch.lock")
"""One of these lies in each data directory; without, a directory is somebody else's."""
PURGED = (
    "walletwatch.db*",
    "walletwatch-before-*.db*",
    "walletwatch-replaced-*.db*",
    "walletwatch.lock",
    "walletwatch.ask",
    "migrate.lock",
    "names.key*",
    "reports/[0-9][0-9][0-9][0-9]-W[0-9][0-9].html*",
    "service.log",
    "web.html",
    "replay.part/*",
)
"""What the program makes in its data directory, older databases that it kept there as well."""
PURGED_FOLDERS = ("reports", "replay.part")
"""Go once nothing is in them any more."""

DEEDS = {
    "wrote": N_("wrote   {what}"),
    "removed": N_("removed {what}"),
    "ran": N_("ran     {what}"),
}


def install(
    ctx: typer.Context,
    linger: Annotated[
        bool,
        typer.Option("--linger", help=N_("Linux: also while you are not logged in.")),
    ] = False,
    as_root: Annotated[
        bool, typer.Option("--as-root", help=N_("Install it for root itself."))
    ] = False,
) -> None:
    """Install the service for this user, or bring it up to date; tell all that was done."""
    from monitor.service.registry import service

    own = here(ctx)
    _refuse_root(own.tr, as_root=as_root)
    with _refusals(own.tr):
        found = service()
    plan = _plan(own, found)  # a mistake in the settings is told now, not by a dead service
    _refuse_second_daemon(own, plan, found)
    with _refusals(own.tr):
        steps = list(found.install(plan))
        if linger:
            steps += found.linger()
    _tell(steps, own.tr)
    condition = found.condition(__version__, plan.program)
    if not steps:
        say(own.tr.text(N_("Nothing changed: it is installed and runs.")))
    if plan.data_dir != own.data_dir or plan.config != _config(own):
        say(own.tr.text(N_("Kept from the installed service:")) + " " + " ".join(plan.options()))
    tell_sandbox(own, condition)
    if condition.is_ending_with_session and sys.platform == "linux":
        words = N_("It ends when you log out. To keep it running: loginctl enable-linger")
        say(own.tr.text(words))


def uninstall(
    ctx: typer.Context,
    purge_data: Annotated[
        bool, typer.Option("--purge-data", help=N_("Delete what was recorded, too."))
    ] = False,
    as_root: Annotated[
        bool, typer.Option("--as-root", help=N_("Remove that of root itself."))
    ] = False,
) -> None:
    """Stop and remove the service; tell all that was done, and where the data are."""
    from monitor.service.files import purge
    from monitor.service.registry import service

    own = here(ctx)
    _refuse_root(own.tr, as_root=as_root)
    with _refusals(own.tr):
        found = service()
    installed = _installed(found)
    data_dir = recorded(installed, "--data-dir") or own.data_dir
    if purge_data:
        _refuse_foreign(data_dir, own.tr)
    with _refusals(own.tr):
        steps = list(found.uninstall())
    is_changed = bool(steps)
    if purge_data:
        _refuse_watched(data_dir, own.tr)
        with _refusals(own.tr):
            steps += purge(data_dir, PURGED, PURGED_FOLDERS)
    if not is_changed:
        words = N_("It is not installed.") if steps else N_("Nothing changed: it is not installed.")
        say(own.tr.text(words))
    _tell(steps, own.tr)
    if data_dir.exists():
        words = N_("Something in {path} is not ours, and was left.")
        words = words if purge_data else N_("The data stay in {path}")
        say(own.tr.text(words).format(path=data_dir))


def status(ctx: typer.Context, as_json: Json = False) -> None:
    """Tell how the service does; exit 1 where it is not installed or does not run."""
    from monitor.service.registry import service

    own = here(ctx)
    with _refusals(own.tr):
        found = service()
    with _refusals(own.tr):
        condition = found.condition(__version__, program(_platform_module()))
    version = running_version(own, condition)
    if as_json:
        say_json(condition_json(condition, version))
    else:
        print_condition(condition, version, own.tr)
        tell_sandbox(own, condition)
    raise typer.Exit(0 if condition.is_active else NOT_RUNNING)


@contextmanager
def _refusals(tr: Translator) -> Iterator[None]:
    """Tell in a sentence what the system refused, and end with exit code 1."""
    from monitor.service.interface import ServiceError

    try:
        yield
    except ServiceError as error:
        typer.echo(f"{NAME}: {tr.filled(error.text, error.values)}", err=True)
        raise typer.Exit(FAILED) from None


def program(module: str | None = None) -> tuple[str, ...]:
    """Return what starts this very installation, and still does after an upgrade.

    Links are not followed: the one on the search path stays where it is when the version behind
    it changes. `module`: have Python run this module of the package instead.
    """
    if module is not None:
        return (_windowless(Path(sys.executable)), "-P", "-m", module)
    called = Path(sys.argv[0])
    found = shutil.which(called.name)
    if found is not None and called.exists() and Path(found).samefile(called):
        return (str(_absolute(Path(found))),)
    if called.name.startswith("walletwatch") and called.exists():
        return (str(_absolute(called)),)
    return (sys.executable, "-P", "-m", "monitor")


def _absolute(path: Path) -> Path:
    """Return the path from the root; `Path.resolve` would follow links."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _platform_module() -> str | None:
    """Return what is run where a command of ours would open a console window."""
    return "monitor.daemon" if sys.platform == "win32" else None


def _windowless(python: Path) -> str:
    """Return the Python beside this one that opens no window, if there is one."""
    beside = python.with_name("pythonw.exe")
    return str(beside if beside.exists() else python)


def _plan(own: Here, found: Service) -> Plan:
    """Return what is to run: what was asked for now, else what is installed, else the defaults."""
    from monitor.service.interface import Plan, Sandbox

    installed = _installed(found)
    data_dir, config = own.data_dir, _config(own)
    if data_dir == default_data_dir():
        data_dir = recorded(installed, "--data-dir") or data_dir
    config = config or recorded(installed, "--config")
    started = program(_platform_module())
    _refuse_unstartable(started, own.tr)
    for path in (data_dir, config):
        if path is not None and not str(path).isprintable():
            words = own.tr.text(N_("{path!r} cannot be written into a service: name another path"))
            raise InputError(words.format(path=str(path)))
    # Where users may not make namespaces it is tried anew by each version, not each time.
    sandbox = Sandbox.FULL
    if installed is not None and installed.version == __version__:
        sandbox = installed.sandbox
    if watched_programs(replace(own, config=config or own.config)):
        sandbox = Sandbox.REDUCED
    return Plan(__version__, started, _absolute(data_dir), own.tr.language, config, sandbox)


def _config(own: Here) -> Path | None:
    """Return the configuration where it is not the usual one."""
    if own.config is None or own.config == default_config():
        return None
    return _absolute(own.config.expanduser())


def _installed(found: Service) -> Installed | None:
    """Return what the installed file says; None where there is none."""
    from monitor.service.files import content

    raw = content(found.path)
    return None if raw is None else found.read(raw)


def _refuse_root(tr: Translator, *, as_root: bool) -> None:
    """Refuse to work for root by accident: nothing here needs it, and root sees no notices.

    Raises:
        InputError: root runs this and does not say that it means it.
    """
    if not as_root and hasattr(os, "geteuid") and os.geteuid() == 0:
        words = N_(
            "a service belongs to the user whose desktop shows the notices, and needs no root: "
            "run this as that user, without sudo; where root itself is meant, add --as-root"
        )
        raise InputError(tr.text(words))


def _refuse_unstartable(started: Sequence[str], tr: Translator) -> None:
    """Refuse a program that only runs from where this one was called.

    Raises:
        InputError: it does not answer, from the root directory, with this version.
    """
    from monitor.service.files import run_command

    if sys.platform == "win32":
        return  # a program without a window answers nothing
    ran = run_command(["env", "-C", "/", "-u", "PYTHONPATH", *started, "--version"])
    if ran.code != 0 or __version__ not in ran.out:
        words = tr.text(
            N_(
                "{command} cannot be started by a service: install walletwatch "
                "(pipx install walletwatch) and run walletwatch service install"
            )
        )
        raise InputError(words.format(command=" ".join(started)))


def _refuse_second_daemon(own: Here, plan: Plan, found: Service) -> None:
    """Refuse where somebody else watches with the same data directory.

    Raises:
        InputError: it is not the service itself.
    """
    condition = found.condition(__version__, plan.program)
    if not condition.is_active:
        _refuse_watched(plan.data_dir, own.tr)


def _refuse_foreign(data_dir: Path, tr: Translator) -> None:
    """Refuse to delete in a directory that is none of ours, or that cannot be looked into.

    Raises:
        InputError: it is there, and nothing in it tells that walletwatch kept its data there.
    """
    if is_there(data_dir) and not any(is_there(data_dir / name) for name in SIGNS):
        words = N_("{path} holds no data of walletwatch: nothing was deleted, nor uninstalled")
        raise InputError(tr.text(words).format(path=data_dir))


def _refuse_watched(data_dir: Path, tr: Translator) -> None:
    """Refuse while a daemon uses the data directory.

    Raises:
        InputError: one does.
    """
    from monitor.store.lock import holder

    pid = holder(data_dir)
    if pid is not None:
        words = N_("walletwatch run (process {pid}) watches with {path}: end it first")
        raise InputError(tr.text(words).format(pid=pid, path=data_dir))


def _tell(steps: Sequence[Step], tr: Translator) -> None:
    for step in steps:
        say(tr.text(DEEDS[step.deed]).format(what=step.what))
