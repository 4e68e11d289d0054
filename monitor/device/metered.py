"""Whether the network costs money by the byte, as NetworkManager sees it."""

from collections.abc import Mapping

from monitor.device.dbus import SystemBus
from monitor.model import StateValue

NETWORK_MANAGER = "org.freedesktop.NetworkManager"
NETWORK_MANAGER_PATH = "/org/freedesktop/NetworkManager"


class LinuxMetered:
    """NetworkManager's property Metered; unknown where another program keeps the network."""

    keys: tuple[str, ...] = ("network.metered",)
    every_s: float = 60.0
    """Changes are signalled."""

    def __init__(self, bus: SystemBus) -> None:
        self._bus = bus

    def read(self) -> Mapping[str, StateValue]:
        """Return whether the connection is metered."""
        number = self._bus.value(NETWORK_MANAGER, NETWORK_MANAGER_PATH, NETWORK_MANAGER, "Metered")
        return {"network.metered": metered_from(number)}


def metered_from(number: object) -> bool | None:
    """Return the meaning of an NMMetered: 1 yes, 2 no, 3 guessed yes, 4 guessed no, 0 unknown."""
    if number in (1, 3):
        return True
    return False if number in (2, 4) else None
