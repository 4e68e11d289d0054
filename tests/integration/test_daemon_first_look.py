"""The first look: what it hands over, when the clock moved meanwhile too; the probes are played."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.clock import Clock, SystemClock
from monitor.config.settings import Settings
from monitor.daemon.first_look import Begun, FirstLook
from monitor.daemon.sampler import Sampler
from monitor.daemon.schedule import Schedule
from monitor.daemon.targets import Network, places
from monitor.locale import translator
from monitor.model import Outcome, ProbeKind, Sample, Target
from monitor.probes.interface import Probe, ProbeError, Question, Reading, RoundProbe
from tests.clocks import ShiftedClock
from tests.waiting import wait_until

SILENT = "114.114.114.114"
RTT_MS = 7.0


@dataclass
class Asking:
    """A question to the played network."""

    probe: "Played"
    is_answered: bool
    ends_at_s: float

    def answer(self) -> Reading | None:
        return Reading(Outcome.REPLY, RTT_MS) if self.is_answered else None

    def close(self) -> None:
        self.probe.open_count -= 1


@dataclass
class Played:
    """A probe of one kind."""

    kind: ProbeKind
    is_allowed: bool = True
    asked: Counter[Target] = field(default_factory=Counter)
    open_count: int = 0

    def ask(self, target: Target, timeout_s: float) -> Reading:
        self.asked[target] += 1
        return Reading(Outcome.REPLY, RTT_MS)

    def begin(self, target: Target, timeout_s: float) -> Question | Reading | None:
        if not self.is_allowed:
            raise ProbeError("not here")
        self.asked[target] += 1
        self.open_count += 1
        ends_at_s = time.perf_counter() + timeout_s
        return Asking(self, target.host != SILENT, ends_at_s)


def played() -> dict[ProbeKind, Played]:
    return {kind: Played(kind) for kind in (ProbeKind.ICMP, ProbeKind.TCP)}


def looked(
    table: Mapping[ProbeKind, RoundProbe], clock: Clock | None = None
) -> tuple[FirstLook, Settings]:
    settings = Settings()
    look = FirstLook(clock or SystemClock(), table)
    look.begin(settings)
    return look, settings


def test_what_was_heard_and_what_is_in_flight_are_handed_over_once() -> None:
    table = played()
    before_ms = SystemClock().wall_ms()
    look, settings = looked(table)
    wait_until(lambda: sum(probe.open_count for probe in table.values()) == 2)
    begun = look.hand_over()
    look.close()
    heard = {target for _, target, _ in begun.heard}
    assert {target.host for target in heard} == {*settings.anchors.hosts} - {SILENT}
    assert {asked.target.host for asked in begun.in_flight} == {SILENT}
    assert len(begun.targets()) == 2 * len(settings.anchors.hosts)
    assert before_ms <= begun.since_ms <= min(at_ms for at_ms, _, _ in begun.heard)
    assert sum(probe.open_count for probe in table.values()) == 2, "closed, and handed over"


def test_they_are_the_samplers_first_samples_and_are_not_asked_again() -> None:
    table, clock = played(), SystemClock()
    look, settings = looked(table)
    wait_until(lambda: sum(probe.open_count for probe in table.values()) == 2)
    begun = look.hand_over()
    schedule, samples = Schedule(clock, 8), list[Sample]()
    others: dict[ProbeKind, Probe] = {kind: Played(kind) for kind in ProbeKind}
    sampler = Sampler(
        {**others, **table},
        schedule,
        clock,
        samples.append,
        lambda _: None,
        lambda _: None,
        translator("en"),
    )
    network = Network(gateway="192.0.2.1")
    sampler.first_round(places(settings, network), 0.05, begun)
    sampler.stop()
    assert [(s.at_ms, s.target) for s in samples[: len(begun.heard)]] == [
        (at_ms, target) for at_ms, target, _ in begun.heard
    ]
    for probe in table.values():
        assert set(probe.asked.values()) == {1}, "each was asked once"
    assert "192.0.2.1" in {s.target.host for s in samples}, "and the others by the sampler"


def test_after_a_step_of_the_clock_nothing_is_handed_over() -> None:
    table, clock = played(), ShiftedClock()
    look, _ = looked(table, clock)
    wait_until(lambda: sum(probe.open_count for probe in table.values()) == 2)
    clock.ahead_ms = 3_600_000
    begun = look.hand_over()
    assert begun == Begun(begun.since_ms)
    assert abs(begun.since_ms - clock.wall_ms()) < 10_000
    assert sum(probe.open_count for probe in table.values()) == 0


def test_a_probe_that_is_not_allowed_is_left_to_the_sampler() -> None:
    table = {ProbeKind.ICMP: Played(ProbeKind.ICMP, is_allowed=False)}
    look, _ = looked(table)
    assert look.hand_over().targets() == set()
    look.close()
