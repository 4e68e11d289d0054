"""The user's language: gettext catalogues and the translator that every text goes through.

The msgid is the English text itself, so English needs no lookup; Chinese stands in
`zh_CN/LC_MESSAGES/walletwatch.po`, compiled beside it. A text with values is a format string:
`tr.text("{count} drops").format(count=3)`, and is marked where it is written with `N_`. An error
that carries its sentence apart from its values (`SentenceError`) marks it by being raised.
"""

import gettext
import locale
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "walletwatch"
LANGUAGES = ("zh", "en")
_CATALOGUES = {"zh": "zh_CN"}


class SentenceError(Exception):
    """What a user is told in one sentence, with what, where and the mend.

    `text` has its places left open for `values`, so that it can be said in the user's language.
    """

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text.format(**values) if values else text)
        self.text = text
        self.values: Mapping[str, object] = values


def N_(msgid: str) -> str:  # the name that gettext's tools look for
    """Mark `msgid` for the catalogue and return it unchanged."""
    return msgid


@dataclass(frozen=True, slots=True)
class Translator:
    """Turns the English text of the code into the user's language."""

    language: str
    """"zh" or "en"."""
    catalogue: gettext.NullTranslations

    def text(self, msgid: str) -> str:
        """Return the text in the user's language; the English one where none is known."""
        return self.catalogue.gettext(msgid) if msgid else ""

    def filled(self, msgid: str, values: Mapping[str, object]) -> str:
        """Return the text with its places filled; one without values is no format string."""
        words = self.text(msgid)
        return words.format(**values) if values else words

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form of the text that fits `count`."""
        return self.catalogue.ngettext(one, many, count)


def translator(language: str) -> Translator:
    """Return the translator for "zh", "en", or "auto" (what the environment says).

    Raises:
        ValueError: another language is asked for; the message names those there are.
    """
    wanted = system_language() if language == "auto" else language
    if wanted not in LANGUAGES:
        raise ValueError(f"'{language}' is not one of {', '.join(LANGUAGES)}")
    name = _CATALOGUES.get(wanted)
    if name is None:
        return Translator(wanted, gettext.NullTranslations())
    folder = Path(__file__).parent
    return Translator(wanted, gettext.translation(DOMAIN, folder, [name], fallback=True))


def system_language() -> str:
    """Return "zh" where the environment asks for Chinese, else "en"."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        value = os.environ.get(variable, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    name = locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"
