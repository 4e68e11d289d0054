"""Whom the closer look asks, and what a change of pace leaves alone; the probes are played."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from monitor.clock import SystemClock
from monitor.daemon.sampler import MOST_CLOSE, Sampler
from monitor.daemon.schedule import Schedule
from monitor.daemon.targets import Place
from monitor.locale import translator
from monitor.model import Outcome, ProbeKind, Role, Sample, Target
from monitor.probes.interface import Reading
from tests.waiting import wait_until

PING = Target("one", Role.ANCHOR, ProbeKind.ICMP, "192.0.2.1")
KNOCK = Target("one", Role.ANCHOR, ProbeKind.TCP, "192.0.2.1", 53)
OTHER = Target("other", Role.ANCHOR, ProbeKind.ICMP, "192.0.2.2")
NAMES = [Target(f"dns{n}", Role.RESOLVER, ProbeKind.DNS, f"192.0.2.5{n}", 53) for n in range(3)]
SLOW_S = 3600.0


@dataclass
class Network:
    """Answers for every target, and counts the questions."""

    silent: set[Target] = field(default_factory=set)
    asked: Counter[Target] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, target: Target) -> Reading:
        with self.lock:
            self.asked[target] += 1
        return Reading(Outcome.TIMEOUT if target in self.silent else Outcome.REPLY, 1.0)

    def count(self, target: Target) -> int:
        with self.lock:
            return self.asked[target]


@dataclass
class Played:
    """A probe of one kind."""

    kind: ProbeKind
    network: Network

    def ask(self, target: Target, timeout_s: float) -> Reading:
        return self.network.ask(target)


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def trouble() -> list[Sample]:
    return []


@pytest.fixture
def sampler(network: Network, trouble: list[Sample]) -> Iterator[Sampler]:
    clock = SystemClock()
    schedule = Schedule(clock, 16)
    schedule.start()
    probes = {kind: Played(kind, network) for kind in ProbeKind}
    yield Sampler(
        probes, schedule, clock, lambda _: None, trouble.append, lambda _: None, translator("en")
    )
    schedule.stop()


def follow(sampler: Sampler, *targets: Target, step_s: float = SLOW_S) -> None:
    sampler.follow([Place(target, step_s, 0.0) for target in targets])


def test_a_host_that_answers_only_to_tcp_is_looked_at_by_tcp(
    sampler: Sampler, network: Network
) -> None:
    network.silent = {PING}
    follow(sampler, PING, KNOCK)
    wait_until(lambda: network.count(PING) == network.count(KNOCK) == 1)
    assert sampler.look_closer()
    wait_until(lambda: network.count(KNOCK) >= 4, 3.0)
    assert network.count(PING) == 1


def test_a_host_that_answers_to_both_is_pinged(sampler: Sampler, network: Network) -> None:
    follow(sampler, KNOCK, PING)
    wait_until(lambda: network.count(PING) == network.count(KNOCK) == 1)
    sampler.look_closer()
    wait_until(lambda: network.count(PING) >= 4, 3.0)
    assert network.count(KNOCK) == 1


def test_every_resolver_is_asked_at_once_and_then_once_a_second(
    sampler: Sampler, network: Network
) -> None:
    follow(sampler, PING, *NAMES)
    wait_until(lambda: all(network.count(name) == 1 for name in NAMES))
    sampler.look_closer()
    wait_until(lambda: all(network.count(name) == 2 for name in NAMES), 0.5)
    wait_until(lambda: network.count(PING) >= 7, 3.0)
    assert all(network.count(name) <= 4 for name in NAMES)


def test_a_new_target_takes_part_in_the_look_that_runs(sampler: Sampler, network: Network) -> None:
    follow(sampler, PING)
    assert sampler.look_closer()
    follow(sampler, PING, OTHER)
    wait_until(lambda: network.count(OTHER) >= 4, 3.0)


def test_a_target_that_has_moved_is_asked_at_its_new_place(
    sampler: Sampler, network: Network
) -> None:
    follow(sampler, PING)
    sampler.look_closer()
    moved = Target("one", Role.ANCHOR, ProbeKind.ICMP, "192.0.2.99")
    hosts: list[str] = []
    answer = network.ask

    def noted(target: Target) -> Reading:
        hosts.append(target.host)
        return answer(target)

    network.ask = noted  # type: ignore[method-assign]
    follow(sampler, moved)
    wait_until(lambda: hosts.count(moved.host) >= 4, 3.0)
    assert hosts[-3:] == [moved.host] * 3


def test_a_change_of_pace_forgets_nothing(
    sampler: Sampler, network: Network, trouble: list[Sample]
) -> None:
    follow(sampler, PING)
    wait_until(lambda: network.count(PING) == 1)
    network.silent = {PING}
    follow(sampler, PING, step_s=0.2)
    wait_until(lambda: trouble, 3.0)
    assert sampler.has_loss()


def test_a_look_that_runs_does_not_begin_again(sampler: Sampler, network: Network) -> None:
    follow(sampler, PING)
    assert [sampler.look_closer(), sampler.look_closer(), sampler.look_closer(force=True)] == [
        True,
        False,
        False,
    ]
    assert sampler.is_close()
    wait_until(lambda: not sampler.is_close(), 6.0, "nothing is lost, so the look ends")
    assert not sampler.look_closer()
    assert sampler.look_closer(force=True)


def test_what_was_never_heard_is_no_loss(sampler: Sampler, network: Network) -> None:
    network.silent = {PING}
    follow(sampler, PING)
    wait_until(lambda: network.count(PING) >= 1)
    assert not sampler.has_loss()


def test_where_packets_are_lost_all_day_the_rests_grow(sampler: Sampler, network: Network) -> None:
    follow(sampler, PING)
    assert sampler.look_closer()
    rests_s = []
    for _ in range(2):
        wait_until(lambda: not sampler.is_close(), 6.0)
        ended_ms = SystemClock().monotonic_ms()
        wait_until(sampler.look_closer, 15.0)
        rests_s.append(round((SystemClock().monotonic_ms() - ended_ms) / 1000))
    assert rests_s == [5, 10]


def test_of_hundreds_of_hosts_the_look_asks_those_that_tell_most(
    sampler: Sampler, network: Network
) -> None:
    alive = [Target(f"alive{n}", Role.ANCHOR, ProbeKind.ICMP, f"192.0.2.{n}") for n in range(60)]
    dead = [Target(f"dead{n}", Role.ANCHOR, ProbeKind.ICMP, f"198.51.100.{n}") for n in range(60)]
    router = Target("router", Role.GATEWAY, ProbeKind.ICMP, "192.0.2.254")
    network.silent |= {*dead, router}
    follow(sampler, *alive, *dead, router, step_s=1.0)
    wait_until(lambda: all(network.count(target) for target in (*alive, *dead, router)))
    network.silent.add(alive[-1])
    before = network.count(alive[-1])
    wait_until(lambda: network.count(alive[-1]) > before)
    wait_until(sampler.has_loss)
    counts = network.asked.copy()
    assert sampler.look_closer()
    wait_until(lambda: network.count(alive[-1]) >= counts[alive[-1]] + 8)
    often = [target for target in counts if network.count(target) >= counts[target] + 5]
    assert {router, alive[-1]} <= set(often)
    assert len(often) <= MOST_CLOSE
    assert not set(often) & set(dead), "who was never heard tells nothing new"
