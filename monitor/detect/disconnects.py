"""Session changes, episodes and gaps -> disconnects: when each began, how, and when it ended.

A wallet is watched by sources (its held session, a program's connections); each source's changes
are judged by themselves. What counts and what does not:

- before the first success there is nothing to lose: "not connected yet";
- an orderly close of a session that had lived, accepted again at once, is normal;
- drops a few seconds apart are one;
- a gap (sleep, stop, clock) ends what was open, and after it the network is given time to settle;
- an outage begins at its first lost sample and, where loss outlasts it, ends with the loss.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from monitor.detect import thresholds as limit
from monitor.model import (
    Condition,
    Disconnect,
    Episode,
    EpochMs,
    Gap,
    GapWhy,
    How,
    Leg,
    SessionChange,
    SessionState,
)

_PATH_LEGS = (Leg.LINK, Leg.GATEWAY, Leg.INTERNET, Leg.WALLET)
"""Legs whose silence silences a session that already stands."""

_SILENT_ENDS = (How.TIMEOUT, How.UNREACHABLE, How.DNS)
"""Ends that are noticed later than they begin; all others happen at a known moment."""

_TELLING: dict[How, tuple[How, ...]] = {
    How.TIMEOUT: (How.UNREACHABLE, How.TLS, How.DNS),
    How.RESET: (How.TLS, How.DNS),
    How.CLOSED: (How.TLS, How.DNS),
}
"""What the next attempt may say better than the end itself did: silence where there is no way at
all; an end that was made to bring a false certificate or a lying resolver into play. That a bank
refuses after a reset is evidence for the cause; the session still ended by a reset."""


@dataclass(frozen=True, slots=True)
class _Drop:
    """A drop as one source told it."""

    started_at_ms: EpochMs
    ended_at_ms: EpochMs | None
    how: How
    first_how: How
    """How it ended at first sight: what came after refines the reason, not the moment."""
    up_since_ms: EpochMs | None
    last_good_at_ms: EpochMs | None
    lived_ms: int | None
    detail: str


def disconnects(
    changes: Sequence[SessionChange], found: Sequence[Episode] = (), gaps: Sequence[Gap] = ()
) -> list[Disconnect]:
    """Return the disconnects that the changes show, by start.

    `changes` are in time order and begin early enough to tell whether a session had stood
    (see `sessions_before` of the store); `found` are the episodes of the same time.
    """
    result: list[Disconnect] = []
    for (device, wallet, source), own in _by_source(changes).items():
        near = [e for e in found if e.device == device and e.wallet in (None, wallet)]
        own_gaps = [gap for gap in gaps if gap.device == device]
        drops = [drop for drop in _drops(own, own_gaps) if not _is_normal_close(drop)]
        dated = [_dated(drop, near) for drop in drops]
        result += [
            Disconnect(
                wallet, source, d.started_at_ms, d.ended_at_ms, d.how, note=d.detail, device=device
            )
            for d in _merged(dated, own_gaps)
        ]
    return sorted(result, key=lambda d: (d.started_at_ms, d.wallet, d.source))


def _by_source(
    changes: Iterable[SessionChange],
) -> dict[tuple[str, str, str], list[SessionChange]]:
    """Sort changes by who saw them about what, in time order."""
    sorted_changes: dict[tuple[str, str, str], list[SessionChange]] = defaultdict(list)
    for change in sorted(changes, key=lambda change: change.at_ms):
        sorted_changes[change.device, change.wallet, change.source].append(change)
    return sorted_changes


def _drops(changes: Sequence[SessionChange], gaps: Sequence[Gap]) -> list[_Drop]:
    """Walk one source's changes and the gaps between them."""
    walk = _Walk()
    # what was seen in the very millisecond that a gap begins at was seen before it: a program that
    # is killed right after it stored an end was last alive at that end
    events: list[tuple[EpochMs, int, SessionChange | Gap]] = [
        *((change.at_ms, 0, change) for change in changes),
        *((gap.at_ms, 1, gap) for gap in gaps),
    ]
    for _, _, event in sorted(events, key=lambda item: (item[0], item[1])):
        walk.take(event)
    return walk.finished()


class _Walk:
    """The state of one source while its changes are walked."""

    def __init__(self) -> None:
        self._drops: list[_Drop] = []
        self._open: _Drop | None = None
        self._told_at_ms: EpochMs | None = None
        self._up_since_ms: EpochMs | None = None
        self._settle_until_ms: EpochMs | None = None
        self._had_stood = False

    def take(self, event: SessionChange | Gap) -> None:
        """Go one event further."""
        if isinstance(event, Gap):
            self._gap(event)
        elif event.state is SessionState.UP:
            self._up(event)
        else:
            self._down(event)

    def finished(self) -> list[_Drop]:
        """Return every drop, the one that lasts included."""
        return [*self._drops, self._open] if self._open else self._drops

    def _gap(self, gap: Gap) -> None:
        if self._open is not None:
            self._close(max(gap.at_ms, self._open.started_at_ms))
        self._had_stood = self._had_stood and gap.why is not GapWhy.STOPPED
        self._up_since_ms = None
        self._settle_until_ms = gap.until_ms + limit.SETTLE_MS

    def _up(self, change: SessionChange) -> None:
        if self._open is not None:
            self._close(change.at_ms)
        self._had_stood = True
        self._up_since_ms = change.at_ms
        self._settle_until_ms = None

    def _down(self, change: SessionChange) -> None:
        if self._open is not None:
            if change.at_ms == self._told_at_ms and change.how in _TELLING.get(self._open.how, ()):
                self._open = replace(self._open, how=change.how, detail=change.detail)
            return
        if not self._had_stood:
            return
        started_at_ms = max(change.at_ms, self._settle_until_ms or change.at_ms)
        self._told_at_ms = change.at_ms
        lived_ms = change.lived_ms
        if lived_ms is None and self._up_since_ms is not None:
            lived_ms = change.at_ms - self._up_since_ms
        how = change.how or How.TIMEOUT
        self._open = _Drop(
            started_at_ms,
            None,
            how,
            how,
            self._up_since_ms,
            change.last_good_at_ms,
            lived_ms,
            change.detail,
        )

    def _close(self, at_ms: EpochMs) -> None:
        """End the open drop; one that ended before it was let count never was."""
        if self._open is not None and at_ms >= self._open.started_at_ms:
            self._drops.append(replace(self._open, ended_at_ms=at_ms))
        self._open = None


