"""Stories through the real pipeline and a real store: what happened, told from records alone."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from monitor import pipeline
from monitor.model import (
    CauseCode,
    Gap,
    GapWhy,
    How,
    Outcome,
    ProbeKind,
    Record,
    Role,
    Sample,
    StateChange,
    StateValue,
    Target,
)
from monitor.store.sqlite import open_store
from tests.world import ALL, ANCHORS, BANK, GATEWAY, RESOLVER, at, down, during, rounds, up

HOUR_S = 3600.0
BEYOND = (*ANCHORS, RESOLVER, BANK)
PORTAL = Target("portal", Role.ANCHOR, ProbeKind.HTTP)
HANDSHAKE = Target("icbc", Role.WALLET, ProbeKind.TLS, wallet="icbc")


def state(second: float, key: str, value: StateValue) -> StateChange:
    return StateChange(at(second), key, value)


@dataclass(frozen=True)
class Story:
    """Records of about an hour, and the causes that must be told, in order."""

    name: str
    records: Iterable[Record]
    causes: tuple[CauseCode, ...]


HEALTHY: list[Record] = [state(0, "link.up", True), state(0, "link.kind", "wifi"), up(0)]

STORIES = (
    Story("a healthy hour", [*HEALTHY, *rounds(HOUR_S)], ()),
    Story(
        "the router dies for a minute",
        [*HEALTHY, *rounds(HOUR_S, during(1800, 1860)), down(1806, How.TIMEOUT), up(1862)],
        (CauseCode.GATEWAY,),
    ),
    Story(
        "the provider dies for a minute",
        [*HEALTHY, *rounds(HOUR_S, during(1800, 1860, BEYOND)), down(1806, How.TIMEOUT), up(1862)],
        (CauseCode.ISP,),
    ),
    Story(
        "the bank is out of reach for a minute",
        [*HEALTHY, *rounds(HOUR_S, during(1800, 1860, [BANK])), down(1806, How.TIMEOUT), up(1862)],
        (CauseCode.BANK_UNREACHABLE,),
    ),
    Story(
        "the cable is pulled",
        [
            *HEALTHY,
            *rounds(HOUR_S, during(1800, 1830), lost=Outcome.UNREACHABLE),
            state(1800, "link.up", False),
            down(1800.3, How.UNREACHABLE),
            state(1830, "link.up", True),
            up(1831),
        ],
        (CauseCode.LINK_DOWN,),
    ),
    Story(
        "names are not found any more",
        [*HEALTHY, *rounds(HOUR_S, during(1800, 1900, [RESOLVER])), down(1810, How.DNS), up(1902)],
        (CauseCode.DNS,),
    ),
    Story(
        "a sign-in page stands in the way",
        [
            *HEALTHY,
            *rounds(HOUR_S),
            Sample(at(1500), PORTAL, Outcome.REPLY, 30.0),
            down(1800, How.RESET),
            Sample(at(1801), PORTAL, Outcome.PORTAL, 9.0),
            Sample(at(1860), PORTAL, Outcome.REPLY, 30.0),
            up(1861),
        ],
        (CauseCode.CAPTIVE_PORTAL,),
    ),
    Story(
        "a false certificate is shown",
        [
            *HEALTHY,
            *rounds(HOUR_S),
            down(1800, How.RESET),
            Sample(at(1801), HANDSHAKE, Outcome.TLS_ERROR, 30.0),
            down(1800, How.TLS),
            up(1861),
        ],
        (CauseCode.INTERCEPTED,),
    ),
    Story(
        "the bank ends a session and takes the next one at once",
        [*HEALTHY, *rounds(HOUR_S), down(1800, How.RESET), up(1800.4)],
        (CauseCode.BANK_CLOSED,),
    ),
    Story(
        "the bank ends the session and refuses for half a minute",
        [*HEALTHY, *rounds(HOUR_S), down(1800, How.RESET), down(1800, How.REFUSED), up(1830)],
        (CauseCode.BANK_UNREACHABLE,),
    ),
    Story(
        "the bank ends this session alone, over and over",
        [
            *HEALTHY,
            *rounds(HOUR_S),
            *(
                change
                for second in range(1500, 3000, 200)
                for change in (down(second, How.RESET), up(second + 40))
            ),
        ],
        (CauseCode.ACCOUNT,),
    ),
    Story(
        "another network is joined",
        [
            *HEALTHY,
            state(0, "link.address", "192.168.1.7"),
            *rounds(HOUR_S, during(1800, 1803)),
            state(1800, "link.address", "10.0.0.4"),
            down(1801, How.TIMEOUT),
            up(1806),
        ],
        (CauseCode.ROAMING,),
    ),
    Story(
        "the machine sleeps in the middle of it",
        [
            *HEALTHY,
            *rounds(1800),
            Gap(at(1800), at(3000), GapWhy.SLEEP),
            down(3001, How.RESET),
            up(3004),
            *rounds(HOUR_S, since_s=3001),
        ],
        (),
    ),
    Story(
        "an idle session is closed in good order and taken again",
        [*HEALTHY, *rounds(HOUR_S), down(1800, How.CLOSED), up(1801)],
        (),
    ),
    Story(
        "the monitor starts offline", [*rounds(HOUR_S, during(0, 9999)), down(9, How.TIMEOUT)], ()
    ),
    Story(
        "ping is filtered everywhere while TCP works",
        [
            *HEALTHY,
            *rounds(HOUR_S, during(900, 9999, [t for t in ALL if t.probe is ProbeKind.ICMP])),
        ],
        (),
    ),
)


def in_order(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record.at_ms)


def told(tmp_path: Path, records: Iterable[Record]) -> list[CauseCode]:
    store = open_store(tmp_path / "data")
    try:
        pipeline.replay(store, in_order(records), frozenset())
        drops = store.disconnects()
        verdicts = store.diagnoses([d.id for d in drops if d.id is not None])
        return [verdicts[d.id].best.cause for d in drops if d.id is not None]
    finally:
        store.close()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_story_is_told_by_its_records(story: Story, tmp_path: Path) -> None:
    causes = told(tmp_path, story.records)
    if story.causes == (CauseCode.ACCOUNT,):  # the first ones of a series cannot know of the rest
        causes = causes[-1:]
    assert tuple(causes) == story.causes


def test_evaluating_again_changes_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    records = [*HEALTHY, *rounds(HOUR_S, during(1800, 1860)), down(1806, How.TIMEOUT), up(1862)]
    try:
        pipeline.replay(store, records, frozenset())
        [before] = store.disconnects()
        for _ in range(3):
            pipeline.evaluate(store, at(HOUR_S), frozenset(), since_ms=at(0))
        assert store.disconnects() == [before]
    finally:
        store.close()


OUTAGE_AND_RESET = (
    *HEALTHY,
    *rounds(2400, during(1800, 1860)),
    *(down(1806, How.TIMEOUT), up(1862), down(2000, How.RESET), up(2000.4)),
)
WAKING_UP_SLOWLY = (
    *HEALTHY,
    *rounds(900),
    Gap(at(900), at(1800), GapWhy.SLEEP),
    *rounds(2400, during(1800, 1812), since_s=1800.5),
    *(down(1802, How.TIMEOUT), up(1815)),
)


@pytest.mark.parametrize("story", [OUTAGE_AND_RESET, WAKING_UP_SLOWLY])
def test_live_and_replayed_evaluation_agree(story: Iterable[Record], tmp_path: Path) -> None:
    """Evaluated step by step as the daemon does, the same records give the same disconnects."""
    records = in_order(story)
    live, whole = open_store(tmp_path / "live"), open_store(tmp_path / "whole")
    try:
        for record in records:
            live.add_records([record])
            if not isinstance(record, Sample) or record.at_ms % 20_000 < 600:
                pipeline.evaluate(live, record.at_ms, frozenset())
        pipeline.evaluate(live, records[-1].at_ms, frozenset())
        pipeline.replay(whole, records, frozenset())
        assert [replace(d, detected_at_ms=0) for d in live.disconnects()] == [
            replace(d, detected_at_ms=0) for d in whole.disconnects()
        ]
        assert {n: d.best.cause for n, d in live.diagnoses([1, 2]).items()} == {
            n: d.best.cause for n, d in whole.diagnoses([1, 2]).items()
        }
    finally:
        live.close()
        whole.close()


def test_what_heavy_loss_did_live_is_told_by_its_trace_too(tmp_path: Path) -> None:
    """The daemon writes down that a session cannot be used; only then does a trace say so."""
    chance = random.Random(11)
    fault = during(600, 660, BEYOND)
    burst = rounds(660, lambda t, s: fault(t, s) and chance.random() < 0.4, since_s=600, step_s=0.5)
    records = in_order([*HEALTHY, *rounds(600), *burst, *rounds(730, since_s=660)])
    live, whole = open_store(tmp_path / "live"), open_store(tmp_path / "whole")
    try:
        live.add_records([r for r in records if r.at_ms < at(600)])
        for second in range(600, 721, 10):
            live.add_records([r for r in records if at(second) <= r.at_ms < at(second + 10)])
            pipeline.degrade(live, at(second + 10))
            pipeline.evaluate(live, at(second + 10), frozenset())
        [told_live] = live.disconnects()
        span = (at(0), at(HOUR_S))
        trace = in_order([*live.samples(*span), *live.sessions(*span), *live.states(*span)])
        pipeline.replay(whole, trace, frozenset())
        [told_after] = whole.disconnects()
        assert replace(told_after, detected_at_ms=0) == replace(told_live, detected_at_ms=0)
    finally:
        live.close()
        whole.close()
    assert told(tmp_path / "believed", records) == []


def test_a_dead_gateway_name_is_not_needed_to_tell_the_router(tmp_path: Path) -> None:
    """A trace of another make names its targets as it likes."""
    other = {GATEWAY: replace(GATEWAY, name="gw"), BANK: replace(BANK, wallet=None)}
    records = [
        replace(r, target=other.get(r.target, r.target)) for r in rounds(HOUR_S, during(1800, 1860))
    ]
    causes = told(tmp_path, [*HEALTHY, *records, down(1806, How.TIMEOUT), up(1862)])
    assert causes == [CauseCode.GATEWAY]
