"""What every command begins from: the files, the language, and how loud to be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from monitor.locale import N_, Translator

if TYPE_CHECKING:
    from monitor.config.settings import Settings
    from monitor.store.sqlite import Store

NAME = "walletwatch"


class InputError(Exception):
    """The user's input cannot be used; the message is one sentence with the place and the mend."""


@dataclass(frozen=True, slots=True)
class Here:
    """The global options, settled."""

    config: Path | None
    """None: there is no file, the defaults are in force."""
    data_dir: Path
    tr: Translator
    verbose: bool = False
    quiet: bool = False

    def settings(self) -> Settings:
        """Read the configuration.

        Raises:
            ConfigError: the file cannot be used.
        """
        from monitor.config.decode import load

        return load(self.config)

    def controls(self) -> frozenset[str]:
        """Return the names of the wallets that are watched as controls."""
        return self.settings().controls()

    @contextmanager
    def store(
        self, *, readonly: bool = False, must_exist: bool = False, fresh: bool = False
    ) -> Iterator[Store]:
        """Open the store for the time of a command.

        `must_exist`: the command has nothing to store where nothing was recorded yet.
        `fresh`: a daemon that runs first writes what it still holds in memory.

        Raises:
            StoreError: it cannot be opened.
        """
        from monitor.store.asking import ask_and_wait
        from monitor.store.lock import holder
        from monitor.store.place import DATABASE_NAME
        from monitor.store.sqlite import open_store

        if fresh and not ask_and_wait(self.data_dir) and (pid := holder(self.data_dir)):
            words = N_("the daemon (process {pid}) does not answer: what it holds is missing here")
            typer.echo(f"{NAME}: {self.tr.text(words).format(pid=pid)}", err=True)
        if must_exist and not is_there(self.data_dir / DATABASE_NAME):
            open_store(self.data_dir, readonly=True).close()  # which says so
        store = open_store(self.data_dir, readonly=readonly)
        try:
            yield store
        finally:
            store.close()


def here(ctx: typer.Context) -> Here:
    """Return what the global options said."""
    found = ctx.obj
    assert isinstance(found, Here)
    return found


def default_config() -> Path:
    """Return where the configuration is looked for when nobody names a file."""
    from platformdirs import user_config_path

    return user_config_path(NAME, appauthor=False) / "config.toml"


def is_there(path: Path) -> bool:
    """Tell whether something stands at the path, or may: whoever opens it says why it cannot."""
    try:
        return path.exists()
    except OSError:
        return True


def default_data_dir() -> Path:
    """Return where the data lie when nobody names a directory."""
    from platformdirs import user_data_path

    return user_data_path(NAME, appauthor=False)
