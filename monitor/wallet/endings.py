"""Name the way in which a connection, or the attempt at one, ended."""

import errno
import ssl
from dataclasses import dataclass

from monitor.model import How

_NO_WAY = frozenset(
    code
    for name in (
        "ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EHOSTDOWN", "EADDRNOTAVAIL", "EPERM",
        "EACCES", "WSAENETUNREACH", "WSAEHOSTUNREACH", "WSAENETDOWN", "WSAEADDRNOTAVAIL",
        "WSAEACCES", "WSAEHOSTDOWN",
    )
    if (code := getattr(errno, name, None)) is not None
)  # fmt: skip
"""Nothing left this machine, or a router on the way sent it back; a local firewall gives EPERM."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended, and the system's own words."""

    how: How
    detail: str = ""
    was_announced: bool = False
    """The far end answered and said that it would close (HTTP `Connection: close`)."""


def ending_of(error: OSError) -> Ending:
    """Name what a socket or TLS error means."""
    detail = str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Ending(How.TLS, error.verify_message or detail)
    if isinstance(error, ssl.SSLEOFError):
        return Ending(How.CLOSED, detail)
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLSyscallError):
        return Ending(How.TLS, detail)
    if isinstance(error, ConnectionRefusedError):
        return Ending(How.REFUSED, detail)
    if isinstance(error, TimeoutError):
        return Ending(How.TIMEOUT, detail)
    if error.errno in _NO_WAY:
        return Ending(How.UNREACHABLE, detail)
    return Ending(How.RESET, detail)
