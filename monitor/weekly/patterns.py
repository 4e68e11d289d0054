"""The week as correlation takes it: who was disconnected when, in which state of things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.correlate.engine import factors
from monitor.correlate.interface import PathMinute, WatchedWeek
from monitor.model import CauseCode, Diagnosis, Disconnect, EpochMs, Factor, Gap, Role
from monitor.report.interface import Week
from monitor.report.summary import cause_of

if TYPE_CHECKING:
    from monitor.store.series import TargetMinute
    from monitor.store.sqlite import Store

STATE_KEYS = frozenset(
    {
        "app.version",
        "battery.percent",
        "battery.plugged",
        "cpu.load_ratio",
        "link.kind",
        "link.vpn",
        "memory.available_ratio",
        "memory.pressure",
        "network.metered",
        "power.battery_saver",
        "wifi.signal_dbm",
        "wifi.ssid",
    }
)
"""The states that the factors look at (held against them by a test)."""

ROLES = frozenset({Role.ANCHOR, Role.WALLET, Role.GATEWAY})
"""The targets whose loss and latency are factors."""

QUARTER_MS = 15 * 60_000
"""Every zone changes its clocks on a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Told:
    """The disconnects that began in the week, and why."""

    incidents: Sequence[Disconnect]
    diagnoses: Mapping[int, Diagnosis]


def patterns(
    store: Store,
    week: Week,
    observed: tuple[EpochMs, EpochMs] | None,
    told: Told,
    gaps: Sequence[Gap],
    minutes: Iterable[TargetMinute],
) -> tuple[Factor, ...]:
    """Return the factors of a week; none where nothing of it was observed, or nothing happened.

    Ends that are no fault (the machine slept) are left out.
    """
    if observed is None:
        return ()
    since_ms, until_ms = max(week.since_ms, observed[0]), min(week.until_ms, observed[1])
    faults = [one for one in told.incidents if _is_fault(one, told.diagnoses)]
    if since_ms >= until_ms or not faults:
        return ()
    return factors(
        WatchedWeek(
            since_ms=since_ms,
            until_ms=until_ms,
            disconnects=tuple(faults),
            states=tuple(store.states(since_ms, until_ms, STATE_KEYS)),
            states_before=store.states_at(since_ms, STATE_KEYS),
            gaps=tuple(gaps),
            minutes=tuple(
                PathMinute(m.at_ms, m.target, m.measured_count, m.lost_count, m.rtt_ms)
                for m in minutes
                if since_ms <= m.at_ms < until_ms
            ),
            offsets=offsets(week),
        )
    )


def _is_fault(one: Disconnect, diagnoses: Mapping[int, Diagnosis]) -> bool:
    diagnosis = None if one.id is None else diagnoses.get(one.id)
    return cause_of(one, diagnosis) is not CauseCode.SLEEP


def offsets(week: Week) -> tuple[tuple[EpochMs, int], ...]:
    """Return from which instant on local time is how many seconds ahead of UTC."""
    found: list[tuple[EpochMs, int]] = []
    for at_ms in range(week.since_ms, week.until_ms, QUARTER_MS):
        offset = week.local(at_ms).utcoffset()
        assert offset is not None  # `local` gives aware datetimes
        offset_s = round(offset.total_seconds())
        if not found or found[-1][1] != offset_s:
            found.append((at_ms, offset_s))
    return tuple(found)
