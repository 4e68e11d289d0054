"""Loss so heavy that a session which still stands cannot be used: said in session changes."""

from collections.abc import Iterable, Mapping, Sequence

from monitor.detect.disconnects import is_heavy
from monitor.detect.series import LegKey, key_of
from monitor.detect.thresholds import CUT_OFF_RTT_MS, HEAVY_LOSS_MS, HEAVY_OVER_MS
from monitor.model import Episode, EpochMs, How, Sample, SessionChange, SessionState
from monitor.stats import median

UNUSABLE = "heavy loss"
"""The `detail` of the changes made here; their end is told by the same word."""


def unusable(
    found: Iterable[Episode],
    standing: Mapping[str, SessionChange],
    now_ms: EpochMs,
    samples: Sequence[Sample] = (),
) -> list[SessionChange]:
    """Return the changes that heavy loss makes to the sessions that stand.

    Args:
        found: the episodes up to now.
        standing: the last change of each wallet's held session.
        now_ms: the present instant.
        samples: what was measured meanwhile; it tells loss from answers that are only late.

    A TCP connection survives 30 % loss for minutes, but nobody pays through it. The session
    counts as down from the first loss; it is up again at the first good sample after the last.
    One that came up in the midst of it had been lost, and that disconnect lasts as the loss does.
    """
    heavy = [
        episode
        for episode in found
        if is_heavy(episode)
        and (episode.ended_at_ms or now_ms) - episode.started_at_ms >= HEAVY_LOSS_MS
        and not _is_cut_off(episode, samples, now_ms)
    ]
    changes = []
    for wallet, last in standing.items():
        own = [e for e in heavy if e.device == last.device and e.wallet in (None, wallet)]
        lasting = [e for e in own if _lasts(e, now_ms)]
        start = min((e.started_at_ms for e in lasting), default=now_ms)
        if last.state is SessionState.UP and lasting and last.at_ms <= start:
            changes.append(
                SessionChange(
                    start,
                    wallet,
                    SessionState.DOWN,
                    How.TIMEOUT,
                    detail=UNUSABLE,
                    device=last.device,
                )
            )
        elif last.state is SessionState.DOWN and last.detail == UNUSABLE and not lasting:
            ends = [e.ended_at_ms for e in own if e.ended_at_ms is not None]
            end = max([last.at_ms, *ends]) if ends else now_ms
            changes.append(
                SessionChange(end, wallet, SessionState.UP, detail=UNUSABLE, device=last.device)
            )
    return changes


def _lasts(episode: Episode, now_ms: EpochMs) -> bool:
    """Tell whether it goes on: between two losses there are always a few good samples."""
    return episode.ended_at_ms is None or now_ms - episode.ended_at_ms < HEAVY_OVER_MS


def _is_cut_off(episode: Episode, samples: Iterable[Sample], now_ms: EpochMs) -> bool:
    """Tell whether so much seems lost only because answers come around the probes' time-out."""
    key = LegKey(episode.device, episode.leg, episode.family, episode.wallet)
    until_ms = now_ms if episode.ended_at_ms is None else episode.ended_at_ms - 1
    heard = [
        sample.rtt_ms
        for sample in samples
        if sample.rtt_ms is not None
        and episode.started_at_ms <= sample.at_ms <= until_ms
        and key_of(sample.target) == key
    ]
    middle = median(heard)
    return middle is not None and middle >= CUT_OFF_RTT_MS
