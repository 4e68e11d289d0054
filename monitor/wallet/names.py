"""Turn a wallet's host into addresses, bounded: the system's resolver may hang, we may not."""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

DEFAULT_PORT = 443
"""Where `hosts` names no port: HTTPS, RFC 9110 section 4.2.2."""
LOOKUP_LIMIT_MS = 3000.0
"""getaddrinfo(3) has no deadline; a person waiting for a wallet has given up by then."""
LIVE_LOOKUPS_MAX = 3
"""Lookups of one session that may hang at a time: an abandoned one ends when libc lets it."""
LIVE_WHEN_CALLED_MAX = 5
"""So many where the way was just heard again: libc holds each question for 5 s or more
(resolv.conf(5), timeout), and those that were asked into the dead network must not stand in the way
of the one that will be answered."""

SocketAddress: TypeAlias = tuple[Any, ...]
"""What connect(2) takes: (host, port) or (host, port, flow, scope)."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a host, ready for a socket of its family."""

    family: int
    """AF_INET or AF_INET6."""
    sockaddr: SocketAddress


Resolve: TypeAlias = Callable[[str, int], Sequence[Address]]
"""Host and port to addresses; raises OSError (gaierror) or UnicodeError where it cannot."""


@dataclass(frozen=True, slots=True)
class HostPort:
    """One entry of `hosts`, taken apart."""

    host: str
    port: int

    @property
    def is_literal(self) -> bool:
        """True where the host is an address, so that no name is ever looked up."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True


def host_port(text: str) -> HostPort:
    """Take `host:port`, `host` or `[v6]:port` apart.

    Raises:
        ValueError: there is no host, or the port is not a number between 1 and 65535.
    """
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port_text = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port_text = text.partition(":")
    else:
        host, port_text = text, ""
    port = int(port_text) if port_text.isascii() and port_text.isdigit() else DEFAULT_PORT
    if not host or (port_text and not port_text.isdigit()) or not 1 <= port <= 65535:
        raise ValueError(f"{text!r} is not a host and a port; write it like example.com:443")
    return HostPort(host, port)


def system_resolve(host: str, port: int) -> Sequence[Address]:
    """Ask the system's resolver, in its own order of preference (RFC 6724)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [Address(int(family), tuple(sockaddr)) for family, _, _, _, sockaddr in found]


class Lookup:
    """One resolution in a thread of its own that is abandoned where it hangs."""

    def __init__(
        self, where: HostPort, resolve: Resolve, wake: Callable[[], None], now_ms: float
    ) -> None:
        self.began_ms = now_ms
        self.addresses: Sequence[Address] = ()
        self.error = ""
        self._where = where
        self._resolve = resolve
        self._wake = wake
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wallet-name", daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """True once there is an answer, good or bad."""
        return self._done.is_set()

    @property
    def is_alive(self) -> bool:
        """True while the resolver still holds the thread."""
        return self._thread.is_alive()

    @property
    def deadline_ms(self) -> float:
        """When it counts as failed."""
        return self.began_ms + LOOKUP_LIMIT_MS

    def _run(self) -> None:
        try:
            self.addresses = tuple(self._resolve(self._where.host, self._where.port))
            self.error = "" if self.addresses else "the resolver knows no address"
        except (OSError, UnicodeError) as error:
            self.error = str(error)
        self._done.set()
        with contextlib.suppress(OSError):  # the session may have ended meanwhile
            self._wake()


class Lookups:
    """Starts the lookups of one session and bounds how many of them hang."""

    def __init__(self, resolve: Resolve, wake: Callable[[], None]) -> None:
        self._resolve = resolve
        self._wake = wake
        self._live: list[Lookup] = []

    @property
    def live_count(self) -> int:
        """How many are not done, or hang."""
        self._live = [each for each in self._live if each.is_alive]
        return len(self._live)

    def begin(self, where: HostPort, now_ms: float, *, is_called: bool = False) -> Lookup | None:
        """Start a lookup; None where too many earlier ones are still stuck in the resolver.

        `is_called`: the way was just heard again, so that this one has better prospects.
        """
        if self.live_count >= (LIVE_WHEN_CALLED_MAX if is_called else LIVE_LOOKUPS_MAX):
            return None
        lookup = Lookup(where, self._resolve, self._wake, now_ms)
        self._live.append(lookup)
        return lookup
