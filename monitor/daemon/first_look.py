"""The first look: the anchors are asked while the rest of the daemon is still being loaded.

Loading takes longer than the network does, and a daemon that was restarted in the middle of an
outage should not miss half a second of it. The sampler takes over what was heard, and what is
still in flight, as the first samples of the run.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.clock import Clock
from monitor.config.settings import Settings
from monitor.daemon.flight import Asked, InFlight, timeout_s
from monitor.daemon.targets import Network, places
from monitor.model import EpochMs, ProbeKind, Target
from monitor.probes.icmp import IcmpProbe
from monitor.probes.interface import ProbeError, Reading, RoundProbe
from monitor.probes.lookup import Lookup
from monitor.probes.tcp import TcpProbe

log = logging.getLogger(__name__)

LISTEN_S = 0.01
"""How often is looked for answers: only while the daemon loads."""

STEP_MS = 100.0
"""Clocks that moved against each other by more were set, or the machine slept: nobody knows then
when what was heard was asked."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What the first look hands over."""

    since_ms: EpochMs
    """When it began."""
    heard: tuple[tuple[EpochMs, Target, Reading], ...] = ()
    in_flight: tuple[Asked, ...] = ()

    def targets(self) -> set[Target]:
        """Return who need not be asked once more."""
        return {at[1] for at in self.heard} | {asked.target for asked in self.in_flight}


def quick_probes() -> Mapping[ProbeKind, RoundProbe]:
    """Return the probes that load fast and wait for nothing."""
    return {ProbeKind.ICMP: IcmpProbe(), ProbeKind.TCP: TcpProbe(Lookup())}


class FirstLook:
    """Asks what the settings alone name, once, and listens on a thread of its own."""

    def __init__(self, clock: Clock, probes: Mapping[ProbeKind, RoundProbe]) -> None:
        self._clock = clock
        self._probes = probes
        self._in_flight = InFlight()
        self._heard: list[tuple[EpochMs, Target, Reading]] = []
        self._is_over = threading.Event()
        self._listener = threading.Thread(target=self._listen, name="first-look", daemon=True)
        self._since_ms = clock.wall_ms()
        self._offset_ms = self._since_ms - clock.monotonic_ms()

    def begin(self, settings: Settings) -> None:
        """Send a question to each target that needs no reading of the device; wait for nothing."""
        for place in places(settings, Network()):
            if place.target.probe in self._probes:
                self._ask(place.target)
        self._listener.start()

    def hand_over(self) -> Begun:
        """Return what came of it; the receiver collects what is in flight, from now on."""
        self._end()
        moved_ms = self._clock.wall_ms() - self._clock.monotonic_ms() - self._offset_ms
        if abs(moved_ms) > STEP_MS:
            self._in_flight.drop()
            return Begun(self._clock.wall_ms())
        return Begun(self._since_ms, tuple(self._heard), tuple(self._in_flight.take()))

    def close(self) -> None:
        """Forget what was not handed over."""
        self._end()
        self._in_flight.drop()

    def _end(self) -> None:
        self._is_over.set()
        if self._listener.is_alive():
            self._listener.join()

    def _ask(self, target: Target) -> None:
        at_ms = self._clock.wall_ms()
        try:
            begun = self._probes[target.probe].begin(target, timeout_s(target.probe))
        except ProbeError:
            return  # the sampler meets it too, tells the user, and finds another way
        if isinstance(begun, Reading):
            self._hear(at_ms, target, begun)
        elif begun is not None:  # None: only `ask` can, whose clock would stand while we load
            self._in_flight.add([Asked(at_ms, target, begun)])

    def _listen(self) -> None:
        while self._in_flight.collect(self._hear) and not self._is_over.wait(LISTEN_S):
            pass

    def _hear(self, at_ms: EpochMs, target: Target, reading: Reading) -> None:
        if not self._heard:
            log.debug("first sample: %s %s, %s", target.probe, target.name, reading.outcome)
        self._heard.append((at_ms, target, reading))
