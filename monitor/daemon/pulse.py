"""The daemon's sign of life for a service manager: given only while it does its work.

A process that runs is not yet a monitor that works. Each time it is due, the sign is given if
samples came in lately and the writer's thread has answered since the last time; what hangs gets
no sign, and the manager starts it anew.
"""

import logging
from collections.abc import Mapping
from typing import Protocol

from monitor.clock import Clock
from monitor.daemon.flight import HTTP_TIMEOUT_S
from monitor.daemon.sd_notify import manager, watchdog_s
from monitor.locale import N_, Translator

log = logging.getLogger(__name__)

TURNS = 3
"""Signs in one period of the watchdog: one may be late, and one may be missing."""

ROUNDS = 3
"""A sampler that has left out so many rounds of its quickest target is not merely late."""


class Asker(Protocol):
    """Asks the targets: the sampler."""

    def quickest_step_s(self) -> float | None:
        """Return how often the target is asked that is asked most often; None for no target."""
        ...


class Answerer(Protocol):
    """Writes: the store's writer."""

    def ask(self) -> None:
        """Ask its thread for a sign of life."""
        ...

    def has_answered(self) -> bool:
        """Tell whether it has given one since."""
        ...


class Pulse:
    """Tells the service manager how the daemon does; does nothing where there is none.

    Args:
        environment: where the manager left word how it is to be told (sd_notify(3)).
        pid: this process.
        clock: the machine's clocks; only the monotonic one, which stands while it sleeps.
        tr: the user's language, for the line that the manager shows.
    """

    def __init__(
        self, environment: Mapping[str, str], pid: int, clock: Clock, tr: Translator
    ) -> None:
        self._manager = manager(environment)
        self._clock = clock
        self._tr = tr
        self._sampled_ms = clock.monotonic_ms()
        self._is_well = True
        watchdog = watchdog_s(environment, pid)
        self.step_s = None if watchdog is None else watchdog / TURNS
        """How often `give` is due; None: the manager does not ask for it."""

    def sampled(self) -> None:
        """Note that a target was asked just now."""
        self._sampled_ms = self._clock.monotonic_ms()

    def forget(self) -> None:
        """Begin to count anew: the machine slept, or the process did not run."""
        self.sampled()

    def ready(self, targets: int) -> None:
        """Tell that the first round is stored."""
        words = self._tr.plural("Watching {count} target", "Watching {count} targets", targets)
        self._manager.tell("READY=1", "STATUS=" + words.format(count=targets))

    def ending(self) -> None:
        """Tell that the program ends."""
        self._manager.tell("STOPPING=1", "STATUS=" + self._tr.text(N_("Ending")))

    def give(self, sampler: Asker, writer: Answerer) -> None:
        """Give the sign if all is well, and ask the writer for its next one."""
        silent_s = (self._clock.monotonic_ms() - self._sampled_ms) / 1000
        longest_s = self._longest_s(sampler.quickest_step_s())
        if longest_s is not None and silent_s > longest_s:
            self._withhold(f"no target was asked for {silent_s:.0f} s")
        elif not writer.has_answered():
            self._withhold("the writer did not answer")
        else:
            self._manager.tell("WATCHDOG=1")
            self._is_well = True
        writer.ask()

    def _longest_s(self, step_s: float | None) -> float | None:
        """Return how long no sample may come; None where nothing is asked for one."""
        if step_s is None or self.step_s is None:
            return None
        return max(self.step_s, ROUNDS * step_s + HTTP_TIMEOUT_S)

    def _withhold(self, why: str) -> None:
        if self._is_well:
            log.error("%s: the service manager is not told that all is well", why)
        self._is_well = False
