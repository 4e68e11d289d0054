"""Circumstances of time: shortly after the machine woke, and the part of the day."""

from monitor.correlate.exposure import Span, common, union
from monitor.correlate.factors.interface import Held, Scene
from monitor.model import GapWhy

AWAKE_MS = 5 * 60_000
"""After five minutes the network, the address and the clock have long settled."""
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
BANDS_H = ((0, 6), (6, 12), (12, 18), (18, 24))
"""Night, morning, afternoon, evening; single hours would be 24 questions to one week."""


def wake_up(scene: Scene) -> list[Held]:
    """Return the first minutes after each sleep; no factor where the machine never slept."""
    wakes = [gap.until_ms for gap in scene.week.gaps if gap.why is GapWhy.SLEEP]
    if not wakes:
        return []
    held = union((at_ms, at_ms + AWAKE_MS) for at_ms in wakes)
    return [Held("sleep.wake_up", "", held, scene.observed)]


def hour_of_day(scene: Scene) -> list[Held]:
    """Return each part of the local day."""
    return [
        Held(
            "time.hour", f"{first:02d}-{last:02d}", union(_band(scene, first, last)), scene.observed
        )
        for first, last in BANDS_H
    ]


def _band(scene: Scene, first_h: int, last_h: int) -> list[Span]:
    """Return the band of each local day, cut where the local clock was changed."""
    week, found = scene.week, list[Span]()
    for index, (_, offset_s) in enumerate(week.offsets):
        since_ms = week.offsets[index][0] if index else week.since_ms
        is_last = index + 1 == len(week.offsets)
        until_ms = week.until_ms if is_last else week.offsets[index + 1][0]
        stretch = (max(since_ms, week.since_ms), min(until_ms, week.until_ms))
        if stretch[0] >= stretch[1]:
            continue
        midnight = stretch[0] - (stretch[0] + offset_s * 1000) % DAY_MS
        days = range(midnight, stretch[1], DAY_MS)
        bands = union((day + first_h * HOUR_MS, day + last_h * HOUR_MS) for day in days)
        found.extend(common(bands, (stretch,)))
    return found
