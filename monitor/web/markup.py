"""HTML from nested calls: whatever is text is escaped, so that no name can become a tag."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

VOID = frozenset({"input", "link", "meta"})
"""Elements without an end; inside an SVG every element has one."""

_COMMANDS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
"""Control characters (C0, DEL, C1), of which HTML knows only those that lay out a text."""


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that is HTML already; only this module and trusted renderers make it."""

    html: str


Child: TypeAlias = "Markup | str | Iterable[Child] | None"
Value: TypeAlias = "str | int | float | bool | None"


def escaped(text: str) -> str:
    """Return text as it may stand in an element or a quoted attribute."""
    whole = text.translate(_COMMANDS).encode("utf-8", "replace").decode()
    return escape(whole, quote=True)


def joined(*children: Child) -> Markup:
    """Return the children after one another; text is escaped, None is nothing."""
    return Markup("".join(_html(child) for child in children))


def element(tag: str, /, *children: Child, **attributes: Value) -> Markup:
    """Return an element; `class_` means `class`, `aria_label` means `aria-label`.

    An attribute that is True stands without a value; one that is None or False is left out.
    """
    said = "".join(_attribute(key, value) for key, value in attributes.items())
    if tag in VOID:
        return Markup(f"<{tag}{said}>")
    return Markup(f"<{tag}{said}>{joined(*children).html}</{tag}>")


def _html(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child.html
    if isinstance(child, str):
        return escaped(child)
    return "".join(_html(one) for one in child)


def _attribute(key: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escaped(str(value))}"'
