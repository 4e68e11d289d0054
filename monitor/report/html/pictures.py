"""The week in pictures, each with its table: timeline, heat map, round trips and loss."""

from collections.abc import Sequence

from monitor.model import Leg
from monitor.report.amounts import HOUR_MS, duration, rounded
from monitor.report.charts.heat import heat_map
from monitor.report.charts.latency import Latency, Mark
from monitor.report.charts.latency import latency as leg_picture
from monitor.report.charts.markup import Markup, element
from monitor.report.charts.timeline import day_strip
from monitor.report.html.hours import hour_table
from monitor.report.html.tables import table
from monitor.report.html.wording import day_name, folded, moment, section, weekday
from monitor.report.interface import Day, LegSeries, StretchKind, WeekSummary, Words

HOURS = ("0", "6", "12", "18", "24")
OPEN_LEGS = 2
"""Legs shown open: the wallet's and the nearest; the others are folded."""
MOST_BAR_TITLES = 300
"""Lost stretches of the week that have words of their own."""


def leg_name(leg: Leg, words: Words) -> str:
    """Return what a leg is called."""
    return {
        Leg.LINK: words.text("This device's connection"),
        Leg.GATEWAY: words.text("Router"),
        Leg.INTERNET: words.text("Internet"),
        Leg.DNS: words.text("Name service (DNS)"),
        Leg.PORTAL: words.text("Sign-in page check"),
        Leg.CONTROL: words.text("Control"),
        Leg.WALLET: words.text("Wallet server"),
    }[leg]


def timeline(summary: WeekSummary, words: Words) -> Markup:
    """Return the seven days as strips."""
    if not summary.days:
        return Markup()
    budget = MOST_BAR_TITLES // len(summary.days)
    rows = [_day_row(day, summary, words, budget) for day in summary.days]
    hours = element("div", *(element("span", hour) for hour in HOURS), class_="hours")
    axis = element("div", element("span"), hours, element("span"), class_="row", aria_hidden="true")
    key = _key(
        [
            ("k-up", words.text("connected")),
            ("k-lost", words.text("session lost")),
            ("k-unseen", words.text("not observed")),
        ]
    )
    return section(
        "timeline",
        words.text("The seven days"),
        element("div", *rows, axis, class_="plot days"),
        key,
        _days_table(summary, words),
    )


def _day_row(day: Day, summary: WeekSummary, words: Words, budget: int) -> Markup:
    lost = [s for s in day.stretches if s.kind is StretchKind.LOST]
    titles = {
        stretch.since_ms: words.text("{when}: lost for {long}").format(
            when=moment(stretch.since_ms, summary.week, words),
            long=duration(stretch.until_ms - stretch.since_ms, words),
        )
        for stretch in lost[:budget]
    }
    name = day_name(summary.week.local(day.since_ms), words)
    label = words.text("{day}: {amount}").format(day=name, amount=_day_amount(day, words))
    return element(
        "div",
        element("span", name, class_="day"),
        day_strip(day, label, titles),
        element("span", _short(day, words), class_="amount"),
        class_="row",
    )


def _short(day: Day, words: Words) -> str:
    if not day.observed_ms:
        return "–"
    if not day.count and not day.lost_ms:
        return "0"
    return f"{day.count} · {rounded(day.lost_ms, words)}"


def _day_amount(day: Day, words: Words) -> str:
    text = words.plural(
        "{count} disconnect, {lost} lost, {hours:.1f} h observed",
        "{count} disconnects, {lost} lost, {hours:.1f} h observed",
        day.count,
    )
    return text.format(
        count=day.count, lost=duration(day.lost_ms, words), hours=day.observed_ms / HOUR_MS
    )


def _days_table(summary: WeekSummary, words: Words) -> Markup:
    rows = [
        (
            day_name(summary.week.local(day.since_ms), words),
            str(day.count),
            duration(day.lost_ms, words),
            f"{day.observed_ms / HOUR_MS:.1f}",
        )
        for day in summary.days
    ]
    columns = (
        words.text("Day"),
        words.text("Disconnects"),
        words.text("Lost"),
        words.text("Hours observed"),
    )
    return folded(words.text("As a table"), table(words.text("The seven days"), columns, rows))


def _key(items: Sequence[tuple[str, str]]) -> Markup:
    """Return what the shapes mean."""
    drawn = [
        element("li", element("span", class_=f"swatch {shape}", aria_hidden="true"), text)
        for shape, text in items
    ]
    return element("ul", *drawn, class_="key")


