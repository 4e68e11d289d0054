"""What a circumstance is worth: coincidence or cause, by how often it held without trouble.

Two stories are compared (a Bayes factor: Kass and Raftery 1995, "Bayes Factors"). In the first the
condition has nothing to do with disconnects: each of n falls into it with the chance p0, its share
of the observed time. In the second it draws disconnects: each falls into it with a chance p that is
only known to be greater, so it is averaged over [p0, 1]:

    BF = 1/(1 - p0) * integral over [p0, 1] of  p^k (1-p)^(n-k) dp  /  p0^k (1-p0)^(n-k)

with k of the n inside, this disconnect among them. Odds before times BF gives the odds that the
condition matters. That it was the cause of this one is less: some would have come anyway. Their
share is the inverse of the ratio of the rates inside and outside (the probability of causation,
Greenland and Robins 1988), averaged over the same p:

    PC = 1 - (1-p)/p * p0/(1-p0)

A condition that always holds (p0 near 1) gets BF near 1 and PC near 0: it explains nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, Ground
from monitor.diagnose.observed import Held, is_fresh, suspicion
from monitor.model import Case, Evidence, EvidenceValue, Exposure

_STEPS = 256
"""Points of the midpoint rule: finer than the peak of a thousand disconnects is wide."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a condition that held at the start is worth."""

    ratio: float
    """How likely it was the cause."""
    is_pattern: bool
    """True where earlier disconnects bear it out, False where it is one coincidence in time."""
    evidence: tuple[Evidence, ...]

    @property
    def ground(self) -> Ground:
        """Return what the weight rests on."""
        return Ground.PATTERN if self.is_pattern else Ground.CIRCUMSTANCE


def weigh(case: Case, key: str, state: Held, ratio: float, *, is_aging: bool = True) -> Weight:
    """Return what a condition that held is worth.

    `ratio` is what it would be worth had it begun just now and nothing were known of other days.
    With less than a day observed, its age is all there is to go by; not even that (`is_aging`
    False) for what lasts for weeks by its nature.
    """
    plain = ratio * suspicion(case, state) if is_aging else ratio
    seen = case.exposures.get(key)
    if seen is None or not _is_usable(seen):
        return Weight(plain, False, ())
    share = _chance(seen)
    cause = causation(seen)
    if is_fresh(case, state):  # that it had just begun tells as much as it is rare
        cause = max(cause, ratio * (1.0 - share))
    is_pattern = seen.held_count + 1 >= limit.REPEAT_COUNT
    cause = cause if is_pattern else min(cause, ratio)
    return Weight(cause, is_pattern, (_told(key, seen, supports=cause >= plain),))


def is_usual(case: Case, key: str) -> bool:
    """Tell whether a condition is known to hold most of the time on this device."""
    seen = case.exposures.get(key)
    return seen is not None and _is_usable(seen) and _chance(seen) >= limit.USUAL_SHARE


def causation(seen: Exposure) -> float:
    """Return how likely a condition that held was the cause, 0.0-1.0 (formulas above)."""
    chance = _chance(seen)
    inside = min(max(0, seen.held_count), max(0, seen.count)) + 1
    outside = max(0, seen.count + 1 - inside)
    likelihoods, causations = [], []
    for step in range(_STEPS):
        p = chance + (1.0 - chance) * (step + 0.5) / _STEPS
        likelihoods.append(
            inside * math.log(p / chance) + outside * math.log((1.0 - p) / (1.0 - chance))
        )
        causations.append(1.0 - (1.0 - p) / p * chance / (1.0 - chance))
    most = max(likelihoods)
    weights = [math.exp(value - most) for value in likelihoods]
    total = sum(weights)
    log_odds = math.log(limit.PRIOR_RATIO / (1.0 - limit.PRIOR_RATIO))
    log_odds += most + math.log(total / _STEPS)
    matters = 1.0 / (1.0 + math.exp(-min(log_odds, 700.0)))
    return matters * sum(w * c for w, c in zip(weights, causations, strict=True)) / total


def _is_usable(seen: Exposure) -> bool:
    return seen.observed_ms >= limit.EXPOSURE_LEAST_MS and 0 <= seen.held_ms <= seen.observed_ms


def _chance(seen: Exposure) -> float:
    """Return the condition's share of the time, by Laplace's rule: an hour each way is added.

    What these conditions are, they are for about an hour; so an hour is one observation.
    """
    return (seen.held_ms + limit.HOUR_MS) / (seen.observed_ms + 2 * limit.HOUR_MS)


