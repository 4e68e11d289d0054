"""The strip chart: what stands in each place, told from records alone."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitor.cli.explain.chart import axis
from monitor.cli.explain.strip import Strip, strip
from monitor.model import (
    Case,
    Disconnect,
    Gap,
    GapWhy,
    How,
    Leg,
    Outcome,
    ProbeKind,
    Role,
    Sample,
    SessionChange,
    StateChange,
    Target,
)
from tests.world import ANCHORS, BANK, GATEWAY, RESOLVER, at, down, during, rounds, up

COLUMNS = 66
FAR = Target("2400:3200::1", Role.ANCHOR, ProbeKind.ICMP, family=6)
ALIPAY = Target("alipay", Role.CONTROL, ProbeKind.TCP, wallet="alipay")
DROP = Disconnect("icbc", "session", at(600), at(640), How.TIMEOUT, id=1)


def case(
    samples: Sequence[Sample],
    sessions: Sequence[SessionChange] = (up(0), down(604, How.TIMEOUT), up(640)),
    states: Sequence[StateChange] = (),
    gaps: Sequence[Gap] = (),
    found: Disconnect = DROP,
) -> Case:
    return Case(
        found,
        since_ms=at(0),
        until_ms=at(700),
        now_ms=at(700),
        samples=tuple(samples),
        sessions=tuple(sessions),
        states=tuple(states),
        gaps=tuple(gaps),
    )


def signs(drawn: Strip, leg: Leg | None, family: int | None = None) -> str:
    [found] = [row for row in drawn.rows if row.leg is leg and row.family == family]
    return found.signs


def test_each_column_begins_where_the_start_lies_on_an_edge() -> None:
    drawn = strip(case(rounds(700)), COLUMNS)
    grid = drawn.grid
    assert grid.span(grid.start_column)[0] == at(600)
    assert grid.since_ms <= at(540)
    assert grid.until_ms >= at(670)
    assert {len(row.signs) for row in drawn.rows} == {grid.count}
    assert grid.count <= COLUMNS


def test_a_leg_is_lost_where_it_was_silent_and_answered_elsewhere() -> None:
    drawn = strip(case(rounds(700, during(600, 640, [GATEWAY]))), COLUMNS)
    router = signs(drawn, Leg.GATEWAY)
    start = drawn.grid.start_column
    end = start + 40_000 // drawn.grid.step_ms
    assert set(router[:start]) == {".", " "}
    assert set(router[start:end]) == {"x", " "}
    assert set(router[end:]) == {".", " "}
    assert "x" not in signs(drawn, Leg.INTERNET)


def test_one_silent_host_of_several_is_a_part() -> None:
    samples = rounds(700, during(600, 640, ANCHORS[:1]), step_s=2.0)
    assert "o" in signs(strip(case(samples), COLUMNS), Leg.INTERNET)
    assert "x" not in signs(strip(case(samples), COLUMNS), Leg.INTERNET)


def test_a_host_that_never_answers_says_nothing_beside_one_that_does() -> None:
    samples = rounds(700, during(0, 700, ANCHORS[:1]))
    assert set(signs(strip(case(samples), COLUMNS), Leg.INTERNET)) <= {".", " "}


def test_a_leg_that_never_answers_is_marked_so() -> None:
    drawn = strip(case(rounds(700, during(0, 700, [GATEWAY]))), COLUMNS)
    assert [row.leg for row in drawn.rows if row.is_mute] == [Leg.GATEWAY]


def test_slow_and_wrong_answers_have_their_own_signs() -> None:
    slow = [replace(s, rtt_ms=900.0) for s in rounds(640, since_s=600, targets=[BANK])]
    drawn = strip(case([*rounds(600, targets=[BANK]), *slow]), COLUMNS)
    assert "~" in signs(drawn, Leg.WALLET)
    for outcome, target, leg in (
        (Outcome.DNS_ERROR, RESOLVER, Leg.DNS),
        (Outcome.TLS_ERROR, BANK, Leg.WALLET),
        (Outcome.REFUSED, BANK, Leg.WALLET),
        (Outcome.TLS_ERROR, ALIPAY, Leg.CONTROL),
    ):
        odd = [Sample(at(610), target, outcome)]
        drawn = strip(case([*rounds(600, targets=[target]), *odd]), COLUMNS)
        assert "!" in signs(drawn, leg)


def test_a_router_that_refuses_has_answered() -> None:
    samples = [*rounds(600, targets=ANCHORS), Sample(at(610), ANCHORS[0], Outcome.REFUSED)]
    assert "!" not in signs(strip(case(samples), COLUMNS), Leg.INTERNET)


def test_a_control_that_fell_is_the_wallet_of_its_own_page() -> None:
    fell = replace(DROP, wallet="alipay")
    samples = rounds(700, during(600, 640, [ALIPAY]), targets=[ALIPAY, BANK])
    drawn = strip(case(samples, found=fell), COLUMNS)
    assert "x" in signs(drawn, Leg.WALLET)
    assert "x" not in signs(drawn, Leg.CONTROL)


def test_the_sign_in_page_has_a_row_only_where_one_stood_in_the_way() -> None:
    page = Target("portal", Role.ANCHOR, ProbeKind.HTTP)
    good = Sample(at(610), page, Outcome.REPLY, 9.0)
    assert Leg.PORTAL not in [row.leg for row in strip(case([good]), COLUMNS).rows]
    drawn = strip(case([replace(good, outcome=Outcome.PORTAL)]), COLUMNS)
    assert "!" in signs(drawn, Leg.PORTAL)


def test_both_families_have_a_row_each() -> None:
    samples = rounds(700, during(600, 640, [FAR]), targets=[*ANCHORS, FAR])
    drawn = strip(case(samples), COLUMNS)
    assert "x" in signs(drawn, Leg.INTERNET, 6)
    assert "x" not in signs(drawn, Leg.INTERNET, 4)


def test_the_session_stood_before_fell_and_came_back() -> None:
    drawn = strip(case(rounds(700), sessions=[down(604, How.TIMEOUT), up(640)]), COLUMNS)
    row, start = signs(drawn, None), drawn.grid.start_column
    end = start + 40_000 // drawn.grid.step_ms
    assert row == "=" * start + "-" * (end - start) + "=" * (drawn.grid.count - end)


def test_a_blink_is_seen() -> None:
    blink = replace(DROP, ended_at_ms=at(600.2))
    drawn = strip(case(rounds(700), [up(0), down(600, How.RESET), up(600.2)], found=blink), COLUMNS)
    assert signs(drawn, None).count("-") == 1


def test_nobody_watched_the_session_of_a_report() -> None:
    told = replace(DROP, source="reported", how=How.REPORTED)
    row = signs(strip(case(rounds(700), found=told), COLUMNS), None)
    assert set(row) == {" ", "-"}


def test_the_link_is_what_the_system_said_and_unknown_before() -> None:
    states = [StateChange(at(580), "link.up", True), StateChange(at(600), "link.up", False)]
    row = signs(strip(case(rounds(700), states=states), COLUMNS), Leg.LINK)
    assert row.lstrip(" ").rstrip("x").strip(".") == ""
    assert row.startswith(" ")
    assert row.endswith("x")


def test_what_nobody_looked_at_is_neither_up_nor_down() -> None:
    asleep = Gap(at(620), at(635), GapWhy.SLEEP)
    drawn = strip(case(rounds(620), gaps=[asleep]), COLUMNS)
    for row in drawn.rows:
        assert row.signs.count("/") == 15_000 // drawn.grid.step_ms


def test_a_long_outage_is_cut_at_the_right_edge() -> None:
    long = replace(DROP, ended_at_ms=at(9000))
    drawn = strip(case(rounds(700), found=long), COLUMNS)
    assert drawn.is_cut
    assert drawn.grid.until_ms <= at(710)
    assert drawn.grid.count <= COLUMNS


def test_the_axis_marks_the_start_and_keeps_its_times_apart() -> None:
    for width in (24, 40, 66):
        grid = strip(case(rounds(700)), width).grid
        marks, times = axis(grid)
        assert marks[grid.start_column] == "^"
        assert times[grid.start_column :][:8].count(":") == 2
        assert len(times) <= max(grid.count, grid.start_column + 8)
        assert all(len(word) == 8 for word in times.split())


@given(
    st.lists(st.integers(0, 4_000_000), max_size=30),
    st.one_of(st.none(), st.integers(0, 3_000_000)),
    st.integers(24, 66),
)
def test_no_input_breaks_the_chart(times: list[int], lasted_ms: int | None, columns: int) -> None:
    found = replace(DROP, ended_at_ms=None if lasted_ms is None else at(600) + lasted_ms)
    samples = [Sample(at(0) + t, GATEWAY, Outcome.TIMEOUT) for t in times]
    drawn = strip(case(samples, sessions=(), found=found), columns)
    assert 0 < drawn.grid.count <= columns
    assert {len(row.signs) for row in drawn.rows} == {drawn.grid.count}
