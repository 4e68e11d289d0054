"""A mistake in a configuration file: where it stands and what is wrong, in the user's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.locale import N_, Translator, translator

HEADLINE = N_("{file} cannot be used:")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, at one place."""

    place: str
    """`interval_s`, `[wallets.icbc] heartbeat`; empty: the file, or the words name the place."""
    msgid: str
    """English words, a format string for `values`."""
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, tr: Translator) -> str:
        """Return the mistake as one line."""
        words = tr.text(self.msgid).format(**self.values)
        return f"{self.place}: {words}" if self.place else words


class ConfigError(Exception):
    """A configuration file cannot be used; it carries every mistake in it."""

    def __init__(self, file: str, mistakes: Sequence[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(mistakes)
        super().__init__(self.text(translator("en")))

    def text(self, tr: Translator) -> str:
        """Return the headline and a line for each mistake."""
        lines = [tr.text(HEADLINE).format(file=self.file)]
        lines += [f"  {mistake.text(tr)}" for mistake in self.mistakes]
        return "\n".join(lines)
