"""A scenario file: a family of stories with their truth; read and checked, not yet drawn. Pure."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from monitor.model import CauseCode, GapWhy, How
from tests.evaluate.amount import Form, ScenarioError

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Truth:
    """One disconnect that really happened."""

    cause: CauseCode
    start: Form
    end: Form | None
    """None: it lasts."""
    also: frozenset[CauseCode] = frozenset()
    wallet: str = "icbc"
    is_judged: bool = True
    """False: it is there, but what is told of it does not count (the first ones of a series)."""
    count: int = 1
    every: Form = 0
    spread: Form = 0
    """Each turn but the first lies this much off at most: the same as its session's."""
    first_turn: int = 0
    """Which turn of that session it begins with."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file. Times are seconds after the beginning of the story."""

    name: str
    title: str
    truths: tuple[Truth, ...]
    """Empty: no disconnect happened."""
    unlike: frozenset[CauseCode]
    """Causes that it looks like and is not."""
    is_plain: bool
    """So plain that a wrong answer breaks the tests."""
    live: str
    """"no": replayed; "also": replayed and evaluated step by step; "only": step by step."""
    minutes: float | None
    """How long it is; None: until all is over, and half an hour where nothing happens."""
    draws: Mapping[str, Any]
    network: Mapping[str, Any]
    controls: tuple[str, ...]
    states: tuple[Mapping[str, Any], ...] = ()
    troubles: tuple[Mapping[str, Any], ...] = ()
    sessions: tuple[Mapping[str, Any], ...] = ()
    gaps: tuple[Mapping[str, Any], ...] = ()
    reports: tuple[Mapping[str, Any], ...] = ()
    history: Mapping[str, Any] = field(default_factory=dict)
    include: str = ""
    """The text of a recorded trace whose lines are added; its `at` are seconds."""

    @property
    def shows(self) -> frozenset[CauseCode]:
        """The causes that it shows."""
        return frozenset(truth.cause for truth in self.truths if truth.is_judged)


_KEYS = """
file: title nothing unlike must live minutes draw network controls state trouble session gap
file: report history include truth
network: kind loss spikes rtt_ms ipv6 roles step_s filtered steady samples portal
state: set at until then
trouble: on kind from until loss factor extra_ms outcome
session: lost back how then wallet source noticed count every spread lived_s detail
gap: from until why
report: at until wallet
truth: cause also start end wallet judged count every spread first_turn
history: days state drop word
history.state: key value otherwise share spell_minutes from_hour to_hour
history.drop: count how away_s while set dead then
"""
"""What may stand in each table."""


def parse(name: str, text: str, include: Mapping[str, str] = NOTHING) -> Scenario:
    """Return the scenario of a file's text.

    Args:
        name: the file's name without its suffix.
        text: what it holds.
        include: file name -> text of the recorded traces that it may include.

    Raises:
        ScenarioError: something in it is wrong.
    """
    try:
        return _parsed(name, tomllib.loads(text), include)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{name}: {error}") from None
    except ScenarioError as error:
        raise ScenarioError(f"{name}: {error}") from None


def _parsed(name: str, raw: dict[str, Any], include: Mapping[str, str]) -> Scenario:
    _known(raw, "file")
    title = raw.get("title")
    if not isinstance(title, str) or not title:
        raise ScenarioError("it needs a title: one line that tells the story")
    word = raw.get("history", {}).get("word", "no")
    if word != "no":
        _one_of(CauseCode, word, "history.word")
    truths = tuple(_truth(table) for table in _tables(raw, "truth"))
    if bool(truths) == bool(raw.get("nothing", False)):
        raise ScenarioError("write [[truth]] for each disconnect, or nothing = true for none")
    live = raw.get("live", "no")
    if live not in ("no", "also", "only"):
        raise ScenarioError("live: write no, also or only")
    network = raw.get("network", {})
    _known(network, "network")
    sessions = _tables(raw, "session")
    for table in sessions:
        for key in ("how", "then"):
            if key in table and not str(table[key]).startswith("="):
                _one_of(How, table[key], f"session.{key}")
    gaps = _tables(raw, "gap")
    for table in gaps:
        _one_of(GapWhy, table.get("why"), "gap.why")
    included = raw.get("include", "")
    if included and included not in include:
        raise ScenarioError(f"include: there is no recorded trace '{included}'")
    return Scenario(
        name=name,
        title=title,
        truths=truths,
        unlike=_causes(raw.get("unlike", []), "unlike"),
        is_plain=bool(raw.get("must", False)),
        live=live,
        minutes=raw.get("minutes"),
        draws=raw.get("draw", {}),
        network=network,
        controls=tuple(raw.get("controls", [])),
        states=_tables(raw, "state"),
        troubles=_tables(raw, "trouble"),
        sessions=sessions,
        gaps=gaps,
        reports=_tables(raw, "report"),
        history=_history(raw.get("history", {})),
        include=include[included] if included else "",
    )


def _history(history: Mapping[str, Any]) -> Mapping[str, Any]:
    _known(history, "history")
    for part in ("state", "drop"):
        for table in history.get(part, []):
            _known(table, f"history.{part}")
    return history


def _truth(table: Mapping[str, Any]) -> Truth:
    for key in ("cause", "start"):
        if key not in table:
            raise ScenarioError(f"truth: '{key}' is missing")
    return Truth(
        cause=CauseCode(_one_of(CauseCode, table["cause"], "truth.cause")),
        start=table["start"],
        end=table.get("end"),
        also=_causes(table.get("also", []), "truth.also"),
        wallet=table.get("wallet", "icbc"),
        is_judged=table.get("judged", True),
        count=table.get("count", 1),
        every=table.get("every", 0),
        spread=table.get("spread", 0),
        first_turn=table.get("first_turn", 0),
    )


def _tables(raw: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
    tables = raw.get(key, [])
    if not isinstance(tables, list):
        raise ScenarioError(f"write [[{key}]], with two brackets")
    for table in tables:
        _known(table, key)
    return tuple(tables)


def _known(table: Mapping[str, Any], place: str) -> None:
    lines = [line.partition(": ") for line in _KEYS.splitlines()]
    allowed = {key for name, _, keys in lines if name == place for key in keys.split()}
    strange = sorted(set(table) - allowed)
    if strange:
        listed = ", ".join(sorted(allowed))
        raise ScenarioError(f"{place}: '{strange[0]}' is not known; allowed: {listed}")


def _causes(codes: Iterable[object], place: str) -> frozenset[CauseCode]:
    return frozenset(CauseCode(_one_of(CauseCode, code, place)) for code in codes)


def _one_of(kind: Any, value: object, place: str) -> str:
    values = [str(member) for member in kind]
    if value not in values:
        raise ScenarioError(f"{place}: '{value}' is none of {', '.join(values)}")
    return str(value)
