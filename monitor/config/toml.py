"""Settings back to TOML, for `config show` and `config init`: every key with its value."""

import json
import re
from dataclasses import fields
from typing import Any

from monitor.config.settings import Settings

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def as_toml(settings: Settings) -> str:
    """Return the settings as a file that reads back to exactly them."""
    lines: list[str] = [f"interval_s = {_value(settings.interval_s)}"]
    for name, wallet in settings.wallets.items():
        lines += _table(f"wallets.{_key(name)}", wallet)
    for section in fields(settings):
        if section.name not in ("interval_s", "wallets"):
            lines += _table(section.name, getattr(settings, section.name))
    return "\n".join(lines) + "\n"


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
