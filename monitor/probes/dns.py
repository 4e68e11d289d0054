"""DNS: does a resolver turn a name into an address, and how fast?

A resolver's address is asked in our own UDP datagram (RFC 1035), so that no cache, no second
server and no search list of the system's stands in for it. The host "system" means the system's
own resolver, asked as every program asks it.
"""

import ipaddress
import secrets
import socket

from monitor.clock import monotonic_s
from monitor.model import Outcome, ProbeKind, Target
from monitor.probes import dns_message
from monitor.probes.deadline import Deadline
from monitor.probes.dns_message import Message, MessageError, QueryType, Question
from monitor.probes.interface import Reading
from monitor.probes.lookup import Lookup
from monitor.probes.outcomes import hear_icmp_errors, outcome_of, reading_of

SYSTEM_HOST = "system"
"""The `Target.host` that means the system's own resolver."""

_DNS_PORT = 53
_MAX_DATAGRAM_BYTES = 4096
"""Our question announces no EDNS: a proper answer has 512 bytes at most."""


class DnsProbe:
    """Asks the resolver at `Target.host` for the IPv4 address of one name."""

    kind = ProbeKind.DNS

    def __init__(self, name: str, system: Lookup) -> None:
        """Take what is asked, and a lookup of its own.

        Other probes' hanging lookups must not keep this one's series from being measured.
        """
        self._name = name
        self._system = system

    def ask(self, target: Target, timeout_s: float) -> Reading:
        """Ask once: REPLY for an address, DNS_ERROR for any other answer."""
        deadline = Deadline.after(timeout_s)
        if target.host == SYSTEM_HOST:
            return self._system.find(self._name, 0, target.family, deadline).reading
        try:
            version = ipaddress.ip_address(target.host).version
        except ValueError:
            return Reading(Outcome.NOT_MEASURED, detail=f"{target.host!r} is no address")
        family = socket.AF_INET6 if version == 6 else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                hear_icmp_errors(sock)
                # Connected: the kernel passes the resolver's datagrams only, and its refusal.
                sock.connect((target.host, target.port or _DNS_PORT))
                return _ask(sock, self._name, deadline)
        except MessageError as error:
            return Reading(Outcome.NOT_MEASURED, detail=str(error))
        except OSError as error:
            if outcome_of(error) is Outcome.RESET:  # Windows' word for "port unreachable"
                return Reading(Outcome.REFUSED, detail=error.strerror or str(error))
            return reading_of(error)


def _ask(sock: socket.socket, name: str, deadline: Deadline) -> Reading:
    message_id = secrets.randbelow(0x10000)
    query = dns_message.encode_query(message_id, name, QueryType.A)
    question = Question(dns_message.normal_name(name), QueryType.A)
    sent_at_s = monotonic_s()
    sock.send(query)
    while not deadline.passed:
        sock.settimeout(deadline.left_s)
        data = sock.recv(_MAX_DATAGRAM_BYTES)
        rtt_ms = (monotonic_s() - sent_at_s) * 1000
        if data[:2] != query[:2]:  # to another question, or a forgery
            continue
        try:
            message = dns_message.decode(data)
        except MessageError as error:
            return Reading(Outcome.DNS_ERROR, rtt_ms, f"malformed answer: {error}")
        if message.is_response and question in message.questions:
            return _reading_of_message(message, rtt_ms)
    return Reading(Outcome.TIMEOUT)


def _reading_of_message(message: Message, rtt_ms: float) -> Reading:
    if message.response_code != dns_message.ResponseCode.NOERROR:
        return Reading(Outcome.DNS_ERROR, rtt_ms, message.response_name)
    if message.addresses:
        return Reading(Outcome.REPLY, rtt_ms, message.addresses[0])
    if message.is_truncated:  # there is an answer, too long for a datagram (RFC 2181 section 9)
        return Reading(Outcome.REPLY, rtt_ms, "truncated")
    return Reading(Outcome.DNS_ERROR, rtt_ms, "the answer holds no address")
