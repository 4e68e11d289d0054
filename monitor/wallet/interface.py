"""What a disconnect source is: it emits `SessionChange`s as they happen."""

from collections.abc import Callable
from typing import Protocol

from monitor.model import SessionChange
from monitor.wallet.tcp_info import TcpFigures

Emit = Callable[[SessionChange], None]
"""Takes a change at once and returns quickly; called from a thread of the source's own."""


class Source(Protocol):
    """Watches one wallet in one way, in a thread of its own."""

    wallet: str
    name: str
    """The `source` of the changes it emits: "session" or "process"."""

    @property
    def peer(self) -> str | None:
        """The address that the wallet was last reached at; None before the first time."""
        ...

    def figures(self) -> TcpFigures | None:
        """Return what the kernel knows of the wallet's connection now; sends nothing.

        None where there is no connection, or the system does not tell (only Linux does). Called
        from any thread; takes less than a millisecond.
        """
        ...

    def start(self, emit: Emit) -> None:
        """Begin to watch; returns at once."""
        ...

    def suspect(self) -> None:
        """Something on the way looks wrong: look at the session now, not at its next turn."""
        ...

    def path_returned(self) -> None:
        """Something on the way was heard again: try at once if the session is down."""
        ...

    def forget(self) -> None:
        """The machine woke up or its clock was set: drop what is remembered, settle anew.

        The source emits its present state afresh once it knows it, so that the store does not
        rest on what was true before.
        """
        ...

    def stop(self) -> None:
        """End within 1 s; emits nothing any more."""
        ...
