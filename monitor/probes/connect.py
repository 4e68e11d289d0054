"""Opening a TCP connection within a deadline: the first step of the TCP, TLS and HTTP probes."""

import socket
from dataclasses import dataclass, replace

from monitor.clock import monotonic_s
from monitor.model import Outcome
from monitor.probes.deadline import Deadline
from monitor.probes.interface import Reading
from monitor.probes.lookup import Address, Lookup
from monitor.probes.outcomes import reading_of

_TRY_NEXT = (Outcome.UNREACHABLE, Outcome.NOT_MEASURED)
"""Nothing was heard from this address, at once: a name may have one of the other family."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A connected socket, to be closed by whoever asked for it."""

    sock: socket.socket
    began_at_s: float
    """Monotonic seconds at which the connection was asked for (names were looked up before)."""
    connect_ms: float
    address: str


def open_tcp(
    lookup: Lookup, host: str, port: int | None, family: int | None, deadline: Deadline
) -> Opened | Reading:
    """Connect to a name or address literal; the reading says why that did not work.

    A name is looked up first, outside of the round trip; failing that is DNS_ERROR, whatever
    kept the resolver from answering, since nothing was asked of the target itself.
    """
    if port is None:
        return Reading(Outcome.NOT_MEASURED, detail="there is no port to ask")
    found = lookup.find(host, port, family, deadline)
    if not found.addresses:
        if found.reading.outcome is Outcome.NOT_MEASURED:
            return found.reading
        return replace(found.reading, outcome=Outcome.DNS_ERROR, rtt_ms=None)
    result: Opened | Reading = found.reading
    for address in found.addresses:
        result = _connect(address, deadline)
        if isinstance(result, Opened) or result.outcome not in _TRY_NEXT or deadline.passed:
            break
    return result


def _connect(address: Address, deadline: Deadline) -> Opened | Reading:
    try:
        sock = socket.socket(address.family, socket.SOCK_STREAM)
    except OSError as error:
        return reading_of(error)
    began_at_s = monotonic_s()
    try:
        sock.settimeout(deadline.left_s)
        sock.connect(address.sockaddr)
    except OSError as error:
        elapsed_ms = (monotonic_s() - began_at_s) * 1000
        sock.close()
        return reading_of(error, elapsed_ms)
    return Opened(sock, began_at_s, (monotonic_s() - began_at_s) * 1000, address.text)
