"""How the way was over a week: from roll-ups and newest samples the same as from all samples."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from monitor.model import Leg, Outcome, ProbeKind, Role, Sample, Target
from monitor.stats import percentile
from monitor.store.sqlite import Store, open_store

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
BEGIN = 1_790_000_000_000 - 1_790_000_000_000 % (24 * HOUR_MS)
STEP_MS = 15 * MINUTE_MS
NEAR = Target("192.168.1.1", Role.GATEWAY, ProbeKind.ICMP)
FAR = tuple(Target(host, Role.ANCHOR, ProbeKind.TCP) for host in ("223.5.5.5", "119.29.29.29"))
NAMES = Target("system", Role.RESOLVER, ProbeKind.DNS)
ACCURACY = 0.05


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        yield opened


def samples(hours: float) -> list[Sample]:
    """Each target every 10 s; one in seven lost, some errors, some not measured."""
    found = []
    for number, at_ms in enumerate(range(BEGIN, BEGIN + round(hours * HOUR_MS), 10_000)):
        for place, target in enumerate((NEAR, *FAR, NAMES)):
            at = at_ms + place
            if (number + place) % 7 == 0:
                found.append(Sample(at, target, Outcome.TIMEOUT))
            elif (number + place) % 13 == 0:
                found.append(Sample(at, target, Outcome.DNS_ERROR, 5.0))
            elif (number + place) % 11 == 0:
                found.append(Sample(at, target, Outcome.NOT_MEASURED))
            else:
                found.append(Sample(at, target, Outcome.REPLY, 5.0 + number % 50 + 20 * place))
    return found


def of_leg(all_samples: Sequence[Sample], leg: Leg, start_ms: int, end_ms: int) -> list[Sample]:
    return [
        one
        for one in all_samples
        if one.target.leg is leg
        and start_ms <= one.at_ms < end_ms
        and one.outcome is not Outcome.NOT_MEASURED
    ]


@pytest.mark.parametrize("rolled_h", [0.0, 2.0, 5.0], ids=["raw", "mixed", "rolled up"])
def test_legs_in_steps(store: Store, rolled_h: float) -> None:
    written = samples(4.5)
    store.add_records(written)
    if rolled_h:
        store.rollup(BEGIN + round(rolled_h * HOUR_MS))
    legs = store.way(BEGIN, BEGIN + 24 * HOUR_MS, STEP_MS).legs
    assert [one.leg for one in legs] == [Leg.GATEWAY, Leg.INTERNET, Leg.DNS]
    for one in legs:
        assert [step.at_ms for step in one.steps] == [BEGIN + n * STEP_MS for n in range(18)]
        for step in one.steps:
            own = of_leg(written, one.leg, step.at_ms, step.at_ms + STEP_MS)
            rtts = [sample.rtt_ms for sample in own if sample.rtt_ms is not None]
            assert step.measured_count == len(own)
            assert step.lost_count == sum(sample.is_lost for sample in own)
            assert step.max_ms == max(rtts)
            assert step.p50_ms == pytest.approx(percentile(rtts, 0.5), rel=ACCURACY)
            assert step.p95_ms == pytest.approx(percentile(rtts, 0.95), rel=ACCURACY)


@pytest.mark.parametrize("rolled_h", [0.0, 1.5, 3.0], ids=["raw", "mixed", "rolled up"])
def test_minutes_of_the_roles_asked_for(store: Store, rolled_h: float) -> None:
    written = samples(2)
    store.add_records(written)
    if rolled_h:
        store.rollup(BEGIN + round(rolled_h * HOUR_MS))
    minutes = store.way(BEGIN, BEGIN + 2 * HOUR_MS, STEP_MS, frozenset({Role.GATEWAY})).minutes
    assert [(one.at_ms, one.target) for one in minutes] == [
        (BEGIN + n * MINUTE_MS, NEAR) for n in range(120)
    ]
    for one in minutes:
        own = of_leg(written, Leg.GATEWAY, one.at_ms, one.at_ms + MINUTE_MS)
        rtts = [sample.rtt_ms for sample in own if sample.rtt_ms is not None]
        assert (one.measured_count, one.lost_count) == (
            len(own),
            sum(sample.is_lost for sample in own),
        )
        assert one.rtt_ms == pytest.approx(sum(rtts) / len(rtts), abs=0.001)


def test_a_week_whose_minutes_are_gone_comes_in_hours(store: Store) -> None:
    store.add_records(samples(3))
    later_ms = BEGIN + 40 * 24 * HOUR_MS
    store.add_records([Sample(later_ms, NEAR, Outcome.REPLY, 5.0)])
    store.rollup(later_ms + HOUR_MS)
    assert store.prune(later_ms + HOUR_MS, raw_days=1, minute_days=2, hour_days=100)
    way = store.way(BEGIN, BEGIN + 24 * HOUR_MS, STEP_MS, frozenset({Role.GATEWAY}))
    assert way.minutes == ()
    assert [(one.leg, one.step_ms, len(one.steps)) for one in way.legs] == [
        (Leg.GATEWAY, HOUR_MS, 3),
        (Leg.INTERNET, HOUR_MS, 3),
        (Leg.DNS, HOUR_MS, 3),
    ]


def test_in_hours_the_hour_that_is_not_over_misses_nothing(store: Store) -> None:
    later_ms = BEGIN + 40 * 24 * HOUR_MS
    store.add_records(samples(1))
    store.add_records(
        [
            Sample(later_ms + number * MINUTE_MS, NEAR, Outcome.REPLY, 5.0)
            for number in range(-60, 30)
        ]
    )
    now_ms = later_ms + 30 * MINUTE_MS
    assert store.prune(now_ms, raw_days=1, minute_days=2, hour_days=100)
    way = store.way(BEGIN, later_ms + HOUR_MS, STEP_MS)
    assert [(step.at_ms, step.measured_count) for step in way.legs[0].steps][1:] == [
        (later_ms - HOUR_MS, 60),
        (later_ms, 30),
    ]
    assert store.way(BEGIN, BEGIN + HOUR_MS // 2, STEP_MS).legs[0].steps == way.legs[0].steps[:1]


def test_nothing_measured_is_no_leg(store: Store) -> None:
    assert store.way(BEGIN, BEGIN + HOUR_MS, STEP_MS).legs == ()
    store.add_records([Sample(BEGIN, NEAR, Outcome.NOT_MEASURED)])
    assert store.way(BEGIN, BEGIN + HOUR_MS, STEP_MS).legs == ()
