"""Notices on a Linux desktop, straight over D-Bus: replaced in place, and with buttons.

Desktop Notifications Specification 1.2. The connection is kept while a button that somebody may
press is on the screen, and no longer; nothing is asked of the bus meanwhile. One thread uses it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from jeepney import HeaderFields, MatchRule, Message
from jeepney.bus_messages import message_bus

from monitor.clock import monotonic_s
from monitor.model import Delivery, Notice, NoticeKind
from monitor.notify.fit import LINUX, LINUX_LONG, fitted
from monitor.notify.interface import Button
from monitor.notify.launch import DesktopNotifier
from monitor.notify.session_bus import (
    LOW,
    NORMAL,
    SERVER,
    SERVER_PATH,
    Bubble,
    Server,
    bus_address,
    find_server,
    notify,
)
from monitor.notify.wire import GoneError, NoDesktopError, ServerError, SilentError, Wire

log = logging.getLogger(__name__)

LISTENS_S = 900.0
"""A button that was not pressed in a quarter of an hour will not be: the connection goes."""

REMEMBERED = 64
"""Notices that a later one may replace: more than a desktop keeps."""

BACKEND = "dbus"

SHOWN_S = {NoticeKind.LOST: 20, NoticeKind.WHY: 45, NoticeKind.ASK: 45}
"""Time to read it, look up and press a button."""
SHOWN_FOR_S = 15
"""Time to look up and read three lines."""

PATIENT = frozenset({NoticeKind.CARE, NoticeKind.REPORT})
"""Kinds that can wait until somebody looks: they interrupt nobody."""

REPLACED_BY_THE_END = frozenset({NoticeKind.LOST, NoticeKind.SUMMARY})
"""What the end may take the place of; an answer that is being read stays."""

ButtonsOf: TypeAlias = Callable[[Notice], Sequence[Button]]
Pressed: TypeAlias = Callable[[Notice, str], None]
"""Takes a notice and the action of the button that was pressed on it."""


@dataclass(frozen=True, slots=True)
class _Live:
    """A notice on the screen that has buttons."""

    notice: Notice
    actions: frozenset[str]
    until_s: float


@dataclass(frozen=True, slots=True)
class _Stood:
    """The last notice of a disconnect, and the server's number for it."""

    server: str
    number: int
    kind: NoticeKind


