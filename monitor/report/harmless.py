"""Data made fit for a page: what a stranger named cannot command, reorder or break a line."""

import unicodedata

_REPLACED = "\ufffd"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the order of what follows (Unicode standard annex 9)."""


def one_line(text: str) -> str:
    """Return the text on one line, with marks in place of control and reordering characters.

    A lone surrogate, which no file can hold, is replaced too.
    """
    return "".join(_character(character) for character in " ".join(text.split()))


def _character(character: str) -> str:
    if character in _BIDI or unicodedata.category(character) in ("Cc", "Cs"):
        return _REPLACED
    return character
