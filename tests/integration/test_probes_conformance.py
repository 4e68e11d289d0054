"""What every probe in the table promises: it never raises for the network, and keeps its time."""

import threading
import time

import pytest

from monitor.model import Outcome, ProbeKind, Role, Target
from monitor.probes.interface import Reading
from monitor.probes.registry import probes
from tests.integration.namespace import in_namespace, tun_hosts

pytestmark = pytest.mark.lab

TIMEOUT_S = 0.4
GRACE_S = 0.1
"""What the contract allows beyond the time-out."""

SILENT, UNROUTABLE, REFUSING = "10.9.0.66", "203.0.113.1", "127.0.0.3"


def ask(kind: ProbeKind, host: str) -> tuple[Reading, float]:
    """Ask in the calling thread's namespace; return the reading and the seconds it took."""
    probe = probes("www.example.com", f"http://{host}:81/", {})[kind]
    began_s = time.monotonic()
    reading = probe.ask(Target("x", Role.ANCHOR, kind, host, 81), TIMEOUT_S)
    return reading, time.monotonic() - began_s


@pytest.mark.parametrize("kind", list(ProbeKind))
def test_a_silent_address(kind: ProbeKind) -> None:
    def work() -> tuple[Reading, float]:
        with tun_hosts({}):
            return ask(kind, SILENT)

    reading, elapsed_s = in_namespace(work)
    assert (reading.outcome, reading.rtt_ms) == (Outcome.TIMEOUT, None)
    assert TIMEOUT_S <= elapsed_s < TIMEOUT_S + GRACE_S


@pytest.mark.parametrize("kind", list(ProbeKind))
def test_an_address_without_a_route(kind: ProbeKind) -> None:
    reading, elapsed_s = in_namespace(lambda: ask(kind, UNROUTABLE))
    assert (reading.outcome, reading.rtt_ms) == (Outcome.UNREACHABLE, None)
    assert reading.detail
    assert elapsed_s < GRACE_S


@pytest.mark.parametrize("kind", list(ProbeKind))
def test_an_address_that_refuses(kind: ProbeKind) -> None:
    reading, elapsed_s = in_namespace(lambda: ask(kind, REFUSING))
    # A host without servers still answers an echo.
    expected = Outcome.REPLY if kind is ProbeKind.ICMP else Outcome.REFUSED
    assert reading.outcome is expected
    assert elapsed_s < GRACE_S


@pytest.mark.parametrize("kind", list(ProbeKind))
def test_many_threads_at_once_on_one_probe(kind: ProbeKind) -> None:
    """Half of them ask a silent address: nobody waits for another."""

    def work() -> dict[str, list[Reading]]:
        table = {
            host: probes("www.example.com", f"http://{host}:81/", {})[kind]
            for host in (SILENT, REFUSING)
        }
        readings: dict[str, list[Reading]] = {SILENT: [], REFUSING: []}

        def go(host: str) -> None:
            target = Target("x", Role.ANCHOR, kind, host, 81)
            readings[host].append(table[host].ask(target, TIMEOUT_S))

        with tun_hosts({}):
            threads = [
                threading.Thread(target=go, args=(host,)) for host in (SILENT, REFUSING) * 10
            ]
            began_s = time.monotonic()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert time.monotonic() - began_s < TIMEOUT_S + 0.4
        return readings

    readings = in_namespace(work)
    assert [reading.outcome for reading in readings[SILENT]] == [Outcome.TIMEOUT] * 10
    heard = Outcome.REPLY if kind is ProbeKind.ICMP else Outcome.REFUSED
    assert [reading.outcome for reading in readings[REFUSING]] == [heard] * 10


@pytest.mark.parametrize("host", ["", "no such name", "::1%nowhere", "256.1.1.1", "127.0.0.1\0"])
@pytest.mark.parametrize("kind", [ProbeKind.ICMP, ProbeKind.TCP, ProbeKind.TLS, ProbeKind.DNS])
def test_a_host_that_is_none(kind: ProbeKind, host: str) -> None:
    probe = probes("www.example.com", "", {})[kind]
    target = Target("x", Role.ANCHOR, kind, host, 81)
    reading = in_namespace(lambda: probe.ask(target, TIMEOUT_S))
    assert reading.outcome in (Outcome.NOT_MEASURED, Outcome.DNS_ERROR)
    assert reading.detail
