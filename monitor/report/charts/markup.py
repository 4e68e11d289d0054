"""Elements of HTML and SVG as text: everything that is not markup already is escaped."""

import re
from html import escape

from monitor.report.harmless import BEYOND_C0

_SELF_CLOSING = frozenset({"br", "circle", "col", "hr", "line", "meta", "path", "polyline", "rect"})
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 (section 2.2) allows nowhere."""
_REPLACEMENT = "\ufffd"


class Markup(str):
    """Text that is markup already, and is not escaped again."""

    __slots__ = ()


def escaped(value: str) -> Markup:
    """Return a text that is safe inside an element and inside a quoted attribute."""
    if isinstance(value, Markup):
        return value
    # a network's name must not reorder the words around it, nor command a terminal
    clean = BEYOND_C0.sub(_REPLACEMENT, _NOT_TEXT.sub(_REPLACEMENT, value))
    return Markup(escape(clean, quote=True))


def element(tag: str, *children: str, **attributes: str | int | float | None) -> Markup:
    """Return an element.

    Attributes: a trailing `_` of a name is dropped, any other becomes `-`; None leaves it out.
    """
    named = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(_value(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _SELF_CLOSING:
        return Markup(f"<{tag}{named}/>")
    return Markup(f"<{tag}{named}>{joined(*children)}</{tag}>")


def joined(*parts: str) -> Markup:
    """Return parts one after the other, escaped where they are plain text."""
    return Markup("".join(escaped(part) for part in parts))


def picture(label: str, size: tuple[int, int], *children: str, class_: str = "") -> Markup:
    """Return an SVG picture that is stretched over its place; `label` is its text alternative."""
    return element(
        "svg",
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size[0]} {size[1]}",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
        class_=class_ or None,
    )


def titled(tag: str, title: str, **attributes: str | int | float | None) -> Markup:
    """Return a mark that tells its numbers to whoever points at it."""
    drawn = element(tag, **attributes)
    return Markup(f"{drawn[:-2]}>{element('title', title)}</{tag}>")


def _value(value: str | int | float | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
