"""PURE: what of the last known still belongs to the present, by the settings in force."""

from collections.abc import Iterable, Sequence

from monitor.config.settings import Settings
from monitor.model import EpochMs, Sample, SessionChange

PRESENT_ROUNDS = 3
"""So many rounds may pass a target over (a name that is not found, a probe in flight) before it
counts as asked no more: removed from the settings, or of a network that was left."""
LEAST_PRESENT_MS = 60_000
"""With very quick rounds too, a minute is the present of a person who looks."""
PROCESS = "process"
"""The source of a session that is a program's own."""


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
