"""Weeks at random with a known truth: what correlation is tried on.

They are as unkind as real ones: nights asleep, states that last for hours or a whole day, and
drops that come in clusters, some of which go on for longer than one incident does.
"""

from collections.abc import Callable, Iterable, Iterator
from random import Random

from monitor.correlate.exposure import Span, Spans, length_ms, observed, union
from monitor.correlate.interface import PathMinute, WatchedWeek
from monitor.model import (
    Disconnect,
    EpochMs,
    Gap,
    GapWhy,
    How,
    ProbeKind,
    Role,
    StateChange,
    StateValue,
    Target,
)

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
DAYS = 7
BEGIN_MS = 1_763_942_400_000
"""Monday 2025-11-24 00:00 UTC."""
INCIDENTS = 8
"""Expected number a week of what starts a cluster; it is drawn between half of it and double."""
FOLLOWERS = 1.5
"""Expected number of drops that each one brings along."""
SLOW_FOLLOWER_RATIO = 0.15
"""So many of them come after half an hour, too late for the same incident."""
ANCHORS = tuple(Target(name, Role.ANCHOR, ProbeKind.ICMP) for name in ("one", "two"))


def null_week(random: Random) -> WatchedWeek:
    """Return a week in which no state has anything to do with any drop."""
    gaps = _nights(random)
    seen = observed(BEGIN_MS, BEGIN_MS + DAYS * DAY_MS, gaps)
    states = [change for lines in _states(random) for change in lines]
    count = _incident_count(random)
    drops = _drops(random, (_anywhere(random, seen) for _ in range(count)), seen)
    return _week(gaps, states, drops, _minutes(random, seen))


def saver_week(random: Random, true_ratio: float) -> WatchedWeek:
    """Return a week in which drops are `true_ratio` times as frequent on battery saver."""
    gaps = _nights(random)
    seen = observed(BEGIN_MS, BEGIN_MS + DAYS * DAY_MS, gaps)
    lines = _states(random)
    saver = lines[0]
    free_share = _incident_count(random) / _expected_weight(saver, seen, true_ratio)
    starts: list[EpochMs] = []
    for start, end in _on_spans(saver):
        starts += _starts(random, free_share * (true_ratio - 1), _inside(seen, start, end))
    starts += _starts(random, free_share, seen)
    states = [change for line in lines for change in line]
    return _week(gaps, states, _drops(random, starts, seen), ())


def _week(
    gaps: tuple[Gap, ...],
    states: list[StateChange],
    drops: Iterable[Disconnect],
    minutes: Iterable[PathMinute],
) -> WatchedWeek:
    return WatchedWeek(
        since_ms=BEGIN_MS,
        until_ms=BEGIN_MS + DAYS * DAY_MS,
        disconnects=tuple(drops),
        states=tuple(states),
        gaps=gaps,
        minutes=tuple(minutes),
        offsets=((BEGIN_MS, 0),),
    )


def _incident_count(random: Random) -> int:
    return round(INCIDENTS * 2 ** random.uniform(-1, 1))


def _nights(random: Random) -> tuple[Gap, ...]:
    """The machine sleeps from about 23:30 to about 8:30."""
    ends = [random.gauss(8.5, 1) * HOUR_MS for _ in range(DAYS + 1)]
    begins = [random.gauss(-0.5, 1) * HOUR_MS for _ in range(DAYS + 1)]
    return tuple(
        Gap(BEGIN_MS + day * DAY_MS + round(begins[day]), midnight + round(ends[day]), why)
        for day in range(DAYS + 1)
        for midnight, why in ((BEGIN_MS + day * DAY_MS, GapWhy.SLEEP),)
    )


def _anywhere(random: Random, spans: Spans) -> EpochMs:
    left = random.randrange(length_ms(spans))
    for start, end in spans:
        if left < end - start:
            return start + left
        left -= end - start
    raise AssertionError("it is shorter than the spans together")


def _inside(spans: Spans, since_ms: EpochMs, until_ms: EpochMs) -> Spans:
    cut = ((max(start, since_ms), min(end, until_ms)) for start, end in spans)
    return union(span for span in cut if span[0] < span[1])


def _starts(random: Random, rate: float, spans: Spans) -> Iterator[EpochMs]:
    """Instants that come at `rate` per millisecond, each independent of all others."""
    for start, end in spans:
        at = start + random.expovariate(rate)
        while at < end:
            yield round(at)
            at += random.expovariate(rate)


