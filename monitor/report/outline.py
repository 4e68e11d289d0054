"""Which sections the plain formats have, and in which order: told once, drawn by each format."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from monitor.report import sentences
from monitor.report.interface import WeekSummary, Words
from monitor.report.sentences import N_

Section: TypeAlias = Callable[[WeekSummary, Words], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Drawing:
    """How one format draws the sections, each to its lines; none where there is nothing to say."""

    items: Callable[[Iterable[str]], Iterable[str]]
    """A list of sentences."""
    action: Section
    timeline: Section
    heat: Section
    legs: Section
    incidents: Section
    wallets: Section
    care: Section
    method: Section


def sections(
    summary: WeekSummary, words: Words, drawing: Drawing
) -> Iterator[tuple[str, list[str]]]:
    """Yield the title and the lines of each section that has something to say, as it is read."""
    for title, lines in _all_sections(summary, words, drawing):
        body = list(lines)
        if body:
            yield words.text(title), body


def _all_sections(
    summary: WeekSummary, words: Words, drawing: Drawing
) -> Iterator[tuple[str, Iterable[str]]]:
    causes = [sentences.cause(totals, summary, words) for totals in summary.causes]
    yield N_("Most often"), drawing.items(causes[:1])
    yield N_("What would help most"), drawing.action(summary, words)
    yield N_("Day by day"), drawing.timeline(summary, words)
    yield N_("When they began"), drawing.heat(summary, words)
    yield N_("Latency and loss"), drawing.legs(summary, words)
    yield N_("Other causes"), drawing.items(causes[1:])
    yield N_("Disconnects"), drawing.incidents(summary, words)
    yield N_("What goes with it"), drawing.items(sentences.factors(summary.factors, words))
    yield N_("Wallets and controls"), drawing.wallets(summary, words)
    checks = (sentences.fix_check(check, summary, words) for check in summary.fix_checks)
    yield N_("Did it help?"), drawing.items(checks)
    yield N_("Daily care"), drawing.care(summary, words)
    yield N_("How this was made"), drawing.method(summary, words)
