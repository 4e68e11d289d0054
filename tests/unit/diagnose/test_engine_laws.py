"""Laws that hold for every case, however odd."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.diagnose.engine import ENGINE, diagnose
from monitor.diagnose.words import cause_summary, evidence_text
from monitor.locale import translator
from monitor.model import (
    Case,
    CauseCode,
    Condition,
    Disconnect,
    Episode,
    Exposure,
    Gap,
    GapWhy,
    How,
    Leg,
    Outcome,
    ProbeKind,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    StateValue,
    Target,
    Verdict,
)
from tests.unit.diagnose import test_causes as stories
from tests.unit.diagnose.case_builder import START, Story

KEYS = (
    "power.battery_saver",
    "battery.percent",
    "battery.plugged",
    "memory.available_ratio",
    "memory.pressure",
    "cpu.load_ratio",
    "link.up",
    "link.kind",
    "link.address",
    "link.gateway",
    "link.interface",
    "wifi.ssid",
    "wifi.signal_dbm",
    "app.running",
    "app.version",
    "app.newest_version",
    "app.blocked_by",
    "app.in_front",
    "made.up",
    "tcp.icbc.unacked_count",
    "tcp.icbc.retransmit_count",
    "path.last_heard_hop",
    "path.last_heard_address",
    "path.first_dead_hop",
    "path.walk_target",
    "monitor.interval_s",
    "wifi.is_open",
)

# A few instants only, so that many are equal and many lie on an edge.
SECONDS = (-900, -60, -10, -5, -1, 0, 1, 5, 15, 90)
instants = st.one_of(
    st.sampled_from([START + 1000 * s for s in SECONDS]),
    st.sampled_from([START + 1000 * s for s in SECONDS]),
    st.sampled_from([-(10**18), -1, 0, 10**18]),
)
wallets = st.sampled_from(["icbc", "alipay"])
devices = st.sampled_from(["local", "local", "phone"])
values: st.SearchStrategy[StateValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-120, 120),
    st.integers(-(10**400), 10**400),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(["", "NONE", "DOZE|APP_STANDBY", "{x}", "1.2.3", "10.0.0.7", "网络"]),
)
targets = st.builds(
    Target,
    name=st.sampled_from(["a", "b"]),
    role=st.sampled_from(list(Role)),
    probe=st.sampled_from(list(ProbeKind)),
    family=st.sampled_from([None, 4, 6]),
    wallet=st.one_of(st.none(), wallets),
    device=devices,
)
samples = st.builds(
    Sample,
    at_ms=instants,
    target=targets,
    outcome=st.sampled_from(list(Outcome)),
    rtt_ms=st.one_of(st.none(), st.floats(0, 5000), st.floats()),
)
episodes = st.builds(
    Episode,
    leg=st.sampled_from(list(Leg)),
    condition=st.sampled_from(list(Condition)),
    started_at_ms=instants,
    ended_at_ms=st.one_of(st.none(), instants),
    measured_count=st.integers(-2, 50),
    lost_count=st.integers(-2, 50),
    family=st.sampled_from([None, 4, 6]),
    wallet=st.one_of(st.none(), wallets),
    device=devices,
)
sessions = st.builds(
    SessionChange,
    at_ms=instants,
    wallet=wallets,
    state=st.sampled_from(list(SessionState)),
    how=st.one_of(st.none(), st.sampled_from(list(How))),
    last_good_at_ms=st.one_of(st.none(), instants),
    lived_ms=st.one_of(st.none(), st.integers(-5, 10**13)),
    device=devices,
)
states = st.builds(
    StateChange, at_ms=instants, key=st.sampled_from(KEYS), value=values, device=devices
)
gaps = st.builds(
    Gap, at_ms=instants, until_ms=instants, why=st.sampled_from(list(GapWhy)), device=devices
)
drops = st.builds(
    Disconnect,
    wallet=st.just("icbc"),
    source=st.just("session"),
    started_at_ms=instants,
    ended_at_ms=st.one_of(st.none(), instants),
    how=st.sampled_from(list(How)),
)
exposures = st.builds(
    Exposure,
    held_ms=st.integers(-5, 10**10),
    observed_ms=st.integers(-5, 10**10),
    held_count=st.integers(-5, 10**4),
    count=st.integers(-5, 10**4),
)
verdicts = st.builds(
    Verdict,
    at_ms=instants,
    told=st.sampled_from(list(CauseCode)),
    truth=st.one_of(st.none(), st.sampled_from(list(CauseCode))),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    before = draw(st.lists(states, max_size=4))
    return Case(
        disconnect=replace(draw(drops), started_at_ms=START),
        since_ms=START - 900_000,
        until_ms=draw(instants),
        now_ms=draw(instants),
        samples=tuple(draw(st.lists(samples, max_size=30))),
        episodes=tuple(draw(st.lists(episodes, max_size=6))),
        sessions=tuple(draw(st.lists(sessions, max_size=5))),
        states=tuple(draw(st.lists(states, max_size=10))),
        states_before={change.key: replace(change, at_ms=START - 10**7) for change in before},
        gaps=tuple(draw(st.lists(gaps, max_size=2))),
        recent=tuple(draw(st.lists(drops, max_size=5))),
        controls=frozenset({"alipay"}),
        exposures=draw(st.dictionaries(st.sampled_from(KEYS), exposures, max_size=3)),
        verdicts=tuple(draw(st.lists(verdicts, max_size=4))),
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_every_case_has_an_answer_that_can_be_read(case: Case) -> None:
    verdict = diagnose(case)
    assert verdict.findings
    assert verdict.engine == ENGINE
    assert verdict.made_at_ms == case.now_ms
    assert len({finding.cause for finding in verdict.findings}) == len(verdict.findings)
    for language in ("en", "zh"):
        tr = translator(language)
        for finding in verdict.findings:
            assert 0.0 < finding.confidence_ratio < 1.0
            assert cause_summary(finding, tr)
            for item in finding.evidence:
                text = evidence_text(item, tr)
                assert text != item.code, "an observation without words"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.randoms(use_true_random=False))
def test_order_does_not_matter(case: Case, chance: Random) -> None:
    other = replace(
        case,
        samples=tuple(chance.sample(case.samples, len(case.samples))),
        episodes=tuple(chance.sample(case.episodes, len(case.episodes))),
        sessions=tuple(chance.sample(case.sessions, len(case.sessions))),
        states=tuple(chance.sample(case.states, len(case.states))),
        gaps=tuple(chance.sample(case.gaps, len(case.gaps))),
        recent=tuple(chance.sample(case.recent, len(case.recent))),
        verdicts=tuple(chance.sample(case.verdicts, len(case.verdicts))),
    )
    assert repr(diagnose(other)) == repr(diagnose(case)), "by repr: NaN is not equal to itself"


DIRECT = {
    CauseCode.GATEWAY: stories.router_dead,
    CauseCode.ISP: stories.provider_dead,
    CauseCode.DNS: stories.names_dead,
    CauseCode.LINK_DOWN: stories.link_down,
    CauseCode.ROAMING: stories.new_address,
    CauseCode.CAPTIVE_PORTAL: stories.portal,
    CauseCode.BANK_UNREACHABLE: stories.bank_silent,
    CauseCode.NETWORK_RESTRICTION: stories.data_saver,
    CauseCode.SLEEP: stories.slept,
}


def ratio(case: Case, cause: CauseCode) -> float:
    return {f.cause: f.confidence_ratio for f in diagnose(case).findings}.get(cause, 0.0)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(DIRECT)), st.data())
def test_less_evidence_never_makes_a_direct_cause_surer(
    cause: CauseCode, data: st.DataObject
) -> None:
    """Take away episodes, state changes and gaps: what was found directly does not gain."""
    case = DIRECT[cause]().case()
    field = data.draw(st.sampled_from(["episodes", "states", "gaps"]))
    items = getattr(case, field)
    kept = data.draw(st.lists(st.booleans(), min_size=len(items), max_size=len(items)))
    left = tuple(item for item, keep in zip(items, kept, strict=True) if keep)
    changed = (
        replace(case, states=left)
        if field == "states"
        else (replace(case, episodes=left) if field == "episodes" else replace(case, gaps=left))
    )
    assert ratio(changed, cause) <= ratio(case, cause)


def poorer(case: Case) -> Iterator[Case]:
    """Yield the case without each one of its episodes, states and gaps, and without all."""
    for field in ("episodes", "states", "gaps"):
        items = getattr(case, field)
        for place in range(len(items)):
            left = (*items[:place], *items[place + 1 :])
            if field == "states":
                yield replace(case, states=left)
            elif field == "episodes":
                yield replace(case, episodes=left)
            else:
                yield replace(case, gaps=left)
    for key in case.states_before:
        yield replace(case, states_before={k: v for k, v in case.states_before.items() if k != key})
    yield replace(case, states=(), states_before={})
    yield replace(case, episodes=())


@pytest.mark.parametrize("cause", sorted(DIRECT))
def test_no_single_thing_that_is_not_known_makes_a_direct_cause_surer(cause: CauseCode) -> None:
    case = DIRECT[cause]().case()
    for changed in poorer(case):
        assert ratio(changed, cause) <= ratio(case, cause)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(DIRECT)), st.sampled_from(list(Leg)))
def test_a_leg_that_was_not_measured_makes_no_direct_cause_surer(
    cause: CauseCode, leg: Leg
) -> None:
    story: Story = DIRECT[cause]()
    measured = story.case()
    story.legs = tuple(other for other in story.legs if other is not leg)
    assert ratio(story.case(), cause) <= ratio(measured, cause)
