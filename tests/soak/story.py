"""PURE: what happens to the played machine, drawn from a seed; times are seconds since its start.

Every day is cut into slots of half an hour, and no two things share one, so that each can be held
beside what was found of it.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from monitor.model import CauseCode

SLOT_S = 1800
DAY_S = 86_400
NIGHT_S = 6 * 3600
HOUR_S = 3600.0
YEAR_S = 365 * 86_400.0


class What(StrEnum):
    """Kinds of things that happen."""

    SLEEP = "sleep"
    STEP = "step"
    """The clock is set by `amount` seconds, and back after `lasts_s` unless that is 0."""
    LOSS = "loss"
    """A true disconnect, by `cause`."""
    NOISE = "noise"
    """`amount` questions stay unanswered."""
    NETWORK = "network"
    """Another network: `detail` says which."""
    RESOLVERS = "resolvers"
    ZONE = "zone"
    """The traveller's clock shows another zone: `detail`."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens, `at_s` after the start, on the clock that runs on in sleep."""

    at_s: float
    what: What
    lasts_s: float = 0.0
    amount: float = 0.0
    cause: CauseCode | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long the story is, where, and how much happens in it."""

    start: datetime
    days: int
    seed: int
    zone: str
    sleeps: int = 100
    losses: int = 40
    noises: int = 80
    networks: int = 21
    resolvers: int = 10
    steps: tuple[tuple[float, float], ...] = (
        (2.5, 0.0), (-2.5, 0.0), (45.0, 0.0), (-45.0, 0.0), (-300.0, 0.0), (300.0, 0.0),
        (HOUR_S, 600.0), (-HOUR_S, 600.0), (YEAR_S, 300.0), (-YEAR_S, 300.0), (3 * HOUR_S, 0.0),
        (-3 * HOUR_S, 0.0),
    )  # fmt: skip
    """By how much the clock is set, and for how long; 0: for good."""
    journey: tuple[float, float, str] | None = None
    """From which day to which the machine is in another zone."""


LOSSES: tuple[tuple[CauseCode, float, float], ...] = (
    (CauseCode.LINK_DOWN, 30.0, 240.0),
    (CauseCode.GATEWAY, 30.0, 300.0),
    (CauseCode.ISP, 30.0, 600.0),
    (CauseCode.BANK_UNREACHABLE, 40.0, 300.0),
    (CauseCode.BANK_CLOSED, 15.0, 60.0),
)
"""Causes that are known from direct evidence, and the shortest and longest that they last."""

NETWORKS = ("address", "ethernet", "wifi", "cafe", "home", "vpn", "no vpn")


def events(plan: Plan) -> list[Event]:
    """Return everything that happens, in order."""
    chance = random.Random(plan.seed)
    free = set(range(2, plan.days * 48 - 2))
    found: list[Event] = []
    awake = _awake_slots(plan)
    nights = [day for day in range(plan.days - 1) if _night(plan, day).isdisjoint(awake)]
    chance.shuffle(nights)
    for day in nights[: plan.sleeps * 6 // 10]:
        slots = _night(plan, day)
        if slots <= free:
            free -= slots
            found.append(Event(min(slots) * SLOT_S + 60.0, What.SLEEP, NIGHT_S - 120.0))
    for slot in _monday_mornings(plan):
        slots = {slot, slot + 1, slot + 2, slot + 3}
        if slots <= free and len(found) < plan.sleeps:
            free -= slots
            found.append(Event(slot * SLOT_S + 60.0, What.SLEEP, 6_900.0))
    free -= awake
    drawn = _Draw(chance, free)
    naps = plan.sleeps - len(found)
    found += [Event(drawn.at_s(), What.SLEEP, chance.uniform(20.0, 1200.0)) for _ in range(naps)]
    found += [Event(drawn.at_s(), What.STEP, lasts_s, by_s) for by_s, lasts_s in plan.steps]
    for number in range(plan.losses):
        cause, least_s, most_s = LOSSES[number % len(LOSSES)]
        lasts_s = chance.uniform(least_s, most_s)
        found.append(Event(drawn.at_s(), What.LOSS, lasts_s, cause=cause))
    found += [
        Event(drawn.at_s(), What.NOISE, amount=chance.choice((1, 1, 1, 2)))
        for _ in range(plan.noises)
    ]
    moves = sorted(drawn.at_s() for _ in range(plan.networks))
    found += [
        Event(at_s, What.NETWORK, detail=NETWORKS[i % len(NETWORKS)])
        for i, at_s in enumerate(moves)
    ]
    found += [Event(drawn.at_s(), What.RESOLVERS) for _ in range(plan.resolvers)]
    if plan.journey is not None:
        there, back, zone = plan.journey
        found.append(Event(there * DAY_S + 7.0, What.ZONE, detail=zone))
        found.append(Event(back * DAY_S + 7.0, What.ZONE, detail=plan.zone))
    return sorted(found, key=lambda event: event.at_s)


class _Draw:
    """Draws slots that nothing else is in."""

    def __init__(self, chance: random.Random, free: set[int]) -> None:
        self._chance = chance
        self._slots = sorted(free)
        chance.shuffle(self._slots)

    def at_s(self) -> float:
        """Return an instant early in a slot of its own, so that all is over at its end."""
        return self._slots.pop() * SLOT_S + self._chance.uniform(120.0, 400.0)


def _local(plan: Plan, slot: int) -> datetime:
    return (plan.start + timedelta(seconds=slot * SLOT_S)).astimezone(ZoneInfo(plan.zone))


def _night(plan: Plan, day: int) -> set[int]:
    """Return the slots of the night of a day."""
    first = next(s for s in range(day * 48, day * 48 + 50) if _local(plan, s).hour == 0)
    return set(range(first, first + NIGHT_S // SLOT_S))


def _monday_mornings(plan: Plan) -> list[int]:
    """Return the slots at which it is Monday, 07:00: every other one is slept through."""
    slots = range(plan.days * 48 - 8)
    found = [
        s
        for s in slots
        if (at := _local(plan, s)).weekday() == 0 and (at.hour, at.minute) == (7, 0)
    ]
    return found[1::2]


def _awake_slots(plan: Plan) -> set[int]:
    """Return the slots around changes of the clock, the leap day and the year's end."""
    found: set[int] = set()
    for slot in range(plan.days * 48):
        at, before = _local(plan, slot), _local(plan, slot - 1)
        is_change = at.utcoffset() != before.utcoffset()
        is_turn = (at.month, at.day, at.hour, at.minute) in ((1, 1, 0, 0), (2, 29, 0, 0))
        if is_change or is_turn:
            found |= set(range(slot - 3, slot + 4))
    return found


def changes(plan: Plan) -> list[datetime]:
    """Return the instants at which the zone of the plan changes its clocks."""
    slots = range(1, plan.days * 48)
    return [
        _local(plan, s).astimezone(UTC)
        for s in slots
        if _local(plan, s).utcoffset() != _local(plan, s - 1).utcoffset()
    ]
