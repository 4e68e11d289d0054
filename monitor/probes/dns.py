"""DNS: does a resolver turn a name into an address, and how fast?

A resolver's address is asked in our own UDP datagram (RFC 1035), so that no cache, no second
server and no search list of the system's stands in for it. The host "system" means the system's
own resolver, asked as every program asks it.
"""

import ipaddress
import random
import socket
from contextlib import closing, suppress

from monitor.clock import monotonic_s
from monitor.model import Outcome, ProbeKind, Target
from monitor.probes import dns_message
from monitor.probes.deadline import Deadline
from monitor.probes.dns_message import Message, MessageError, QueryType
from monitor.probes.interface import Question, Reading
from monitor.probes.lookup import Found, Lookup, PendingLookup
from monitor.probes.outcomes import hear_icmp_errors, outcome_of, reading_of
from monitor.probes.stamps import (
    Arrival,
    keep_stamps_on,
    receive_stamped,
    switch_stamps_on,
    wall_offset_s,
)

SYSTEM_HOST = "system"
"""The `Target.host` that means the system's own resolver."""

_RANDOM = random.SystemRandom()
"""The system's, as in `secrets`, which would load every hash function there is."""
_DNS_PORT = 53
_MAX_DATAGRAM_BYTES = 4096
"""Our question announces no EDNS: a proper answer has 512 bytes at most."""
_MOST_READS = 64
"""Datagrams read for one question at a time: who floods us is not read to the end."""


class DnsProbe:
    """Asks the resolver at `Target.host` for the IPv4 address of one name."""

    kind = ProbeKind.DNS

    def __init__(self, name: str, system: Lookup) -> None:
        """Take what is asked, and a lookup of its own.

        Other probes' hanging lookups must not keep this one's series from being measured.
        """
        self._name = name
        self._system = system
        self._has_stamps = keep_stamps_on(self)

    def ask(self, target: Target, timeout_s: float) -> Reading:
        """Ask once: REPLY for an address, DNS_ERROR for any other answer."""
        asked = self._send(target, timeout_s)
        if isinstance(asked, Reading):
            return asked
        with closing(asked):
            return asked.wait()

    def begin(self, target: Target, timeout_s: float) -> Question | Reading | None:
        """Send a question whose answer is read later; None where the kernel gives no stamps."""
        return self._send(target, timeout_s) if self._has_stamps else None

    def _send(self, target: Target, timeout_s: float) -> "_Datagram | PendingLookup | Reading":
        deadline = Deadline.after(timeout_s)
        if target.host == SYSTEM_HOST:
            begun = self._system.begin(self._name, 0, target.family, deadline)
            return begun.reading if isinstance(begun, Found) else begun
        try:
            version = ipaddress.ip_address(target.host).version
        except ValueError:
            return Reading(Outcome.NOT_MEASURED, detail=f"{target.host!r} is no address")
        family = socket.AF_INET6 if version == 6 else socket.AF_INET
        try:
            sock = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            return _reading_of_error(error)
        try:
            hear_icmp_errors(sock)
            # Connected: the kernel passes the resolver's datagrams only, and its refusal.
            sock.connect((target.host, target.port or _DNS_PORT))
            return _Datagram(sock, self._name, deadline)
        except MessageError as error:
            sock.close()
            return Reading(Outcome.NOT_MEASURED, detail=str(error))
        except OSError as error:
            sock.close()
            return _reading_of_error(error)


class _Datagram:
    """One question in a datagram on its own socket."""

    def __init__(self, sock: socket.socket, name: str, deadline: Deadline) -> None:
        """Send it.

        Raises:
            MessageError: the name cannot be asked for.
        """
        self.ends_at_s = deadline.ends_at_s
        self._sock = sock
        self._deadline = deadline
        self._is_stamped = switch_stamps_on(sock)
        message_id = _RANDOM.randrange(0x10000)
        self._query = dns_message.encode_query(message_id, name, QueryType.A)
        self._question = dns_message.Question(dns_message.normal_name(name), QueryType.A)
        self._offset_s = wall_offset_s()
        self._sent_at_s = monotonic_s()
        sock.send(self._query)

    def wait(self) -> Reading:
        """Return the reading, at the deadline at the latest."""
        while not self._deadline.passed:
            self._sock.settimeout(self._deadline.left_s)
            try:
                reading = self._hear(is_awaited=True)
            except OSError as error:
                return _reading_of_error(error)
            if reading is not None:
                return reading
        return Reading(Outcome.TIMEOUT)

    def answer(self) -> Reading | None:
        """Return the reading; None while the answer may still come."""
        is_over = self._deadline.passed
        self._sock.setblocking(False)
        try:
            with suppress(BlockingIOError):
                for _ in range(_MOST_READS):
                    reading = self._hear(is_awaited=False)
                    if reading is not None:
                        return reading
        except OSError as error:
            return _reading_of_error(error)
        return Reading(Outcome.TIMEOUT) if is_over else None

    def close(self) -> None:
        """Close its socket."""
        self._sock.close()

    def _hear(self, *, is_awaited: bool) -> Reading | None:
        """Take one datagram; None where it is not the answer, or came too late."""
        data, arrival = self._receive()
        if data[:2] != self._query[:2]:  # to another question, or a forgery
            return None
        if arrival.at_s > self.ends_at_s:
            return None
        is_timed = arrival.is_exact or is_awaited
        rtt_ms = max((arrival.at_s - self._sent_at_s) * 1000, 0.0) if is_timed else None
        try:
            message = dns_message.decode(data)
        except MessageError as error:
            return Reading(Outcome.DNS_ERROR, rtt_ms, f"malformed answer: {error}")
        if message.is_response and self._question in message.questions:
            return _reading_of_message(message, rtt_ms)
        return None

    def _receive(self) -> tuple[bytes, Arrival]:
        if self._is_stamped:
            data, _sender, arrival = receive_stamped(
                self._sock, _MAX_DATAGRAM_BYTES, self._offset_s
            )
            return data, arrival
        data = self._sock.recv(_MAX_DATAGRAM_BYTES)
        return data, Arrival(monotonic_s(), is_exact=False)


def _reading_of_error(error: OSError) -> Reading:
    if outcome_of(error) is Outcome.RESET:  # Windows' word for "port unreachable"
        return Reading(Outcome.REFUSED, detail=error.strerror or str(error))
    return reading_of(error)


def _reading_of_message(message: Message, rtt_ms: float | None) -> Reading:
    if message.response_code != dns_message.ResponseCode.NOERROR:
        return Reading(Outcome.DNS_ERROR, rtt_ms, message.response_name)
    if message.addresses:
        return Reading(Outcome.REPLY, rtt_ms, message.addresses[0])
    if message.is_truncated:  # there is an answer, too long for a datagram (RFC 2181 section 9)
        return Reading(Outcome.REPLY, rtt_ms, "truncated")
    return Reading(Outcome.DNS_ERROR, rtt_ms, "the answer holds no address")
