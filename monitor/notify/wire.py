"""One connection to the session bus on which nothing waits longer than it is told to."""

from collections import deque

from jeepney import DBusErrorResponse, Message, MessageType
from jeepney.bus_messages import message_bus

from monitor.bus import SIGNALS_KEPT, AddressError, Line, greeted

ANSWER_S = 1.5
"""A healthy bus or server answers in milliseconds; a machine that swaps takes a second."""


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
        self._line = _session_line(address)
        try:
            self.ask(message_bus.Hello())
        except ServerError:
            self.close()
            raise

    def fileno(self) -> int:
        """Return the socket's descriptor, to be waited on."""
        return self._line.fileno()

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def abort(self) -> None:
        """Have whoever waits on the connection find it closed; from any thread."""
        self._line.abort()

    def ask(self, question: Message, timeout_s: float = ANSWER_S) -> tuple[object, ...]:
        """Return the values of the answer.

        Raises:
            SilentError: none came in time.
            GoneError: the bus hung up.
            ServerError: the answer is an error.
        """
        try:
            answer = self._line.ask(question, timeout_s)
        except TimeoutError as error:
            raise SilentError("the session bus does not listen") from error
        except OSError as error:
            raise _gone(error) from error
        if answer is None:
            raise SilentError("the notification server does not answer")
        if answer.header.message_type is MessageType.error:
            raise ServerError(str(DBusErrorResponse(answer)))
        return tuple(answer.body)

    def signals(self) -> list[Message]:
        """Return the signals that are already here.

        Raises:
            GoneError: the bus hung up.
        """
        found: deque[Message] = deque(maxlen=SIGNALS_KEPT)
        try:
            while (message := self._line.waiting_signal()) is not None:
                found.append(message)
        except OSError as error:
            raise _gone(error) from error
        return list(found)


def _session_line(address: str) -> Line:
    try:
        return Line(greeted(address, ANSWER_S))
    except TimeoutError as error:
        raise ServerError("the session bus does not answer") from error
    except OSError as error:
        raise NoDesktopError(f"the session bus cannot be reached: {error}") from error
    except AddressError as error:
        raise NoDesktopError(f"the session bus's address cannot be used: {error}") from error


def _gone(error: OSError) -> GoneError:
    return GoneError(f"the session bus went away: {error}")