def _drops(random: Random, starts: Iterable[EpochMs], seen: Spans) -> list[Disconnect]:
    """The drops of each cluster, as far as they are observed."""
    found = []
    for start in starts:
        at: float = start
        more = True
        while more:
            lasts_ms = round(random.expovariate(1 / 60_000))
            if _inside(seen, round(at), round(at) + 1):
                found.append(
                    Disconnect("icbc", "session", round(at), round(at) + lasts_ms, How.TIMEOUT)
                )
            is_slow = random.random() < SLOW_FOLLOWER_RATIO
            at += lasts_ms + random.expovariate(1 / ((30 if is_slow else 3) * MINUTE_MS))
            more = random.random() < FOLLOWERS / (1 + FOLLOWERS)
    return found


def _states(random: Random) -> list[list[StateChange]]:
    """Every state that is a factor; battery saver comes first."""
    saver = _turns(random, "power.battery_saver", 9, 3)
    return [
        saver,
        _low_battery(random, saver),
        [StateChange(BEGIN_MS, "battery.plugged", False)],
        _days(random, "wifi.ssid", ("home", "office", "café")),
        _days(random, "link.kind", ("wifi", "wifi", "ethernet")),
        _days(random, "network.metered", (False, False, True)),
        _days(random, "link.vpn", (False, True)),
        _turns(random, "memory.short", 12, 2, lambda on: 0.03 if on else 0.4),
        _turns(random, "cpu.load_ratio", 2, 0.1, lambda on: 0.99 if on else 0.2),
        _turns(random, "wifi.signal_dbm", 4, 1, lambda on: -82 if on else -58),
        _one_update(random),
    ]


def _turns(
    random: Random,
    key: str,
    off_h: float,
    on_h: float,
    value: Callable[[bool], StateValue] = lambda on: on,
) -> list[StateChange]:
    """A state that is off and on for so many hours on average."""
    key = {"memory.short": "memory.available_ratio"}.get(key, key)
    on = random.random() < on_h / (off_h + on_h)
    at: float = BEGIN_MS
    found = []
    while at < BEGIN_MS + DAYS * DAY_MS:
        found.append(StateChange(round(at), key, value(on)))
        at += random.expovariate(1 / ((on_h if on else off_h) * HOUR_MS))
        on = not on
    return found


def _days(random: Random, key: str, values: tuple[StateValue, ...]) -> list[StateChange]:
    """A state that is one thing for a whole day."""
    return [StateChange(BEGIN_MS + day * DAY_MS, key, random.choice(values)) for day in range(DAYS)]


def _low_battery(random: Random, saver: list[StateChange]) -> list[StateChange]:
    """Two of three times that the saver goes on, it does so because the battery is low."""
    is_low = {change.at_ms: bool(change.value) and random.random() < 2 / 3 for change in saver}
    return [StateChange(at, "battery.percent", 15 if low else 70) for at, low in is_low.items()]


def _one_update(random: Random) -> list[StateChange]:
    at = BEGIN_MS + random.randrange(DAYS * DAY_MS)
    return [StateChange(BEGIN_MS, "app.version", "1.0"), StateChange(at, "app.version", "1.1")]


def _minutes(random: Random, seen: Spans) -> Iterator[PathMinute]:
    """Two anchors, lossy for a quarter of an hour and slow for half of one now and then."""
    lossy = _spells(random, 6 * HOUR_MS, HOUR_MS // 4)
    slow = _spells(random, 6 * HOUR_MS, HOUR_MS // 2)
    for start, end in seen:
        for at in range(start - start % MINUTE_MS, end, MINUTE_MS):
            loss = 0.08 if at in lossy else 0.001
            rtt = 80.0 if at in slow else 25.0
            for target in ANCHORS:
                lost = sum(random.random() < loss for _ in range(12))
                yield PathMinute(at, target, 12, lost, rtt * random.uniform(0.8, 1.2))


def _spells(random: Random, off_ms: int, on_ms: int) -> set[EpochMs]:
    """The minutes of a state that comes and goes."""
    found: set[EpochMs] = set()
    at: float = BEGIN_MS + random.expovariate(1 / off_ms)
    while at < BEGIN_MS + DAYS * DAY_MS:
        end = at + random.expovariate(1 / on_ms)
        first = round(at) - round(at) % MINUTE_MS
        found.update(range(first, round(end), MINUTE_MS))
        at = end + random.expovariate(1 / off_ms)
    return found


def _on_spans(line: list[StateChange]) -> list[Span]:
    ends = [change.at_ms for change in line[1:]] + [BEGIN_MS + DAYS * DAY_MS]
    return [(one.at_ms, end) for one, end in zip(line, ends, strict=True) if one.value is True]


def _expected_weight(line: list[StateChange], seen: Spans, true_ratio: float) -> float:
    """The observed time, that on battery saver counted as often as drops are more frequent."""
    on_ms = sum(length_ms(_inside(seen, start, end)) for start, end in _on_spans(line))
    return length_ms(seen) + (true_ratio - 1) * on_ms
