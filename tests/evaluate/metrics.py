"""How well answers fit the truth: counts, ratios, calibration, errors in time. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.model import CauseCode
from tests.evaluate.judged import Judged

PRECISION_GOAL = 0.98
RECALL_GOAL = 0.95
BRIER_GOAL = 0.05

DIRECT = frozenset(
    {
        CauseCode.LINK_DOWN,
        CauseCode.ROAMING,
        CauseCode.GATEWAY,
        CauseCode.ISP,
        CauseCode.DNS,
        CauseCode.CAPTIVE_PORTAL,
        CauseCode.CONGESTION,
        CauseCode.INTERCEPTED,
        CauseCode.BANK_UNREACHABLE,
        CauseCode.BANK_CLOSED,
        CauseCode.APP_FAULT,
        CauseCode.NETWORK_RESTRICTION,
        CauseCode.BACKGROUND,
        CauseCode.SLEEP,
    }
)
"""Codes whose cause itself is observed: a leg that is silent, an answer that is wrong, an end that
the far end or the system told. The others rest on what held meanwhile (a weak signal, a battery
saver, little memory, an old version) or, the account, on excluding all else."""

BIN_EDGES = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Bins of the reliability table: finer where most answers lie."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one cause fares."""

    cause: CauseCode
    true_count: int
    """Disconnects that it caused."""
    found_count: int
    """Of these, told rightly."""
    told_count: int
    """Disconnects that it was told of."""
    right_count: int
    """Of these, rightly."""
    exact_count: int
    """Disconnects that it caused and that were told by its own name, not by another true one."""

    @property
    def precision(self) -> float | None:
        """Right of told; None where it was never told."""
        return self.right_count / self.told_count if self.told_count else None

    @property
    def recall(self) -> float | None:
        """Found of true; None where it never happened."""
        return self.found_count / self.true_count if self.true_count else None


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about one confidence."""

    low: float
    high: float
    count: int
    mean_confidence: float
    right_share: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the middle, the 95th of a hundred and the worst lie."""

    count: int
    p50: float
    p95: float
    most: float


@dataclass(frozen=True, slots=True)
class Goal:
    """One promise, and whether it is kept."""

    text: str
    is_met: bool


def scores(rows: Iterable[Judged]) -> list[Score]:
    """Return a score for each cause that happened or was told, in the order of the codes."""
    listed = list(rows)
    true = Counter(row.truth for row in listed)
    found = Counter(row.truth for row in listed if row.is_right)
    told = Counter(row.told for row in listed)
    right = Counter(row.told for row in listed if row.is_right)
    exact = Counter(row.truth for row in listed if row.told is row.truth)
    return [
        Score(code, true[code], found[code], told[code], right[code], exact[code])
        for code in CauseCode
        if true[code] or told[code]
    ]


def confusion(rows: Iterable[Judged]) -> Counter[tuple[CauseCode | None, CauseCode | None]]:
    """Return how often each (truth, told) pair came; None is "no disconnect"."""
    return Counter((row.truth, row.told) for row in rows)


def brier(rows: Iterable[Judged]) -> float | None:
    """Return the mean squared difference of confidence and being right; None for no answers.

    Brier, "Verification of forecasts expressed in terms of probability", 1950, for two classes.
    """
    errors = [
        (row.confidence_ratio - row.is_right) ** 2
        for row in rows
        if row.confidence_ratio is not None
    ]
    return sum(errors) / len(errors) if errors else None


def reliability(rows: Iterable[Judged]) -> list[Bin]:
    """Return, for each bin of confidence that has answers, how many of them were right."""
    sorted_rows: list[list[tuple[float, bool]]] = [[] for _ in BIN_EDGES[1:]]
    for row in rows:
        if row.confidence_ratio is not None:
            place = sum(row.confidence_ratio >= edge for edge in BIN_EDGES[1:-1])
            sorted_rows[place].append((row.confidence_ratio, row.is_right))
    return [
        Bin(
            BIN_EDGES[place],
            BIN_EDGES[place + 1],
            len(answers),
            sum(confidence for confidence, _ in answers) / len(answers),
            sum(is_right for _, is_right in answers) / len(answers),
        )
        for place, answers in enumerate(sorted_rows)
        if answers
    ]


def spread(values: Iterable[float | None]) -> Spread | None:
    """Return the spread of the sizes of the values that are known; None where none is.

    The p-th of n is the smallest value that at least p of a hundred do not exceed (nearest rank).
    """
    sizes = sorted(abs(value) for value in values if value is not None)
    if not sizes:
        return None
    return Spread(len(sizes), _rank(sizes, 0.50), _rank(sizes, 0.95), sizes[-1])


def _rank(sizes: Sequence[float], ratio: float) -> float:
    return sizes[max(0, math.ceil(ratio * len(sizes)) - 1)]


def wrong(rows: Iterable[Judged]) -> list[Judged]:
    """Return every answer that is not right, false alarms and misses included."""
    return [row for row in rows if not row.is_right]


def goals(rows: Sequence[Judged], healthy: Sequence[Judged]) -> list[Goal]:
    """Return each promise with whether it is kept.

    Args:
        rows: scenarios and lab runs.
        healthy: the healthy days.
    """
    found = []
    for score in scores(rows):
        if score.cause not in DIRECT:
            continue
        precision, recall = score.precision, score.recall
        if precision is not None:
            text = f"{score.cause}: precision {precision:.3f} >= {PRECISION_GOAL}"
            found.append(Goal(text, precision >= PRECISION_GOAL))
        if recall is not None:
            text = f"{score.cause}: recall {recall:.3f} >= {RECALL_GOAL}"
            found.append(Goal(text, recall >= RECALL_GOAL))
    value = brier(rows)
    if value is not None:
        found.append(Goal(f"Brier score {value:.4f} <= {BRIER_GOAL}", value <= BRIER_GOAL))
    alarms = sum(row.truth is None and row.told is not None for row in rows)
    found.append(Goal(f"false alarms in scenarios and lab: {alarms}", alarms == 0))
    if healthy:
        alarms = sum(row.told is not None for row in healthy)
        found.append(Goal(f"false alarms in {len(healthy)} healthy days: {alarms}", alarms == 0))
    return found
