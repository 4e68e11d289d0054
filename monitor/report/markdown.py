"""The weekly report as Markdown (CommonMark with GitHub's tables)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from monitor.report import sentences, signs
from monitor.report.amounts import duration
from monitor.report.harmless import one_line
from monitor.report.interface import Incident, WeekSummary, Words
from monitor.report.outline import Drawing, sections

_MEANT = re.compile(r"([\\`*_\[\]{}|~#!$])")
"""What Markdown could take for markup; a stranger chooses the name of a Wi-Fi."""
_BEGINS = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=]))(.)")
"""What begins a list or underlines a title."""
_LINK = re.compile(r"(://|\bwww\.|@)", re.IGNORECASE)
"""What GitHub makes a link of by itself."""


def render(summary: WeekSummary, words: Words) -> str:
    """Return the report; a week without a disconnect takes two lines."""
    lines = ["# " + escaped(sentences.heading(summary, words)), ""]
    if summary.is_demo:
        lines += [f"**{escaped(sentences.demo(words))}**", ""]
    lines.append(escaped(sentences.headline(summary, words)))
    if not sentences.is_quiet(summary):
        for title, body in sections(summary, words, _DRAWING):
            lines += ["", "## " + escaped(title), "", *body]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a text on one line that Markdown shows as it is."""
    safe = _MEANT.sub(r"\\\1", one_line(text).replace("&", "&amp;"))
    safe = _BEGINS.sub(r"\1\\\2", safe)
    safe = safe.replace("<", "&lt;").replace(">", "&gt;")
    return _LINK.sub(lambda found: _broken(found[0]), safe)


def _broken(link: str) -> str:
    """Return the beginning of a link so that it is none."""
    return {"@": "&#64;", "://": ":&#47;&#47;"}.get(link, f"{link[:-1]}&#46;")


def _items(texts: Iterable[str]) -> list[str]:
    return [f"- {escaped(text)}" for text in texts if text]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *([escaped(cell) for cell in row] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _action(summary: WeekSummary, words: Words) -> list[str]:
    """Return the one change, how to make it, and why it is this one."""
    if summary.action is None:
        return []
    fix = summary.action.fix
    why = _items(sentences.reasons(summary.action, words))
    return [f"**{escaped(words.fix_title(fix))}**", "", *why, "", escaped(words.fix_text(fix))]


def _timeline(summary: WeekSummary, words: Words) -> list[str]:
    head = [
        words.text("day"),
        words.text("00 to 24 o'clock"),
        words.text("disconnects"),
        words.text("time lost"),
    ]
    lines = [head, ["---"] * len(head)]
    for name, day in zip(sentences.WEEKDAYS, summary.days, strict=False):
        lost = duration(day.lost_ms, words) if day.lost_ms else "0"
        lines.append([words.text(name), f"`{signs.timeline(day)}`", str(day.count), escaped(lost)])
    return [
        *("| " + " | ".join(line) + " |" for line in lines),
        "",
        escaped(sentences.timeline_legend(words)),
    ]


def _heat(summary: WeekSummary, words: Words) -> list[str]:
    """Return the heat map as it stands in a terminal: signs keep their columns in a code block."""
    if not summary.heat:
        return []
    rows = [f"{index + 1}  {row}" for index, row in enumerate(signs.heat(summary))]
    legend = words.text("; ").join(
        (words.text("1 is Monday, 7 is Sunday"), sentences.heat_legend(words))
    )
    return [
        "```text",
        "   " + signs.HEAT_MARKS,
        *rows,
        "```",
        "",
        escaped(legend),
    ]


def _legs(summary: WeekSummary, words: Words) -> list[str]:
    if not summary.legs:
        return []
    return _table(
        sentences.leg_head(words), (sentences.leg(series, words) for series in summary.legs)
    )


def _incidents(summary: WeekSummary, words: Words) -> Iterator[str]:
    for incident in sentences.notable(summary.incidents):
        yield from _incident(incident, summary, words)
    rest = sentences.the_rest(summary, words)
    if rest:
        yield from ("", escaped(rest))


def _incident(incident: Incident, summary: WeekSummary, words: Words) -> Iterator[str]:
    yield f"- {escaped(sentences.incident(incident, summary, words))}"
    for said in (sentences.evidence(incident, words), sentences.runner_up(incident, words)):
        if said:
            yield f"  - {escaped(said)}"


def _wallets(summary: WeekSummary, words: Words) -> list[str]:
    head = (words.text("wallet"), words.text("disconnects"))
    return _table(
        head,
        (
            (sentences.wallet_name(wallet, words), sentences.how_much(wallet.totals, words))
            for wallet in summary.wallets
        ),
    )


def _care(summary: WeekSummary, words: Words) -> list[str]:
    if summary.care is None:
        return []
    title, text = words.care_title(summary.care), words.care_text(summary.care)
    return [f"**{escaped(title)}**", "", escaped(text)]


def _method(summary: WeekSummary, words: Words) -> list[str]:
    cost = sentences.own_cost(summary.cost, words)
    return _items([*(words.text(text) for text in sentences.METHOD), cost])


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
