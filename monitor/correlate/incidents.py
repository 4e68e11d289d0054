"""Disconnects that come together counted once: they share their reason, and are no new evidence."""

from collections.abc import Iterable

from monitor.correlate.exposure import Spans
from monitor.model import Disconnect, EpochMs

QUIET_MS = 10 * 60_000
"""Sessions that break again within ten minutes of being back mostly break for the same reason; a
person would call it one incident."""


def merged(disconnects: Iterable[Disconnect]) -> Spans:
    """Return when each incident began and its last disconnect ended, in time order.

    A disconnect belongs to the incident before it if it began less than ten minutes after all of
    that one's disconnects had ended. One that has not ended counts as a moment: how long it will
    last is not known.
    """
    found: list[tuple[EpochMs, EpochMs]] = []
    for one in sorted(disconnects, key=lambda one: one.started_at_ms):
        end_ms = one.started_at_ms if one.ended_at_ms is None else one.ended_at_ms
        if found and one.started_at_ms - found[-1][1] < QUIET_MS:
            found[-1] = (found[-1][0], max(found[-1][1], end_ms))
        else:
            found.append((one.started_at_ms, end_ms))
    return tuple(found)
