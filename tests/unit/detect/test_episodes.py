"""What the legs show: dead, lossy, slow and wrong, dated by the samples; healthy noise is none."""

import random
from collections.abc import Callable

import pytest

from monitor.detect.episodes import episodes
from monitor.model import (
    Condition,
    Episode,
    Gap,
    GapWhy,
    Leg,
    Outcome,
    ProbeKind,
    Role,
    Sample,
    StateChange,
    Target,
)
from tests.world import ALL, ANCHORS, BANK, GATEWAY, RESOLVER, at, during, rounds

BEYOND = (*ANCHORS, RESOLVER, BANK)


def conditions(found: list[Episode]) -> set[tuple[Leg, Condition]]:
    return {(e.leg, e.condition) for e in found}


def only(found: list[Episode], leg: Leg) -> Episode:
    [episode] = [e for e in found if e.leg is leg]
    return episode


def test_a_healthy_hour_has_no_episode() -> None:
    assert episodes(rounds(3600), []) == []


def test_a_dead_router_silences_every_leg_from_its_first_lost_sample() -> None:
    found = episodes(rounds(240, during(100, 150)), [])
    gateway = only(found, Leg.GATEWAY)
    assert gateway.condition is Condition.DEAD
    assert abs(gateway.started_at_ms - at(100)) <= 5000
    assert gateway.ended_at_ms is not None
    assert abs(gateway.ended_at_ms - at(150)) <= 5000
    assert (Leg.INTERNET, Condition.DEAD) in conditions(found)


def test_a_dead_provider_leaves_the_router_alive() -> None:
    found = episodes(rounds(240, during(100, 150, BEYOND)), [])
    assert (Leg.INTERNET, Condition.DEAD) in conditions(found)
    assert Leg.GATEWAY not in {e.leg for e in found}


def test_a_dead_bank_leaves_the_internet_alive() -> None:
    found = episodes(rounds(240, during(100, 150, [BANK])), [])
    assert conditions(found) == {(Leg.WALLET, Condition.DEAD)}


def test_an_episode_that_lasts_has_no_end() -> None:
    found = episodes(rounds(240, during(100, 9999, [BANK])), [])
    assert only(found, Leg.WALLET).ended_at_ms is None


def test_one_dead_anchor_of_three_is_not_a_dead_internet() -> None:
    one = [target for target in ANCHORS if target.name == "223.5.5.5"]
    assert episodes(rounds(600, during(100, 500, one)), []) == []


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("before_s", [None, 17, 12])
def test_anchors_that_fall_silent_alone_and_come_back_are_no_loss(
    count: int, before_s: float | None
) -> None:
    some = ANCHORS[: 2 * count]
    slow = (*ANCHORS, BANK, RESOLVER)
    close = (*ANCHORS[::2], BANK)
    silent = during(20, 35, some)
    samples = [
        *rounds(70, silent, targets=slow),
        *rounds(45, silent, since_s=15, step_s=0.25, targets=close),
    ]
    if before_s is not None:
        # The window that begins with a single loss sees the anchors answer.
        samples.append(Sample(at(before_s), ANCHORS[0], Outcome.TIMEOUT))
    assert (Leg.INTERNET, Condition.LOSSY) not in conditions(episodes(samples, []))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("ratio", [0.3, 0.5, 0.75])
def test_a_host_that_hears_nothing_for_long_amid_heavy_loss_is_part_of_it(
    seed: int, ratio: float
) -> None:
    chance = random.Random(seed)
    close = (*ANCHORS[::2], BANK)

    def silent(_target: Target, _second: float) -> bool:
        return chance.random() < ratio

    burst = rounds(130, silent, since_s=100, step_s=0.25, targets=close)
    found = episodes([*rounds(100), *burst, *rounds(200, since_s=130)], [])
    internet = [e for e in found if e.leg is Leg.INTERNET]
    assert [e.condition for e in internet] == [Condition.LOSSY]
    own = [s for s in burst if s.target in ANCHORS]
    lost = sum(s.is_lost for s in own) / len(own)
    assert internet[0].lost_count / internet[0].measured_count == pytest.approx(lost, abs=0.05)


CLOSE = (*ANCHORS[::2], BANK, RESOLVER)


def bursts(seed: int, until_s: float) -> Callable[[Target, float], bool]:
    """Return a line that is dead for one to three seconds, again and again."""
    chance = random.Random(seed)
    edges = [100.0]
    while edges[-1] < until_s:
        edges.append(edges[-1] + chance.uniform(1, 3))
        edges.append(edges[-1] + chance.uniform(2, 4))
    dead = list(zip(edges[::2], edges[1::2], strict=False))
    return lambda _target, second: any(start <= second < end for start, end in dead)


@pytest.mark.parametrize("seed", range(8))
def test_a_line_that_dies_again_and_again_is_lossy_and_so_are_the_names(seed: int) -> None:
    burst = rounds(130, bursts(seed, 130), since_s=100, step_s=0.25, targets=CLOSE)
    found = episodes([*rounds(100), *burst, *rounds(200, since_s=130)], [])
    assert conditions(found) - {(Leg.WALLET, Condition.DEAD), (Leg.WALLET, Condition.LOSSY)} == {
        (Leg.INTERNET, Condition.LOSSY),
        (Leg.DNS, Condition.LOSSY),
    }


def test_a_burst_that_swallows_three_questions_is_no_dead_resolver() -> None:
    """A resolver is asked once a second: too seldom for loss of its own to be seen in it."""
    way = (*ANCHORS[::2], BANK)
    line = bursts(3, 130)
    burst = rounds(130, line, since_s=100, step_s=0.25, targets=way)
    asked = rounds(130, line, since_s=100, step_s=0.7, targets=[RESOLVER])
    found = episodes([*rounds(100), *burst, *asked, *rounds(200, since_s=130)], [])
    assert (Leg.DNS, Condition.DEAD) not in conditions(found)


