"""How often a condition held on this device, and how often a session was lost meanwhile.

The conditions are those that may be a mere coincidence: battery saver on, a weak signal, little
memory. Whoever has them always learns nothing from their holding once more.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from monitor.diagnose import thresholds as limit
from monitor.diagnose.observed import number
from monitor.diagnose.versions import is_older
from monitor.model import EpochMs, Exposure, Gap, StateChange, StateValue

Values = Mapping[str, StateValue]
"""State key -> its value; a key that is missing is not known."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something about the device that may, or may not, have to do with a disconnect."""

    key: str
    """The state key it is named by in `Case.exposures`."""
    holds: Callable[[Values], bool | None]
    """None where it is not known whether it holds."""
    also: tuple[str, ...] = ()
    """Further state keys that it is told by."""
    for_ms: int | None = None
    """It counts only so long after it began; None: as long as it holds."""

    @property
    def keys(self) -> frozenset[str]:
        """Return every state key that it is told by."""
        return frozenset((self.key, *self.also))


def is_low(value: StateValue) -> bool:
    """Tell whether a battery's percent are few."""
    percent = number(value)
    return percent is not None and percent <= limit.LOW_BATTERY_PERCENT


def is_weak(value: StateValue) -> bool:
    """Tell whether a signal in dBm is weak."""
    signal_dbm = number(value)
    return signal_dbm is not None and signal_dbm <= limit.WEAK_SIGNAL_DBM


def is_short_memory(value: StateValue) -> bool:
    """Tell whether so little memory is available that programs suffer."""
    ratio = number(value)
    return ratio is not None and ratio < limit.SHORT_MEMORY_RATIO


def is_pressed(value: StateValue) -> bool:
    """Tell whether programs waited for memory much of the time."""
    percent = number(value)
    return percent is not None and percent > limit.MEMORY_PRESSURE_PERCENT


def is_busy(value: StateValue) -> bool:
    """Tell whether the processor had nothing left to give."""
    ratio = number(value)
    return ratio is not None and ratio > limit.BUSY_CPU_RATIO


def is_block(value: StateValue) -> bool:
    """Tell whether the system says that it blocks the program's network."""
    return isinstance(value, str) and value.strip().upper() not in ("", "NONE")


def is_true(value: StateValue) -> bool:
    """Tell whether a switch is on."""
    return value is True


def is_false(value: StateValue) -> bool:
    """Tell whether a switch is off."""
    return value is False


def _when(key: str, is_so: Callable[[StateValue], bool]) -> Callable[[Values], bool | None]:
    """Return the rule that one state's value tells by itself."""

    def holds(values: Values) -> bool | None:
        value = values.get(key)
        return None if value is None else is_so(value)

    return holds


def _is_low_and_unplugged(values: Values) -> bool | None:
    """A battery that charges holds no program back, however low it is."""
    percent = number(values.get("battery.percent"))
    if percent is None:
        return None
    return is_low(percent) and values.get("battery.plugged") is not True


def _is_outdated(values: Values) -> bool | None:
    installed, newest = values.get("app.version"), values.get("app.newest_version")
    return None if installed is None or newest is None else is_older(installed, newest)


_ALL = (
    Condition("power.battery_saver", _when("power.battery_saver", is_true)),
    Condition("battery.percent", _is_low_and_unplugged, ("battery.plugged",)),
    Condition("wifi.signal_dbm", _when("wifi.signal_dbm", is_weak)),
    Condition("memory.available_ratio", _when("memory.available_ratio", is_short_memory)),
    Condition("memory.pressure", _when("memory.pressure", is_pressed)),
    Condition("cpu.load_ratio", _when("cpu.load_ratio", is_busy)),
    Condition("app.in_front", _when("app.in_front", is_false), for_ms=limit.BACKGROUND_MS),
    Condition("app.blocked_by", _when("app.blocked_by", is_block)),
    Condition("app.version", _is_outdated, ("app.newest_version",)),
)

