"""Who shows notices on a Linux desktop, asked over D-Bus without side effects.

Desktop Notifications Specification 1.2. Nothing here waits longer than `ANSWER_S` a question, so
that a frozen server is told from a missing one, and from one that only shows plain text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, Message, MessageType, new_method_call
from jeepney.auth import AuthenticationError
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

ANSWER_S = 1.5
"""A healthy server answers in milliseconds; a machine that swaps takes a second. Three questions
must fit into the 5 s that a notice may take."""

ADDRESS_VARIABLE = "DBUS_SESSION_BUS_ADDRESS"
SERVER = "org.freedesktop.Notifications"
_NOTIFICATIONS = DBusAddress("/org/freedesktop/Notifications", bus_name=SERVER, interface=SERVER)


class NoDesktopError(Exception):
    """Nobody here shows notices; the message says what is missing."""


class ServerError(Exception):
    """The notification server is there and does not do its work; the message is its own."""


@dataclass(frozen=True, slots=True)
class Server:
    """A notification server that answers."""

    reads_markup: bool
    """Whether `<` and `&` in a body mean something to it."""


def bus_address(environment: Mapping[str, str], uid: int) -> str:
    """Return the session bus's address: the environment's, else the user's own systemd bus.

    A program that is started by cron or over ssh has no such variable while the desktop runs.

    Raises:
        NoDesktopError: there is neither.
    """
    address = environment.get(ADDRESS_VARIABLE, "")
    if address:
        return address
    socket = Path(f"/run/user/{uid}/bus")
    if socket.is_socket():
        return f"unix:path={socket}"
    raise NoDesktopError("there is no session bus")


def find_server(address: str, environment: Mapping[str, str]) -> Server:
    """Ask the bus for the notification server, and the server for what it can do.

    Raises:
        NoDesktopError: the bus cannot be reached, or nobody on it shows notices.
        ServerError: the bus or the server does not answer.
    """
    with _connection(address) as bus:
        is_running = _ask(bus, message_bus.NameHasOwner(SERVER))
        if not is_running and not _can_be_started(bus, environment):
            raise NoDesktopError("nobody on the session bus shows notices")
        capabilities = _ask(bus, new_method_call(_NOTIFICATIONS, "GetCapabilities"))
        return Server(reads_markup="body-markup" in capabilities)


def notify(address: str, app_name: str, title: str, body: str, shown_for_s: int) -> None:
    """Show the notice straight over D-Bus; returning means that the server took it.

    Raises:
        NoDesktopError: the bus cannot be reached.
        ServerError: the server refused or does not answer.
    """
    arguments: tuple[object, ...] = (app_name, 0, "", title, body, [], {}, shown_for_s * 1000)
    with _connection(address) as bus:
        _ask(bus, new_method_call(_NOTIFICATIONS, "Notify", "susssasa{sv}i", arguments))


def _can_be_started(bus: DBusConnection, environment: Mapping[str, str]) -> bool:
    """Tell whether asking would start a server that has a display to draw on."""
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return False
    return SERVER in _ask(bus, message_bus.ListActivatableNames())


def _connection(address: str) -> DBusConnection:
    try:
        return open_dbus_connection(address, auth_timeout=ANSWER_S)
    except TimeoutError as error:
        raise ServerError("the session bus does not answer") from error
    except (OSError, AuthenticationError) as error:
        raise NoDesktopError(f"the session bus cannot be reached: {error}") from error
    except (RuntimeError, ValueError) as error:  # jeepney on an address that it cannot read
        raise NoDesktopError(f"the session bus's address cannot be used: {error}") from error


def _ask(bus: DBusConnection, question: Message) -> Any:
    """Return the answer's first value: of the type that its specification says, or a mistake."""
    try:
        answer = bus.send_and_get_reply(question, timeout=ANSWER_S)
    except TimeoutError as error:
        raise ServerError("the notification server does not answer") from error
    except OSError as error:
        raise ServerError(f"the session bus went away: {error}") from error
    if answer.header.message_type is MessageType.error:
        raise ServerError(str(DBusErrorResponse(answer)))
    return answer.body[0]
