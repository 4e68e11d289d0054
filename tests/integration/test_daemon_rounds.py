"""Rounds on real sockets: read late, timed by the kernel; one that keeps silent delays nobody."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from monitor.clock import SystemClock
from monitor.daemon.rounds import Grid, Rounds
from monitor.daemon.schedule import Schedule
from monitor.model import EpochMs, Outcome, ProbeKind, Role, Target
from monitor.probes.icmp import IcmpProbe
from monitor.probes.interface import Probe, Question, Reading
from monitor.probes.lookup import Lookup
from monitor.probes.outcomes import ON_LINUX
from monitor.probes.registry import probes
from monitor.probes.tcp import TcpProbe
from tests.integration.servers import free_port, stay_silent, tcp_server
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not ON_LINUX, reason="the kernel's stamps are Linux's")

READ_LATE_S = 0.4
QUICK_MS = 100
"""More than a loaded machine takes on loopback, less than what is waited before the reading."""
PING = Target("here", Role.ANCHOR, ProbeKind.ICMP, "127.0.0.1")


def asked(question: Question | Reading | None) -> Question:
    assert question is not None
    assert not isinstance(question, Reading)
    return question


def late_reading(question: Question | Reading | None) -> Reading:
    """Read the answer long after it came."""
    with contextlib.closing(asked(question)) as waiting:
        time.sleep(READ_LATE_S)
        reading = waiting.answer()
    assert reading is not None
    return reading


def test_an_echo_that_is_read_late_keeps_its_round_trip() -> None:
    reading = late_reading(IcmpProbe().begin(PING, 1.0))
    assert reading.outcome is Outcome.REPLY
    assert reading.rtt_ms is not None
    assert 0 < reading.rtt_ms < QUICK_MS


def test_a_connection_that_is_looked_at_late_keeps_its_round_trip() -> None:
    with tcp_server(stay_silent) as port:
        target = Target("here", Role.ANCHOR, ProbeKind.TCP, "127.0.0.1", port)
        reading = late_reading(TcpProbe(Lookup()).begin(target, 1.0))
    assert reading.outcome is Outcome.REPLY
    assert reading.rtt_ms is not None
    assert 0 < reading.rtt_ms < QUICK_MS


def test_who_refuses_is_waited_for_the_next_time_to_be_timed() -> None:
    probe = TcpProbe(Lookup())
    target = Target("here", Role.ANCHOR, ProbeKind.TCP, "127.0.0.1", free_port())
    began = probe.begin(target, 1.0)
    reading = began if isinstance(began, Reading) else late_reading(began)
    assert reading.outcome is Outcome.REFUSED
    assert probe.begin(target, 1.0) is None
    assert probe.ask(target, 1.0).rtt_ms is not None


@pytest.mark.parametrize(
    ("answers_after_s", "outcome"),
    [(0.05, Outcome.DNS_ERROR), (0.6, Outcome.TIMEOUT), (None, Outcome.TIMEOUT)],
)
def test_only_what_came_in_time_counts_however_late_it_is_read(
    answers_after_s: float | None, outcome: Outcome
) -> None:
    """The answer is a malformed one: that somebody answered is enough here."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        target = Target("names", Role.RESOLVER, ProbeKind.DNS, "127.0.0.1", server.getsockname()[1])
        probe = probes("www.example.com", "", {})[ProbeKind.DNS]
        assert hasattr(probe, "begin")
        with contextlib.closing(asked(probe.begin(target, 0.3))) as question:
            query, where = server.recvfrom(512)
            assert question.answer() is None
            if answers_after_s is not None:
                time.sleep(answers_after_s)
                server.sendto(query[:4], where)
            time.sleep(0.5)
            reading = question.answer()
    assert reading is not None
    assert reading.outcome is outcome
    if outcome is Outcome.DNS_ERROR:
        assert reading.rtt_ms is not None
        assert 50 <= reading.rtt_ms < 300


def test_a_question_ends_in_time_although_it_is_flooded() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        target = Target("names", Role.RESOLVER, ProbeKind.DNS, "127.0.0.1", server.getsockname()[1])
        probe = probes("www.example.com", "", {})[ProbeKind.DNS]
        assert hasattr(probe, "begin")
        with contextlib.closing(asked(probe.begin(target, 0.1))) as question:
            query, where = server.recvfrom(512)
            forged = bytes((query[0] ^ 1, query[1]))
            for _ in range(100):
                server.sendto(forged, where)
            wait_until(lambda: time.monotonic() > question.ends_at_s)
            assert question.answer() == Reading(Outcome.TIMEOUT)


@dataclass
class Waiting:
    """A question that is answered when the test says so."""

    ends_at_s: float
    network: "Network"

    def answer(self) -> Reading | None:
        if self.network.answers:
            return Reading(Outcome.REPLY, 1.0)
        return Reading(Outcome.TIMEOUT) if time.perf_counter() >= self.ends_at_s else None

    def close(self) -> None:
        self.network.closed += 1


@dataclass
class Network:
    """Plays a probe that can ask by rounds."""

    kind: ProbeKind = ProbeKind.ICMP
    answers: bool = True
    begun: int = 0
    closed: int = 0
    threads: set[str] = field(default_factory=set)

    def ask(self, target: Target, timeout_s: float) -> Reading:
        raise AssertionError("nobody waits here")

    def begin(self, target: Target, timeout_s: float) -> Question | Reading | None:
        self.begun += 1
        self.threads.add(threading.current_thread().name)
        return Waiting(time.perf_counter() + timeout_s, self)


