"""What the store knows of the present, and what of the last known still belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.config.settings import Settings
from monitor.model import Disconnect, EpochMs, Sample, SessionChange, SessionState, StateChange
from monitor.store.lock import holder

if TYPE_CHECKING:
    from monitor.store.interface import Run
    from monitor.store.sqlite import Store

OPEN_FOR_MS = 7 * 86_400_000
"""An open disconnect is looked for this far back."""

PRESENT_ROUNDS = 3
"""So many rounds may pass a target over (a name that is not found, a probe in flight) before it
counts as asked no more: removed from the settings, or of a network that was left."""
LEAST_PRESENT_MS = 60_000
"""With very quick rounds too, a minute is the present of a person who looks."""
UP = SessionState.UP
PROCESS = "process"
"""The source of a session that is a program's own."""


@dataclass(frozen=True, slots=True)
class Present:
    """What a daemon sees now, or what the last one saw last."""

    now_ms: EpochMs
    is_running: bool
    run: Run | None
    """The one that watches, else the newest; None where nobody has watched yet."""
    alive_ms: EpochMs | None
    """The last sign of life of any daemon; None before the first."""
    samples: tuple[Sample, ...]
    """The last answer of each target that is asked."""
    sessions: tuple[SessionChange, ...]
    """The last change of each session that is watched, by the wallets' names."""
    unconnected: tuple[str, ...]
    """Wallets that are watched and have had no session yet in this run."""
    states: Mapping[str, StateChange]
    """The last change of each state of the device, by its key."""
    open: tuple[Disconnect, ...]
    """Disconnects that last."""


def look(store: Store, settings: Settings, now_ms: EpochMs) -> Present:
    """Read the present out of the store, and who holds it from its lock.

    Raises:
        StoreError: the store cannot be read.
    """
    pid = holder(store.path.parent)
    of_holder = None if pid is None else store.last_run(pid)
    run = of_holder or store.last_run()
    is_running = of_holder is not None
    began_ms = run.started_at_ms if run else None
    sessions = watched_now(store.sessions_before(now_ms + 1).values(), settings, began_ms)
    if is_running:  # each run opens its own: one that stood in an earlier run stands no more
        sessions = [c for c in sessions if c.at_ms >= (began_ms or 0) or c.state is not UP]
    seen = {change.wallet for change in sessions}
    watched = [name for name, wallet in settings.wallets.items() if wallet.enabled]
    found = store.disconnects(now_ms - OPEN_FOR_MS, now_ms + 1)
    return Present(
        now_ms=now_ms,
        is_running=is_running,
        run=run,
        alive_ms=store.last_alive_ms(),
        samples=tuple(asked_now(store.last_samples(), settings, began_ms if is_running else None)),
        sessions=tuple(sorted(sessions, key=lambda change: (change.wallet, change.source))),
        unconnected=tuple(name for name in watched if name not in seen) if is_running else (),
        states=store.states_before(now_ms + 1),
        open=tuple(one for one in found if one.ended_at_ms is None),
    )


def asked_now(
    samples: Sequence[Sample], settings: Settings, since_ms: EpochMs | None
) -> list[Sample]:
    """Return those that were asked within some rounds of the slowest target.

    Counted back from the newest answer: after a stop or a sleep, all are equally old. `since_ms`
    is when the run began that asks; None: none asks at present, and all are of the last one.
    """
    slowest_s = max(settings.interval_s, settings.saver_interval_s)
    if settings.portal.url:
        slowest_s = max(slowest_s, settings.portal.interval_s)
    present_ms = max(LEAST_PRESENT_MS, round(PRESENT_ROUNDS * slowest_s * 1000))
    newest_ms = max((sample.at_ms for sample in samples), default=0)
    least_ms = max(newest_ms - present_ms, since_ms or 0)
    return [sample for sample in samples if sample.at_ms >= least_ms]


def watched_now(
    sessions: Iterable[SessionChange], settings: Settings, since_ms: EpochMs | None
) -> list[SessionChange]:
    """Return the sessions that are watched, or that the last run saw change.

    `since_ms` is when that run began; None: there was none (a replayed trace), and all stay.
    """
    return [
        change
        for change in sessions
        if since_ms is None or change.at_ms >= since_ms or _is_watched(change, settings)
    ]


def _is_watched(change: SessionChange, settings: Settings) -> bool:
    wallet = settings.wallets.get(change.wallet)
    if wallet is None or not wallet.enabled:
        return False
    return change.source != PROCESS or bool(wallet.process)
