"""What an operating-system error says about the network: one table for every probe."""

import errno
import socket
import sys

from monitor.model import Outcome
from monitor.probes.interface import Reading

_UNREACHABLE = frozenset(
    {
        errno.ENETUNREACH,  # no route: what an offline laptop says
        errno.EHOSTUNREACH,  # no answer to ARP, or a router says so
        errno.ENETDOWN,
        errno.EHOSTDOWN,
        errno.EADDRNOTAVAIL,  # no address of this family to ask from
    }
)

_ANSWERED = (Outcome.REFUSED, Outcome.RESET)

# Linux <linux/in.h>, <linux/in6.h>; the socket module of CPython 3.11 does not name them.
_IP_RECVERR = 11
_IPV6_RECVERR = 25

ICMP_ERROR_MESSAGES = frozenset(
    {(socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)}
)
"""Level and type of the ancillary data that carries an ICMP error on Linux."""


def outcome_of(error: OSError) -> Outcome:
    """Return the outcome that a socket's error stands for.

    What is not the network's doing is NOT_MEASURED: a local firewall's EPERM (a rule of this
    device's own kept the question from leaving, which says nothing about the path, and must not
    look like a dead one), no descriptors, no such family.
    """
    if isinstance(error, TimeoutError):
        return Outcome.TIMEOUT
    if isinstance(error, ConnectionRefusedError):
        return Outcome.REFUSED
    if isinstance(error, ConnectionError):
        return Outcome.RESET
    if error.errno in _UNREACHABLE:
        return Outcome.UNREACHABLE
    return Outcome.NOT_MEASURED


def reading_of(error: OSError, elapsed_ms: float | None = None) -> Reading:
    """Return the reading of an error; `elapsed_ms` is kept only where the far end answered."""
    outcome = outcome_of(error)
    rtt_ms = elapsed_ms if outcome in _ANSWERED else None
    return Reading(outcome, rtt_ms, error.strerror or str(error) or type(error).__name__)


def hear_icmp_errors(sock: socket.socket) -> None:
    """Let a router's "unreachable" reach this datagram socket as an error (Linux, ip(7)).

    Without it Linux reports only the errors that it holds for final, and the others look like
    silence. Other systems report what they report.
    """
    if sys.platform not in ("linux", "android"):
        return
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
