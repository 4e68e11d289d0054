"""The system bus: calls with a deadline, and a stream of signals, over a line of `monitor.bus`."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from monitor.bus import AddressError, Line, greeted
from monitor.clock import monotonic_s

if TYPE_CHECKING:
    from jeepney import Message

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 0.5
"""For greeting the bus, which answers within a millisecond when it is well."""
CALL_TIMEOUT_S = 0.45
"""For one answer: a reader that connects and asks three services stays under its 2 s."""
MISSING_REMEMBERED_S = 60.0
"""So long a bus that is not there, or a service that kept silent, is not asked again."""

DEFAULT_ADDRESS = "unix:path=/var/run/dbus/system_bus_socket"
BUS_NAME = "org.freedesktop.DBus"
BUS_PATH = "/org/freedesktop/DBus"


class BusError(Exception):
    """The bus cannot be reached, went away or kept silent."""


class RefusedError(BusError):
    """The bus works, and it or the service answered with an error: `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class SilentError(BusError):
    """The bus works, and the service gave no answer in time."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal as it came from the bus."""

    path: str
    interface: str
    member: str
    body: tuple[Any, ...]


class Connection:
    """One connection to the system bus; for one thread at a time."""

    def __init__(self) -> None:
        """Connect and say hello.

        Raises:
            BusError: where there is no bus, or it does not answer in time.
        """
        self._line = _system_line()
        try:
            self.call(BUS_NAME, BUS_PATH, BUS_NAME, "Hello", timeout_s=CONNECT_TIMEOUT_S)
        except BusError:
            self.close()
            raise

    def fileno(self) -> int:
        """Return the socket's descriptor, to be polled."""
        return self._line.fileno()

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def call(
        self,
        service: str,
        path: str,
        interface: str,
        method: str,
        *arguments: str,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> tuple[Any, ...]:
        """Call a method whose arguments are all strings, and return the body of its answer.

        A service that is not running is not started by it: to watch must not change anything.

        Raises:
            RefusedError: where the answer is an error.
            SilentError: where none comes within `timeout_s`.
            BusError: where the bus went away.
        """
        from jeepney import DBusAddress, HeaderFields, MessageFlag, MessageType, new_method_call

        address = DBusAddress(path, bus_name=service, interface=interface)
        signature = "s" * len(arguments) or None
        message = new_method_call(address, method, signature, arguments)
        message.header.flags |= MessageFlag.no_auto_start
        try:
            answer = self._line.ask(message, timeout_s)
        except OSError as error:
            raise BusError(f"the bus went away: {error}") from error
        if answer is None:
            raise SilentError(f"{service} gave no answer within {timeout_s} s")
        if answer.header.message_type is MessageType.error:
            raise RefusedError(str(answer.header.fields.get(HeaderFields.error_name, "")))
        return tuple(answer.body)

    def add_match(self, rule: str) -> None:
        """Ask the bus for the signals that the rule describes.

        Raises:
            BusError: where it does not agree or went away.
        """
        self.call(BUS_NAME, BUS_PATH, BUS_NAME, "AddMatch", rule)

    def waiting_signal(self) -> Signal | None:
        """Return the next signal that is already here; None where there is none.

        Raises:
            BusError: where the bus went away.
        """
        try:
            message = self._line.waiting_signal()
        except OSError as error:
            raise BusError(f"the bus went away: {error}") from error
        return None if message is None else _signal(message)


def _system_line() -> Line:
    address = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS") or DEFAULT_ADDRESS
    try:
        return Line(greeted(address, CONNECT_TIMEOUT_S))
    except AddressError as error:
        raise BusError(f"the address of the bus makes no sense: {error}") from error
    except OSError as error:
        raise BusError(f"no system bus: {error}") from error


def _signal(message: Message) -> Signal:
    from jeepney import HeaderFields

    fields: Mapping[Any, Any] = message.header.fields
    return Signal(
        path=str(fields.get(HeaderFields.path, "")),
        interface=str(fields.get(HeaderFields.interface, "")),
        member=str(fields.get(HeaderFields.member, "")),
        body=tuple(message.body),
    )


class SystemBus:
    """Properties of system services, over one connection that is kept; safe between threads.

    A bus that is missing, and a service that kept silent, are left alone for
    `MISSING_REMEMBERED_S`: what they would tell is unknown meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._asked_again_at_s: dict[str, float] = {}

    def value(self, service: str, path: str, interface: str, name: str) -> Any | None:
        """Return a property's plain value; None where it cannot be had."""
        answer = self.call(service, path, "org.freedesktop.DBus.Properties", "Get", interface, name)
        # The body of Get is one variant: (signature, value).
        return answer[0][1] if answer else None

    def call(
        self, service: str, path: str, interface: str, method: str, *arguments: str
    ) -> tuple[Any, ...] | None:
        """Return the body of a method's answer; None where there is none."""
        with self._lock:
            # A second try, for the connection kept from before may have died of a bus restarted.
            for is_last in (False, True):
                if self._is_left_alone(BUS_NAME) or self._is_left_alone(service):
                    return None
                try:
                    return self._connected().call(service, path, interface, method, *arguments)
                except RefusedError:
                    return None
                except SilentError:
                    self._leave_alone(service)
                    return None
                except BusError as error:
                    self._drop(error, remember=is_last)
        return None

    def ask_again(self) -> None:
        """Forget what was missing: somebody saw a bus or a service appear."""
        with self._lock:
            self._asked_again_at_s.clear()

    def close(self) -> None:
        """Hang up; the next question connects again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None:
            try:
                self._connection = Connection()
            except BusError:
                self._leave_alone(BUS_NAME)
                raise
        return self._connection

    def _drop(self, error: BusError, *, remember: bool) -> None:
        log.debug("D-Bus: %s", error)
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if remember:
            self._leave_alone(BUS_NAME)

    def _leave_alone(self, service: str) -> None:
        self._asked_again_at_s[service] = monotonic_s() + MISSING_REMEMBERED_S

    def _is_left_alone(self, service: str) -> bool:
        return monotonic_s() < self._asked_again_at_s.get(service, 0.0)


@cache
def system_bus() -> SystemBus:
    """Return the process' one connection to the system bus (opened at the first question)."""
    return SystemBus()
