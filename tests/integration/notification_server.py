"""A notification server of the tests' own, which keeps what it is told and presses buttons."""

import threading
from dataclasses import dataclass

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

SERVER = "org.freedesktop.Notifications"
_PATH = DBusAddress("/org/freedesktop/Notifications", interface=SERVER)
EXPIRED, DISMISSED = 1, 2


@dataclass(frozen=True)
class Shown:
    """One Notify, as it came."""

    number: int
    replaces: int
    title: str
    body: str
    actions: tuple[str, ...]
    hints: dict[str, tuple[str, object]]
    expires_ms: int

    @property
    def labels(self) -> list[str]:
        return list(self.actions[1::2])


class NotificationServer:
    """On the bus from its making to `stop`; in a thread of its own."""

    def __init__(
        self,
        address: str,
        capabilities: tuple[str, ...] = ("body", "body-markup", "actions"),
        first_number: int = 1,
    ) -> None:
        self.shown: list[Shown] = []
        self.clients: set[str] = set()
        self.capabilities = capabilities
        self.refuses = False
        self.is_silent = False
        self._next = first_number
        self._stopping = False
        self._sending = threading.Lock()
        self._connection = open_dbus_connection(address)
        self._connection.send_and_get_reply(message_bus.RequestName(SERVER), timeout=5)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._thread.join()
        self._connection.close()

    def press(self, shown: Shown, label: str) -> None:
        """Press the button, and close the notice as most desktops do then."""
        action = shown.actions[2 * shown.labels.index(label)]
        self.invoke(shown.number, action)
        self.close(shown.number)

    def invoke(self, number: int, action: str) -> None:
        self._send(new_signal(_PATH, "ActionInvoked", "us", (number, action)))

    def close(self, number: int, why: int = DISMISSED) -> None:
        self._send(new_signal(_PATH, "NotificationClosed", "uu", (number, why)))

    def _send(self, message: Message) -> None:
        with self._sending:
            self._connection.send(message)

    def _serve(self) -> None:
        while not self._stopping:
            try:
                message = self._connection.receive(timeout=0.05)
            except TimeoutError:
                continue
            except ConnectionResetError:
                return  # the bus was ended
            if message.header.message_type is MessageType.method_call:
                self._answer(message)

    def _answer(self, message: Message) -> None:
        member = message.header.fields[HeaderFields.member]
        self.clients.add(str(message.header.fields[HeaderFields.sender]))
        if member == "GetCapabilities":
            self._send(new_method_return(message, "as", (list(self.capabilities),)))
        elif member == "GetServerInformation":
            self._send(new_method_return(message, "ssss", ("recorder", "", "1", "1.2")))
        elif member == "Notify":
            self._notify(message)

    def _notify(self, message: Message) -> None:
        _, replaces, _, title, body, actions, hints, expires_ms = message.body
        if self.refuses:
            self._send(new_error(message, f"{SERVER}.Refused", "s", ("no room",)))
            return
        number = replaces or self._next
        self._next = max(self._next, number) + (number == self._next)
        self.shown.append(
            Shown(number, replaces, title, body, tuple(actions), dict(hints), expires_ms)
        )
        if not self.is_silent:
            self._send(new_method_return(message, "u", (number,)))
