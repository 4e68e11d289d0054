"""Samples sorted into legs: which leg a sample speaks for, and which time was observed at all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Gap, Leg, Outcome, Sample, Target

BEYOND: dict[Leg, frozenset[Leg]] = {
    Leg.GATEWAY: frozenset({Leg.INTERNET, Leg.WALLET, Leg.CONTROL}),
    Leg.INTERNET: frozenset({Leg.WALLET, Leg.CONTROL}),
}
"""What is heard from beyond a leg came through it: a router that keeps silent to ping while
the internet answers is a healthy router."""


@dataclass(frozen=True, slots=True, order=True)
class LegKey:
    """One leg of one device, for one address family and, at the far end, one wallet."""

    device: str
    leg: Leg
    family: int | None
    wallet: str | None


def family_of(target: Target) -> int | None:
    """Return 4 or 6, from the target or from its name where that is an IPv6 literal."""
    if target.family is not None:
        return target.family
    return 6 if target.name.count(":") > 1 else 4


def key_of(target: Target) -> LegKey:
    """Return the leg series that a target's samples belong to."""
    leg = target.leg
    per_family = leg in (Leg.GATEWAY, Leg.INTERNET)
    per_wallet = leg in (Leg.WALLET, Leg.CONTROL)
    return LegKey(
        target.device,
        leg,
        family_of(target) if per_family else None,
        target.wallet if per_wallet else None,
    )


def observed_stretches(samples: Iterable[Sample], gaps: Sequence[Gap]) -> Iterator[list[Sample]]:
    """Cut measured samples, given in time order, into the stretches between the gaps.

    Samples inside a gap are dropped. Nothing is remembered from one stretch to the next.
    """
    cuts = sorted((gap.at_ms, gap.until_ms) for gap in gaps)
    stretch: list[Sample] = []
    position = 0
    for sample in samples:
        while position < len(cuts) and sample.at_ms >= cuts[position][0]:
            if sample.at_ms < cuts[position][1]:
                break
            position += 1
            yield stretch
            stretch = []
        else:
            if sample.outcome is not Outcome.NOT_MEASURED:
                stretch.append(sample)
    yield stretch