def heat(summary: WeekSummary, words: Words) -> Markup:
    """Return the hours by weekday, or a line where there is no pattern to show."""
    title = words.text("Which hours")
    if not summary.heat:
        text = words.text("Fewer than three disconnects: too few to show a pattern by the hour.")
        return section("hours-map", title, element("p", text))
    titles = {
        (cell.weekday, cell.hour): _cell_words(cell.weekday, cell.hour, words).format(
            count=cell.count, lost=duration(cell.lost_ms, words)
        )
        if cell.observed_ms or cell.lost_ms
        else f"{weekday(cell.weekday, words)} {cell.hour}:00 · " + words.text("not observed")
        for cell in summary.heat
    }
    label = words.text("Minutes lost by weekday and hour; the numbers are in the table below")
    names = element("div", *(element("span", weekday(n, words)) for n in range(7)), class_="names")
    hours = element("div", *(element("span", hour) for hour in HOURS), class_="hours")
    plot = element(
        "div",
        names,
        heat_map(summary.heat, label, titles),
        element("span"),
        hours,
        class_="plot heat-grid",
    )
    note = words.text("The fuller a cell, the more minutes were lost in that hour.")
    key = _key([("k-fill", note), ("k-unseen", words.text("not observed"))])
    return section("hours-map", title, plot, key, _heat_table(summary, words))


def _cell_words(day: int, hour: int, words: Words) -> str:
    place = f"{weekday(day, words)} {hour}:00 · "
    return place + words.text("{count} begun, {lost} lost")


def _heat_table(summary: WeekSummary, words: Words) -> Markup:
    rows = [
        (
            f"{weekday(cell.weekday, words)} {cell.hour}:00",
            str(cell.count),
            duration(cell.lost_ms, words),
        )
        for cell in summary.heat
        if cell.count or cell.lost_ms
    ]
    columns = (words.text("Hour"), words.text("Disconnects"), words.text("Lost"))
    caption = words.text("Hours with a disconnect")
    return folded(words.text("As a table"), table(caption, columns, rows))


def latency(summary: WeekSummary, words: Words) -> Markup:
    """Return round trips and loss of each leg, with the disconnects marked."""
    # The wallet's own leg first, then the way to it, nearest first.
    measured = [series for series in summary.legs if series.columns]
    legs = sorted(measured, key=lambda series: series.leg is not Leg.WALLET)
    title = words.text("Round trips and loss")
    if not legs:
        return section("latency", title, element("p", words.text("Nothing was measured.")))
    marks = [
        Mark(
            incident.disconnect.started_at_ms,
            incident.lost_ms,
            moment(incident.disconnect.started_at_ms, summary.week, words),
        )
        for incident in summary.incidents
    ]
    drawn = [(series.leg, _leg(series, summary, words, marks)) for series in legs]
    key = _key(
        [
            ("k-median", words.text("middle round trip")),
            ("k-band", words.text("95 of 100 were below the band's top")),
            ("k-loss", words.text("lost (bars at the foot)")),
            ("k-mark", words.text("disconnect")),
        ]
    )
    undrawn = drawn[0][1].undrawn_count
    left_out = Markup()
    if undrawn:
        text = words.text("Only the longest disconnects are marked; {count} are not.")
        left_out = element("p", text.format(count=undrawn), class_="small")
    figures = [
        _figure(index, leg, picture, summary, words) for index, (leg, picture) in enumerate(drawn)
    ]
    tables = folded(
        words.text("As a table, by the hour"), hour_table(legs, summary, words, leg_name)
    )
    others = Markup()
    if figures[OPEN_LEGS:]:
        others = folded(words.text("The other legs"), *figures[OPEN_LEGS:])
    return section("latency", title, *figures[:OPEN_LEGS], key, left_out, others, tables)


def _leg(series: LegSeries, summary: WeekSummary, words: Words, marks: list[Mark]) -> Latency:
    measured = sum(column.measured_count for column in series.columns)
    lost = sum(column.lost_count for column in series.columns)
    label = words.text("{leg}: {lost} of {measured} lost").format(
        leg=leg_name(series.leg, words), lost=lost, measured=measured
    )
    return leg_picture(series, summary.week, marks, label)


def _figure(index: int, leg: Leg, picture: Latency, summary: WeekSummary, words: Words) -> Markup:
    """Return a leg's picture with its scales."""
    ticks = [element("span", _round_trip(value)) for value in picture.scale.ticks]
    days = [element("span", weekday(n, words)) for n in range(7)]
    plot = element(
        "div",
        element("div", *ticks, class_="ticks", aria_hidden="true"),
        picture.svg,
        element("span"),
        element(
            "div",
            element("div", *days, class_="week-axis", aria_hidden="true"),
            element("div", *(element("span", hour) for hour in HOURS), class_="hours", hidden=""),
        ),
        class_="plot leg-grid",
        data_all=words.text("Whole week"),
        data_leg=index + 1,
        data_zoom=",".join(str(day.since_ms) for day in summary.days) or None,
        data_span=f"{summary.week.since_ms},{summary.week.until_ms}",
    )
    return element("figure", element("figcaption", leg_name(leg, words)), plot)


def _round_trip(value_ms: float) -> str:
    return f"{value_ms / 1000:g} s" if value_ms >= 1000 else f"{value_ms:g} ms"
