"""TCP connect against real sockets."""

import socket
import threading
import time
from collections.abc import Sequence

from monitor.model import Outcome, ProbeKind, Role, Target
from monitor.probes.interface import Reading
from monitor.probes.lookup import AddressInfo, Lookup
from monitor.probes.tcp import TcpProbe
from tests.integration.servers import free_port, stay_silent, tcp_server


def ask(host: str, port: int | None, lookup: Lookup | None = None) -> Reading:
    target = Target("x", Role.ANCHOR, ProbeKind.TCP, host, port)
    return TcpProbe(lookup or Lookup()).ask(target, 1.0)


def resolving_to(*addresses: tuple[str, int], delay_s: float = 0.0) -> Lookup:
    def resolve(*_: object, **__: object) -> Sequence[AddressInfo]:
        time.sleep(delay_s)
        return [
            (socket.AF_INET6 if ":" in host else socket.AF_INET, 1, 6, "", (host, port))
            for host, port in addresses
        ]

    return Lookup(resolve)


def test_an_open_port_replies_and_hears_an_orderly_close() -> None:
    closed = threading.Event()

    def serve(connection: socket.socket) -> None:
        if connection.recv(1) == b"":  # a reset would raise
            closed.set()

    with tcp_server(serve) as port:
        reading = ask("127.0.0.1", port)
        assert closed.wait(5)
    assert (reading.outcome, reading.detail) == (Outcome.REPLY, "127.0.0.1")
    assert reading.rtt_ms is not None
    assert 0 < reading.rtt_ms < 500


def test_ipv6() -> None:
    with tcp_server(stay_silent, "::1") as port:
        assert ask("::1", port).outcome is Outcome.REPLY


def test_a_closed_port_refuses_and_is_timed() -> None:
    reading = ask("127.0.0.1", free_port())
    assert reading.outcome is Outcome.REFUSED
    assert reading.rtt_ms is not None


def test_a_name_is_looked_up_outside_of_the_round_trip() -> None:
    with tcp_server(stay_silent) as port:
        reading = ask("bank.example", port, resolving_to(("127.0.0.1", port), delay_s=0.3))
    assert reading.outcome is Outcome.REPLY
    assert (reading.rtt_ms or 1000) < 200


def test_a_name_without_an_address_is_a_dns_error() -> None:
    def fail(*_: object, **__: object) -> Sequence[AddressInfo]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    reading = ask("bank.example", 1, Lookup(fail))
    assert reading == Reading(Outcome.DNS_ERROR, None, "Temporary failure in name resolution")


def test_an_address_that_cannot_be_reached_gives_way_to_the_next() -> None:
    with tcp_server(stay_silent) as port:
        # Broadcast is refused at once by this device itself.
        lookup = resolving_to(("255.255.255.255", port), ("127.0.0.1", port))
        assert ask("bank.example", port, lookup).outcome is Outcome.REPLY


def test_a_refusal_does_not_give_way() -> None:
    with tcp_server(stay_silent) as port:
        lookup = resolving_to(("127.0.0.1", free_port()), ("127.0.0.1", port))
        assert ask("bank.example", port, lookup).outcome is Outcome.REFUSED


def test_without_a_port_nothing_is_asked() -> None:
    assert ask("127.0.0.1", None).outcome is Outcome.NOT_MEASURED
