"""The held connection: listen to it, ask it something, and say what its kernel knows."""

import contextlib
import socket
import ssl

from monitor.model import How
from monitor.wallet import keepalive
from monitor.wallet.attempt import Dialed
from monitor.wallet.endings import Ending, ending_of
from monitor.wallet.names import Address, HostPort

ANSWER_BYTES_MAX = 65_536
"""An answer to HEAD is a few hundred bytes; who sends more than this is not listened to."""
HEADERS_BYTES_MAX = 8192
"""So much of an answer is searched for `Connection: close`."""
_READ_BYTES = 16_384
"""A TLS record holds no more (RFC 8446 section 5.1)."""


class Connection:
    """One standing TLS session to one wallet."""

    def __init__(self, dialed: Dialed, idle_s: int, look: keepalive.Look, now_ms: float) -> None:
        assert isinstance(dialed.sock, ssl.SSLSocket)
        self.sock: ssl.SSLSocket = dialed.sock
        self.where: HostPort = dialed.where
        self.address: Address = dialed.address
        self.asked_at_ms: float | None = None
        """When the HEAD that is not answered yet was sent; None where none is."""
        self.last_asked_ms = now_ms
        """When the last HEAD was sent, or the session began."""
        self.answered_at_ms = now_ms
        """When the far end's application last said something: the hand-shake counts."""
        self._idle_s = idle_s
        self._look = look
        self._is_pressed = False
        self._byte_count = 0
        self._headers = b""
        self._checked_ms = now_ms
        keepalive.arm(self.sock, idle_s)

    @property
    def has_view(self) -> bool:
        """True where this system lets us see the kernel's acknowledgements."""
        return self._look(self.sock) is not None

    def heard_at_ms(self, now_ms: float) -> float:
        """Return when the far end, or its kernel, was last heard."""
        view = self._look(self.sock)
        if view is None:
            return max(self.answered_at_ms, self._checked_ms)
        return now_ms - view.heard_ago_ms

    def note_checked(self, now_ms: float) -> None:
        """The far end accepted a connection beside this one: it is there."""
        self._checked_ms = now_ms

    def has_route(self) -> bool:
        """Tell whether packets to the far end still have a way out of this machine."""
        return keepalive.has_route(self.address)

    def has_moved(self) -> bool:
        """Tell whether this machine has another address now: nothing can arrive here any more."""
        return self.has_route() and not keepalive.has_own_address(self.sock)

    def press(self) -> None:
        """Ask by keep-alive at once, and every second from now on."""
        if not self._is_pressed:
            self._is_pressed = True
            keepalive.set_idle(self.sock, 1)

    def ease(self) -> None:
        """Back to the keep-alive of quiet times."""
        if self._is_pressed:
            self._is_pressed = False
            keepalive.set_idle(self.sock, self._idle_s)

    def ask(self, path: str, now_ms: float) -> Ending | None:
        """Send a HEAD request (RFC 9110 section 9.3.2) unless one is unanswered."""
        if self.asked_at_ms is not None:
            return None
        host = f"[{self.where.host}]" if ":" in self.where.host else self.where.host
        request = (
            f"HEAD {path} HTTP/1.1\r\nHost: {host}\r\n"
            "User-Agent: walletwatch\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n"
        )
        self.asked_at_ms = self.last_asked_ms = now_ms
        self._headers = b""
        self._byte_count = 0
        try:
            self.sock.send(request.encode("ascii"))
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None  # a full send buffer is silence already: the answer's deadline tells
        except OSError as error:
            return self._ended(error)
        return None

    def listen(self, now_ms: float) -> Ending | None:
        """Take in what has arrived; an `Ending` where the session is over.

        A look at the raw socket first: it raises the errno that TLS above it swallows.
        """
        try:
            socket.socket.recv(self.sock, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError as error:
            return ending_of(error)
        try:
            while True:
                part = self.sock.recv(_READ_BYTES)
                if not part:
                    return self._closed()
                ending = self._take(part, now_ms)
                if ending is not None:
                    return ending
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError as error:
            return self._ended(error)

    def close(self) -> None:
        """End politely: close_notify, then FIN; waits for nothing."""
        with contextlib.suppress(OSError, ValueError):
            self.sock.unwrap()
        self.sock.close()

    def _take(self, part: bytes, now_ms: float) -> Ending | None:
        self.answered_at_ms = now_ms
        self._byte_count += len(part)
        if self._byte_count > ANSWER_BYTES_MAX:
            return Ending(How.CLOSED, "more than 64 KiB came unasked", was_announced=True)
        if self.asked_at_ms is None:
            return None
        self._headers = (self._headers + part)[:HEADERS_BYTES_MAX]
        is_whole = b"\r\n\r\n" in self._headers or len(self._headers) == HEADERS_BYTES_MAX
        if not is_whole:
            return None
        self.asked_at_ms = None
        if _says_close(self._headers):
            return Ending(How.CLOSED, "answered with Connection: close", was_announced=True)
        return None

    def _closed(self) -> Ending:
        if keepalive.was_reset(self.sock):
            return Ending(How.RESET, "connection reset")
        return Ending(How.CLOSED, "closed by the far end")

    def _ended(self, error: OSError) -> Ending:
        ending = ending_of(error)
        return self._closed() if ending.how is How.CLOSED else ending


def _says_close(answer: bytes) -> bool:
    """Tell whether the answer's `Connection` field lists `close` (RFC 9112 section 9.6)."""
    for line in answer.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip() == b"connection":
            return b"close" in [each.strip() for each in value.split(b",")]
    return False
