"""How the installed service does: as `service status` tells it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import __version__
from monitor.cli.context import Here
from monitor.cli.output import say
from monitor.locale import N_, Translator

if TYPE_CHECKING:
    from monitor.service.interface import Condition, Installed


def running_version(own: Here, condition: Condition) -> str | None:
    """Return the version of the daemon that runs, from the store; None where none is known."""
    from monitor.store.interface import StoreError

    data_dir = recorded(condition.installed, "--data-dir") or own.data_dir
    if not condition.is_active:
        return None
    from monitor.store.sqlite import open_store

    try:
        store = open_store(data_dir, readonly=True)
    except StoreError:
        return None  # whether it runs can be told all the same
    try:
        run = store.last_run()
    finally:
        store.close()
    return None if run is None else run.version


def recorded(installed: Installed | None, option: str) -> Path | None:
    """Return the path that the installed service was given; None where it was not."""
    value = None if installed is None else installed.option(option)
    return None if value is None else Path(value)


def watched_programs(own: Here) -> list[str]:
    """Return the programs whose connections are watched.

    The kernel shows them to processes of the same user namespace only (ptrace(2), "Ptrace access
    mode checking"), and the full sandbox is a namespace of its own.
    """
    wallets = own.settings().wallets.values()
    return [wallet.process for wallet in wallets if wallet.enabled and wallet.process]


def condition_json(condition: Condition, running_version: str | None) -> dict[str, object]:
    """Return everything as one object."""
    from monitor.cli.present import iso

    installed = condition.installed
    return {
        "installed": installed is not None,
        "enabled": condition.is_enabled,
        "active": condition.is_active,
        "state": condition.state,
        "since": None if condition.since_ms is None else iso(condition.since_ms),
        "pid": condition.pid,
        "restarts": condition.restarts,
        "watchdog_at": None if condition.watchdog_at_ms is None else iso(condition.watchdog_at_ms),
        "path": str(condition.path),
        "text_current": condition.is_text_current,
        "sandbox": None if installed is None else installed.sandbox.value,
        "version": __version__,
        "installed_version": None if installed is None else installed.version,
        "running_version": running_version,
        "ends_with_session": condition.is_ending_with_session,
    }


def print_condition(condition: Condition, running_version: str | None, tr: Translator) -> None:
    """Print it for people, and what is to be done, if anything is."""
    from monitor.cli.output import say_pairs

    installed = condition.installed
    if installed is None:
        say(tr.text(N_("Not installed: walletwatch service install")))
        return
    yes, no = tr.text(N_("yes")), tr.text(N_("no"))
    pairs = [
        (tr.text(N_("file")), str(condition.path)),
        (tr.text(N_("starts at log-in")), yes if condition.is_enabled else no),
        (tr.text(N_("runs")), yes if condition.is_active else no),
        (tr.text(N_("state")), condition.state),
    ]
    if condition.is_active and condition.since_ms is not None:
        pairs.append((tr.text(N_("since")), _instant(condition.since_ms)))
    if condition.pid is not None:
        pairs.append((tr.text(N_("process")), str(condition.pid)))
    if condition.restarts is not None:
        pairs.append((tr.text(N_("restarts")), str(condition.restarts)))
    if condition.watchdog_at_ms is not None:
        pairs.append((tr.text(N_("hung last")), _instant(condition.watchdog_at_ms)))
    pairs.append((tr.text(N_("version")), running_version or installed.version or "?"))
    say_pairs(pairs)
    _advise(condition, running_version, tr)


def _advise(condition: Condition, running_version: str | None, tr: Translator) -> None:
    """Tell what is to be done, if anything is."""
    again = N_("walletwatch service install brings it up to date.")
    installed = condition.installed
    if not condition.is_active:
        say(tr.text(N_("It is installed but does not run: walletwatch service install starts it.")))
    elif running_version is not None and running_version != __version__:
        words = tr.text(N_("What runs is {running}, what is installed is {version}:"))
        say(words.format(running=running_version, version=__version__) + " " + tr.text(again))
    elif not condition.is_text_current and installed is not None:
        words = tr.text(N_("The file was written by {version}, or was changed:"))
        say(words.format(version=installed.version or "?") + " " + tr.text(again))


def tell_sandbox(own: Here, condition: Condition) -> None:
    """Tell where the sandbox is smaller than it could be, and where it is in the way."""
    if condition.installed is None or sys.platform != "linux":
        return
    config = recorded(condition.installed, "--config") or own.config
    programs = ", ".join(watched_programs(replace(own, config=config)))
    is_reduced = condition.installed.sandbox == "reduced"
    if is_reduced and programs:
        words = N_(
            "It watches {programs}, which cannot be seen from within a namespace: "
            "so it runs with fewer restrictions."
        )
    elif is_reduced:
        words = N_(
            "It runs with fewer restrictions: the namespaces that would let it write to its data "
            "directory alone are not allowed to users here."
        )
    elif programs:
        words = N_(
            "The configuration has come to watch {programs}, which its restrictions hide: "
            "walletwatch service install adapts them."
        )
    else:
        return
    say(own.tr.text(words).format(programs=programs))


def _instant(at_ms: int) -> str:
    from monitor.clock import local
    from monitor.report.amounts import instant

    return instant(local(at_ms))
