"""Settings back to TOML, for `config show`; and the commented example, for `config init`."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from monitor.config.settings import Settings

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def example() -> str:
    """Return the file with every default and its comment: shipped, or the checkout's own."""
    shipped = Path(__file__).with_name("example.toml")
    checkout = Path(__file__).parents[2] / "config.example.toml"
    return (shipped if shipped.is_file() else checkout).read_text(encoding="utf-8")


def as_toml(settings: Settings) -> str:
    """Return the settings as a file that reads back to exactly them."""
    values = {f.name: getattr(settings, f.name) for f in fields(settings)}
    lines = [f"{key} = {_value(value)}" for key, value in values.items() if not _is_table(value)]
    for name, wallet in settings.wallets.items():
        lines += _table(f"wallets.{_key(name)}", wallet)
    for name, section in values.items():
        if is_dataclass(section):
            lines += _table(name, section)
    return "\n".join(lines) + "\n"


def _is_table(value: object) -> bool:
    """Tell whether a setting is a table, or the table of tables."""
    return is_dataclass(value) or isinstance(value, Mapping)


def _table(name: str, section: Any) -> list[str]:
    """Return a table's lines."""
    pairs = [f"{f.name} = {_value(getattr(section, f.name))}" for f in fields(section)]
    return ["", f"[{name}]", *pairs]


def _key(name: str) -> str:
    """Return a table's name, quoted where TOML wants it (Chinese, dots)."""
    return name if _BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _value(value: object) -> str:
    """Return a value as TOML; a JSON string is a TOML basic string but for DEL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return repr(value)
