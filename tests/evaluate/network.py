"""A simulated network: which targets are asked when, and what comes back. Pure but for its dice.

It asks as the daemon does: each target on a slow grid, spread over the round; at the first lost
sample of what was heard a moment ago, and at each drop, every 250 ms for up to 15 s.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from monitor.model import EpochMs, Outcome, ProbeKind, Role, Sample, Target
from tests.evaluate.amount import ScenarioError

ANCHORS = ("223.5.5.5", "119.29.29.29", "114.114.114.114")
ANCHORS_V6 = ("2400:3200::1", "2402:4e00::")
STEP_S = 5.0
CLOSE_STEP_S = 0.25
CLOSE_DNS_STEP_S = 1.0
CLOSE_S = 15.0
CLEAN_S = 3.0
REST_S = 20.0
TIMEOUT_S = 1.0
PORTAL_EVERY_S = 300.0

RTT_MS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "wifi": {"gateway": (1.2, 5.0), "anchor": (6.0, 35.0), "wallet": (12.0, 60.0)},
    "ethernet": {"gateway": (0.3, 1.2), "anchor": (4.0, 25.0), "wallet": (8.0, 50.0)},
    "cellular": {"gateway": (20.0, 45.0), "anchor": (30.0, 80.0), "wallet": (35.0, 90.0)},
}
"""Usual round trips, from which each story draws its own."""

LOSS_RATIO = {"wifi": 0.0015, "ethernet": 0.00005, "cellular": 0.003}
"""Single losses of a healthy network: on Wi-Fi one every few minutes over all targets."""

SPIKE_RATIO = {"wifi": 0.01, "ethernet": 0.0, "cellular": 0.01}
"""Round trips that a power-saving radio holds back by about a beacon interval."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with some targets for some time."""

    targets: frozenset[Target]
    kind: str
    """dead, lossy, slow, wrong."""
    since_s: float
    until_s: float
    loss_ratio: float = 1.0
    factor: float = 1.0
    extra_ms: float = 0.0
    outcome: Outcome = Outcome.TIMEOUT


@dataclass(slots=True)
class Network:
    """The targets of one story with their usual health."""

    kind: str
    targets: tuple[Target, ...]
    base_ms: dict[Target, float]
    loss_ratio: float
    spike_ratio: float
    step_s: float
    troubles: list[Trouble] = field(default_factory=list)

    def ask(self, target: Target, second: float, at_ms: EpochMs, rng: Random) -> Sample:
        """Return what a question at a second comes to."""
        rtt_ms = self.base_ms[target] * rng.lognormvariate(0.0, 0.12)
        if rng.random() < self.spike_ratio:
            rtt_ms += rng.uniform(40.0, 120.0)
        outcome = Outcome.TIMEOUT if rng.random() < self.loss_ratio else Outcome.REPLY
        for trouble in self.troubles:
            if target not in trouble.targets or not trouble.since_s <= second < trouble.until_s:
                continue
            if trouble.kind == "slow":
                rtt_ms = rtt_ms * trouble.factor + trouble.extra_ms * rng.uniform(0.6, 1.4)
            elif trouble.kind != "lossy" or rng.random() < trouble.loss_ratio:
                outcome = trouble.outcome
        if outcome.is_lost or outcome is Outcome.NOT_MEASURED:
            return Sample(at_ms, target, outcome)
        if rtt_ms >= TIMEOUT_S * 1000 and target.probe is not ProbeKind.HTTP:
            return Sample(at_ms, target, Outcome.TIMEOUT)
        return Sample(at_ms, target, outcome, round(rtt_ms, 2))


