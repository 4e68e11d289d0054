"""What a service is told to do, what became of it, and what each system's manager can do.

Nothing here needs root: a service belongs to the user whose desktop sees the notices.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from monitor.locale import SentenceError
from monitor.model import EpochMs

NAME = "walletwatch"


class ServiceError(SentenceError):
    """The service cannot be had here: one sentence with the place and the mend."""


class Sandbox(StrEnum):
    """How much of the machine the service is kept from."""

    FULL = "full"
    """Everything the unit knows of: own view of the disk, and fewer system calls."""
    REDUCED = "reduced"
    """Only what needs no user namespace; some systems forbid users to make one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run in the background."""

    version: str
    program: tuple[str, ...]
    """The absolute path that stays across upgrades, and what makes it `walletwatch`."""
    data_dir: Path
    language: str
    config: Path | None = None
    """None: the usual place, if a file is there."""
    sandbox: Sandbox = Sandbox.FULL

    def options(self) -> tuple[str, ...]:
        """Return the global options of whoever installed it."""
        config = () if self.config is None else ("--config", str(self.config))
        data_dir = ("--data-dir", str(self.data_dir))
        return (*config, *data_dir, "--lang", self.language)


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installed file says of itself; None where it does not."""

    version: str | None = None
    command: tuple[str, ...] = ()
    sandbox: Sandbox = Sandbox.FULL

    def option(self, name: str) -> str | None:
        """Return what follows an option on its command line; None where it is not there."""
        words = list(self.command)
        if name not in words[:-1]:
            return None
        return words[words.index(name) + 1]


class Deed(StrEnum):
    """What was done to the system."""

    WROTE = "wrote"
    REMOVED = "removed"
    RAN = "ran"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done: a file, or a command line."""

    deed: Deed
    what: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What the system's manager says of the service; None: it does not say."""

    path: Path
    installed: Installed | None
    """None: there is no file."""
    is_text_current: bool
    """The file is what this version writes for the same options."""
    is_enabled: bool = False
    is_active: bool = False
    state: str = "inactive"
    """The manager's own word."""
    since_ms: EpochMs | None = None
    pid: int | None = None
    restarts: int | None = None
    watchdog_at_ms: EpochMs | None = None
    """When it was last ended because it hung."""
    is_ending_with_session: bool = False
    """It ends when its user logs out."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command answered."""

    code: int
    out: str = ""
    err: str = ""


Run = Callable[[Sequence[str]], Ran]
"""Runs a command line and waits for it; code 127 where there is no such program."""


class Service(Protocol):
    """The service manager of one system."""

    @property
    def path(self) -> Path:
        """Return the file that is installed."""
        ...

    def text(self, plan: Plan) -> bytes:
        """Return what the file holds."""
        ...

    def read(self, raw: bytes) -> Installed:
        """Return what a file that `text` wrote says; of another's, what can be understood."""
        ...

    def install(self, plan: Plan) -> Sequence[Step]:
        """Bring the system to run the plan; nothing is done where it does already.

        Raises:
            ServiceError: the system has no manager, or it refused.
        """
        ...

    def uninstall(self) -> Sequence[Step]:
        """End the service and remove its file; nothing is done where there is none.

        Raises:
            ServiceError: the system has no manager, or it refused.
        """
        ...

    def condition(self, version: str, program: tuple[str, ...]) -> Condition:
        """Return how the service does, held beside what this version would write."""
        ...

    def linger(self) -> Sequence[Step]:
        """Have it run while its user is not logged in, too.

        Raises:
            ServiceError: this system has no such thing, or refused.
        """
        ...
