"""A small world for tests of pure rooms: samples and changes made from a few words."""

from collections.abc import Callable, Iterable

from monitor.model import (
    EpochMs,
    How,
    Outcome,
    ProbeKind,
    Role,
    Sample,
    SessionChange,
    SessionState,
    Target,
)

START_MS: EpochMs = 1_790_000_000_000
"""An ordinary instant: all tests tell their times in seconds after it."""

GATEWAY = Target("192.168.1.1", Role.GATEWAY, ProbeKind.ICMP, family=4)
ANCHORS = tuple(
    Target(host, Role.ANCHOR, kind, family=4)
    for host in ("223.5.5.5", "119.29.29.29", "114.114.114.114")
    for kind in (ProbeKind.ICMP, ProbeKind.TCP)
)
RESOLVER = Target("system", Role.RESOLVER, ProbeKind.DNS)
BANK = Target("icbc", Role.WALLET, ProbeKind.ICMP, family=4, wallet="icbc")
ALL = (GATEWAY, *ANCHORS, RESOLVER, BANK)


def at(seconds: float) -> EpochMs:
    """Return the instant so many seconds after the start."""
    return START_MS + round(seconds * 1000)


Fault = Callable[[Target, float], bool]
"""Tells whether a target is silent at a second."""


def rounds(
    until_s: float,
    silent: Fault = lambda _target, _second: False,
    *,
    since_s: float = 0.0,
    step_s: float = 5.0,
    targets: Iterable[Target] = ALL,
    rtt_ms: float = 20.0,
    lost: Outcome = Outcome.TIMEOUT,
) -> list[Sample]:
    """Return samples of every target, spread over each round of the grid, in time order."""
    chosen = list(targets)
    samples = []
    second = since_s
    while second < until_s:
        for index, target in enumerate(chosen):
            when = second + step_s * index / len(chosen)
            if silent(target, when):
                samples.append(Sample(at(when), target, lost))
            else:
                samples.append(Sample(at(when), target, Outcome.REPLY, rtt_ms))
        second += step_s
    return samples


def during(since_s: float, until_s: float, targets: Iterable[Target] = ALL) -> Fault:
    """Return the fault that silences targets between two seconds."""
    chosen = set(targets)
    return lambda target, second: target in chosen and since_s <= second < until_s


def up(second: float, wallet: str = "icbc") -> SessionChange:
    """Return a session that stands from a second on."""
    return SessionChange(at(second), wallet, SessionState.UP)


def down(second: float, how: How, wallet: str = "icbc", **more: int) -> SessionChange:
    """Return a session that ended at a second."""
    return SessionChange(
        at(second), wallet, SessionState.DOWN, how, last_good_at_ms=more.get("last_good_at_ms")
    )