def build(forms: Mapping[str, Any], wallets: Mapping[str, Role], rng: Random) -> Network:
    """Return a healthy network as a scenario's `[network]` wishes it.

    Args:
        forms: the table, its amounts resolved.
        wallets: the role of each watched wallet.
        rng: the story's dice.

    Raises:
        ScenarioError: there is no network of that kind.
    """
    kind = forms.get("kind", "wifi")
    if kind not in RTT_MS:
        raise ScenarioError(f"network.kind: '{kind}' is none of {', '.join(RTT_MS)}")
    targets = _targets(forms, wallets) if forms.get("samples", True) else ()
    usual = {**RTT_MS[kind], **{k: tuple(v) for k, v in forms.get("rtt_ms", {}).items()}}
    anchors_ms = rng.uniform(*usual["anchor"])
    base = {}
    for target in targets:
        role = str(target.role)
        if target.role is Role.ANCHOR:
            base[target] = anchors_ms * rng.uniform(0.7, 1.4)
        elif target.role is Role.RESOLVER:
            base[target] = anchors_ms * rng.uniform(0.5, 1.2) + 2.0
        else:
            base[target] = rng.uniform(*usual.get(role, usual["wallet"]))
    steady = bool(forms.get("steady", False))
    return Network(
        kind=kind,
        targets=targets,
        base_ms=base,
        loss_ratio=float(forms.get("loss", 0.0 if steady else LOSS_RATIO[kind])),
        spike_ratio=float(forms.get("spikes", 0.0 if steady else SPIKE_RATIO[kind])),
        step_s=float(forms.get("step_s", STEP_S)),
    )


def _targets(forms: Mapping[str, Any], wallets: Mapping[str, Role]) -> tuple[Target, ...]:
    found = [Target("192.168.1.1", Role.GATEWAY, ProbeKind.ICMP, family=4)]
    for host in ANCHORS:
        found += [Target(host, Role.ANCHOR, k, family=4) for k in (ProbeKind.ICMP, ProbeKind.TCP)]
    if forms.get("ipv6", False):
        found.append(Target("fe80::1", Role.GATEWAY, ProbeKind.ICMP, family=6))
        for host in ANCHORS_V6:
            kinds = (ProbeKind.ICMP, ProbeKind.TCP)
            found += [Target(host, Role.ANCHOR, k, family=6) for k in kinds]
    found.append(Target("system", Role.RESOLVER, ProbeKind.DNS))
    found.append(Target("192.168.1.1", Role.RESOLVER, ProbeKind.DNS, family=4))
    if forms.get("portal", True):
        found.append(Target("portal", Role.ANCHOR, ProbeKind.HTTP))
    for name, role in wallets.items():
        found.append(Target(name, role, ProbeKind.ICMP, family=4, wallet=name))
    roles = forms.get("roles")
    return tuple(t for t in found if roles is None or str(t.role) in roles)


def select(network: Network, wishes: str | Sequence[str]) -> frozenset[Target]:
    """Return the targets that a `trouble.on` names.

    A wish is `everything`, `beyond` (all but the router), a role, a target's name, or one of
    these with a probe or an address family after a colon: `anchor:icmp`, `everything:6`.
    """
    chosen: set[Target] = set()
    for wish in [wishes] if isinstance(wishes, str) else wishes:
        name, _, limit = wish.partition(":")
        if name in ("2400", "2402", "fe80"):
            raise ScenarioError(f"trouble.on: '{wish}': an IPv6 target is told by its family")
        found = {t for t in network.targets if _is_meant(t, name)}
        if limit:
            found = {t for t in found if limit in (str(t.probe), str(t.family))}
        chosen |= found
    return frozenset(chosen)


def _is_meant(target: Target, name: str) -> bool:
    if name == "everything":
        return True
    if name == "beyond":
        return not target.name.startswith(("192.168.1.1", "fe80")) or (target.role is Role.RESOLVER)
    if name == "portal":
        return target.probe is ProbeKind.HTTP
    if name == "anchor":
        return target.role is Role.ANCHOR and target.probe is not ProbeKind.HTTP
    return name in (str(target.role), target.name)


def samples(
    network: Network,
    start_ms: EpochMs,
    span: tuple[float, float],
    rng: Random,
    *,
    forced: Iterable[float] = (),
    blind: Sequence[tuple[float, float]] = (),
) -> list[Sample]:
    """Return what is measured over a span of seconds after `start_ms`, in time order.

    Args:
        network: what is asked.
        start_ms: the instant of second zero.
        span: first and last second.
        rng: the story's dice.
        forced: seconds at which the closer look begins whatever the samples say.
        blind: spans in which nothing is measured.
    """
    walk = _Walk(network, start_ms, rng, blind)
    return walk.over(span, sorted(forced))


