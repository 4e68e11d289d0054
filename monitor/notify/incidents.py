"""Which disconnects belong together, as a person would say it; pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from monitor.model import CauseCode, Disconnect, EpochMs, How
from monitor.notify.quiet import Stretch

LOST_AFTER_MS = 5_000
"""A shorter loss heals before a person could act on it: it is recorded, never shown."""

QUIET_BETWEEN_MS = 600_000
"""Ten minutes in which all is well end an incident: what drops sooner is the same trouble."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A disconnect and what is thought of it."""

    disconnect: Disconnect
    cause: CauseCode | None
    """None: not known, or not explained."""

    @property
    def is_open(self) -> bool:
        """Tell whether it lasts."""
        return self.disconnect.ended_at_ms is None


@dataclass(frozen=True, slots=True)
class Incident:
    """Losses with no ten quiet minutes between them, by start; never empty."""

    losses: tuple[Loss, ...]

    @property
    def ids(self) -> frozenset[int]:
        """Return the numbers of its disconnects."""
        return frozenset(x.disconnect.id for x in self.losses if x.disconnect.id is not None)

    @property
    def open_losses(self) -> tuple[Loss, ...]:
        """Return those that last."""
        return tuple(loss for loss in self.losses if loss.is_open)

    @property
    def ended_at_ms(self) -> EpochMs | None:
        """Return when the last one ended; None while one lasts."""
        ends = [loss.disconnect.ended_at_ms for loss in self.losses]
        known = [end for end in ends if end is not None]
        return max(known) if len(known) == len(ends) else None


def tellable(
    losses: Iterable[Loss], controls: Collection[str], now_ms: EpochMs
) -> tuple[Loss, ...]:
    """Return, by start, the losses that are worth a word.

    Not controls (they are watched for comparison), not what the user told us, not sleep (that is
    no fault, and who closed the lid knows it), and no blips.
    """
    worth = [
        loss
        for loss in losses
        if loss.disconnect.wallet not in controls
        and loss.disconnect.how is not How.REPORTED
        and loss.cause is not CauseCode.SLEEP
        and _end(loss, now_ms) - loss.disconnect.started_at_ms >= LOST_AFTER_MS
    ]
    return tuple(sorted(worth, key=lambda x: (x.disconnect.started_at_ms, x.disconnect.id or 0)))


def incidents(losses: Sequence[Loss], now_ms: EpochMs) -> list[Incident]:
    """Return the losses (by start) as incidents."""
    groups: list[list[Loss]] = []
    latest_ms = 0
    for loss in losses:
        if not groups or loss.disconnect.started_at_ms - latest_ms >= QUIET_BETWEEN_MS:
            groups.append([])
        groups[-1].append(loss)
        latest_ms = max(latest_ms, _end(loss, now_ms))
    return [Incident(tuple(group)) for group in groups]


def stretches(losses: Iterable[Loss], now_ms: EpochMs) -> list[Stretch]:
    """Return the times in which any of them (given by start) was down, each counted once."""
    found: list[Stretch] = []
    for loss in losses:
        start_ms, end_ms = loss.disconnect.started_at_ms, _end(loss, now_ms)
        if found and start_ms <= found[-1].until_ms:
            found[-1] = Stretch(found[-1].since_ms, max(found[-1].until_ms, end_ms))
        else:
            found.append(Stretch(start_ms, end_ms))
    return found


def wallets(losses: Iterable[Loss]) -> tuple[str, ...]:
    """Return the wallets that were lost, each once, in the order of their loss."""
    return tuple(dict.fromkeys(loss.disconnect.wallet for loss in losses))


def most_often(losses: Iterable[Loss]) -> CauseCode | None:
    """Return the cause of most of them, the earliest among equals; None where none is known."""
    counts = Counter(loss.cause for loss in losses if loss.cause is not None)
    return max(counts, key=lambda cause: counts[cause]) if counts else None


def _end(loss: Loss, now_ms: EpochMs) -> EpochMs:
    """Return its end, or now."""
    ended_ms = loss.disconnect.ended_at_ms
    return max(now_ms, loss.disconnect.started_at_ms) if ended_ms is None else ended_ms
