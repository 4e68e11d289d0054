"""Tells at once what D-Bus signals: battery saver, mains, metered, Wi-Fi, and sleep.

A signal only says that something changed; the value is then read by the reader whose key it is.
The exception is sleep: its signal is the value, and there is no time to ask.
"""

import importlib.util
import logging
from collections.abc import Mapping
from contextlib import closing

from monitor.clock import monotonic_s
from monitor.device.dbus import BUS_NAME, BusError, Connection, Signal, SystemBus
from monitor.device.interface import Changed, Reader
from monitor.device.metered import NETWORK_MANAGER, NETWORK_MANAGER_PATH
from monitor.device.power import POWER_PROFILES, UPOWER, UPOWER_PATH
from monitor.device.stop import Stop, WatchThread
from monitor.device.wifi import NM_WIRELESS

log = logging.getLogger(__name__)

SLEEP_KEY = "power.preparing_for_sleep"
SETTLE_S = 0.1
"""Between two readings of the same reader: NetworkManager signals a dozen times a change."""
RETRY_S, LONGEST_RETRY_S = 5.0, 60.0
"""A bus that dies is back within seconds; a machine without one will not get it soon."""

LOGIN = "org.freedesktop.login1"
PROPERTIES = "org.freedesktop.DBus.Properties"
SERVICES = (*(name for name, _ in POWER_PROFILES), UPOWER, NETWORK_MANAGER)


def match_rules() -> list[str]:
    """Return what the bus is asked for: nothing wider, for each signal wakes the process."""
    changed = f"type='signal',interface='{PROPERTIES}',member='PropertiesChanged'"
    rules = [
        f"{changed},sender='{service}',path='{path}'"
        for service, path in (*POWER_PROFILES, (UPOWER, UPOWER_PATH))
    ]
    rules += [
        f"{changed},sender='{NETWORK_MANAGER}',path='{NETWORK_MANAGER_PATH}'",
        f"{changed},sender='{NETWORK_MANAGER}',arg0='{NM_WIRELESS}'",
        f"type='signal',sender='{LOGIN}',interface='{LOGIN}.Manager',member='PrepareForSleep'",
    ]
    rules += [
        f"type='signal',sender='{BUS_NAME}',member='NameOwnerChanged',arg0='{service}'"
        for service in SERVICES
    ]
    return rules


def sleep_from(signal: Signal) -> bool | None:
    """Return whether sleep begins (True) or is over (False); None for another signal."""
    if signal.member != "PrepareForSleep" or not signal.body:
        return None
    return bool(signal.body[0])


def is_about_network(signal: Signal) -> bool | None:
    """Return True where the network's readers must look anew, False: power's; None: neither."""
    first = signal.body[0] if signal.body else ""
    if signal.member == "NameOwnerChanged":
        return bool(first == NETWORK_MANAGER)
    if signal.member != "PropertiesChanged":
        return None
    if first == NM_WIRELESS:
        # Every scan changes something there; only another access point matters.
        return True if "ActiveAccessPoint" in signal.body[1] else None
    return signal.path == NETWORK_MANAGER_PATH


class DBusWatcher:
    """Listens on the system bus, on a connection of its own, and comes back when it dies.

    The state at each connection is told too: it may have changed while nobody listened.
    """

    def __init__(
        self,
        bus: SystemBus,
        power: list[Reader],
        network: list[Reader],
        retry_s: float = RETRY_S,
    ) -> None:
        """Watch for these readers, which ask through `bus`."""
        self._bus = bus
        self._retry_s = retry_s
        self._power = power
        self._network = network
        self._thread = WatchThread("dbus")

    def start(self, changed: Changed) -> None:
        """Begin to watch; does nothing where the D-Bus library is not installed."""
        if importlib.util.find_spec("jeepney") is None:
            return
        self._thread.begin(lambda stop: self._watch(stop, changed))

    def stop(self) -> None:
        """End the watch."""
        self._thread.end()

    def _watch(self, stop: Stop, changed: Changed) -> None:
        retry_s = self._retry_s
        with closing(stop):
            while not stop.is_set:
                try:
                    with closing(Connection()) as connection:
                        retry_s = self._retry_s
                        for rule in match_rules():
                            connection.add_match(rule)
                        _Listening(connection, self._power, self._network, self._bus).until(
                            stop, changed
                        )
                except BusError as error:
                    log.debug("the watch of D-Bus rests for %.0f s: %s", retry_s, error)
                    stop.wait(retry_s)
                    retry_s = min(retry_s * 2, LONGEST_RETRY_S)


class _Listening:
    """One connection's life."""

    def __init__(
        self,
        connection: Connection,
        power: list[Reader],
        network: list[Reader],
        bus: SystemBus,
    ) -> None:
        self._connection = connection
        self._readers: Mapping[bool, list[Reader]] = {True: network, False: power}
        self._bus = bus
        self._bus.ask_again()
        self._to_read = {True, False}

    def until(self, stop: Stop, changed: Changed) -> None:
        """Listen until `stop` is set.

        Raises:
            BusError: where the bus went away.
        """
        not_before_s = monotonic_s()
        while not stop.is_set:
            self._hear(changed)
            if self._to_read and monotonic_s() >= not_before_s:
                self._read(changed)
                not_before_s = monotonic_s() + SETTLE_S
            # Something may have been heard during a call on this connection: not waited for.
            wait_s = not_before_s - monotonic_s() if self._to_read else None
            stop.wait(wait_s, self._connection)

    def _hear(self, changed: Changed) -> None:
        while (signal := self._connection.waiting_signal()) is not None:
            if (is_sleeping := sleep_from(signal)) is not None:
                changed({SLEEP_KEY: is_sleeping})
            if signal.member == "NameOwnerChanged":
                self._bus.ask_again()
            if (about := is_about_network(signal)) is not None:
                self._to_read.add(about)

    def _read(self, changed: Changed) -> None:
        topics, self._to_read = self._to_read, set()
        for topic in topics:
            for reader in self._readers[topic]:
                changed(reader.read())
