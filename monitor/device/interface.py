"""What a device reader is: it reads a few state keys, and some can say when one changes.

A value that cannot be known here is None ("unknown"): no battery, no Wi-Fi, no D-Bus are
ordinary. A reader never raises for them.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from monitor.model import StateValue

Changed = Callable[[Mapping[str, StateValue]], None]
"""Called, from a thread of the watcher's own, with the keys that (may) have changed."""


class Reader(Protocol):
    """Reads some keys of the device's state."""

    keys: tuple[str, ...]
    """Every key that `read` returns, e.g. ("power.battery_saver", "power.on_battery")."""
    every_s: float
    """How often it is worth asking where nothing signals a change."""

    def read(self) -> Mapping[str, StateValue]:
        """Return a value for each of `keys`; None where it cannot be known. Bounded by 2 s."""
        ...


class Watcher(Protocol):
    """Tells at once when a state changes (D-Bus signals, netlink), in a thread of its own."""

    def start(self, changed: Changed) -> None:
        """Begin to watch; returns at once. Where the interface is missing, does nothing."""
        ...

    def stop(self) -> None:
        """End the watch within 0.5 s."""
        ...
