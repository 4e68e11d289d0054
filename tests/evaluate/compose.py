"""A scenario and dice -> one story: its records, its truths. Pure but for its dice."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from monitor.model import (
    CauseCode,
    EpochMs,
    Gap,
    GapWhy,
    How,
    Outcome,
    Record,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
)
from monitor.store.trace import LineParser
from tests.evaluate import network as net
from tests.evaluate.amount import Drawn, ScenarioError, anything, draw, number
from tests.evaluate.past import past
from tests.evaluate.scenario import Scenario

EPOCH_MS: EpochMs = 1_790_000_000_000
"""About when stories happen; each is moved by up to a month."""

WALLET = "icbc"
AFTER_S = 150.0
CALM_S = 1800.0
NOTICED_S = {How.TIMEOUT: 4.0, How.UNREACHABLE: 0.5, How.DNS: 3.0, How.CLOSED: 2.0}
"""How long after a session's end the daemon tells of it; at once where it was told itself. An
orderly close is only told once the next connection was not taken."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A disconnect that really happened."""

    wallet: str
    cause: CauseCode
    start_ms: EpochMs
    end_ms: EpochMs | None
    also: frozenset[CauseCode]
    is_judged: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What the user typed in afterwards."""

    wallet: str
    at_ms: EpochMs
    until_ms: EpochMs


@dataclass(frozen=True, slots=True)
class Story:
    """One drawing of a scenario."""

    scenario: Scenario
    seed: int
    start_ms: EpochMs
    """When the story begins; before it lies only history."""
    records: tuple[Record, ...]
    """In time order."""
    known_ms: Mapping[int, EpochMs]
    """Place in `records` -> when the daemon learnt of it, where that is later than it happened."""
    happened: tuple[Happened, ...]
    reports: tuple[Report, ...]
    controls: frozenset[str]


def compose(scenario: Scenario, seed: int) -> Story:
    """Return the story that a scenario tells under a seed.

    Raises:
        ScenarioError: an amount in it cannot be worked out.
    """
    try:
        return _Composition(scenario, seed).story()
    except ScenarioError as error:
        raise ScenarioError(f"{scenario.name}: {error}") from None


class _Composition:
    """The parts of one story while it is put together."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._seed = seed
        self._rng = Random(f"{scenario.name}/{seed}")
        self._drawn: Drawn = draw(scenario.draws, self._rng)
        self._start_ms = EPOCH_MS + self._rng.randrange(30 * 24 * 3600) * 1000
        self._noticed: dict[int, EpochMs] = {}
        self._end_s = 0.0 if scenario.minutes is None else scenario.minutes * 60
        if scenario.minutes is None:
            self._end_s = self._over_s()

    def story(self) -> Story:
        """Put the parts together."""
        gaps = [self._gap(table) for table in self._scenario.gaps]
        states = self._states(gaps)
        sessions = self._sessions(gaps)
        records: list[Record] = [*gaps, *states, *sessions, *self._included()]
        records += self._samples(gaps, states, sessions)
        history = past(self._scenario.history, self._start_ms, self._network(), self._rng)
        records += history
        records.sort(key=lambda record: record.at_ms)
        known = {
            place: self._noticed[id(record)]
            for place, record in enumerate(records)
            if id(record) in self._noticed
        }
        return Story(
            scenario=self._scenario,
            seed=self._seed,
            start_ms=self._start_ms,
            records=tuple(records),
            known_ms=known,
            happened=tuple(self._happened()),
            reports=tuple(self._reports()),
            controls=frozenset(self._scenario.controls),
        )

    def _number(self, form: object, place: str) -> float:
        return number(form, self._drawn, place)

    def _at(self, second: float) -> EpochMs:
        return self._start_ms + round(second * 1000)

    def _over_s(self) -> float:
        """Return when all is over and its end has been watched for a while."""
        ends = [(h.start_ms + 240_000 if h.end_ms is None else h.end_ms) for h in self._happened()]
        return (max(ends) - self._start_ms) / 1000 + AFTER_S if ends else CALM_S

    def _shift(self, every: float, spread: float, turn: int) -> float:
        """Return how long after its first turn something comes again; the same for all who ask."""
        if not turn or not spread:
            return turn * every
        return turn * every + Random(f"{self._seed}/{spread}/{turn}").uniform(-spread, spread)

    def _gap(self, table: Mapping[str, Any]) -> Gap:
        since = self._at(self._number(table["from"], "gap.from"))
        until = self._at(self._number(table["until"], "gap.until"))
        return Gap(since, until, GapWhy(table["why"]))

    def _states(self, gaps: list[Gap]) -> list[StateChange]:
        """Return what was told of the device; everything again after each gap."""
        kind = self._scenario.network.get("kind", "wifi")
        changes = [
            StateChange(self._start_ms, "link.up", True),
            StateChange(self._start_ms, "link.kind", kind),
        ]
        if not self._scenario.network.get("samples", True):
            changes = []
        for table in self._scenario.states:
            at_ms = self._at(self._number(table.get("at", 0), "state.at"))
            for key, form in table["set"].items():
                value: Any = anything(form, self._drawn, f"state {key}")
                if isinstance(value, float):
                    value = round(value, 3)
                changes.append(StateChange(at_ms, key, value))
            if "until" in table:
                until_ms = self._at(self._number(table["until"], "state.until"))
                then = table.get("then", {})
                for key in table["set"]:
                    if key in then:
                        value = anything(then[key], self._drawn, f"state {key}")
                        changes.append(StateChange(until_ms, key, value))
        changes.sort(key=lambda change: change.at_ms)
        for gap in gaps:
            held = {c.key: c.value for c in changes if c.at_ms <= gap.until_ms}
            again = [StateChange(gap.until_ms + 1, key, value) for key, value in held.items()]
            changes = sorted([*changes, *again], key=lambda change: change.at_ms)
        return changes

    def _sessions(self, gaps: list[Gap]) -> list[SessionChange]:
        """Return the session changes: up from the beginning, and again after a gap."""
        told: list[SessionChange] = []
        for table in self._scenario.sessions:
            told += self._drops(table)
        who = {(c.wallet, c.source) for c in told}
        standing = {(WALLET, "session"), *((w, "session") for w in self._scenario.controls)}
        if any(source != "session" for wallet, source in who if wallet == WALLET):
            standing.discard((WALLET, "session"))
        if self._scenario.reports or not self._scenario.network.get("samples", True):
            standing &= who
        for wallet, source in standing | who:
            told.append(SessionChange(self._start_ms, wallet, SessionState.UP, source=source))
            for gap in gaps:
                if not any(c.at_ms > gap.until_ms and c.wallet == wallet for c in told):
                    risen_ms = gap.until_ms + self._rng.randrange(800, 4000)
                    told.append(SessionChange(risen_ms, wallet, SessionState.UP, source=source))
        return sorted(told, key=lambda change: change.at_ms)

    def _drops(self, table: Mapping[str, Any]) -> list[SessionChange]:
        lost = self._number(table["lost"], "session.lost")
        back = self._number(table["back"], "session.back") if "back" in table else None
        every = self._number(table.get("every", 0), "session.every")
        spread = self._number(table.get("spread", 0), "session.spread")
        told = []
        for turn in range(table.get("count", 1)):
            shift = self._shift(every, spread, turn)
            told += self._drop(table, lost + shift, None if back is None else back + shift)
        return told

    def _drop(
        self, table: Mapping[str, Any], lost: float, back: float | None
    ) -> list[SessionChange]:
        wallet, source = table.get("wallet", WALLET), table.get("source", "session")
        hows = [How(str(anything(table[k], self._drawn, k))) for k in ("how", "then") if k in table]
        late_s = self._number(table.get("noticed", NOTICED_S.get(hows[0], 0.0)), "session.noticed")
        lived_s = table.get("lived_s")
        told = []
        for how in hows:
            change = SessionChange(
                self._at(lost),
                wallet,
                SessionState.DOWN,
                how,
                source=source,
                lived_ms=None if lived_s is None else round(self._number(lived_s, "lived") * 1000),
                detail=table.get("detail", ""),
            )
            self._noticed[id(change)] = self._at(lost + late_s)
            told.append(change)
        if back is not None:
            told.append(SessionChange(self._at(back), wallet, SessionState.UP, source=source))
        return told

    def _network(self) -> net.Network:
        wallets = {WALLET: Role.WALLET, **dict.fromkeys(self._scenario.controls, Role.CONTROL)}
        forms = {
            key: self._number(form, f"network.{key}")
            if key in ("loss", "spikes", "step_s")
            else form
            for key, form in self._scenario.network.items()
        }
        built = net.build(forms, wallets, Random(f"network/{self._scenario.name}/{self._seed}"))
        for table in self._scenario.troubles:
            built.troubles.append(self._trouble(built, table))
        if "filtered" in forms:
            wishes = net.select(built, forms["filtered"])  # type: ignore[arg-type]
            built.troubles.append(net.Trouble(wishes, "dead", 0.0, self._end_s))
        return built

    def _trouble(self, built: net.Network, table: Mapping[str, Any]) -> net.Trouble:
        kind = table.get("kind", "dead")
        if kind not in ("dead", "lossy", "slow", "wrong"):
            raise ScenarioError(f"trouble.kind: '{kind}' is none of dead, lossy, slow, wrong")
        usual = Outcome.TIMEOUT
        if kind == "wrong" and "outcome" not in table:
            raise ScenarioError("trouble: 'wrong' needs an outcome")
        targets = net.select(built, anything(table["on"], self._drawn, "trouble.on"))  # type: ignore[arg-type]
        if not targets:
            raise ScenarioError(f"trouble.on: nothing is called '{table['on']}'")
        return net.Trouble(
            targets=targets,
            kind=kind,
            since_s=self._number(table.get("from", 0), "trouble.from"),
            until_s=self._number(table.get("until", self._end_s), "trouble.until"),
            loss_ratio=self._number(table.get("loss", 1.0), "trouble.loss"),
            factor=self._number(table.get("factor", 1.0), "trouble.factor"),
            extra_ms=self._number(table.get("extra_ms", 0.0), "trouble.extra_ms"),
            outcome=Outcome(table.get("outcome", usual)),
        )

    def _samples(
        self, gaps: list[Gap], states: list[StateChange], sessions: list[SessionChange]
    ) -> list[Sample]:
        forced = [
            (self._noticed.get(id(c), c.at_ms) - self._start_ms) / 1000
            for c in sessions
            if c.state is SessionState.DOWN
        ]
        forced += [
            (c.at_ms - self._start_ms) / 1000
            for c in states
            if c.key.startswith("link.") and c.at_ms > self._start_ms
        ]
        blind = [
            ((g.at_ms - self._start_ms) / 1000, (g.until_ms - self._start_ms) / 1000) for g in gaps
        ]
        return net.samples(
            self._network(),
            self._start_ms,
            (0.0, self._end_s),
            self._rng,
            forced=forced,
            blind=blind,
        )

    def _included(self) -> list[Record]:
        """Return the recorded lines; their `at` are seconds after the story's beginning."""
        parser = LineParser()
        found = []
        for line in self._scenario.include.splitlines():
            if line.strip():
                fields = json.loads(line)
                for key in ("at", "until", "last_good_at"):
                    if isinstance(fields.get(key), int | float):
                        fields[key] = self._at(fields[key])
                record = parser.record(json.dumps(fields).encode())
                if record is not None:
                    found.append(record)
        return found

    def _happened(self) -> list[Happened]:
        found = []
        for truth in self._scenario.truths:
            start = self._number(truth.start, "truth.start")
            end = None if truth.end is None else self._number(truth.end, "truth.end")
            every = self._number(truth.every, "truth.every")
            spread = self._number(truth.spread, "truth.spread")
            first = truth.first_turn
            for turn in range(first, first + truth.count):
                shift = self._shift(every, spread, turn) - first * every
                found.append(
                    Happened(
                        truth.wallet,
                        truth.cause,
                        self._at(start + shift),
                        None if end is None else self._at(end + shift),
                        truth.also,
                        truth.is_judged,
                    )
                )
        return found

    def _reports(self) -> list[Report]:
        found = []
        for table in self._scenario.reports:
            at = self._at(self._number(table["at"], "report.at"))
            until = self._number(table["until"], "report.until") if "until" in table else None
            wallet = table.get("wallet", WALLET)
            found.append(Report(wallet, at, at if until is None else self._at(until)))
        return found