def test_a_dead_resolver_beside_loss_is_dead() -> None:
    chance = random.Random(5)
    broken = during(105, 125, [RESOLVER])

    def silent(target: Target, second: float) -> bool:
        return broken(target, second) or chance.random() < 0.3

    burst = rounds(130, silent, since_s=100, step_s=0.25, targets=CLOSE[:-1])
    asked = rounds(130, silent, since_s=100, step_s=1.0, targets=[RESOLVER])
    found = episodes([*rounds(100), *burst, *asked, *rounds(200, since_s=130)], [])
    assert (Leg.DNS, Condition.DEAD) in conditions(found)


def test_filtered_ping_while_tcp_answers_is_a_healthy_network() -> None:
    icmp = [target for target in ALL if target.probe is ProbeKind.ICMP]
    assert episodes(rounds(600, during(0, 9999, icmp)), []) == []
    # ...even where ping had worked before, as after a change of network
    assert Leg.GATEWAY not in {e.leg for e in episodes(rounds(600, during(300, 9999, icmp)), [])}


def test_starting_offline_shows_nothing() -> None:
    assert episodes(rounds(300, during(0, 9999)), []) == []


def test_single_losses_every_few_minutes_are_ordinary() -> None:
    chance = random.Random(7)
    found = episodes(rounds(6 * 3600, lambda _t, _s: chance.random() < 0.003), [])
    assert found == []


@pytest.mark.parametrize("seed", range(5))
def test_heavy_loss_is_lossy_and_not_dead(seed: int) -> None:
    chance = random.Random(seed)
    fault = during(100, 130)

    def silent(target: Target, second: float) -> bool:
        return fault(target, second) and chance.random() < 0.3

    slow = rounds(100)
    burst = rounds(130, silent, since_s=100, step_s=0.25)
    after = rounds(200, since_s=130)
    found = episodes([*slow, *burst, *after], [])
    internet = [e for e in found if e.leg is Leg.INTERNET]
    assert [e.condition for e in internet] == [Condition.LOSSY]
    assert abs(internet[0].started_at_ms - at(100)) <= 1000
    assert internet[0].ended_at_ms is not None
    assert abs(internet[0].ended_at_ms - at(130)) <= 1500
    assert 0.2 < internet[0].lost_count / internet[0].measured_count < 0.4


def test_round_trips_several_times_the_usual_are_slow() -> None:
    samples = [*rounds(600), *rounds(640, since_s=600, rtt_ms=900), *rounds(700, since_s=640)]
    internet = only(episodes(samples, []), Leg.INTERNET)
    assert internet.condition is Condition.SLOW
    assert abs(internet.started_at_ms - at(600)) <= 5000
    assert internet.ended_at_ms is not None
    assert abs(internet.ended_at_ms - at(640)) <= 5000


def test_power_save_spikes_of_100_ms_are_not_slow() -> None:
    chance = random.Random(3)
    samples = [
        Sample(s.at_ms, s.target, s.outcome, 5 + (100 if chance.random() < 0.3 else 0))
        for s in rounds(3600)
    ]
    assert episodes(samples, []) == []


def test_a_portal_is_wrong_from_one_answer_on() -> None:
    page = Target("portal", Role.ANCHOR, ProbeKind.HTTP)
    outcomes = [Outcome.REPLY, Outcome.PORTAL, Outcome.PORTAL, Outcome.REPLY]
    samples = [Sample(at(300 * i), page, o) for i, o in enumerate(outcomes)]
    portal = only(episodes(samples, []), Leg.PORTAL)
    assert (portal.condition, portal.started_at_ms, portal.ended_at_ms) == (
        Condition.WRONG,
        at(300),
        at(900),
    )


def test_a_resolver_that_answers_with_errors_is_dead() -> None:
    samples = rounds(300, during(100, 150, [RESOLVER]), lost=Outcome.DNS_ERROR)
    assert conditions(episodes(samples, [])) == {(Leg.DNS, Condition.DEAD)}


def test_silence_across_a_sleep_is_no_episode() -> None:
    samples = [s for s in rounds(2000, during(598, 1402)) if not at(600) < s.at_ms < at(1400)]
    assert episodes(samples, [], [Gap(at(600), at(1400), GapWhy.SLEEP)]) == []


def test_the_link_state_makes_episodes_of_the_link() -> None:
    states = [StateChange(at(s), "link.up", v) for s, v in [(0, True), (50, False), (70, True)]]
    link = only(episodes([], states), Leg.LINK)
    assert (link.started_at_ms, link.ended_at_ms) == (at(50), at(70))


def test_ipv6_is_judged_apart() -> None:
    v6 = tuple(Target(f"2400:3200::{n}", Role.ANCHOR, ProbeKind.ICMP, family=6) for n in (1, 2, 3))
    samples = rounds(300, during(100, 200, v6), targets=(*ALL, *v6))
    found = episodes(samples, [])
    assert {(e.leg, e.family) for e in found} == {(Leg.INTERNET, 6)}


def test_a_gateway_beside_a_stray_reply_is_one_episode() -> None:
    fault = during(100, 150)
    samples = [
        Sample(s.at_ms, s.target, Outcome.REPLY, 30.0)
        if s.target is GATEWAY and 120 <= (s.at_ms - at(0)) / 1000 < 120.5
        else s
        for s in rounds(240, fault, step_s=0.5)
    ]
    assert len([e for e in episodes(samples, []) if e.leg is Leg.GATEWAY]) == 1