class _Walk:
    """The round of questions; remembers what began the closer look."""

    def __init__(
        self,
        network: Network,
        start_ms: EpochMs,
        rng: Random,
        blind: Sequence[tuple[float, float]],
    ) -> None:
        self._network = network
        self._start_ms = start_ms
        self._rng = rng
        self._blind = blind
        self._heard: dict[Target, float] = {}
        self._queue: list[tuple[float, int, bool]] = []
        self._close_since_s: float | None = None
        self._lost_s = 0.0
        self._rest_until_s = float("-inf")

    def over(self, span: tuple[float, float], forced: list[float]) -> list[Sample]:
        """Return the samples of the span."""
        targets = self._network.targets
        for index, target in enumerate(targets):
            step = self._step(target)
            heapq.heappush(
                self._queue, (span[0] + min(step, STEP_S) * index / len(targets), index, False)
            )
        found = []
        while self._queue and self._queue[0][0] < span[1]:
            second, index, is_close = heapq.heappop(self._queue)
            while forced and forced[0] <= second:
                self._begin(forced.pop(0))
            self._end_if_clean(second)
            target = targets[index]
            if is_close:
                if self._close_since_s is None:
                    continue
                step = CLOSE_DNS_STEP_S if target.probe is ProbeKind.DNS else CLOSE_STEP_S
            else:
                step = self._step(target)
            if not (is_close and target.probe is ProbeKind.HTTP):  # the page is asked for once
                heapq.heappush(self._queue, (second + step, index, is_close))
            if any(since <= second < until for since, until in self._blind):
                self._heard.clear()
                continue
            sample = self._network.ask(target, second, self._at(second), self._rng)
            found.append(sample)
            self._learn(sample, second)
        found.sort(key=lambda sample: sample.at_ms)
        return found

    def _at(self, second: float) -> EpochMs:
        return self._start_ms + round(second * 1000)

    def _step(self, target: Target) -> float:
        if target.probe is ProbeKind.HTTP:
            return PORTAL_EVERY_S
        if target.role in (Role.WALLET, Role.CONTROL):
            return self._network.step_s / 2
        return self._network.step_s

    def _learn(self, sample: Sample, second: float) -> None:
        target = sample.target
        if sample.is_lost:
            self._lost_s = second
            heard_s = self._heard.get(target)
            if heard_s is not None and second - heard_s < 60 and second >= self._rest_until_s:
                waited_s = 0.0 if sample.outcome is Outcome.UNREACHABLE else TIMEOUT_S
                self._begin(second + waited_s)
        else:
            self._heard[target] = second

    def _begin(self, second: float) -> None:
        if self._close_since_s is not None:
            return
        self._close_since_s = second
        self._lost_s = max(self._lost_s, second)
        chosen: dict[tuple[Role, str], int] = {}
        for index, target in enumerate(self._network.targets):
            if target.probe is ProbeKind.HTTP:
                heapq.heappush(self._queue, (second, index, True))
                continue
            host = (target.role, target.name)
            is_heard_ping = target.probe is ProbeKind.ICMP and target in self._heard
            if host not in chosen or is_heard_ping:
                chosen[host] = index
        for place, index in enumerate(chosen.values()):
            phase = CLOSE_STEP_S * place / len(chosen)
            heapq.heappush(self._queue, (second + phase, index, True))

    def _end_if_clean(self, second: float) -> None:
        since_s = self._close_since_s
        if since_s is None:
            return
        if second - max(since_s, self._lost_s) >= CLEAN_S or second - since_s >= CLOSE_S:
            self._close_since_s = None
            self._rest_until_s = second + REST_S
            self._queue = [item for item in self._queue if not item[2]]
            heapq.heapify(self._queue)
