"""The weekly report as plain text of 80 columns, for a terminal or a mail."""

from collections.abc import Iterable, Iterator

from monitor.report import sentences, signs
from monitor.report.amounts import duration
from monitor.report.harmless import one_line
from monitor.report.interface import Incident, WeekSummary, Words
from monitor.report.outline import Drawing, sections
from monitor.wrap import PAGE_COLUMNS, padded, width, wrapped


def render(summary: WeekSummary, words: Words) -> str:
    """Return the report; a week without a disconnect takes two lines."""
    lines = [one_line(sentences.demo(words))] if summary.is_demo else []
    lines.append(sentences.heading(summary, words))
    lines += wrapped(one_line(sentences.headline(summary, words)), PAGE_COLUMNS)
    if not sentences.is_quiet(summary):
        for title, body in sections(summary, words, _DRAWING):
            lines += ["", title, *body]
    return "\n".join(lines) + "\n"


def _items(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from wrapped(one_line(text), PAGE_COLUMNS, "  - ")


def _indented(texts: Iterable[str], columns: int = 2) -> Iterator[str]:
    for text in texts:
        yield from wrapped(one_line(text), PAGE_COLUMNS, " " * columns)


def _action(summary: WeekSummary, words: Words) -> Iterator[str]:
    """Yield the one change, how to make it, and why it is this one."""
    if summary.action is not None:
        fix = summary.action.fix
        yield from _indented([words.fix_title(fix)])
        yield from _indented([*sentences.reasons(summary.action, words), words.fix_text(fix)], 4)


def _timeline(summary: WeekSummary, words: Words) -> Iterator[str]:
    names = _weekdays(words)
    room = max(width(name) for name in names)
    yield "  " + " " * room + "  " + signs.HOUR_MARKS
    for name, day in zip(names, summary.days, strict=False):
        row = f"  {padded(name, room)}  {signs.timeline(day)}"
        if day.count or day.lost_ms:
            row += f" {day.count:3d}  {duration(day.lost_ms, words)}"
        yield row
    yield from _indented([sentences.timeline_legend(words)])


def _heat(summary: WeekSummary, words: Words) -> Iterator[str]:
    if summary.heat:
        names = _weekdays(words)
        room = max(width(name) for name in names)
        yield "  " + " " * room + "  " + signs.HEAT_MARKS
        for name, row in zip(names, signs.heat(summary), strict=False):
            yield f"  {padded(name, room)}  {row}"
        yield from _indented([sentences.heat_legend(words)])


def _weekdays(words: Words) -> list[str]:
    return [words.text(name) for name in sentences.WEEKDAYS]


def _legs(summary: WeekSummary, words: Words) -> list[str]:
    if not summary.legs:
        return []
    return _table(
        [sentences.leg_head(words), *(sentences.leg(series, words) for series in summary.legs)]
    )


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows in columns as wide as their widest cell."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    room = [max(width(row[i]) for row in cells) for i in range(len(cells[0]))]
    shown = ("  ".join(padded(row[i], room[i]) for i in range(len(row))) for row in cells)
    return [f"  {row}".rstrip() for row in shown]


def _incidents(summary: WeekSummary, words: Words) -> Iterator[str]:
    for incident in sentences.notable(summary.incidents):
        yield from _incident(incident, summary, words)
    yield from _indented(filter(None, [sentences.the_rest(summary, words)]))


def _incident(incident: Incident, summary: WeekSummary, words: Words) -> Iterator[str]:
    yield from _indented([sentences.incident(incident, summary, words)])
    said = (sentences.evidence(incident, words), sentences.runner_up(incident, words))
    yield from _indented(filter(None, said), 4)


def _wallets(summary: WeekSummary, words: Words) -> Iterator[str]:
    for wallet in summary.wallets:
        told = words.text("{name}: {value}").format(
            name=sentences.wallet_name(wallet, words),
            value=sentences.how_much(wallet.totals, words),
        )
        yield from _indented([told])


def _care(summary: WeekSummary, words: Words) -> Iterator[str]:
    if summary.care is not None:
        yield from _indented([words.care_title(summary.care)])
        yield from _indented([words.care_text(summary.care)], 4)


def _method(summary: WeekSummary, words: Words) -> Iterator[str]:
    yield from _items(words.text(text) for text in sentences.METHOD)
    yield from _items(filter(None, [sentences.own_cost(summary.cost, words)]))


_DRAWING = Drawing(
    items=_items,
    action=_action,
    timeline=_timeline,
    heat=_heat,
    legs=_legs,
    incidents=_incidents,
    wallets=_wallets,
    care=_care,
    method=_method,
)
