"""Names to addresses through the system's own resolver, which knows no time-out.

getaddrinfo(3) may take half a minute where no name server answers, and cannot be cancelled. So
it runs in a thread that is given up at the deadline, and while two such threads still hang no
new one is started: a dead resolver costs two threads, not one a question.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeAlias

from monitor.clock import monotonic_s
from monitor.model import Outcome
from monitor.probes.deadline import Deadline
from monitor.probes.interface import Reading
from monitor.probes.outcomes import reading_of

MAX_ABANDONED_COUNT = 2
"""One may hang by bad luck; two say that the resolver is dead, and a third would tell no more."""

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6, None: socket.AF_UNSPEC}

AddressInfo: TypeAlias = tuple[Any, Any, int, str, Any]
"""What getaddrinfo(3) returns for one address: family, type, protocol, name, socket address."""
GetAddressInfo: TypeAlias = Callable[..., Sequence[AddressInfo]]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a socket of `family` connects to."""

    family: int
    sockaddr: Any

    @property
    def text(self) -> str:
        """The address alone, without its port."""
        return str(self.sockaddr[0])


@dataclass(frozen=True, slots=True)
class Found:
    """What a lookup brought: addresses in the system's order of preference, or none and why."""

    addresses: tuple[Address, ...]
    reading: Reading


class Lookup:
    """Looks names up within a deadline; used by many threads at once."""

    def __init__(self, get_address_info: GetAddressInfo = socket.getaddrinfo) -> None:
        self._get_address_info = get_address_info
        self._abandoned: list[threading.Thread] = []
        self._lock = threading.Lock()

    def find(self, host: str, port: int, family: int | None, deadline: Deadline) -> Found:
        """Return the TCP addresses of a host name or address literal.

        Where there are none, the reading tells why: DNS_ERROR for an answer without an address,
        UNREACHABLE where the system's resolver got no answer from any server, TIMEOUT where it
        has not returned by the deadline, NOT_MEASURED where it could not be asked.
        """
        begun = self.begin(host, port, family, deadline)
        return begun if isinstance(begun, Found) else begun.found()

    def begin(
        self, host: str, port: int, family: int | None, deadline: Deadline
    ) -> "Found | PendingLookup":
        """Begin a lookup and return at once, with what is found where nobody has to be asked."""
        if not host:
            return _none(Outcome.NOT_MEASURED, "there is no host to ask")
        if "\0" in host:  # getaddrinfo(3) would take what stands before it
            return _none(Outcome.DNS_ERROR, f"{host!r} is not a name")
        if _is_literal(host):
            return self._resolve(host, port, family)
        with self._lock:
            self._abandoned = [worker for worker in self._abandoned if worker.is_alive()]
            if len(self._abandoned) >= MAX_ABANDONED_COUNT:
                return _none(Outcome.NOT_MEASURED, "earlier lookups still hang")
        future: Future[Found] = Future()
        worker = threading.Thread(
            target=self._work, args=(future, host, port, family), name=f"lookup {host}", daemon=True
        )
        worker.start()
        return PendingLookup(future, worker, deadline, self._abandon)

    def _abandon(self, worker: threading.Thread) -> None:
        with self._lock:
            self._abandoned.append(worker)

    def _work(self, future: "Future[Found]", host: str, port: int, family: int | None) -> None:
        try:
            future.set_result(self._resolve(host, port, family))
        except Exception as error:  # noqa: BLE001 - a bug: raised again where it was asked
            future.set_exception(error)

    def _resolve(self, host: str, port: int, family: int | None) -> Found:
        began_at_s = monotonic_s()
        try:
            infos = self._get_address_info(
                host, port, family=_FAMILIES[family], type=socket.SOCK_STREAM
            )
        except socket.gaierror as error:
            return _none(_outcome_of(error), error.strerror or str(error))
        except OSError as error:  # EAI_SYSTEM: no descriptors, say
            return Found((), reading_of(error))
        except (UnicodeError, ValueError) as error:  # a label over 63 bytes, a NUL
            return _none(Outcome.DNS_ERROR, f"{host!r} is not a name: {error}")
        rtt_ms = (monotonic_s() - began_at_s) * 1000
        addresses = tuple(Address(info[0], info[4]) for info in infos)
        return Found(addresses, Reading(Outcome.REPLY, rtt_ms, addresses[0].text))


class PendingLookup:
    """A lookup that runs in a thread of its own."""

    def __init__(
        self,
        future: "Future[Found]",
        worker: threading.Thread,
        deadline: Deadline,
        abandon: Callable[[threading.Thread], None],
    ) -> None:
        """Watch over a thread that is given up, and told to `abandon`, at the deadline."""
        self.ends_at_s = deadline.ends_at_s
        self._future = future
        self._worker = worker
        self._deadline = deadline
        self._abandon = abandon
        self._allowed_ms = deadline.left_s * 1000

    def found(self) -> Found:
        """Return what is found, at the deadline at the latest."""
        return self._result(self._deadline.left_s)

    def wait(self) -> Reading:
        """Return the reading, at the deadline at the latest."""
        return self.found().reading

    def answer(self) -> Reading | None:
        """Return the reading; None while the lookup runs and has time left."""
        if not self._future.done() and not self._deadline.passed:
            return None
        reading = self._result(0.0).reading
        if reading.rtt_ms is not None and reading.rtt_ms > self._allowed_ms:
            return Reading(Outcome.TIMEOUT, detail="the system's resolver answered too late")
        return reading

    def close(self) -> None:
        """A thread in getaddrinfo(3) cannot be ended: it ends by itself."""

    def _result(self, wait_s: float) -> Found:
        try:
            return self._future.result(wait_s)
        except TimeoutError:
            self._abandon(self._worker)
            return _none(Outcome.TIMEOUT, "the system's resolver has not answered")


def _none(outcome: Outcome, detail: str) -> Found:
    return Found((), Reading(outcome, detail=detail))


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _outcome_of(error: socket.gaierror) -> Outcome:
    """Return what an error of getaddrinfo(3) stands for.

    EAI_AGAIN hides whether no server could be reached or one answered "server failure". It is
    read as the first: an unplugged cable gives it at once, and must not count as "heard".
    """
    if error.errno == socket.EAI_AGAIN:
        return Outcome.UNREACHABLE
    if error.errno == socket.EAI_MEMORY:
        return Outcome.NOT_MEASURED
    return Outcome.DNS_ERROR
