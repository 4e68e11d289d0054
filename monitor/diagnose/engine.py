"""A disconnect and everything observed around it -> its causes, best first.

Every cause judges for itself. A nearer cause that is likely explains the farther ones away (a dead
router explains a silent internet); what is explained away stays as a weaker runner-up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.registry import CAUSE_OF, CAUSES
from monitor.diagnose.learning import learned
from monitor.diagnose.observed import INTERVAL_KEY
from monitor.model import (
    Case,
    CauseCode,
    Diagnosis,
    EpochMs,
    Finding,
    Sample,
    StateChange,
    Target,
)
from monitor.stats import median

ENGINE = "2"
"""Version of the rules: goes up with every change that may alter an answer."""

_PLACES = {cause.code: place for place, cause in enumerate(CAUSES)}


def diagnose(case: Case) -> Diagnosis:
    """Return the causes of a disconnect, best first; "unexplained" where nothing says more.

    Pure: the same case, in whatever order equal instants stand, gives the same answer.
    """
    ready = prepared(case)
    judged = [cause.judge(ready) for cause in CAUSES]
    found = {finding.cause: finding for finding in judged if finding is not None}
    unexplained = found.pop(CauseCode.UNEXPLAINED, None)
    found = {code: learned(finding, case.verdicts) for code, finding in found.items()}
    ranked = sorted((_hidden(finding, found) for finding in found.values()), key=_rank)
    kept = [f for f in ranked if f.confidence_ratio >= limit.NEGLIGIBLE_RATIO]
    best = max((f.confidence_ratio for f in kept), default=0.0)
    if unexplained and best < limit.UNEXPLAINED_RATIO:
        kept.insert(0, replace(unexplained, confidence_ratio=_none_of(best)))
    findings = tuple(replace(f, fixes=CAUSE_OF[f.cause].fixes) for f in kept)
    return Diagnosis(findings, ENGINE, case.now_ms)


def _hidden(finding: Finding, found: Mapping[CauseCode, Finding]) -> Finding:
    """Return the finding, weaker where a likely nearer cause explains it away."""
    hiders = [found[code] for code in CAUSE_OF[finding.cause].hidden_by if code in found]
    if not any(hider.confidence_ratio >= limit.HIDES_RATIO for hider in hiders):
        return finding
    ratio = round(finding.confidence_ratio * limit.HIDDEN_FACTOR, 3)
    return replace(finding, confidence_ratio=ratio)


def _none_of(best: float) -> float:
    """Return how sure it is that none of the known causes shows, beside the best of them."""
    return round(min(limit.UNEXPLAINED_MOST, 1.0 - best), 3)


def _rank(finding: Finding) -> tuple[float, int]:
    return -finding.confidence_ratio, _PLACES[finding.cause]


def prepared(case: Case) -> Case:
    """Return the case as causes read it.

    In time order, with ties in a fixed order; of the disconnect's own device; without targets
    that never answered in the whole window: they are filtered, which says nothing.
    """
    device = case.disconnect.device
    step = _step(case)
    samples = [s for s in case.samples if s.target.device == device]
    return replace(
        case,
        samples=tuple(sorted(_of_answering(samples), key=_sample_key)),
        episodes=tuple(
            sorted(
                (e for e in case.episodes if e.device == device),
                key=lambda e: (e.started_at_ms, repr(e)),
            )
        ),
        sessions=tuple(
            sorted(
                (s for s in case.sessions if s.device == device), key=lambda s: (s.at_ms, repr(s))
            )
        ),
        states=tuple(
            sorted((s for s in case.states if s.device == device), key=lambda s: (s.at_ms, repr(s)))
        ),
        states_before={
            **({step.key: step} if step is not None else {}),
            **{k: s for k, s in case.states_before.items() if s.device == device},
        },
        gaps=tuple(
            sorted((g for g in case.gaps if g.device == device), key=lambda g: (g.at_ms, repr(g)))
        ),
        recent=tuple(
            sorted(
                case.recent,
                key=lambda d: (d.started_at_ms, d.device, d.wallet, d.source, d.id or 0),
            )
        ),
    )


def _step(case: Case) -> StateChange | None:
    """Return the grid's step as the samples before the outage show it; None without enough."""
    drop = case.disconnect
    times: dict[Target, list[EpochMs]] = {}
    for sample in case.samples:
        if sample.target.device == drop.device and sample.at_ms < drop.started_at_ms:
            times.setdefault(sample.target, []).append(sample.at_ms)
    steps = [median([b - a for a, b in pairwise(sorted(found))]) for found in times.values()]
    known = [step for step in steps if step is not None and step > 0]
    if not known:
        return None
    return StateChange(case.since_ms, INTERVAL_KEY, min(known) / 1000, drop.device)


def _of_answering(samples: Sequence[Sample]) -> list[Sample]:
    """Leave out the samples of targets that never answered."""
    answering = {sample.target for sample in samples if sample.is_heard}
    return [sample for sample in samples if sample.target in answering]


def _sample_key(sample: Sample) -> tuple[int, str, str]:
    target = sample.target
    return sample.at_ms, f"{target.role}/{target.name}/{target.probe}", repr(sample)
