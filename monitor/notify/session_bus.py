"""The notification server of a Linux desktop: who it is, what it can, and a notice for it.

Desktop Notifications Specification 1.2. A frozen server is told from a missing one, and from one
that only shows plain text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jeepney import DBusAddress, new_method_call
from jeepney.bus_messages import message_bus

from monitor.notify.fit import Fitted, escape_markup
from monitor.notify.interface import Button
from monitor.notify.wire import NoDesktopError, Wire

ADDRESS_VARIABLE = "DBUS_SESSION_BUS_ADDRESS"
SERVER = "org.freedesktop.Notifications"
SERVER_PATH = "/org/freedesktop/Notifications"
APP_NAME = "walletwatch"
_NOTIFICATIONS = DBusAddress(SERVER_PATH, bus_name=SERVER, interface=SERVER)

LOW, NORMAL = 0, 1
"""Urgencies, as the specification numbers them; they travel as a single byte."""


@dataclass(frozen=True, slots=True)
class Server:
    """A notification server that answers."""

    identity: str
    """The bus and its present owner of the name: a notice's number means nothing to another."""
    reads_markup: bool
    """Whether `<` and `&` in a body mean something to it."""
    has_buttons: bool


@dataclass(frozen=True, slots=True)
class Bubble:
    """A notice in the form that a server takes."""

    text: Fitted
    shown_for_s: int
    buttons: Sequence[Button] = ()
    replaces: int = 0
    """The number of the notice in whose place it comes; 0: a new one."""
    urgency: int = NORMAL


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


def find_server(wire: Wire, environment: Mapping[str, str]) -> Server:
    """Ask the bus for the notification server, and the server for what it can do.

    Raises:
        NoDesktopError: nobody on the bus shows notices.
        ServerError: the bus or the server does not answer.
    """
    [is_running] = wire.ask(message_bus.NameHasOwner(SERVER))
    if not is_running and not _can_be_started(wire, environment):
        raise NoDesktopError("nobody on the session bus shows notices")
    [capabilities] = wire.ask(new_method_call(_NOTIFICATIONS, "GetCapabilities"))
    [owner] = wire.ask(message_bus.GetNameOwner(SERVER))
    [bus] = wire.ask(message_bus.GetId())
    assert isinstance(capabilities, list)
    return Server(
        identity=f"{bus} {owner}",
        reads_markup="body-markup" in capabilities,
        has_buttons="actions" in capabilities,
    )


def notify(wire: Wire, server: Server, bubble: Bubble) -> int:
    """Show the notice and return its number; returning means that the server took it.

    Raises:
        ServerError: the server refused or does not answer.
    """
    body = escape_markup(bubble.text.body) if server.reads_markup else bubble.text.body
    buttons = bubble.buttons if server.has_buttons else ()
    actions = [word for button in buttons for word in (button.action, button.label)]
    hints = {"urgency": ("y", bubble.urgency)}
    milliseconds = bubble.shown_for_s * 1000
    arguments: tuple[object, ...] = (
        *(APP_NAME, bubble.replaces, "", bubble.text.title, body),
        *(actions, hints, milliseconds),
    )
    [number] = wire.ask(new_method_call(_NOTIFICATIONS, "Notify", "susssasa{sv}i", arguments))
    assert isinstance(number, int)
    return number


def _can_be_started(wire: Wire, environment: Mapping[str, str]) -> bool:
    """Tell whether asking would start a server that has a display to draw on."""
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return False
    [names] = wire.ask(message_bus.ListActivatableNames())
    return isinstance(names, list) and SERVER in names