def _told(key: str, seen: Exposure, *, supports: bool) -> Evidence:
    """Return the counts, with this disconnect among them, as evidence for or against."""
    values: dict[str, EvidenceValue] = {
        "held_ratio": round(seen.held_ms / seen.observed_ms, 3),
        "days": round(seen.observed_ms / limit.DAY_MS, 1),
        "held_count": seen.held_count + 1,
        "count": seen.count + 1,
    }
    return Evidence(f"{_NAMES[key]}.{'seldom' if supports else 'often'}", supports, values)


_NAMES: Mapping[str, str] = {
    "power.battery_saver": "saver",
    "battery.percent": "battery",
    "wifi.signal_dbm": "wifi",
    "memory.available_ratio": "memory",
    "memory.pressure": "memory.pressure",
    "cpu.load_ratio": "cpu",
    "app.in_front": "app.in_front",
    "app.blocked_by": "app.blocked",
    "app.version": "app.version",
}

TEXTS: Mapping[str, str] = {
    "saver.seldom": N_(
        "Battery saver was on for {held_percent} percent of the last {days} days; "
        "{held_count} of {count} disconnects fell into that time."
    ),
    "saver.often": N_(
        "Battery saver was on for {held_percent} percent of the last {days} days anyway, "
        "mostly without any disconnect; {held_count} of {count} disconnects fell into that time."
    ),
    "battery.seldom": N_(
        "The battery was low for {held_percent} percent of the last {days} days; "
        "{held_count} of {count} disconnects fell into that time."
    ),
    "battery.often": N_(
        "The battery was low for {held_percent} percent of the last {days} days anyway, "
        "mostly without any disconnect; {held_count} of {count} disconnects fell into that time."
    ),
    "wifi.seldom": N_(
        "The signal was weak for {held_percent} percent of the last {days} days; "
        "{held_count} of {count} disconnects fell into that time."
    ),
    "wifi.often": N_(
        "The signal was weak for {held_percent} percent of the last {days} days anyway, "
        "mostly without any disconnect; {held_count} of {count} disconnects fell into that time."
    ),
    "memory.seldom": N_(
        "Memory was short for {held_percent} percent of the last {days} days; "
        "{held_count} of {count} disconnects fell into that time."
    ),
    "memory.often": N_(
        "Memory was short for {held_percent} percent of the last {days} days anyway, "
        "mostly without any disconnect; {held_count} of {count} disconnects fell into that time."
    ),
    "memory.pressure.seldom": N_(
        "Programs waited for memory for {held_percent} percent of the last {days} days; "
        "{held_count} of {count} disconnects fell into that time."
    ),
    "memory.pressure.often": N_(
        "Programs waited for memory for {held_percent} percent of the last {days} days anyway, "
        "mostly without any disconnect; {held_count} of {count} disconnects fell into that time."
    ),
    "cpu.seldom": N_(
        "The processor was busy for {held_percent} percent of the last {days} days; "
        "{held_count} of {count} disconnects fell into that time."
    ),
    "cpu.often": N_(
        "The processor was busy for {held_percent} percent of the last {days} days anyway, "
        "mostly without any disconnect; {held_count} of {count} disconnects fell into that time."
    ),
    "app.in_front.seldom": N_(
        "Such minutes, just after the app left the screen, were {held_percent} percent of the last "
        "{days} days; {held_count} of {count} disconnects fell into them."
    ),
    "app.in_front.often": N_(
        "Such minutes, just after the app left the screen, were {held_percent} percent of the last "
        "{days} days anyway; only {held_count} of {count} disconnects fell into them."
    ),
    "app.blocked.seldom": N_(
        "The app was blocked for {held_percent} percent of the last {days} days; "
        "{held_count} of {count} disconnects fell into that time."
    ),
    "app.blocked.often": N_(
        "The app was blocked for {held_percent} percent of the last {days} days anyway, "
        "mostly without any disconnect; {held_count} of {count} disconnects fell into that time."
    ),
    "app.version.seldom": N_(
        "The app was out of date for {held_percent} percent of the last {days} days; "
        "{held_count} of {count} disconnects fell into that time."
    ),
    "app.version.often": N_(
        "The app was out of date for {held_percent} percent of the last {days} days anyway, "
        "mostly without any disconnect; {held_count} of {count} disconnects fell into that time."
    ),
}
"""Evidence code -> msgid."""
