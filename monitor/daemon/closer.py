"""What a closer look asks beside the samples: the kernel's figures, and the first dead hop.

Nothing of this runs in quiet times: its jobs begin with a closer look and end with it.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping

from monitor.daemon.boundary import guarded
from monitor.daemon.sampler import Sampler
from monitor.daemon.schedule import SAMPLING, Schedule
from monitor.daemon.states import States
from monitor.model import StateValue
from monitor.probes.interface import ProbeError
from monitor.probes.walk import Path, walk
from monitor.wallet.interface import Source
from monitor.wallet.tcp_info import TcpFigures

log = logging.getLogger(__name__)

FIGURES_STEP_S = 1.0
"""The kernel sends a lost segment again after 0.2 s, 0.4 s, 0.8 s...: once a second shows it."""

WALK_AFTER_S = 2.0
"""Loss that lasts this long is no burst of noise: the way is worth some thirty packets."""

WALK_STEP_S = 0.5
"""How often it is looked whether the walk is due, until it is made."""

_FIGURES_JOB = "closer figures"
_WALK_JOB = "closer walk"


class Beside:
    """Goes along with each closer look.

    Args:
        schedule: where its jobs are scheduled.
        sampler: knows whether the look runs and what is lost.
        states: takes what is found.
        sources: the wallets' connections.
        target: returns the address to walk to; None where there is none.
        way: walks to an address.
    """

    def __init__(
        self,
        schedule: Schedule,
        sampler: Sampler,
        states: States,
        sources: Iterable[Source],
        target: Callable[[], str | None],
        way: Callable[[str], Path | None] = walk,
    ) -> None:
        self._schedule = schedule
        self._sampler = sampler
        self._states = states
        self._sources = list(sources)
        self._target = target
        self._way = way
        self._guard = threading.Lock()
        self._may_walk = True
        self._is_walk_due = False

    def begin(self) -> None:
        """Begin with a closer look that has just begun."""
        self._states.forget_passing()
        self._every(_FIGURES_JOB, FIGURES_STEP_S, self._take_figures, 0.0)
        if self._may_walk:
            self._is_walk_due = True
            self._every(_WALK_JOB, WALK_STEP_S, self._walk_if_due, WALK_AFTER_S)

    def _every(self, name: str, step_s: float, job: Callable[[], None], phase_s: float) -> None:
        work = guarded(name, job)
        self._schedule.every(name, step_s, work, phase_s=phase_s, pool=SAMPLING)

    def _take_figures(self) -> None:
        if not self._sampler.is_close():
            self._schedule.remove(_FIGURES_JOB)
            return
        found: dict[str, TcpFigures] = {}
        for source in self._sources:
            # The held session comes first: its questions are known, a program's are not.
            figures = None if source.wallet in found else source.figures()
            if figures is not None:
                found[source.wallet] = figures
        for wallet, figures in found.items():
            self._states.take(figure_states(wallet, figures))

    def _walk_if_due(self) -> None:
        if not self._sampler.is_close():
            self._schedule.remove(_WALK_JOB)
            return
        if not self._sampler.has_loss():
            return
        with self._guard:
            is_due, self._is_walk_due = self._is_walk_due, False
        self._schedule.remove(_WALK_JOB)
        host = self._target() if is_due else None
        path = None if host is None else self._walk(host)
        if path is not None:
            self._states.take(path_states(path))

    def _walk(self, host: str) -> Path | None:
        try:
            return self._way(host)
        except ProbeError as error:
            self._may_walk = False
            log.debug("the way is not walked: %s", error)
        except ValueError:
            log.debug("the way is not walked: %s is no address", host)
        return None


def figure_states(wallet: str, figures: TcpFigures) -> Mapping[str, StateValue]:
    """Return the states of a wallet's connection."""
    return {
        f"tcp.{wallet}.unacked_count": figures.unacked_count,
        f"tcp.{wallet}.retransmit_count": figures.retransmit_count,
        f"tcp.{wallet}.rtt_ms": figures.rtt_ms,
        f"tcp.{wallet}.silent_ms": figures.silent_ms,
    }


def path_states(path: Path) -> Mapping[str, StateValue]:
    """Return the states of a walk; the target comes last and says that it is whole."""
    return {
        "path.last_heard_hop": path.last_heard_hop,
        "path.last_heard_address": path.last_heard_address,
        "path.first_dead_hop": path.first_dead_hop,
        "path.walk_target": path.target,
    }
