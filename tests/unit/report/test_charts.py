"""The week's pictures: whole, small, honest about extremes, whatever they are made of."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Gap, GapWhy, Leg, Outcome, StateChange
from monitor.report.charts.close_up import close_up_chart
from monitor.report.charts.heat import heat_map
from monitor.report.charts.interval import interval
from monitor.report.charts.latency import MOST_MARKS, WIDTH, Mark, latency
from monitor.report.charts.markup import Markup, element
from monitor.report.charts.scale import Time, decades, hatching, longest, worst_by_column
from monitor.report.charts.timeline import day_strip, runs
from monitor.report.interface import CloseUp, Column, Dot, LegSeries, StretchKind
from tests.unit.report import sample_week
from tests.unit.report.films import MINUTE_MS, WEEK

LARGEST_BYTES = 20_000
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = st.text(max_size=300) | st.just(sample_week.HOSTILE)


def whole(svg: str) -> ElementTree.Element:
    """The picture, read by an XML parser."""
    assert len(svg.encode()) <= LARGEST_BYTES
    return ElementTree.fromstring(svg)


def drawn(svg: str, class_: str) -> list[ElementTree.Element]:
    return [node for node in whole(svg).iter() if class_ in node.get("class", "").split()]


@given(HOSTILE)
def test_a_text_is_only_ever_text(text: str) -> None:
    read = ElementTree.fromstring(element("p", text, title=text))
    assert not list(read)
    for shown in (read.text or "", read.get("title", "")):
        assert "\u202e" not in shown


def test_markup_is_not_escaped_twice() -> None:
    assert element("p", element("b", "a < b")) == "<p><b>a &lt; b</b></p>"
    assert isinstance(element("p"), Markup)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 1e6)), max_size=200))
def test_the_worst_of_each_pixel_is_kept(points: list[tuple[int, float]]) -> None:
    time = Time(0, 10_001, 50)
    worst = worst_by_column(points, lambda point: time.column(point[0]), lambda point: point[1])
    assert max(worst.values(), default=0.0) == max((value for _, value in points), default=0.0)
    assert all(worst[time.column(at_ms)] >= value for at_ms, value in points)
    assert set(worst) == {time.column(at_ms) for at_ms, _ in points}


def test_one_spike_in_a_week_is_seen() -> None:
    calm = [Column(at, 5, 0, 10.0, 12.0) for at in range(WEEK.since_ms, WEEK.until_ms, MINUTE_MS)]
    spike = Column(calm[5000].at_ms, 5, 0, 10.0, 9000.0)
    series = LegSeries(Leg.WALLET, MINUTE_MS, (*calm[:5000], spike, *calm[5001:]))
    picture = latency(series, WEEK, [], "spike")
    assert picture.scale.ticks[0] == 10_000.0
    (band,) = drawn(picture.svg, "band")
    assert f"V{picture.scale.y(9000.0)}H" in band.get("d", "")


@pytest.mark.parametrize("count", [0, 1, 2016])
@pytest.mark.parametrize("is_all_lost", [False, True])
def test_round_trips_of_any_amount(count: int, is_all_lost: bool) -> None:
    found = sample_week.series(Leg.WALLET, (), is_all_lost=is_all_lost)
    picture = latency(LegSeries(Leg.WALLET, found.step_ms, found.columns[:count]), WEEK, [], "w")
    (line,), (bars,) = drawn(picture.svg, "median"), drawn(picture.svg, "lost")
    assert bool(line.get("d")) is (count > 0 and not is_all_lost)
    assert bool(bars.get("d")) is (count > 0)


def test_marks_are_capped_and_counted_and_the_longest_stay() -> None:
    marks = [Mark(WEEK.since_ms + n * 60_000, n, f"mark {n}") for n in range(10_000)]
    picture = latency(LegSeries(Leg.WALLET, MINUTE_MS, ()), WEEK, marks, "many")
    titles = [node.text for node in whole(picture.svg).iter(f"{SVG}title")]
    assert len(titles) == MOST_MARKS
    assert picture.undrawn_count == 10_000 - MOST_MARKS
    assert titles[-1] == "mark 9999"


def test_the_longest_keep_their_order() -> None:
    assert longest([3, 9, 1, 7], 2, lambda item: item) == ([9, 7], 2)


def test_nothing_is_drawn_where_nothing_was_measured() -> None:
    hole = sample_week.series(
        Leg.WALLET, (Gap(WEEK.since_ms, WEEK.since_ms + 86_400_000, GapWhy.SLEEP),)
    )
    (line,) = drawn(latency(hole, WEEK, [], "hole").svg, "median")
    assert line.get("d", "").startswith(f"M{WIDTH // 7}")


def test_a_strip_never_hides_a_loss() -> None:
    day = sample_week.huge(20).days[0]
    lost = [s for s in day.stretches if s.kind is StretchKind.LOST]
    time = Time(day.since_ms, day.until_ms, 480)
    shown = [run for run in runs(day, time) if run[0] is StretchKind.LOST]
    assert lost and len(shown) == len(lost)


def test_a_day_of_many_disconnects_stays_small() -> None:
    for day in sample_week.huge().days:
        titles = {s.since_ms: sample_week.HOSTILE[:60] for s in day.stretches}
        assert drawn(day_strip(day, sample_week.HOSTILE, titles), "lost")


def test_a_strip_tells_the_kinds_apart_by_shape() -> None:
    wednesday = sample_week.busy().days[2]
    svg = day_strip(wednesday, "Wed", {})
    assert len(drawn(svg, "hatch")) == len(drawn(svg, "unseen")) == 3
    heights = {node.get("height") for node in drawn(svg, "up")}
    assert heights == {"4"}


def test_the_map_fills_with_the_minutes_lost() -> None:
    week = sample_week.busy()
    titles = {(cell.weekday, cell.hour): "x" for cell in week.heat}
    svg = heat_map(week.heat, "map", titles)
    fills = sorted(int(node.get("height", "0")) for node in drawn(svg, "lost"))
    assert fills[-1] == 18 and fills[0] < 18
    assert whole(heat_map((), "empty", {})) is not None


def test_the_busiest_map_stays_small() -> None:
    week = sample_week.huge()
    titles = {(c.weekday, c.hour): "Mon 00:00 · 59 begun, 23 min 12 s lost" for c in week.heat}
    assert len(heat_map(week.heat, "map", titles).encode()) < 1.5 * LARGEST_BYTES + 12_000


@pytest.mark.parametrize(
    ("outcome", "shape"),
    [
        (Outcome.REPLY, "reply"),
        (Outcome.TIMEOUT, "lost"),
        (Outcome.RESET, "wrong"),
        (Outcome.NOT_MEASURED, "unmeasured"),
    ],
)
def test_each_outcome_has_a_shape(outcome: Outcome, shape: str) -> None:
    close_up = CloseUp(0, 600_000, (Dot(0, Leg.WALLET, outcome),))
    (dot,) = drawn(close_up_chart(close_up, (1, 2), "one", []), "dot")
    assert dot.get("class") == f"dot {shape}"


def test_a_lost_probe_among_answered_ones_is_seen() -> None:
    dots = tuple(
        Dot(at, Leg.WALLET, Outcome.TIMEOUT if at == 4_000 else Outcome.REPLY)
        for at in range(0, 10_000, 1_000)
    )
    svg = close_up_chart(CloseUp(0, 600_000, dots), (1, 2), "one", [])
    assert drawn(svg, "dot")[0].get("class") == "dot lost"


def test_a_close_up_of_every_leg_stays_small() -> None:
    dots = tuple(
        Dot(at, leg, list(Outcome)[at // 1000 % 9]) for at in range(0, 600_000, 1000) for leg in Leg
    )
    states = tuple(StateChange(n, "wifi.ssid", sample_week.HOSTILE) for n in range(50))
    gaps = (Gap(0, 600_000, GapWhy.SLEEP),)
    svg = close_up_chart(
        CloseUp(0, 600_000, dots, states, gaps), (0, 600_000), "all", [sample_week.HOSTILE] * 12
    )
    assert drawn(svg, "hatch")


@given(st.none() | st.floats(0, 1e9), st.none() | st.floats(0, 1e9), st.none() | st.floats(0, 1e9))
def test_an_interval_of_any_ends(
    ratio: float | None, low: float | None, high: float | None
) -> None:
    for node in whole(interval(ratio, low, high, "r")).iter():
        assert "nan" not in node.get("d", "") and "inf" not in node.get("d", "")


@given(st.lists(st.floats(0.001, 1e6), max_size=20))
def test_a_scale_holds_all_its_values(values: list[float]) -> None:
    scale = decades(values, 100)
    assert scale.low < scale.high
    assert all(10.0**scale.low <= v * 1.000001 and v <= 10.0**scale.high * 1.000001 for v in values)


@given(st.floats(0, 400), st.floats(0, 80))
def test_a_hatching_stays_near_its_place(left: float, width: float) -> None:
    assert hatching(left, left + width, 24).startswith("M")
