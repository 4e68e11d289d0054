"""The sampling rounds: each target on its place of the grid, and the closer look in trouble.

The slow grid always goes on. At the first lost sample of a target that was heard a moment ago,
the legs are also asked every 250 ms, for up to 15 s: that tells a dead leg from a lost packet
within a second or two, and dates the end of an outage.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from monitor.clock import Clock, monotonic_s
from monitor.daemon.boundary import guarded
from monitor.daemon.first_look import Begun
from monitor.daemon.flight import timeout_s
from monitor.daemon.rounds import Grid, Rounds, asking_job
from monitor.daemon.schedule import SAMPLING, Schedule
from monitor.daemon.targets import KNOCK_PORT, Place
from monitor.locale import N_, Translator
from monitor.model import EpochMs, Outcome, ProbeKind, Role, Sample, Target
from monitor.probes.interface import Probe, ProbeError, Reading

log = logging.getLogger(__name__)

CLOSE_STEP_S = 0.25
"""Step of the closer look."""

CLOSE_PLACES = 4
"""The closer look asks at so many instants of a step, however many targets there are."""

CLOSE_DNS_STEP_S = 1.0
"""Resolvers are shared and have limits: four questions a second would look like abuse."""

MOST_CLOSE = 32
"""Hosts that the closer look asks, some hundred questions a second: they tell a dead leg. Asking
hundreds of hosts four times a second would tell no more, and be a flood."""

CLOSE_LOOK_MS = 15_000
"""The closer look ends this long after it began, whatever is still lost: who samples a network
that is down four times a second learns nothing more, and drains a battery..."""

CLEAN_MS = 3_000
"""...or as soon as nothing was lost for this long."""

REST_MS = 5_000
"""After a closer look, lost samples alone do not begin another one for this long: no longer than
heavy loss may pause and still be one spell..."""

MOST_REST_MS = 300_000
"""...and twice as long after each look that follows, up to this: a network that loses packets
all day is not asked four times a second all day."""

CALM_MS = 60_000
"""A look that begins this long after the last one's rest is the first of its trouble."""

OVERLAP = 6
"""Questions to one target that may be in flight: one a quarter second, each waiting a second."""

HEARD_RECENTLY_MS = 60_000
"""A target heard within this is expected to answer; a lost sample of it is a sign of trouble."""

FIRST_LOOK_S = 0.005
"""How often the first round's answers are looked for: it is waited for, once."""


@dataclass(slots=True)
class _Memory:
    """What the sampler remembers of a target, on the monotonic clock."""

    heard_ms: float | None = None
    lost_ms: float | None = None
    is_lost: bool = False


