"""A line to a D-Bus daemon on which nothing waits longer than it is told to.

jeepney (pure Python) packs and unpacks the messages; the socket is ours, because jeepney's own
connection waits without end for a bus that accepts and then keeps silent. It is imported on
first use, so that a system without D-Bus pays nothing for it.
"""

from __future__ import annotations

import socket
import struct
from collections import deque
from itertools import count
from typing import TYPE_CHECKING

from monitor.clock import monotonic_s

if TYPE_CHECKING:
    from jeepney import Message

SIGNALS_KEPT = 256
"""Signals that arrive while an answer is awaited; more than that says "much has changed"."""

MALFORMED = (ValueError, LookupError, TypeError, AssertionError, struct.error)
"""What jeepney's parser raises over bytes that are no message."""


class AddressError(Exception):
    """What is named as the bus's address cannot be used; the message says why."""


class LineError(OSError):
    """The bus hung up, refused the greeting, or sent what is no message."""


class Line:
    """Messages to and from a bus that has been greeted; for one thread, but for `abort`."""

    def __init__(self, greeted_socket: socket.socket) -> None:
        """Take the socket over: `close` closes it."""
        from jeepney import Parser

        self._socket = greeted_socket
        self._parser = Parser()
        self._serials = count(1)
        self._signals: deque[Message] = deque(maxlen=SIGNALS_KEPT)

    def fileno(self) -> int:
        """Return the socket's descriptor, to be waited on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def abort(self) -> None:
        """Have whoever waits on the line find it closed; from any thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is closed already

    def ask(self, question: Message, timeout_s: float) -> Message | None:
        """Return the answer, an error message too; None where none comes in time.

        Raises:
            TimeoutError: the bus does not read what it is sent.
            OSError: the line is of no more use.
        """
        from jeepney import HeaderFields, MessageType

        serial = next(self._serials)
        deadline_s = monotonic_s() + timeout_s
        self._socket.settimeout(timeout_s)
        self._socket.sendall(question.serialise(serial=serial))
        while (message := self._next(deadline_s)) is not None:
            if message.header.message_type is MessageType.signal:
                self._signals.append(message)
            elif message.header.fields.get(HeaderFields.reply_serial) == serial:
                return message
        return None

    def waiting_signal(self) -> Message | None:
        """Return the next signal that is already here; None where there is none.

        Raises:
            OSError: the line is of no more use.
        """
        from jeepney import MessageType

        if self._signals:
            return self._signals.popleft()
        while (message := self._next(monotonic_s())) is not None:
            if message.header.message_type is MessageType.signal:
                return message
        return None

    def _next(self, deadline_s: float) -> Message | None:
        """Return the next message; None where none comes before the deadline."""
        while (message := self._parsed()) is None:
            try:
                self._socket.settimeout(max(deadline_s - monotonic_s(), 0.0))
                data = self._socket.recv(4096)
            except (TimeoutError, BlockingIOError):
                return None
            if not data:
                raise LineError("the bus hung up")
            self._parser.add_data(data)
        return message

    def _parsed(self) -> Message | None:
        try:
            return self._parser.get_next_message()
        except MALFORMED as error:
            raise LineError(f"what the bus sent is no message: {error}") from error


def greeted(address: str, timeout_s: float) -> socket.socket:
    """Return a socket whose other end has agreed to talk D-Bus; `Hello` is still to be said.

    Raises:
        AddressError: the address makes no sense.
        TimeoutError: the bus does not answer in time.
        OSError: nobody is there, or the greeting was refused.
    """
    from jeepney.auth import AuthenticationError
    from jeepney.bus import get_bus
    from jeepney.io.blocking import prep_socket

    try:
        line: socket.socket = prep_socket(get_bus(address), timeout=timeout_s)
    except AuthenticationError as error:  # a ValueError of jeepney's
        raise LineError(str(error)) from error
    except (RuntimeError, ValueError, KeyError) as error:  # jeepney on an address that is none
        raise AddressError(str(error)) from error
    return line
