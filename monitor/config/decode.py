"""TOML to frozen settings, or every mistake at once with its place.

Starts from the defaults and lays the file over them: a key that is not there keeps its default.
A key's type is its default's type; a whole number is welcome where a fraction is expected, and
true/false is never a number.
"""

import errno
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from monitor.config.mistakes import ConfigError, Mistake
from monitor.config.rules import RULES
from monitor.config.settings import Settings, WalletSettings
from monitor.locale import N_

__all__ = ["ConfigError", "load"]

S = TypeVar("S")
WALLETS = "wallets"
MOST_BYTES = 4 * 1024 * 1024
"""Every certificate of a system is a quarter of it; a configuration has some hundred lines."""
_WRONG_TYPE = {
    bool: N_("must be true or false, not {value}"),
    int: N_("must be a whole number, not {value}"),
    float: N_("must be a number, not {value}"),
    str: N_("must be a text in quotes, not {value}"),
    tuple: N_("must be a list of texts, not {value}"),
    dict: N_("must be a table, not {value}"),
}
_TOML_PLACE = re.compile(
    r"(?P<words>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)",
    re.DOTALL,
)
_MISSING = object()


@dataclass(slots=True)
class _Reading:
    """A file while it is read: where it lies, and what was found wrong so far."""

    folder: Path
    mistakes: list[Mistake] = field(default_factory=list)

    def wrong(self, place: str, msgid: str, **values: object) -> None:
        """Note a mistake and carry on."""
        self.mistakes.append(Mistake(place, msgid, values))


def load(path: Path | None) -> Settings:
    """Return the settings of the file laid over the defaults; for None the defaults.

    Raises:
        ConfigError: the file cannot be read or holds mistakes; it carries all of them.
    """
    if path is None:
        return Settings()
    reading = _Reading(path.parent)
    document = _parse(path)
    settings = _settings(document, reading)
    if reading.mistakes:
        raise ConfigError(str(path), reading.mistakes)
    return settings


def _parse(path: Path) -> dict[str, Any]:
    """Return the file's tables; a file that is no TOML has one mistake, at its place."""
    try:
        # Windows' editors put a byte order mark before UTF-8; TOML itself knows none.
        return tomllib.loads(_content(path).decode("utf-8-sig"))
    except OSError as error:
        reason = error.strerror or str(error)
        mistake = Mistake("", N_("it cannot be read: {reason}"), {"reason": reason})
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        words = N_("line {line}: this is not UTF-8 text; save the file as UTF-8")
        mistake = Mistake("", words, {"line": line})
    except tomllib.TOMLDecodeError as error:
        mistake = _not_toml(str(error))
    raise ConfigError(str(path), [mistake]) from None


def _content(path: Path) -> bytes:
    """Return what is in a file; one that never ends, such as a device, is refused.

    Raises:
        OSError: it cannot be read, or is larger than any such file.
    """
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return content


def _not_toml(said: str) -> Mistake:
    """Return the mistake that tomllib found, its place in the user's language."""
    found = _TOML_PLACE.fullmatch(said)
    if found is None:
        return Mistake("", N_("this is not TOML: {words}"), {"words": said})
    if found["line"] is None:
        return Mistake("", N_("at its end: this is not TOML: {words}"), {"words": found["words"]})
    return Mistake(
        "", N_("line {line}, column {column}: this is not TOML: {words}"), found.groupdict()
    )


def _settings(document: dict[str, Any], reading: _Reading) -> Settings:
    """Lay every table of the file over the default settings."""
    defaults = Settings()
    sections = set(_sections())
    top = {key: value for key, value in document.items() if key not in sections}
    settings = _overlay(defaults, top, "", "", reading)
    changes: dict[str, Any] = {}
    for name, value in document.items():
        if name not in sections:
            continue
        if not isinstance(value, dict):
            _wrong_type(f"[{name}]", {}, value, reading)
        elif name == WALLETS:
            changes[name] = _wallets(value, reading)
        else:
            changes[name] = _overlay(getattr(defaults, name), value, name, f"[{name}] ", reading)
    return replace(settings, **changes)


