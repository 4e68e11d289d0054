"""One attempt at a session: name, TCP, TLS, each with its deadline, never blocking the thread."""

import errno
import os
import selectors
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.locale import SentenceError
from monitor.model import How
from monitor.wallet import keepalive
from monitor.wallet.endings import Ending, ending_of
from monitor.wallet.names import Address, HostPort, Lookup, Lookups

CONNECT_LIMIT_MS = 3000.0
"""One SYN and its repeat after 1 s (RFC 6298) must both have had a chance."""
HANDSHAKE_LIMIT_MS = 5000.0
"""Two or three round trips and a slow server's arithmetic."""
TAKEN_MS = 2000.0
"""A connection that a server keeps so long was taken; later it only tires of waiting."""
ADDRESSES_MAX = 2
"""Tried in one attempt, one after the other: broken IPv6 must not hide working IPv4."""

_UNDER_WAY = frozenset(
    code
    for name in ("EINPROGRESS", "EWOULDBLOCK", "WSAEWOULDBLOCK", "WSAEINPROGRESS")
    if (code := getattr(errno, name, None)) is not None
)


class TrustError(SentenceError, ValueError):
    """The file of certificates to trust cannot be used: one sentence with which and the mend."""


@lru_cache(maxsize=8)
def trust(ca_file: str) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, and `ca_file`'s unless empty.

    Raises:
        TrustError: the file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise TrustError(
                "ca_file {file}: cannot be used ({reason}); "
                "give a PEM file with a certificate, or leave it empty",
                file=ca_file,
                reason=error,
            ) from error
    return context


@dataclass(frozen=True, slots=True)
class Dialed:
    """What a good attempt brought: a connected socket, with TLS unless only TCP was asked."""

    sock: socket.socket
    where: HostPort
    address: Address


@dataclass(frozen=True, slots=True)
class Plan:
    """What to dial and how."""

    hosts: Sequence[HostPort]
    lookups: Lookups
    context: ssl.SSLContext | None
    """None: TCP only, to see whether the far end answers at all."""
    shake_from_ms: float = 0.0
    """On the monotonic clock: a connection that is taken earlier waits with its hand-shake."""
    preferred: Address | None = None
    """The address that served last: tried first, asked for a route where no name resolves, and
    asked whether it still accepts where the name leads elsewhere and nobody serves there."""
    is_called: bool = False
    """The way was just heard again."""


