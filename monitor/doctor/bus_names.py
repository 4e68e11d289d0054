"""Who is on the system bus: asked once for each check, with the deadline of the door to D-Bus."""

from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass

from monitor.device.dbus import BUS_NAME, BUS_PATH, BusError, Connection


@dataclass(frozen=True, slots=True)
class Bus:
    """The names that are owned on the system bus."""

    names: AbstractSet[str] = frozenset()
    why_not: str = ""
    """Why there is no bus; empty where there is one."""

    @property
    def is_there(self) -> bool:
        """True where the bus answered."""
        return not self.why_not

    def has(self, *names: str) -> bool:
        """Tell whether a service runs under one of these names."""
        return not self.names.isdisjoint(names)


def names_on_system_bus() -> Bus:
    """Ask the bus; nothing is started by it."""
    try:
        with closing(Connection()) as connection:
            [names] = connection.call(BUS_NAME, BUS_PATH, BUS_NAME, "ListNames")
    except BusError as error:
        return Bus(why_not=str(error))
    return Bus(frozenset(str(name) for name in names))
