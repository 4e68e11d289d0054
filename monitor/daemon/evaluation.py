"""When what is stored is looked at for disconnects: in turns, when something happens, and each
second while it does. It is the writer's thread that looks, after all that was queued before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from monitor import pipeline
from monitor.clock import Clock
from monitor.daemon.boundary import guarded
from monitor.daemon.schedule import Schedule
from monitor.diagnose.words import cause_title
from monitor.locale import N_, Translator
from monitor.model import EpochMs

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

log = logging.getLogger(__name__)

EVALUATE_S = 1200.0
"""The regular look, when nothing has happened: what happens is looked at when it does. It has the
batch of samples written, so what else is due regularly comes with it: a commit costs the disk some
thirty kilobytes whatever is in it."""

ALERT_STEP_S = 1.0
"""The look while something happens."""

ALERT_MS = 45_000
"""How long after the last sign of trouble it is looked at every second: the closer look and the
time in which a diagnosis still changes."""


class OnWriter(Protocol):
    """Has the writer do a task after what is queued."""

    def __call__(self, name: str, task: Callable[[Store], None], *, is_once: bool = False) -> None:
        """`is_once`: one of this name that still waits for the disk need not be done as well."""
        ...


class Evaluation:
    """Has what is stored evaluated, and tells what comes of it.

    Args:
        clock: the machine's clocks.
        schedule: where the looks of an alert are scheduled.
        on_writer: has a task done on the writer's thread.
        controls: wallets that are watched as controls.
        consider: takes what was found, to have it announced.
        tr: the user's language, for the log.
    """

    def __init__(
        self,
        clock: Clock,
        schedule: Schedule,
        on_writer: OnWriter,
        controls: frozenset[str],
        consider: Callable[[Store, Iterable[pipeline.Outcome]], None],
        tr: Translator,
    ) -> None:
        self._clock = clock
        self._schedule = schedule
        self._on_writer = on_writer
        self._controls = controls
        self._consider = consider
        self._tr = tr
        self._alert_until_ms = 0.0
        self._evaluated_ms: EpochMs | None = None

    def begin_from(self, last_ms: EpochMs | None) -> None:
        """Take the last run's last sign of life; None where there was no run."""
        self._evaluated_ms = last_ms

    def look(self) -> None:
        """Have the writer evaluate what is stored, after what is queued."""
        self._on_writer("evaluate", self._evaluate, is_once=True)

    def alert(self) -> None:
        """Look every second for a while."""
        is_new = self._clock.monotonic_ms() >= self._alert_until_ms
        self._alert_until_ms = self._clock.monotonic_ms() + ALERT_MS
        if is_new:
            self._schedule.every("alert", ALERT_STEP_S, guarded("alert", self._alert_round))

    def _alert_round(self) -> None:
        if self._clock.monotonic_ms() >= self._alert_until_ms:
            self._schedule.remove("alert")
        self._on_writer("heavy loss", self._degrade, is_once=True)
        self.look()

    def _degrade(self, store: Store) -> None:
        for change in pipeline.degrade(store, self._clock.wall_ms()):
            log.warning("%s: %s", change.wallet, change.detail)

    def _evaluate(self, store: Store) -> None:
        now_ms = self._clock.wall_ms()
        outcomes = pipeline.evaluate(store, now_ms, self._controls, self._since_ms(now_ms))
        self._evaluated_ms = now_ms
        for outcome in outcomes:
            if outcome.is_new:
                log.warning("%s", self._said_of(outcome))
        self._consider(store, outcomes)

    def _since_ms(self, now_ms: EpochMs) -> EpochMs:
        """Return since when is evaluated: the disk may have refused for longer than is usual, and
        the last run may have been killed before it evaluated what it had stored."""
        last_ms = now_ms if self._evaluated_ms is None else min(now_ms, self._evaluated_ms)
        return last_ms - pipeline.LOOK_BACK_MS

    def _said_of(self, outcome: pipeline.Outcome) -> str:
        """Return the log's line for a disconnect that was just found."""
        best, drop = outcome.diagnosis.best, outcome.disconnect
        words = self._tr.text(N_("{wallet} lost its connection: {cause}"))
        return words.format(wallet=drop.wallet, cause=cause_title(best.cause, self._tr))