def _wallets(tables: dict[str, Any], reading: _Reading) -> Mapping[str, WalletSettings]:
    """Lay `[wallets.*]` over the default wallets; a new name starts from empty settings."""
    wallets = dict(Settings().wallets)
    for name, table in tables.items():
        place = f"[{WALLETS}.{name}]"
        if not isinstance(table, dict):
            _wrong_type(place, {}, table, reading)
            continue
        if not name or not name.isprintable() or " " in name:
            reading.wrong(place, N_("a wallet's name must be one word"))
        start = wallets.get(name, WalletSettings())
        wallet = _overlay(start, table, WALLETS, f"{place} ", reading)
        if wallet.enabled and not wallet.hosts and not table.get("hosts"):
            words = N_('an enabled wallet needs hosts, e.g. hosts = ["bank.example:443"]')
            reading.wrong(f"{place} hosts", words)
        wallets[name] = replace(wallet, ca_file=_ca_file(wallet.ca_file, place, reading))
    return MappingProxyType(wallets)


def _ca_file(value: str, place: str, reading: _Reading) -> str:
    """Return the PEM's full path, seen from the configuration's folder; it must hold one."""
    if not value:
        return value
    path = reading.folder / Path(value).expanduser()
    try:
        if b"-----BEGIN CERTIFICATE-----" not in _content(path):
            reading.wrong(f"{place} ca_file", N_("{file} holds no PEM certificate"), file=path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        words = N_("{file} cannot be read: {reason}")
        reading.wrong(f"{place} ca_file", words, file=path, reason=reason)
    return str(path.absolute())


def _overlay(default: S, table: dict[str, Any], section: str, place: str, reading: _Reading) -> S:
    """Return `default`, a settings dataclass, with the table's good values in it."""
    known: Any = default
    keys = [f.name for f in fields(known)]
    changes: dict[str, object] = {}
    for key, value in table.items():
        where = f"{place}{key}"
        if key not in keys:
            _unknown(where, key, value, keys, reading)
            continue
        fitted = _fitted(getattr(default, key), value)
        if fitted is _MISSING:
            _wrong_type(where, getattr(default, key), value, reading)
            continue
        complaint = RULES[section][key](fitted) if key in RULES[section] else None
        if complaint is not None:
            reading.wrong(where, complaint[0], **complaint[1])
        else:
            changes[key] = fitted
    return replace(known, **_as_floats(default, changes))  # type: ignore[no-any-return]


def _fitted(default: object, value: object) -> object:
    """Return the value as the default's type, or `_MISSING` where it is of another."""
    if isinstance(default, bool) or isinstance(value, bool):
        return value if type(value) is type(default) else _MISSING
    if isinstance(default, float):
        return value if isinstance(value, int | float) else _MISSING
    if isinstance(default, tuple):
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return tuple(value) if texts and isinstance(value, list) else _MISSING
    return value if isinstance(value, type(default)) else _MISSING


def _as_floats(default: object, changes: dict[str, object]) -> dict[str, object]:
    """Turn whole numbers into fractions where the default is one (after their bounds held)."""
    return {
        key: float(value)
        if isinstance(value, int) and isinstance(getattr(default, key), float)
        else value
        for key, value in changes.items()
    }


def _wrong_type(place: str, wanted: object, value: object, reading: _Reading) -> None:
    """Note that a value is of another type than the key's."""
    if isinstance(value, bool):
        shown = "true" if value else "false"
    elif isinstance(value, str):
        shown = f'"{value}"'
    else:
        shown = "{…}" if isinstance(value, dict) else str(value)
    reading.wrong(place, _WRONG_TYPE[type(wanted)], value=shown)


def _unknown(where: str, key: str, value: object, keys: list[str], reading: _Reading) -> None:
    """Note a key or table that there is none of, and the one that was likely meant."""
    near = get_close_matches(key, keys, 1)
    home = next((section for section, inside in _keys_by_section().items() if key in inside), None)
    if isinstance(value, dict):
        where = f"[{key}]" if where == key else where
        if near:
            reading.wrong(where, N_("unknown table; did you mean [{near}]?"), near=near[0])
        else:
            reading.wrong(where, N_("unknown table"))
    elif near:
        reading.wrong(where, N_("unknown key; did you mean {near}?"), near=near[0])
    elif home:
        reading.wrong(where, N_("unknown key; it belongs below [{table}]"), table=home)
    else:
        reading.wrong(where, N_("unknown key"))


def _sections() -> list[str]:
    """Return the names of the settings that are tables."""
    defaults = Settings()
    return [f.name for f in fields(Settings) if not isinstance(getattr(defaults, f.name), float)]


def _keys_by_section() -> dict[str, list[str]]:
    """Return every section's keys, to tell where a stray key belongs."""
    defaults = Settings()
    sections = [name for name in _sections() if name != WALLETS]
    found = {name: [f.name for f in fields(getattr(defaults, name))] for name in sections}
    return found | {f"{WALLETS}.NAME": [f.name for f in fields(WalletSettings)]}
