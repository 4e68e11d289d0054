"""The DNS probe against real datagram servers that answer, lie, and keep silent."""

import socket
import struct
import time
from collections.abc import Sequence

import pytest

from monitor.model import Outcome, ProbeKind, Role, Target
from monitor.probes.dns import DnsProbe
from monitor.probes.interface import Reading
from monitor.probes.lookup import AddressInfo, Lookup
from tests.integration.servers import Answer, free_port, udp_server

NAME = "www.Example.com"
ADDRESS = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xcb\x00\x71\x0a"

OTHER_ADDRESS = ADDRESS[:-1] + b"\x0b"


def ask(port: int, timeout_s: float = 1.0, host: str = "127.0.0.1", name: str = NAME) -> Reading:
    target = Target("x", Role.RESOLVER, ProbeKind.DNS, host, port)
    return DnsProbe(name, Lookup()).ask(target, timeout_s)


def reply(query: bytes, records: bytes = ADDRESS, flags: int = 0x8180) -> bytes:
    count = 1 if records else 0
    return query[:2] + struct.pack("!HHHHH", flags, 1, count, 0, 0) + query[12:] + records


def asked_of(answer: Answer, host: str = "127.0.0.1", timeout_s: float = 1.0) -> Reading:
    with udp_server(answer, host) as port:
        return ask(port, timeout_s, host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_is_a_reply(host: str) -> None:
    reading = asked_of(lambda query: [reply(query)], host)
    assert (reading.outcome, reading.detail) == (Outcome.REPLY, "203.0.113.10")
    assert 0 < (reading.rtt_ms or 0) < 500


@pytest.mark.parametrize(
    ("flags", "detail"), [(0x8182, "SERVFAIL"), (0x8183, "NXDOMAIN"), (0x8185, "REFUSED")]
)
def test_an_error_code_is_a_dns_error(flags: int, detail: str) -> None:
    reading = asked_of(lambda query: [reply(query, b"", flags)])
    assert (reading.outcome, reading.detail) == (Outcome.DNS_ERROR, detail)
    assert reading.rtt_ms is not None


def test_an_empty_answer_is_a_dns_error() -> None:
    assert asked_of(lambda query: [reply(query, b"")]).outcome is Outcome.DNS_ERROR


def test_a_truncated_answer_is_an_answer() -> None:
    reading = asked_of(lambda query: [reply(query, ADDRESS[:5], 0x8380)])
    assert (reading.outcome, reading.detail) == (Outcome.REPLY, "truncated")


def test_a_malformed_answer_is_a_dns_error() -> None:
    reading = asked_of(lambda query: [reply(query, ADDRESS[:5])])
    assert reading.outcome is Outcome.DNS_ERROR
    assert "malformed" in reading.detail


def test_answers_to_other_questions_are_passed_over() -> None:
    """Another id, another name, the question itself come first; the answer comes last."""

    def answer(query: bytes) -> list[bytes]:
        other_id = bytes([query[0] ^ 1]) + query[1:]
        other_name = query.replace(b"example", b"exomple")
        others = [reply(other, OTHER_ADDRESS) for other in (other_id, other_name)]
        return [b"", other_id[:2], *others, query, reply(query)]

    assert asked_of(answer).detail == "203.0.113.10"


def test_only_answers_to_other_questions_are_a_time_out() -> None:
    reading = asked_of(lambda query: [reply(bytes([query[0] ^ 1]) + query[1:])], timeout_s=0.2)
    assert reading == Reading(Outcome.TIMEOUT, None, "timed out")


def test_ids_differ() -> None:
    ids: list[bytes] = []

    def answer(query: bytes) -> list[bytes]:
        ids.append(query[:2])
        return [reply(query)]

    with udp_server(answer) as port:
        for _ in range(5):
            ask(port)
    assert len(set(ids)) > 1


def test_silence_is_a_time_out() -> None:
    began_s = time.monotonic()
    assert asked_of(lambda _: [], timeout_s=0.3).outcome is Outcome.TIMEOUT
    assert 0.3 <= time.monotonic() - began_s < 0.5


def test_a_closed_port_refuses() -> None:
    assert ask(free_port()).outcome is Outcome.REFUSED


@pytest.mark.parametrize("host", ["", "localhost"])
def test_a_resolver_is_an_address(host: str) -> None:
    assert ask(53, host=host).outcome is Outcome.NOT_MEASURED


def test_what_is_no_name_is_not_asked() -> None:
    assert ask(free_port(), name="a..b").outcome is Outcome.NOT_MEASURED


def test_the_systems_own_resolver() -> None:
    target = Target("x", Role.RESOLVER, ProbeKind.DNS, "system")
    reading = DnsProbe("localhost", Lookup()).ask(target, 2.0)
    assert reading.outcome is Outcome.REPLY
    assert reading.rtt_ms is not None


def test_the_systems_own_resolver_says_no() -> None:
    def fail(*_: object, **__: object) -> Sequence[AddressInfo]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    target = Target("x", Role.RESOLVER, ProbeKind.DNS, "system")
    reading = DnsProbe(NAME, Lookup(fail)).ask(target, 2.0)
    assert reading == Reading(Outcome.DNS_ERROR, None, "Name or service not known")