class Sampler:
    """Asks every target at its times and hands each sample on.

    Args:
        probes: one probe for each kind.
        schedule: where the rounds are scheduled.
        clock: the machine's clocks.
        sink: takes each sample; quick.
        trouble: called at the first sign of trouble, with what was lost.
        returned: called when a target that was lost is heard again.
        tr: the user's language; whoever may not ping is told in it.
    """

    def __init__(
        self,
        probes: Mapping[ProbeKind, Probe],
        schedule: Schedule,
        clock: Clock,
        sink: Callable[[Sample], None],
        trouble: Callable[[Sample], None],
        returned: Callable[[Sample], None],
        tr: Translator,
    ) -> None:
        self._probes = probes
        self._schedule = schedule
        self._clock = clock
        self._sink = sink
        self._trouble = trouble
        self._returned = returned
        self._tr = tr
        self._rounds = Rounds(probes, schedule, clock, self._heard, self._bar, self._ask, timeout_s)
        self._guard = threading.Lock()
        self._places: dict[Target, Place] = {}
        self._memory: dict[Target, _Memory] = {}
        self._barred: set[ProbeKind] = set()
        self._close_since_ms: float | None = None
        self._rest_until_ms = 0.0
        self._rest_ms = REST_MS

    def first_round(
        self, places: Iterable[Place], wait_s: float, begun: Begun | None = None
    ) -> None:
        """Ask every target once, all at the same time; wait for what answers within `wait_s`.

        Those that the first look has asked are not asked again: what it heard is handed on first.
        """
        asked_before = set() if begun is None else begun.targets()
        with self._guard:
            self._places = {place.target: place for place in places}
            targets = [target for target in self._places if target not in asked_before]
        if begun is not None:
            for heard in begun.heard:
                self._heard(*heard)
            self._rounds.take_over(begun.in_flight)
        waited = [target for target in targets if not self._rounds.takes(target)]
        pool = ThreadPoolExecutor(max(1, len(waited)), "first-round")
        asked = [pool.submit(self._ask, target) for target in waited]
        until_s = monotonic_s() + wait_s
        self._rounds.ask_all(target for target in targets if self._rounds.takes(target))
        pause = threading.Event()
        while self._rounds.collect() and monotonic_s() < until_s:
            pause.wait(FIRST_LOOK_S)
        wait(asked, max(0.0, until_s - monotonic_s()))
        pool.shutdown(wait=False)
        with self._guard:
            self._places = {}

    def follow(self, places: Iterable[Place]) -> None:
        """Ask these targets from now on; those that are asked already keep their times.

        One that is only asked at another pace keeps what is remembered of it. A new one takes
        part in the closer look that runs.
        """
        wanted = {p.target: p for p in map(self._allowed, places) if p is not None}
        with self._guard:
            before, self._places = self._places, wanted
            gone = [t for t, p in before.items() if not _is_same_host(p, wanted.get(t))]
            changed = [
                p
                for t, p in wanted.items()
                if t in gone or t not in before or before[t].step_s != p.step_s
            ]
            for target in gone:
                self._memory.pop(target, None)
            close = self._close_targets() if self._close_since_ms is not None else set()
        for target in gone:
            self._stop_asking(target, is_close=True)
        for target in {*gone, *(place.target for place in changed)}:
            self._stop_asking(target, is_close=False)
        for place in changed:
            self._every(place.target, Grid(place.step_s, place.phase_s, is_close=False), 1)
        self._ask_closely([t for t in wanted if t in close and (t in gone or t not in before)])

    def look_closer(self, *, force: bool = False) -> bool:
        """Begin the closer look, unless one runs or one has just been; tell whether it began.

        `force`: the news are bigger than lost samples; the rest ends, and a look that runs has
        its whole time again.
        """
        now_ms = self._clock.monotonic_ms()
        with self._guard:
            is_running = self._close_since_ms is not None
            if not force and (is_running or now_ms < self._rest_until_ms):
                return False
            self._close_since_ms = now_ms
            targets = list(self._places)
            close = self._close_targets()
            if now_ms - self._rest_until_ms > CALM_MS:
                self._rest_ms = REST_MS
        if is_running:
            return False
        self._ask_closely([t for t in targets if t in close])
        for target in targets:
            if target.probe is ProbeKind.HTTP:
                self._schedule.now(asking_job(target))
        self._schedule.every("closer-look", 0.5, guarded("closer-look", self._end_if_clean))
        return True

    def is_close(self) -> bool:
        """Tell whether the closer look runs."""
        return self._close_since_ms is not None

    def has_loss(self) -> bool:
        """Tell whether a target that was heard before is not heard now."""
        with self._guard:
            return any(m.is_lost and m.heard_ms is not None for m in self._memory.values())

    def quickest_step_s(self) -> float | None:
        """Return how often the target is asked that is asked most often; None for no target."""
        with self._guard:
            return min((place.step_s for place in self._places.values()), default=None)

    def forget(self) -> None:
        """Drop what is remembered and in flight, after a wake-up or a clock step."""
        self._rounds.drop()
        with self._guard:
            self._memory.clear()

    def stop(self) -> None:
        """Hand on what has been answered, once the schedule has ended."""
        self._rounds.collect()
        self._rounds.drop()

    def _every(self, target: Target, grid: Grid, at_once: int) -> None:
        """Ask a target on a grid: in a round, or on a thread that waits for it."""
        if self._rounds.takes(target):
            self._rounds.add(target, grid, at_once)
            return
        name = _close_job(target) if grid.is_close else asking_job(target)
        self._schedule.every(
            name,
            grid.step_s,
            guarded(name, lambda: self._ask(target)),
            phase_s=grid.phase_s,
            pool=SAMPLING,
            at_once=at_once,
        )

    def _stop_asking(self, target: Target, *, is_close: bool) -> None:
        if self._rounds.takes(target):
            self._rounds.remove(target, is_close=is_close)
        else:
            self._schedule.remove(_close_job(target) if is_close else asking_job(target))

    def _ask_closely(self, targets: Sequence[Target]) -> None:
        """Ask every resolver at once and the others in turns, from now to the look's end."""
        for index, target in enumerate(targets):
            is_name = target.probe is ProbeKind.DNS
            step_s = CLOSE_DNS_STEP_S if is_name else CLOSE_STEP_S
            place = 0 if is_name else index * CLOSE_PLACES // len(targets)
            grid = Grid(step_s, step_s * place / CLOSE_PLACES, is_close=True)
            self._every(target, grid, OVERLAP)

    def _close_targets(self) -> set[Target]:
        """Return one target for each host on the way: ping, or TCP where ping is not heard."""
        chosen: dict[tuple[Role, str], Target] = {}
        for target in sorted(self._places, key=self._promise):
            if target.probe is not ProbeKind.HTTP:
                chosen[(target.role, target.name)] = target
        return set(sorted(chosen.values(), key=self._need)[:MOST_CLOSE])

    def _need(self, target: Target) -> int:
        """Return what orders the hosts where they are too many: who tells most comes first."""
        memory = self._memory.get(target, _Memory())
        was_heard = memory.heard_ms is not None
        if target.role is not Role.ANCHOR or (was_heard and memory.is_lost):
            return 0
        return 1 if was_heard else 2

    def _promise(self, target: Target) -> tuple[bool, bool]:
        """Return what orders the ways to ask a host: one that was heard, and ping, come last."""
        was_heard = self._memory.get(target, _Memory()).heard_ms is not None
        return was_heard, target.probe is ProbeKind.ICMP

    def _end_if_clean(self) -> None:
        now_ms = self._clock.monotonic_ms()
        with self._guard:
            since_ms = self._close_since_ms
            if since_ms is None:
                return
            losses = [m.lost_ms for m in self._memory.values() if m.lost_ms is not None]
            quiet_ms = now_ms - max([since_ms, *losses])
            if quiet_ms < CLEAN_MS and now_ms - since_ms < CLOSE_LOOK_MS:
                return
            self._close_since_ms = None
            self._rest_until_ms = now_ms + self._rest_ms
            self._rest_ms = min(2 * self._rest_ms, MOST_REST_MS)
            targets = list(self._places)
        self._schedule.remove("closer-look")
        for target in targets:
            self._stop_asking(target, is_close=True)

    def _ask(self, target: Target) -> None:
        at_ms = self._clock.wall_ms()
        reading = self._reading(target)
        if reading is None:
            return
        self._heard(at_ms, target, reading)

    def _heard(self, at_ms: EpochMs, target: Target, reading: Reading) -> None:
        sample = Sample(at_ms, target, reading.outcome, reading.rtt_ms)
        self._sink(sample)
        self._remember(sample)

    def _reading(self, target: Target) -> Reading | None:
        """Ask once; None where this machine does not let the probe work."""
        try:
            return self._probes[target.probe].ask(target, timeout_s(target.probe))
        except ProbeError as error:
            self._bar(target, error)
            return None

    def _bar(self, target: Target, error: ProbeError) -> None:
        """Use a probe no more that this machine does not let work."""
        if target.probe not in self._barred:
            self._barred.add(target.probe)
            words = self._tr.filled(error.text, error.values)
            log.warning(self._tr.text(N_("{words}; asking by TCP instead")).format(words=words))
            self.follow(list(self._places.values()))

    def _allowed(self, place: Place) -> Place | None:
        """Return the place, or its stand-in where this machine does not allow its probe."""
        target = place.target
        if target.probe not in self._barred:
            return place
        if target.role is not Role.GATEWAY:
            return None  # anchors have a TCP target already; a wallet is not knocked at
        stand_in = replace(target, probe=ProbeKind.TCP, port=KNOCK_PORT)
        return replace(place, target=stand_in)

    def _remember(self, sample: Sample) -> None:
        now_ms = self._clock.monotonic_ms()
        with self._guard:
            if sample.target not in self._places:
                return
            memory = self._memory.setdefault(sample.target, _Memory())
            was_lost, heard_ms = memory.is_lost, memory.heard_ms
            if sample.is_lost:
                memory.is_lost, memory.lost_ms = True, now_ms
            elif sample.is_heard:
                memory.is_lost, memory.heard_ms = False, now_ms
        if sample.is_lost and heard_ms is not None:
            if now_ms - heard_ms < HEARD_RECENTLY_MS:
                self._trouble(sample)
        elif sample.outcome is Outcome.PORTAL:
            self._trouble(sample)
        elif sample.is_heard and was_lost:
            self._returned(sample)


def _is_same_host(before: Place, place: Place | None) -> bool:
    """Tell whether a target is still asked, and at the same place: names move."""
    if place is None:
        return False
    return (before.target.host, before.target.port) == (place.target.host, place.target.port)


def _close_job(target: Target) -> str:
    return f"closer {target.role} {target.name} {target.probe}"