def _is_normal_close(drop: _Drop) -> bool:
    """Tell whether the far end tidied an idle session away and took the next one at once."""
    return (
        drop.how is How.CLOSED
        and drop.ended_at_ms is not None
        and drop.ended_at_ms - drop.started_at_ms <= limit.NORMAL_RETURN_MS
        and (drop.lived_ms is None or drop.lived_ms >= limit.NORMAL_LIFE_MS)
    )


def _dated(drop: _Drop, near: Sequence[Episode]) -> _Drop:
    """Date a drop by what the legs showed: from the first loss to the end of the loss."""
    drop = _seen_through_loss(drop, near)
    ended_at_ms = drop.ended_at_ms
    until_ms = drop.started_at_ms if ended_at_ms is None else ended_at_ms
    legs = (Leg.DNS,) if drop.first_how is How.DNS else _PATH_LEGS
    touching = [
        episode
        for episode in near
        if episode.leg in legs
        and episode.condition in (Condition.DEAD, Condition.LOSSY)
        and episode.overlaps(drop.started_at_ms - limit.SPELL_MERGE_MS, until_ms)
    ]
    return replace(
        drop,
        started_at_ms=_start(drop, touching),
        ended_at_ms=_end(drop, [e for e in touching if e.condition is Condition.LOSSY]),
    )


def _seen_through_loss(drop: _Drop, near: Sequence[Episode]) -> _Drop:
    """Return the drop as silence where names failed only because everything was being lost."""
    if drop.how is not How.DNS or drop.first_how not in (How.DNS, How.TIMEOUT):
        return drop
    until_ms = drop.started_at_ms if drop.ended_at_ms is None else drop.ended_at_ms
    since_ms = drop.started_at_ms - limit.LOSSY_WINDOW_MS
    if not any(is_heavy(e) and e.overlaps(since_ms, until_ms) for e in near):
        return drop
    return replace(drop, how=How.TIMEOUT, first_how=How.TIMEOUT)


def _start(drop: _Drop, touching: Sequence[Episode]) -> EpochMs:
    """Return the first lost sample of the trouble that silenced the session."""
    if drop.first_how not in _SILENT_ENDS:
        return drop.started_at_ms
    floor = drop.started_at_ms - limit.WALK_BACK_MS
    if drop.up_since_ms is not None:
        floor = max(floor, drop.up_since_ms)
    starts = [e.started_at_ms for e in touching if floor <= e.started_at_ms]
    return min([drop.started_at_ms, *starts])


def _end(drop: _Drop, lossy: Sequence[Episode]) -> EpochMs | None:
    """Return when heavy loss that the session fell to was over, if that was later."""
    if drop.ended_at_ms is None or drop.how is not How.TIMEOUT:
        return drop.ended_at_ms
    ended_at_ms = drop.ended_at_ms
    for episode in lossy:
        if not is_heavy(episode):
            continue
        if episode.ended_at_ms is None:
            return None
        ended_at_ms = max(ended_at_ms, episode.ended_at_ms)
    return ended_at_ms


def is_heavy(episode: Episode) -> bool:
    """Tell whether a lossy episode is heavy enough that a session cannot be used through it."""
    return (
        episode.condition is Condition.LOSSY
        and episode.leg in (Leg.GATEWAY, Leg.INTERNET, Leg.WALLET)
        and episode.measured_count >= limit.HEAVY_MEASURED_COUNT
        and episode.lost_count >= limit.HEAVY_LOSS_RATIO * episode.measured_count
    )


def _merged(drops: Sequence[_Drop], gaps: Sequence[Gap]) -> list[_Drop]:
    """Join drops that the user felt as one; nothing is joined across a gap."""
    merged: list[_Drop] = []
    for drop in sorted(drops, key=lambda drop: drop.started_at_ms):
        last = merged[-1] if merged else None
        if last is not None and _belong_together(last, drop, gaps):
            ends = (last.ended_at_ms, drop.ended_at_ms)
            ended = None if None in ends else max(end for end in ends if end is not None)
            merged[-1] = replace(last, ended_at_ms=ended)
        else:
            merged.append(drop)
    return merged


def _belong_together(first: _Drop, second: _Drop, gaps: Sequence[Gap]) -> bool:
    """Tell whether the second drop came before the user could have used the session again."""
    if first.ended_at_ms is None:
        return True
    if second.started_at_ms - first.ended_at_ms >= limit.MERGE_DROPS_MS:
        return False
    return not any(first.started_at_ms <= gap.at_ms <= second.started_at_ms for gap in gaps)
