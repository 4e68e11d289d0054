"""The nouns of the report: a week, what happened in it, and the words that a format needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Protocol

from monitor.model import (
    CareCode,
    CauseCode,
    Diagnosis,
    Disconnect,
    EpochMs,
    Evidence,
    Factor,
    Finding,
    FixCheck,
    FixCode,
    Gap,
    Leg,
    Outcome,
    StateChange,
)


class Words(Protocol):
    """The user's language: brought by the caller, because rooms never import rooms."""

    def text(self, msgid: str) -> str:
        """Return the text in the user's language."""
        ...

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form of the text that fits `count`."""
        ...

    def cause_title(self, code: CauseCode) -> str:
        """Return a cause's short name."""
        ...

    def fix_title(self, code: FixCode) -> str:
        """Return a fix's short name."""
        ...

    def fix_text(self, code: FixCode) -> str:
        """Return what to do, in a sentence or two."""
        ...

    def cause_text(self, code: CauseCode) -> str:
        """Return what a cause is, in a few sentences."""
        ...

    def family_title(self, code: CauseCode) -> str:
        """Return the short name of a cause's family; empty for what has none."""
        ...

    def finding_summary(self, finding: Finding) -> str:
        """Return a finding in one sentence, with its numbers."""
        ...

    def evidence_text(self, evidence: Evidence) -> str:
        """Return an observation in one sentence."""
        ...

    def factor_title(self, factor: Factor) -> str:
        """Return what a factor is, in a few words."""
        ...

    def factor_text(self, factor: Factor) -> str:
        """Return what a factor's numbers say, in a plain sentence."""
        ...

    def care_title(self, code: CareCode) -> str:
        """Return a reminder's short name."""
        ...

    def care_text(self, code: CareCode) -> str:
        """Return a reminder in a sentence or two."""
        ...

    def state_text(self, change: StateChange) -> str:
        """Return a device state and the value that it took."""
        ...


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO 8601 week, Monday to Monday, in one zone: 168 hours, or 167 or 169."""

    name: str
    """`2026-W47`."""
    since_ms: EpochMs
    until_ms: EpochMs
    """The first instant after it."""
    zone: tzinfo | None = None
    """None: the machine's own zone, with its rules."""

    def local(self, at_ms: EpochMs) -> datetime:
        """Return the instant as a datetime of the week's zone."""
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class Column:
    """What one leg went through in one step of time: a column of a chart."""

    at_ms: EpochMs
    measured_count: int
    lost_count: int
    p50_ms: float | None = None
    """Median round trip; None where nothing was timed."""
    p95_ms: float | None = None
    max_ms: float | None = None

    @property
    def loss_ratio(self) -> float | None:
        """Lost of measured; None where nothing was measured."""
        return self.lost_count / self.measured_count if self.measured_count else None


@dataclass(frozen=True, slots=True)
class LegSeries:
    """One leg over the week, in steps of one length; steps without a measurement are left out."""

    leg: Leg
    step_ms: int
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    """One sample in a close-up."""

    at_ms: EpochMs
    leg: Leg
    outcome: Outcome
    rtt_ms: float | None = None


@dataclass(frozen=True, slots=True)
class CloseUp:
    """The minutes around one incident, sample by sample."""

    since_ms: EpochMs
    until_ms: EpochMs
    dots: tuple[Dot, ...] = ()
    """In time order; empty where the raw samples are pruned already."""
    states: tuple[StateChange, ...] = ()
    """What turned in between."""
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnCost:
    """What walletwatch itself took in the week; None: not known."""

    cpu_ratio: float | None = None
    """Of one core."""
    rss_mib: float | None = None
    written_mib: float | None = None
    database_mib: float | None = None


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """Everything that a summary is made from; sequences may reach beyond the week."""

    week: Week
    previous: Week
    now_ms: EpochMs
    disconnects: tuple[Disconnect, ...] = ()
    """Those that overlap the week or the one before, by start."""
    diagnoses: Mapping[int, Diagnosis] = field(default_factory=dict)
    """Disconnect id -> its diagnosis."""
    gaps: tuple[Gap, ...] = ()
    observed: tuple[EpochMs, EpochMs] | None = None
    """First and last instant that the store knows of; None: nothing was ever observed."""
    controls: frozenset[str] = frozenset()
    """Names of the wallets that are watched as controls."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Wallet -> the name shown, for every wallet that is switched on, or had a disconnect."""
    legs: tuple[LegSeries, ...] = ()
    """Each leg over the week, nearest first."""
    close_ups: Mapping[int, CloseUp] = field(default_factory=dict)
    """Disconnect id -> the minutes around it, for the incidents that are shown in detail."""
    factors: tuple[Factor, ...] = ()
    fix_checks: tuple[FixCheck, ...] = ()
    care: CareCode | None = None
    """The week's reminder of daily care."""
    cost: OwnCost | None = None
    is_demo: bool = False
    """True: all of it is synthetic, and every page must say so."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How often and how long."""

    count: int
    lost_ms: int
    """Inside the week, gaps apart; two disconnects of one wallet at a time count once."""
    longest_ms: int | None
    """The longest single one inside the week; None where there was none."""


