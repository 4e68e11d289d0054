"""What the parts of this room share: the words that they are given, and buttons."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from monitor.model import EpochMs

WHY = "why"
"""The button that asks for the evidence."""
WRONG = "wrong"
"""The button that says that another cause is the true one."""
CAUSE_PREFIX = "cause:"
"""Begins the button that names the true cause; the cause's code follows."""

Local: TypeAlias = Callable[[EpochMs], datetime]
"""Returns an instant in the zone that the user's day is counted in."""


class Translator(Protocol):
    """Turns English text into the user's language."""

    def text(self, msgid: str) -> str:
        """Return the text in the user's language."""
        ...

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form of the text that fits `count`."""
        ...


@dataclass(frozen=True, slots=True)
class Button:
    """Something that the user can answer on a notice."""

    action: str
    """What the desktop tells us when it is pressed: never shown."""
    label: str
