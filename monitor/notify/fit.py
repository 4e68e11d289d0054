"""Cut and clean a notice's text to what a desktop carries: pure.

The limits count what the desktop counts: UTF-16 units on Windows, characters elsewhere. Nothing
is cut inside what a reader sees as one character (a simplified form of Unicode's UAX #29).
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ELLIPSIS = "…"
ZERO_WIDTH_JOINER = "\u200d"
REPLACEMENT = "\ufffd"

# Overrides of the writing direction: a network's name could turn the sentence around it.
DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much text one desktop carries."""

    title: int
    body: int
    measure: Callable[[str], int] = len


@dataclass(frozen=True, slots=True)
class Fitted:
    """A title and a body that a desktop can carry."""

    title: str
    body: str


def utf16_units(text: str) -> int:
    """Return how many UTF-16 code units the text takes: two for each character beyond U+FFFF."""
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)


# NOTIFYICONDATAW: szInfoTitle is 64 and szInfo 256 WCHARs, each with its closing NUL.
WINDOWS = Limits(title=63, body=255, measure=utf16_units)
# The specification sets none; GNOME and dunst show about a line of title and four of body.
LINUX = Limits(title=100, body=400)
# What was asked for may be longer: a sentence, three observations and where to read on.
LINUX_LONG = Limits(title=100, body=900)
# Apple documents none; a banner shows one line of title and about four of body.
MACOS = Limits(title=64, body=256)


def fitted(title: str, body: str, limits: Limits) -> Fitted:
    """Return title and body cleaned, cut, and harmless as words of a command line.

    A leading "-" would be read as an option by `notify-send`; a space before it is not seen.
    """
    return Fitted(
        title=_cut_after_dash(clean(title, keep_lines=False), limits.title, limits.measure),
        body=_cut_after_dash(clean(body, keep_lines=True), limits.body, limits.measure),
    )


def clean(text: str, *, keep_lines: bool) -> str:
    """Return the text without control characters and lone surrogates, white space trimmed.

    Line ends become "\\n" where `keep_lines`, else a space; empty lines go.
    """
    lines = (" ".join(_visible(line).split()) for line in text.splitlines())
    return ("\n" if keep_lines else " ").join(line for line in lines if line)


def cut(text: str, limit: int, measure: Callable[[str], int] = len) -> str:
    """Return the text if it fits into `limit`, else its beginning and an ellipsis.

    Whole characters as a reader sees them; one that is larger than the limit goes wholly.
    """
    if measure(text) <= limit:
        return text
    room = limit - measure(ELLIPSIS)
    kept: list[str] = []
    for cluster in clusters(text):
        room -= measure(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + ELLIPSIS


def escape_markup(text: str) -> str:
    """Return the text for a notification server that reads its body as markup.

    Desktop Notifications Specification, "Markup": without it "loss <5% & late" loses its middle.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clusters(text: str) -> Iterator[str]:
    """Yield what a reader sees as single characters; joined together they are the text again."""
    cluster = ""
    for character in text:
        if cluster and not _continues(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _continues(cluster: str, character: str) -> bool:
    if cluster[-1] == ZERO_WIDTH_JOINER or character == ZERO_WIDTH_JOINER:
        return True
    if _is_flag_half(character):  # two regional letters make one flag
        return len(cluster) == 1 and _is_flag_half(cluster)
    return _extends(character)


def _extends(character: str) -> bool:
    """Tell whether the character only changes the one before it."""
    if unicodedata.category(character) in ("Mn", "Mc", "Me"):  # marks, variation selectors
        return True
    # skin tones, and the tag letters of sub-national flags
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f"


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _visible(line: str) -> str:
    return "".join(_visible_character(character) for character in line)


def _visible_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":  # a lone surrogate cannot be encoded on any way out
        return REPLACEMENT
    if category == "Cc":  # C0 and C1 controls: a tab is a space, an escape is nothing good
        return " "
    return "" if character in DIRECTION_CONTROLS else character


def _cut_after_dash(text: str, limit: int, measure: Callable[[str], int]) -> str:
    return cut(f" {text}" if text.startswith("-") else text, limit, measure)
