"""Data made fit for a page: what a stranger named cannot command, reorder or break a line."""

import re
import unicodedata

_REPLACED = "\ufffd"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the order of what follows (Unicode standard annex 9)."""


_COMMANDS = {code: _REPLACED for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
_COMMANDS |= {ord(character): _REPLACED for character in (*_BIDI, "\u2028", "\u2029")}
"""The control characters (C0, DEL, C1) but for those that only lay out a text, what reorders, and
what some programs take for the end of a line."""

BEYOND_C0 = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What of these a format that takes care of C0 itself (JSON, XML) would let through."""


def plain(text: str) -> str:
    """Return a text of several lines with marks in place of what would command a terminal.

    The name of a Wi-Fi is chosen by a stranger, and a trace may come from anybody.
    """
    return text.translate(_COMMANDS)


def plain_line(text: str) -> str:
    """Return the text as one line of a log: nobody can write a line of their own into it."""
    return plain(text).replace("\n", _REPLACED)


def one_line(text: str) -> str:
    """Return the text on one line, with marks in place of control and reordering characters.

    A lone surrogate, which no file can hold, is replaced too.
    """
    return "".join(_character(character) for character in " ".join(text.split()))


def _character(character: str) -> str:
    if character in _BIDI or unicodedata.category(character) in ("Cc", "Cs"):
        return _REPLACED
    return character