@dataclass(frozen=True, slots=True)
class CauseTotals:
    """What one cause did in the week."""

    cause: CauseCode
    count: int
    lost_ms: int
    share_ratio: float
    """Of the week's count; 0.0 for a cause that only reaches in from the week before."""


@dataclass(frozen=True, slots=True)
class WalletTotals:
    """What one wallet, or control, went through in the week."""

    wallet: str
    title: str
    is_control: bool
    totals: Totals


@dataclass(frozen=True, slots=True)
class Incident:
    """One disconnect that began in the week, and why."""

    disconnect: Disconnect
    cause: CauseCode
    """What the user confirmed, else the best finding if not ruled out, else `unexplained`."""
    confidence_ratio: float | None
    """None where the user said it, or nothing was found out yet."""
    lost_ms: int
    diagnosis: Diagnosis | None = None
    close_up: CloseUp | None = None

    @property
    def best_evidence(self) -> Evidence | None:
        """What speaks most for the cause that is told; None where nothing was noted."""
        for finding in self.diagnosis.findings if self.diagnosis else ():
            if finding.cause is self.cause:
                return next((seen for seen in finding.evidence if seen.supports), None)
        return None

    @property
    def runner_up(self) -> Finding | None:
        """The best explanation besides the one that is told; None where there is none."""
        findings = self.diagnosis.findings if self.diagnosis else ()
        spent = (self.cause, self.ruled_out)
        return next((finding for finding in findings if finding.cause not in spent), None)

    @property
    def ruled_out(self) -> CauseCode | None:
        """The best finding where the user says that it was not this; else None."""
        if self.disconnect.confirmed is not None or self.diagnosis is None:
            return None
        best = self.diagnosis.best.cause
        is_ruled_out = best is self.disconnect.denied and best is not CauseCode.UNEXPLAINED
        return best if is_ruled_out else None


class StretchKind(StrEnum):
    """What a stretch of a day was."""

    UP = "up"
    LOST = "lost"
    UNOBSERVED = "unobserved"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a day in which one thing held, over all wallets; controls apart."""

    since_ms: EpochMs
    until_ms: EpochMs
    kind: StretchKind


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of the week: 24 hours, or 23 or 25."""

    since_ms: EpochMs
    until_ms: EpochMs
    count: int
    """Disconnects that began in it."""
    lost_ms: int
    observed_ms: int
    stretches: tuple[Stretch, ...]
    """Without a hole, from midnight to midnight."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One hour of one weekday."""

    weekday: int
    """0 is Monday."""
    hour: int
    """0-23, local."""
    count: int
    lost_ms: int
    observed_ms: int


@dataclass(frozen=True, slots=True)
class Action:
    """The one change that would help most: a fix of the most frequent cause."""

    fix: FixCode
    cause: CauseCode
    cause_count: int
    count: int
    """Of all disconnects in the week."""
    instead_of: FixCode | None = None
    """The rung before it, which was carried out and did not help; None: this is the first."""
    raised_by: Factor | None = None
    """The circumstance that speaks for this cause: a pattern of the week; None: there is none."""


@dataclass(frozen=True, slots=True)
class WeekSummary:
    """A week in numbers; what every format renders."""

    week: Week
    observed_ms: int
    totals: Totals
    previous: Totals | None
    """None where nothing of the week before was observed."""
    causes: tuple[CauseTotals, ...]
    """Most frequent first."""
    action: Action | None
    wallets: tuple[WalletTotals, ...]
    incidents: tuple[Incident, ...]
    """Of wallets, not of controls; in time order."""
    days: tuple[Day, ...] = ()
    """Seven."""
    heat: tuple[HeatCell, ...] = ()
    """168 cells, Monday's first; empty where fewer than three disconnects would make a pattern."""
    previous_observed_ms: int = 0
    legs: tuple[LegSeries, ...] = ()
    factors: tuple[Factor, ...] = ()
    fix_checks: tuple[FixCheck, ...] = ()
    care: CareCode | None = None
    cost: OwnCost | None = None
    is_demo: bool = False
