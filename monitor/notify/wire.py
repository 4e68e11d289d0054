"""One connection to the session bus on which nothing waits longer than it is told to.

jeepney packs and unpacks; its own connection would wait without end for a bus that accepts and
then keeps silent.
"""

import socket
import struct
from collections import deque
from itertools import count

from jeepney import DBusErrorResponse, HeaderFields, Message, MessageType, Parser
from jeepney.auth import AuthenticationError
from jeepney.bus import get_bus
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import prep_socket

from monitor.clock import monotonic_s

ANSWER_S = 1.5
"""A healthy bus or server answers in milliseconds; a machine that swaps takes a second."""

SIGNALS_KEPT = 256
"""Signals that arrive while an answer is awaited."""


MALFORMED = (ValueError, LookupError, TypeError, AssertionError, struct.error)
"""What jeepney's parser raises over bytes that are no message."""


class NoDesktopError(Exception):
    """Nobody here shows notices; the message says what is missing."""


class ServerError(Exception):
    """The notification server is there and does not do its work; the message is its own."""


class SilentError(ServerError):
    """No answer in time: what was asked may have been done."""


class GoneError(ServerError):
    """The bus hung up."""


class Wire:
    """A connection to the bus at an address; for one thread, but for `abort`."""

    def __init__(self, address: str) -> None:
        """Connect and say hello.

        Raises:
            NoDesktopError: the bus cannot be reached.
            ServerError: it does not answer in time.
        """
        self._serials = count(1)
        self._signals: deque[Message] = deque(maxlen=SIGNALS_KEPT)
        self._parser = Parser()
        self._socket = _authenticated(address)
        try:
            self.ask(message_bus.Hello())
        except ServerError:
            self.close()
            raise

    def fileno(self) -> int:
        """Return the socket's descriptor, to be waited on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def abort(self) -> None:
        """Have whoever waits on the connection find it closed; from any thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is closed already

    def ask(self, question: Message, timeout_s: float = ANSWER_S) -> tuple[object, ...]:
        """Return the values of the answer.

        Raises:
            SilentError: none came in time.
            GoneError: the bus hung up.
            ServerError: the answer is an error.
        """
        serial = next(self._serials)
        deadline_s = monotonic_s() + timeout_s
        try:
            self._socket.settimeout(timeout_s)
            self._socket.sendall(question.serialise(serial=serial))
        except TimeoutError as error:
            raise SilentError("the session bus does not listen") from error
        except OSError as error:
            raise GoneError(f"the session bus went away: {error}") from error
        while True:
            answer = self._next(deadline_s)
            if answer is None:
                raise SilentError("the notification server does not answer")
            if answer.header.message_type is MessageType.signal:
                self._signals.append(answer)
            elif answer.header.fields.get(HeaderFields.reply_serial) == serial:
                if answer.header.message_type is MessageType.error:
                    raise ServerError(str(DBusErrorResponse(answer)))
                return tuple(answer.body)

    def signals(self) -> list[Message]:
        """Return the signals that are already here.

        Raises:
            GoneError: the bus hung up.
        """
        while (message := self._next(monotonic_s())) is not None:
            if message.header.message_type is MessageType.signal:
                self._signals.append(message)
        found = list(self._signals)
        self._signals.clear()
        return found

    def _next(self, deadline_s: float) -> Message | None:
        """Return the next message; None where none comes before the deadline."""
        try:
            while (message := self._parser.get_next_message()) is None:
                self._socket.settimeout(max(deadline_s - monotonic_s(), 0.0))
                data = self._socket.recv(4096)
                if not data:
                    raise GoneError("the session bus hung up")
                self._parser.add_data(data)
        except (TimeoutError, BlockingIOError):
            return None
        except OSError as error:
            raise GoneError(f"the session bus went away: {error}") from error
        except MALFORMED as error:
            raise GoneError(f"what the session bus sent is no message: {error}") from error
        return message


def _authenticated(address: str) -> socket.socket:
    try:
        line: socket.socket = prep_socket(get_bus(address), timeout=ANSWER_S)
    except TimeoutError as error:
        raise ServerError("the session bus does not answer") from error
    except (OSError, AuthenticationError) as error:
        raise NoDesktopError(f"the session bus cannot be reached: {error}") from error
    except (RuntimeError, ValueError, KeyError) as error:  # jeepney on an address that is none
        raise NoDesktopError(f"the session bus's address cannot be used: {error}") from error
    return line
