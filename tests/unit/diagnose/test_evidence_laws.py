"""What supports an answer, taken away, never makes that answer surer."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.diagnose.engine import diagnose
from monitor.diagnose.observed import leg_of
from monitor.model import (
    Case,
    CauseCode,
    Condition,
    Evidence,
    Exposure,
    How,
    Leg,
    Outcome,
    Record,
    Sample,
    SessionState,
    StateChange,
    Verdict,
)
from tests.unit.diagnose import test_causes as stories
from tests.unit.diagnose.case_builder import START, Story
from tests.unit.diagnose.test_regular_and_wire import line_dead, tcp, timed, walked

DAY_MS = 86_400_000


def with_pattern() -> Case:
    case = stories.saver_just_on_and_silence().case()
    return replace(
        case, exposures={"power.battery_saver": Exposure(DAY_MS // 4, 14 * DAY_MS, 2, 2)}
    )


def with_one_coincidence() -> Case:
    case = stories.battery_low().case()
    return replace(case, exposures={"battery.percent": Exposure(4 * DAY_MS, 14 * DAY_MS, 0, 1)})


def with_word() -> Case:
    said = Verdict(START - DAY_MS, CauseCode.ACCOUNT, CauseCode.BANK_CLOSED)
    return replace(stories.reset_and_back().case(), verdicts=(said, said))


def with_others(build: Callable[[], Story], state: SessionState) -> Callable[[], Case]:
    def case() -> Case:
        story = build()
        for name in ("alipay", "wechat"):
            story.session(name, SessionState.UP, -800)
            if state is SessionState.DOWN:
                story.session(name, state, 2, How.TIMEOUT)
        return story.case()

    return case


MORE: dict[str, Callable[[], Case]] = {
    "saver pattern": with_pattern,
    "one coincidence": with_one_coincidence,
    "the user's word": with_word,
    "clockwork": lambda: timed(600).case(),
    "stall": lambda: tcp(stories.bank_stalls(), 0, 0).case(),
    "stopped walk": lambda: walked(line_dead(), 2, 3, "10.0.0.1").case(),
    "walk that heard nothing": lambda: walked(line_dead(), 0, 1).case(),
    "router and retransmissions": lambda: tcp(stories.router_dead(), 2, 4).case(),
    "bank alone": with_others(stories.bank_silent, SessionState.UP),
    "closed alone": with_others(stories.reset_and_back, SessionState.UP),
    "all together": with_others(stories.bank_stalls, SessionState.DOWN),
}
CASES: dict[str, Callable[[], Case]] = MORE | {
    build.__name__: (lambda build=build: build().case())
    for code, build in stories.SHOWN
    if code is not CauseCode.UNEXPLAINED
}

KEYS_OF: dict[str, tuple[str, ...]] = {
    "link.down": ("link.up",),
    "link.up": ("link.up",),
    "wifi.weak": ("wifi.signal_dbm",),
    "battery.low": ("battery.percent",),
    "battery.unplugged": ("battery.plugged",),
    "memory.short": ("memory.available_ratio",),
    "memory.pressed": ("memory.pressure",),
    "cpu.busy": ("cpu.load_ratio",),
    "app.not_running": ("app.running",),
    "app.left_front": ("app.in_front",),
    "app.blocked": ("app.blocked_by",),
    "app.older": ("app.version", "app.newest_version"),
    "saver.switched_on": ("power.battery_saver",),
    "saver.was_on": ("power.battery_saver",),
    "tcp.acknowledged": ("tcp.icbc.unacked_count", "tcp.icbc.retransmit_count"),
    "tcp.unanswered": ("tcp.icbc.unacked_count", "tcp.icbc.retransmit_count"),
    "path.stopped": ("path.last_heard_hop",),
    "path.nothing": ("path.last_heard_hop",),
    "path.whole": ("path.last_heard_hop",),
}


def is_drawn_from(case: Case, item: Evidence, record: Record) -> bool:
    """Tell whether an observation was drawn from a record."""
    if isinstance(record, StateChange):
        keys = KEYS_OF.get(item.code, (item.code.removesuffix(".changed"),))
        return record.key in keys
    if not isinstance(record, Sample):
        return False
    if item.code == "portal.page":
        return record.outcome is Outcome.PORTAL
    if item.code.startswith("certificate."):
        return record.outcome is Outcome.TLS_ERROR
    if item.code == "wallet.refused":
        return record.outcome is Outcome.REFUSED
    leg, _, what = item.code.partition(".")
    if leg != leg_of(record.target, case.disconnect.wallet):
        return False
    if what in ("silent", "lossy"):
        return record.is_lost
    return what in ("answered", "late", "slow")


def without(case: Case, item: Evidence, keep: Callable[[], bool]) -> Case:
    """Return the case without what an observation was drawn from, as far as `keep` says so."""
    leg = item.code.partition(".")[0]
    drops_recent = item.code in ("session.regular", "session.repeated")
    wallets = {str(item.values["wallet"])} if item.code.startswith("others.") else set()
    if item.code.startswith("session.") and case.sessions:
        wallets = {case.disconnect.wallet}
    takes_wrong = {"portal.page": Leg.PORTAL, "certificate.wrong": Leg.WALLET}
    return replace(
        case,
        samples=tuple(s for s in case.samples if not is_drawn_from(case, item, s) or keep()),
        episodes=tuple(
            e
            for e in case.episodes
            if not (
                (e.leg == leg and e.condition is not Condition.WRONG)
                or (e.leg is takes_wrong.get(item.code))
                or (item.code == "link.down" and e.leg is Leg.LINK)
            )
        ),
        states=tuple(s for s in case.states if not is_drawn_from(case, item, s) or keep()),
        states_before={
            key: change
            for key, change in case.states_before.items()
            if not is_drawn_from(case, item, change) or keep()
        },
        sessions=tuple(c for c in case.sessions if c.wallet not in wallets),
        recent=() if drops_recent else case.recent,
        gaps=() if item.code.startswith("sleep.") else case.gaps,
        exposures={} if item.code.endswith(".seldom") else case.exposures,
        verdicts=() if item.code.startswith("learned.") else case.verdicts,
    )


def ratio(case: Case, cause: CauseCode) -> float:
    return {f.cause: f.confidence_ratio for f in diagnose(case).findings}.get(cause, 0.0)


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_supports_an_answer_taken_away_makes_it_no_surer(name: str) -> None:
    case = CASES[name]()
    best = diagnose(case).best
    for item in best.evidence:
        if item.supports:
            less = without(case, item, lambda: False)
            assert ratio(less, best.cause) <= best.confidence_ratio, item


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(CASES)), st.data())
def test_nor_does_any_part_of_it(name: str, data: st.DataObject) -> None:
    case = CASES[name]()
    best = diagnose(case).best
    item = data.draw(st.sampled_from([item for item in best.evidence if item.supports]))
    chance = data.draw(st.randoms(use_true_random=False))
    less = without(case, item, lambda: chance.random() < 0.5)
    assert ratio(less, best.cause) <= best.confidence_ratio, item


@pytest.mark.parametrize("name", sorted(CASES))
def test_nothing_left_gives_no_confident_answer(name: str) -> None:
    """The way it ended alone is no proof, unless the end itself tells: a crash, a certificate."""
    case = CASES[name]()
    bare = Case(case.disconnect, case.since_ms, case.until_ms, case.now_ms)
    best = diagnose(bare).best
    tells_itself = (How.CRASH, How.KILLED, How.TLS, How.DNS, How.REFUSED)
    if best.cause is not CauseCode.UNEXPLAINED and case.disconnect.how not in tells_itself:
        assert best.confidence_ratio <= 0.5