CONDITIONS: Mapping[str, Condition] = MappingProxyType({item.key: item for item in _ALL})
"""State key -> the condition that is weighed by how often it holds."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of time in which it was known, without a change, whether a condition held."""

    since_ms: EpochMs
    until_ms: EpochMs
    holds: bool


def exposure(
    condition: Condition,
    history: Sequence[StateChange],
    gaps: Iterable[Gap],
    starts_ms: Iterable[EpochMs],
    since_ms: EpochMs,
    until_ms: EpochMs,
) -> Exposure:
    """Return how often a condition held in [since, until) and what was lost meanwhile.

    `history` are the changes of the condition's keys of one device, those before `since_ms`
    included that still held then. A gap ends what was known; `starts_ms` are disconnects.
    """
    runs = list(_runs(condition, history, gaps, since_ms, until_ms))
    held_count = count = 0
    for start_ms in starts_ms:
        run = _run_at(runs, start_ms + limit.STATE_LAG_MS) or _run_at(runs, start_ms)
        if run is not None:
            count += 1
            held_count += run.holds
    return Exposure(
        held_ms=sum(run.until_ms - run.since_ms for run in runs if run.holds),
        observed_ms=sum(run.until_ms - run.since_ms for run in runs),
        held_count=held_count,
        count=count,
    )


def _runs(
    condition: Condition,
    history: Sequence[StateChange],
    gaps: Iterable[Gap],
    since_ms: EpochMs,
    until_ms: EpochMs,
) -> Iterator[_Run]:
    """Give the runs of a condition inside [since, until), in time order."""
    begun_ms, held = since_ms, None
    for at_ms, holds in [*_switches(condition, history, gaps), (until_ms, None)]:
        if holds is held and at_ms < until_ms:
            continue
        if held is not None:
            yield from _cut(_Run(begun_ms, at_ms, held), condition.for_ms, since_ms, until_ms)
        begun_ms, held = at_ms, holds


def _cut(run: _Run, for_ms: int | None, since_ms: EpochMs, until_ms: EpochMs) -> Iterator[_Run]:
    """Give a run's part inside the window; what outlasts `for_ms` no longer holds."""
    turns_ms = run.until_ms
    if run.holds and for_ms is not None:
        turns_ms = min(run.until_ms, run.since_ms + for_ms)
    for first, last, holds in (
        (run.since_ms, turns_ms, run.holds),
        (turns_ms, run.until_ms, False),
    ):
        begin, end = max(first, since_ms), min(last, until_ms)
        if begin < end:
            yield _Run(begin, end, holds)


def _switches(
    condition: Condition, history: Sequence[StateChange], gaps: Iterable[Gap]
) -> Iterator[tuple[EpochMs, bool | None]]:
    """Give when it became known, or unknown, whether the condition holds.

    What is dated inside a gap was not observed; at its end everything is stored anew.
    """
    values: dict[str, StateValue] = {}
    blind_until_ms: EpochMs | None = None
    events: list[Gap | StateChange] = [*gaps, *history]
    for event in sorted(events, key=_event_key):
        if isinstance(event, Gap):
            values.clear()
            blind_until_ms = max(event.until_ms, blind_until_ms or event.until_ms)
            yield event.at_ms, None
        elif blind_until_ms is None or event.at_ms >= blind_until_ms:
            values[event.key] = event.value
            yield event.at_ms, condition.holds(values)


def _event_key(event: Gap | StateChange) -> tuple[EpochMs, bool, str]:
    """Put gaps first where instants are equal, and contradictory values in a fixed order."""
    return event.at_ms, isinstance(event, StateChange), repr(event)


def _run_at(runs: Sequence[_Run], at_ms: EpochMs) -> _Run | None:
    """Return the run that an instant lies in."""
    place = bisect_right(runs, at_ms, key=lambda run: run.since_ms) - 1
    return runs[place] if place >= 0 and at_ms < runs[place].until_ms else None
