"""What a check is and what it finds. The words stay apart from their values until they are said."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from monitor.config.mistakes import ConfigError
from monitor.config.settings import Settings
from monitor.locale import Translator
from monitor.model import StateValue


class Verdict(StrEnum):
    """What a check makes of what it saw."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing is worse for it."""
    WARN = "warn"
    """walletwatch works, and sees less or worse than it could."""
    FAIL = "fail"
    """Something does not work."""
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"
    """It could not be found out, or not in time."""


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence in English, marked for the catalogue, and what fills its places."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def said(self, tr: Translator) -> str:
        """Return the sentence in the user's language."""
        return tr.filled(self.text, self.values)


def words(text: str, **values: object) -> Words:
    """Return the sentence with its values; the text is marked with `N_` where this is called."""
    return Words(text, values)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found about one thing."""

    code: str
    """Stable: `group.subject`; the part before the dot is one of `GROUPS`."""
    verdict: Verdict
    subject: str
    """The very thing: an address, a service, a path; empty where the code says it all."""
    reason: Words
    mend: Words | None = None
    """What to do on this system; None where nothing has to be done."""
    detail: str = ""
    """The system's own words."""


class System(StrEnum):
    """The systems whose mends differ."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"
    OTHER = "other"


_SYSTEMS = {"linux": System.LINUX, "darwin": System.MACOS, "win32": System.WINDOWS}


def system_of(platform: str) -> System:
    """Return the system that `sys.platform` names."""
    return _SYSTEMS.get(platform, System.OTHER)


def shown_command(
    here: "Surroundings", *, linux: str = "", macos: str = "", windows: str = ""
) -> str:
    """Return the command of this system; empty where there is none."""
    commands = {System.LINUX: linux, System.MACOS: macos, System.WINDOWS: windows}
    return commands.get(here.system, "")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every check begins from."""

    settings: Settings
    """The defaults where the file cannot be used."""
    config: Path | None
    """None: there is no file."""
    config_error: ConfigError | None
    data_dir: Path
    states: Mapping[str, StateValue]
    """One reading of every device reader."""
    environment: Mapping[str, str]
    system: System
    language: str


class Look(Protocol):
    """The work of a check."""

    def __call__(self, here: Surroundings) -> Iterable[Finding]:
        """Look once; ends within the check's `limit_s` where the system lets it."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """One file of `checks/`."""

    code: str
    """Of its findings, or the beginning of their codes."""
    title: str
    """What it is about, marked for the catalogue."""
    look: Callable[[Surroundings], Iterable[Finding]]
    limit_s: float = 6.0
    """Beyond it the answer is "not known"."""
