"""What the kernel does and knows about a held connection: keep-alive, TCP_INFO, the route.

Sources: tcp(7), socket(7); `struct tcp_info` is read in `tcp_info`. Every option is skipped where
the platform has none.
"""

import errno
import math
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from monitor.wallet.names import Address
from monitor.wallet.tcp_info import SIZE_BYTES, TcpFigures, figures_from

PROBE_EVERY_S = 1
"""Between unanswered keep-alives: three of them fit into the silence that ends a session."""
PROBE_COUNT = 3
"""Unanswered keep-alives after which a kernel without TCP_USER_TIMEOUT gives up."""
KEPT_SILENT_S = 60
"""How long Linux keeps a silent connection: a Wi-Fi change or a router's restart fits into it."""

TCP_CLOSE = 7
"""tcpi_state after a reset or a time-out; after FIN it is 8 (CLOSE_WAIT)."""


@dataclass(frozen=True, slots=True)
class TcpView:
    """The kernel's view of a connection."""

    state: int
    heard_ago_ms: float
    """How long ago anything of the far end's kernel arrived."""


Look: TypeAlias = Callable[[socket.socket], TcpView | None]
"""Reads a `TcpView`; None where this system has none."""


def tcp_view(sock: socket.socket) -> TcpView | None:
    """Return the kernel's view (Linux TCP_INFO); None where it cannot be had."""
    figures = tcp_figures(sock)
    if figures is None or figures.silent_ms is None:
        return None
    return TcpView(figures.state, float(figures.silent_ms))


def tcp_figures(sock: socket.socket) -> TcpFigures | None:
    """Return the kernel's figures (Linux TCP_INFO); None where they cannot be had."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return None
    try:
        return figures_from(sock.getsockopt(socket.IPPROTO_TCP, option, SIZE_BYTES))
    except OSError:
        return None


def was_reset(sock: socket.socket) -> bool:
    """Tell whether the connection is gone without a FIN.

    CPython 3.11's `SSLSocket.recv` gives b"" for RST and FIN alike; the kernel knows better.
    """
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return False
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, option, 1)[0] == TCP_CLOSE
    except OSError:
        return False


def whole_idle_s(heartbeat_s: float) -> int:
    """Return the idle time the kernel will use: whole seconds, at least one."""
    return max(1, math.ceil(heartbeat_s))


def arm(sock: socket.socket, idle_s: int) -> None:
    """Let the kernel ask the far end after `idle_s` of quiet, and keep a silent connection.

    On Linux TCP_USER_TIMEOUT replaces the count of unanswered probes (tcp(7)).
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    set_idle(sock, idle_s)
    _set(sock, "TCP_KEEPINTVL", PROBE_EVERY_S)
    _set(sock, "TCP_KEEPCNT", PROBE_COUNT)
    _set(sock, "TCP_USER_TIMEOUT", (idle_s + KEPT_SILENT_S) * 1000)


def set_idle(sock: socket.socket, idle_s: int) -> None:
    """Set the quiet before a keep-alive; Linux sends one at once where it is already over."""
    if not _set(sock, "TCP_KEEPIDLE", idle_s):
        _set(sock, "TCP_KEEPALIVE", idle_s)  # macOS' name for it


def _set(sock: socket.socket, name: str, value: int) -> bool:
    option = getattr(socket, name, None)
    if option is None:
        return False
    try:
        sock.setsockopt(socket.IPPROTO_TCP, option, value)
    except OSError:  # an older kernel, or the connection has just ended: its reading tells
        return False
    return True


def has_route(address: Address) -> bool:
    """Tell whether packets to `address` have a way out of this machine; sends none.

    connect(2) on a datagram socket only looks the route up.
    """
    try:
        with socket.socket(address.family, socket.SOCK_DGRAM) as sock:
            target: Any = address.sockaddr
            sock.connect(target)
    except OSError:
        return False
    return True


def has_own_address(sock: socket.socket) -> bool:
    """Tell whether this machine still has the address that a connection was made from.

    bind(2) gives EADDRNOTAVAIL for one that no interface has; what is sent from there is lost.
    """
    try:
        own = sock.getsockname()
        with socket.socket(sock.family, socket.SOCK_DGRAM) as trial:
            trial.bind((own[0], 0, *own[2:]))
    except OSError as error:
        return error.errno != errno.EADDRNOTAVAIL
    return True