@dataclass
class Bed:
    """Rounds over a played network, and what they handed on."""

    network: Network
    rounds: Rounds
    heard: list[tuple[EpochMs, Target, Reading]]

    def outcomes(self) -> list[Outcome]:
        return [reading.outcome for _, _, reading in self.heard]


@pytest.fixture
def bed() -> Iterator[Bed]:
    yield from _bed(Network())


def _bed(network: Network) -> Iterator[Bed]:
    clock = SystemClock()
    schedule = Schedule(clock, 2)
    schedule.start()
    heard: list[tuple[EpochMs, Target, Reading]] = []
    table: Mapping[ProbeKind, Probe] = {ProbeKind.ICMP: network}
    tell: Callable[[EpochMs, Target, Reading], None] = lambda *what: heard.append(what)  # noqa: E731
    rounds = Rounds(table, schedule, clock, tell, lambda *_: None, lambda _: None, lambda _: 0.3)
    yield Bed(network, rounds, heard)
    schedule.stop()
    rounds.drop()


def targets(count: int) -> list[Target]:
    return [Target(f"host {n}", Role.ANCHOR, ProbeKind.ICMP, f"192.0.2.{n}") for n in range(count)]


class Interrupted(Schedule):
    """Has another thread do something while a job is removed."""

    meanwhile: Callable[[], None] | None = None
    other: threading.Thread | None = None

    def remove(self, name: str) -> None:
        if self.meanwhile is not None:
            self.other = threading.Thread(target=self.meanwhile)
            self.meanwhile = None
            self.other.start()
            self.other.join(0.3)  # done by then, or kept waiting until the job is gone
        super().remove(name)


def test_a_round_that_is_emptied_and_filled_at_the_same_time_goes_on() -> None:
    clock, network = SystemClock(), Network()
    schedule = Interrupted(clock, 2)
    schedule.start()
    heard: list[Target] = []
    table: Mapping[ProbeKind, Probe] = {ProbeKind.ICMP: network}
    tell: Callable[[EpochMs, Target, Reading], None] = lambda _, who, __: heard.append(who)  # noqa: E731
    rounds = Rounds(table, schedule, clock, tell, lambda *_: None, lambda _: None, lambda _: 0.3)
    old, new = targets(2)
    grid = Grid(0.1, 0.0, is_close=False)
    rounds.add(old, grid, 1)
    schedule.meanwhile = lambda: rounds.add(new, grid, 1)
    rounds.remove(old, is_close=False)
    assert schedule.other is not None
    schedule.other.join(5)
    try:
        wait_until(lambda: heard.count(new) >= 3)
    finally:
        schedule.stop()
        rounds.drop()


def test_all_of_a_round_are_asked_from_one_thread_and_answered_by_the_next(bed: Bed) -> None:
    for target in targets(20):
        bed.rounds.add(target, Grid(0.2, 0.0, is_close=False), 1)
    wait_until(lambda: len(bed.heard) >= 60)
    assert len(bed.network.threads) == 1
    per_target = [sum(one == target for _, one, _ in bed.heard) for target in targets(20)]
    assert max(per_target) - min(per_target) <= 1


def test_silence_is_told_when_its_time_is_out_though_no_round_is_due(bed: Bed) -> None:
    bed.network.answers = False
    began_s = time.perf_counter()
    bed.rounds.add(targets(1)[0], Grid(30.0, 0.0, is_close=True), 1)
    wait_until(lambda: bed.heard)
    assert bed.outcomes() == [Outcome.TIMEOUT]
    assert 0.3 <= time.perf_counter() - began_s < 2.0
    assert bed.network.closed == bed.network.begun == 1


def test_no_more_questions_are_in_flight_than_allowed(bed: Bed) -> None:
    bed.network.answers = False
    bed.rounds.add(targets(1)[0], Grid(0.05, 0.0, is_close=True), 3)
    most = 0

    def seen() -> bool:
        nonlocal most
        most = max(most, bed.network.begun - bed.network.closed)
        return bed.network.begun >= 12

    wait_until(seen, 10.0)
    assert most == 3


def test_what_is_in_flight_at_a_sleep_is_no_loss(bed: Bed) -> None:
    bed.network.answers = False
    bed.rounds.add(targets(1)[0], Grid(30.0, 0.0, is_close=True), 1)
    wait_until(lambda: bed.network.begun)
    bed.rounds.drop()
    time.sleep(0.4)  # longer than it would have been waited for
    assert bed.rounds.collect() == 0
    assert bed.heard == []


def test_a_target_that_is_taken_out_is_asked_no_more(bed: Bed) -> None:
    first, second = targets(2)
    grid = Grid(0.05, 0.0, is_close=False)
    bed.rounds.add(first, grid, 1)
    bed.rounds.add(second, grid, 1)
    wait_until(lambda: len({one for _, one, _ in bed.heard}) == 2)
    bed.rounds.remove(first, is_close=False)
    count = len(bed.heard)
    wait_until(lambda: len(bed.heard) >= count + 6)
    assert {one for _, one, _ in bed.heard[count + 2 :]} == {second}
