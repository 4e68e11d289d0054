"""Text broken into lines by the room that it takes: a Chinese character takes two columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

PAGE_COLUMNS = 80
"""What every terminal shows, and what fits into a mail to a support desk."""

_NEVER_FIRST = "，。、；：！？）”’》」』】…·,.;:!?)]}%"
"""A line does not begin with these: they stay with what they follow."""
_NEVER_LAST = "（“‘《「『【([{"
"""Nor does it end with these."""
_PIECE = re.compile(r"\s+|[^\s\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]+|.")


def width(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(_columns(character) for character in text)


def padded(text: str, columns: int) -> str:
    """Return the text with spaces behind it, so many columns wide."""
    return text + " " * (columns - width(text))


def shortened(text: str, columns: int) -> str:
    """Return the text, or its beginning and an ellipsis, in so many columns."""
    if width(text) <= columns:
        return text
    return _head(text, columns - 1).rstrip() + "…"


def wrapped(text: str, columns: int, first: str = "", rest: str | None = None) -> Iterator[str]:
    """Yield the lines of a text, the first begun by `first`, the others by `rest`.

    `rest` None means as many spaces as `first` takes. What is longer than a line is cut.
    """
    rest = " " * width(first) if rest is None else rest
    line, is_empty = first, True
    for piece in _pieces(text):
        if not is_empty and width(line + piece.rstrip()) > columns:
            yield line.rstrip()
            line, is_empty = rest, True
        if is_empty:
            piece = piece.lstrip()
        while width(line + piece.rstrip()) > columns and width(piece) > 1:
            head = _head(piece, columns - width(line))
            yield line + head
            line, piece = rest, piece[len(head) :]
        line += piece
        is_empty = is_empty and not piece
    yield line.rstrip()


def _pieces(text: str) -> list[str]:
    """Return what may not be broken: words, spaces, Chinese characters with their marks."""
    pieces: list[str] = []
    for piece in _PIECE.findall(" ".join(text.split())):
        if pieces and (piece[0] in _NEVER_FIRST or pieces[-1][-1] in _NEVER_LAST):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _head(piece: str, columns: int) -> str:
    """Return the beginning of a piece that fits, one character at least."""
    end, taken = 0, 0
    for character in piece:
        taken += _columns(character)
        if end and taken > columns:
            break
        end += 1
    return piece[:end]


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