class Attempt:
    """Goes from names to a standing session in steps; `advance` takes the next one."""

    def __init__(self, plan: Plan, now_ms: float) -> None:
        self._plan = plan
        self._hosts = list(plan.hosts)
        self._where = self._hosts[0]
        self._lookup: Lookup | None = None
        self._addresses: list[Address] = []
        self._address: Address | None = None
        self._sock: socket.socket | None = None
        self._tls: ssl.SSLSocket | None = None
        self._failure = Ending(How.DNS, "no name could be looked up")
        self._is_led_elsewhere = False
        self._step: Callable[[float], Dialed | Ending | None] = self._next_host
        self._shake_from_ms = plan.shake_from_ms
        self._taken_at_ms = now_ms
        self.deadline_ms = now_ms
        self.wants = 0
        """What to wait for on `sock`, as a mask of `selectors`; 0 while a name is looked up."""

    @property
    def sock(self) -> socket.socket | None:
        """The socket to wait on; None while a name is looked up."""
        return self._tls or self._sock

    @property
    def is_heard(self) -> bool:
        """True once the far end accepted the connection."""
        return self._step in (self._await_leave, self._await_turn, self._shake)

    def shake_from(self, allowed_ms: float) -> None:
        """Change when the hand-shake may begin."""
        self._shake_from_ms = allowed_ms
        if self._step in (self._await_leave, self._await_turn):
            self.deadline_ms = allowed_ms

    def advance(self, now_ms: float) -> Dialed | Ending | None:
        """Go on as far as possible; None where the network has to move first."""
        while True:
            step = self._step
            result = step(now_ms)
            if result is not None or self._step == step:
                break
        if isinstance(result, Ending):
            self.close()
        return result

    def close(self) -> None:
        """Give up; what was opened is closed."""
        for sock in (self._tls, self._sock):
            if sock is not None:
                sock.close()
        self._tls = self._sock = None

    def _next_host(self, now_ms: float) -> Ending | None:
        if not self._hosts:
            return self._no_name()
        self._where = self._hosts.pop(0)
        if self._where.is_literal:
            family = socket.AF_INET6 if ":" in self._where.host else socket.AF_INET
            self._addresses = [Address(family, (self._where.host, self._where.port))]
            self._step = self._next_address
            return None
        self._lookup = self._plan.lookups.begin(self._where, now_ms, is_called=self._plan.is_called)
        if self._lookup is None:
            self._failure = Ending(How.DNS, "the resolver still holds earlier questions")
            return self._no_name()
        self.deadline_ms = self._lookup.deadline_ms
        self._step = self._await_name
        return None

    def _await_name(self, now_ms: float) -> Ending | None:
        lookup = self._lookup
        if lookup is None or (not lookup.is_done and now_ms < lookup.deadline_ms):
            return None
        if lookup.is_done and lookup.addresses:
            preferred = self._plan.preferred
            ordered = sorted(lookup.addresses, key=lambda each: each != preferred)
            self._addresses = ordered[:ADDRESSES_MAX]
            is_other = preferred is not None and preferred not in lookup.addresses
            self._is_led_elsewhere = is_other and self._plan.context is not None
            self._step = self._next_address
            return None
        self._failure = Ending(How.DNS, lookup.error or "the resolver kept silent for 3 s")
        self._step = self._next_host if self._hosts else self._give_up
        return None

    def _give_up(self, now_ms: float) -> Ending:
        del now_ms
        return self._no_name()

    def _no_name(self) -> Ending:
        """A name that does not resolve because nothing leaves the machine is no DNS fault."""
        preferred = self._plan.preferred
        if preferred is not None and not keepalive.has_route(preferred):
            return Ending(How.UNREACHABLE, "no route to the wallet's last address")
        return self._failure

    def _next_address(self, now_ms: float) -> Ending | None:
        self.close()
        while self._addresses:
            self._address = self._addresses.pop(0)
            try:
                self._begin_connect(self._address)
            except OSError as error:
                self._failure = ending_of(error)
                continue
            self.wants = selectors.EVENT_WRITE
            self.deadline_ms = now_ms + CONNECT_LIMIT_MS
            self._step = self._await_accept
            return None
        return self._nobody_served(now_ms)

    def _nobody_served(self, now_ms: float) -> Ending | None:
        """End with the last failure; where the name leads elsewhere, ask the last address first."""
        self.close()
        last = self._plan.preferred
        if not self._is_led_elsewhere or last is None:
            return self._failure
        self._is_led_elsewhere = False  # asked once
        try:
            self._begin_connect(last)
        except OSError:
            return self._failure
        self.wants = selectors.EVENT_WRITE
        self.deadline_ms = now_ms + CONNECT_LIMIT_MS
        self._step = self._await_last
        return None

    def _await_last(self, now_ms: float) -> Ending | None:
        """Tell a name that was led astray from a bank that serves nowhere.

        The connection is only opened: held on to, it would hide what the wallet's own program
        meets, which asks the same resolver.
        """
        assert self._sock is not None
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not code and not _is_connected(self._sock):
            return None if now_ms < self.deadline_ms else self._failure
        if code:
            return self._failure
        words = f"the name leads elsewhere ({self._failure.detail}); its last address accepts"
        return Ending(How.DNS, words)

    def _begin_connect(self, address: Address) -> None:
        self._sock = socket.socket(address.family, socket.SOCK_STREAM)
        self._sock.setblocking(False)
        code = self._sock.connect_ex(address.sockaddr)
        if code and code not in _UNDER_WAY:
            self.close()
            raise OSError(code, os.strerror(code))

    def _await_accept(self, now_ms: float) -> Dialed | Ending | None:
        assert self._sock is not None and self._address is not None
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            return self._try_next(ending_of(OSError(code, os.strerror(code))))
        if not _is_connected(self._sock):
            if now_ms < self.deadline_ms:
                return None
            return self._try_next(Ending(How.TIMEOUT, "no answer to TCP in 3 s"))
        if self._plan.context is None:
            return Dialed(self._sock, self._where, self._address)
        self._taken_at_ms = now_ms
        self.deadline_ms = self._shake_from_ms
        self.wants = selectors.EVENT_READ
        self._step = self._await_leave
        return None

    def _await_leave(self, now_ms: float) -> Ending | None:
        """Hold the connection until the hand-shake is allowed; notice if it ends meanwhile."""
        assert self._sock is not None and self._plan.context is not None
        try:
            if now_ms < self._shake_from_ms and not self._sock.recv(1, socket.MSG_PEEK):
                if now_ms - self._taken_at_ms < TAKEN_MS:
                    return Ending(How.CLOSED, "taken, and ended before any hand-shake")
                self.close()  # the server's limit for a hand-shake that does not come
                self.wants = 0
                self._step = self._await_turn
                return None
        except BlockingIOError:
            return None
        except OSError as error:
            return ending_of(error)
        context = self._plan.context
        raw, self._sock = self._sock, None
        try:
            self._tls = context.wrap_socket(
                raw, server_hostname=self._where.host, do_handshake_on_connect=False
            )
        except OSError as error:  # it looks at the socket, which may have ended just now
            raw.close()
            return ending_of(error)
        self.deadline_ms = now_ms + HANDSHAKE_LIMIT_MS
        self._step = self._shake
        return None

    def _await_turn(self, now_ms: float) -> None:
        """Wait without a connection until the hand-shake is allowed, and dial anew."""
        if now_ms >= self._shake_from_ms and self._address is not None:
            self._addresses = [self._address]
            self._step = self._next_address

    def _try_next(self, failure: Ending) -> Ending | None:
        self._failure = failure
        self._step = self._next_address
        return None

    def _shake(self, now_ms: float) -> Dialed | Ending | None:
        assert self._tls is not None and self._address is not None
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self.wants = selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            self.wants = selectors.EVENT_WRITE
        except OSError as error:
            ending = ending_of(error)
            if ending.how is How.CLOSED and keepalive.was_reset(self._tls):
                return Ending(How.RESET, ending.detail)
            return ending
        else:
            return Dialed(self._tls, self._where, self._address)
        if now_ms >= self.deadline_ms:
            return Ending(How.TIMEOUT, "the TLS hand-shake was not done in 5 s")
        return None


def _is_connected(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True
