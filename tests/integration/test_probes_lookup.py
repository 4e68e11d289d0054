"""Looking names up within a deadline, whatever getaddrinfo does."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from monitor.model import Outcome
from monitor.probes.deadline import Deadline
from monitor.probes.lookup import AddressInfo, Found, Lookup

LOOPBACK: AddressInfo = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))


def find(lookup: Lookup, host: str, timeout_s: float = 1.0) -> Found:
    return lookup.find(host, 1, None, Deadline.after(timeout_s))


def failing(error: Exception) -> Lookup:
    def fail(*_: object, **__: object) -> Sequence[AddressInfo]:
        raise error

    return Lookup(fail)


@contextmanager
def hanging() -> Iterator[tuple[Lookup, Callable[[], None]]]:
    """A lookup whose resolver hangs until it is released."""
    release = threading.Event()

    def hang(*_: object, **__: object) -> Sequence[AddressInfo]:
        release.wait(30)
        return [LOOPBACK]

    try:
        yield Lookup(hang), release.set
    finally:
        release.set()


def test_the_systems_resolver_knows_localhost() -> None:
    found = find(Lookup(), "localhost")
    assert found.reading.outcome is Outcome.REPLY
    assert found.reading.rtt_ms is not None
    assert {address.text for address in found.addresses} <= {"127.0.0.1", "::1"}


def test_a_literal_needs_no_resolver_and_no_thread() -> None:
    before = threading.active_count()
    found = find(Lookup(), "::1", timeout_s=0.0)
    assert [address.sockaddr[:2] for address in found.addresses] == [("::1", 1)]
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), Outcome.DNS_ERROR),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), Outcome.UNREACHABLE),
        (socket.gaierror(socket.EAI_MEMORY, "Memory"), Outcome.NOT_MEASURED),
    ],
)
def test_what_the_resolvers_errors_mean(error: Exception, outcome: Outcome) -> None:
    found = find(failing(error), "bank.example")
    assert (found.addresses, found.reading.outcome) == ((), outcome)
    assert found.reading.detail


@pytest.mark.parametrize("host", ["a..b", "x" * 70, "nul\0inside"])
def test_what_is_no_name_has_no_address(host: str) -> None:
    assert find(Lookup(), host).reading.outcome is Outcome.DNS_ERROR


def test_no_host_is_not_asked() -> None:
    assert find(Lookup(), "").reading.outcome is Outcome.NOT_MEASURED


def test_a_hanging_resolver_costs_two_threads_and_not_one_more() -> None:
    with hanging() as (lookup, release):
        before = threading.active_count()
        began_s = time.monotonic()
        outcomes = [find(lookup, "bank.example", 0.1).reading.outcome for _ in range(6)]
        assert outcomes == [Outcome.TIMEOUT] * 2 + [Outcome.NOT_MEASURED] * 4
        assert time.monotonic() - began_s < 0.2 + 0.2
        assert threading.active_count() == before + 2
        release()
        give_up_s = time.monotonic() + 5
        while threading.active_count() > before and time.monotonic() < give_up_s:
            time.sleep(0.005)
        assert find(lookup, "bank.example", 5.0).reading.outcome is Outcome.REPLY


def test_a_bug_in_the_worker_is_raised_where_it_was_asked() -> None:
    with pytest.raises(ZeroDivisionError):
        find(failing(ZeroDivisionError()), "bank.example")