class LinuxDesktop:
    """Shows notices on the session's desktop and hears what is pressed on them."""

    def __init__(
        self,
        buttons_of: ButtonsOf,
        pressed: Pressed,
        listens_s: float = LISTENS_S,
        fallback: DesktopNotifier | None = None,
    ) -> None:
        self._buttons_of = buttons_of
        self._pressed = pressed
        self._listens_s = listens_s
        self._fallback = fallback or DesktopNotifier()
        self._wire: Wire | None = None
        self._live: dict[int, _Live] = {}
        self._stood: dict[int, _Stood] = {}

    def show(self, notice: Notice) -> tuple[Delivery, str]:
        """Show the notice; return what became of it and the name of the way it took.

        Never raises for a desktop that is missing, broken or stuck; returns within 5 s where the
        server is stuck. UNKNOWN: the desktop may have taken it.
        """
        self.hear()  # what was closed, and whether the server is still the same
        try:
            return self._show(notice)
        except NoDesktopError as reason:
            self._hang_up()
            log.info("no notice: %s", reason)
            return Delivery.LOGGED, "none"
        except (SilentError, GoneError) as error:
            self._hang_up()
            log.info("notice: %s", error)
            return Delivery.FAILED, BACKEND
        except ServerError as error:
            self._hang_up()
            log.info("notice: %s", error)
            return self._fallback.show(notice)

    def fileno(self) -> int | None:
        """Return what to wait on for `hear`; None while no button can be pressed."""
        return None if self._wire is None else self._wire.fileno()

    def wait_s(self) -> float | None:
        """Return when `hear` is due although nothing came; None: never."""
        if not self._live:
            return None
        return max(0.0, min(live.until_s for live in self._live.values()) - monotonic_s())

    def hear(self) -> None:
        """Take what the desktop said, and hang up where no button is left to be pressed."""
        if self._wire is None:
            return
        try:
            for signal in self._wire.signals():
                self._take(signal)
        except GoneError as error:
            log.info("the desktop is gone: %s", error)
            self._hang_up()
            return
        now_s = monotonic_s()
        self._live = {n: live for n, live in self._live.items() if live.until_s > now_s}
        if not self._live:
            self._hang_up()

    def close(self) -> None:
        """Hang up; what is on the screen stays there, without use for its buttons."""
        self._hang_up()

    def abort(self) -> None:
        """End the notice that is being shown, from another thread: the program stops."""
        wire = self._wire
        if wire is not None:
            wire.abort()
        self._fallback.abort()

    def _show(self, notice: Notice) -> tuple[Delivery, str]:
        wire = self._connected()
        server = find_server(wire, os.environ)
        buttons = tuple(self._buttons_of(notice)) if server.has_buttons else ()
        replaces = self._place_of(notice, server)
        limits = LINUX_LONG if notice.kind is NoticeKind.WHY else LINUX
        bubble = Bubble(
            fitted(notice.title, notice.body, limits),
            SHOWN_S.get(notice.kind, SHOWN_FOR_S),
            buttons,
            replaces,
            LOW if notice.kind in PATIENT else NORMAL,
        )
        if buttons and not self._live:
            _listen(wire)
        try:
            number = notify(wire, server, bubble)
        except SilentError as error:
            log.info("notice: %s", error)
            self._hang_up()
            return Delivery.UNKNOWN, BACKEND
        self._remember(notice, buttons, number, server, replaces)
        if not self._live:
            self._hang_up()
        return Delivery.SENT, BACKEND

    def _connected(self) -> Wire:
        if self._wire is None:
            self._wire = Wire(bus_address(os.environ, os.getuid()))
        return self._wire

    def _place_of(self, notice: Notice, server: Server) -> int:
        """Return the number of the notice to replace; 0 where there is none."""
        stood = self._stood.get(notice.disconnect_id or 0)
        if stood is None or stood.server != server.identity:
            return 0
        if notice.kind is NoticeKind.RESTORED and stood.kind not in REPLACED_BY_THE_END:
            return 0
        return stood.number

    def _remember(
        self,
        notice: Notice,
        buttons: Sequence[Button],
        number: int,
        server: Server,
        replaced: int,
    ) -> None:
        self._live.pop(replaced, None)
        if buttons:
            actions = frozenset(button.action for button in buttons)
            self._live[number] = _Live(notice, actions, monotonic_s() + self._listens_s)
        if notice.disconnect_id is not None:
            self._stood.pop(notice.disconnect_id, None)
            self._stood[notice.disconnect_id] = _Stood(server.identity, number, notice.kind)
            while len(self._stood) > REMEMBERED:
                del self._stood[next(iter(self._stood))]

    def _take(self, signal: Message) -> None:
        member = signal.header.fields.get(HeaderFields.member)
        body = signal.body
        if member == "ActionInvoked" and len(body) == 2:
            live = self._live.pop(body[0], None)  # once: a second press says nothing new
            if live is not None and body[1] in live.actions:
                self._pressed(live.notice, body[1])
        elif member == "NotificationClosed" and body:
            self._live.pop(body[0], None)
            self._forget(body[0])
        elif member == "NameOwnerChanged" and body and body[0] == SERVER:
            self._live.clear()  # the server went, and what it showed with it

    def _forget(self, number: int) -> None:
        """Replace a notice no more that is gone: a number may come to mean another's."""
        self._stood = {key: s for key, s in self._stood.items() if s.number != number}

    def _hang_up(self) -> None:
        self._live.clear()
        if self._wire is not None:
            self._wire.close()
            self._wire = None


def _listen(wire: Wire) -> None:
    """Ask for the signals about buttons, and for the server's end.

    Raises:
        ServerError: the bus refuses or does not answer.
    """
    for member in ("ActionInvoked", "NotificationClosed"):
        rule = MatchRule(
            type="signal", sender=SERVER, interface=SERVER, path=SERVER_PATH, member=member
        )
        wire.ask(message_bus.AddMatch(rule))
    bus = "org.freedesktop.DBus"
    rule = MatchRule(type="signal", sender=bus, interface=bus, member="NameOwnerChanged")
    rule.add_arg_condition(0, SERVER)
    wire.ask(message_bus.AddMatch(rule))
