"""Healthy days with ordinary Wi-Fi noise through the real pipeline: none may show a disconnect.

A day has single losses every few minutes, round trips that a power-saving radio holds back by
about 100 ms, a sleep (20 days in 30), roams without loss, and idle sessions that the far end
closes in good order and takes again. It is evaluated as the daemon does: every ten minutes, and
at each sign of trouble.
"""

from collections.abc import Callable
from random import Random

from monitor import pipeline
from monitor.model import (
    Gap,
    GapWhy,
    How,
    Record,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    StateValue,
)
from monitor.store.sqlite import Store
from tests.evaluate import network as net
from tests.evaluate.compose import EPOCH_MS, WALLET
from tests.evaluate.judged import Judged
from tests.evaluate.perform import fresh_store

DAYS = 30
SLEEPS = 20
DAY_S = 86_400
HOUR_S = 3600
ROLES = ("gateway", "anchor", "wallet")
SIGN_STEP_MS = 20_000
"""After a sign of trouble the daemon evaluates every second; here at most once in this time."""


def judge_day(seed: int, day: int) -> tuple[list[Judged], int]:
    """Return what was told of one healthy day, and how many samples it had.

    Raises:
        ScenarioError: never; the day is made here.
    """
    rng = Random(f"healthy/{seed}/{day}")
    has_sleep = Random(f"sleeps/{seed}").sample(range(DAYS), SLEEPS)
    records, sample_count = _day(rng, day, day in has_sleep)
    with fresh_store() as store:
        _watch(store, records)
        found = store.disconnects()
        verdicts = store.diagnoses([d.id for d in found if d.id is not None])
    name = f"healthy day {day + 1} #{seed}"
    rows = [
        Judged(
            name,
            "healthy",
            None,
            verdicts[d.id].best.cause,
            verdicts[d.id].best.confidence_ratio,
        )
        for d in found
        if d.id is not None
    ]
    return rows or [Judged(name, "healthy", None, None)], sample_count


def _day(rng: Random, day: int, has_sleep: bool) -> tuple[list[Record], int]:
    """Return the records of one day, in time order, and how many are samples."""
    start_ms = EPOCH_MS + day * DAY_S * 1000
    targets_wished = {"roles": ROLES, "portal": False, "loss": 0.0012}
    network = net.build(targets_wished, {WALLET: Role.WALLET}, rng)
    pings = tuple(t for t in network.targets if t.probe == "icmp")
    network.targets = (pings[0], pings[1], pings[2], pings[-1])
    sleeps = []
    if has_sleep:
        begin = rng.uniform(1, 20) * HOUR_S
        sleeps.append((begin, begin + rng.uniform(0.2, 2.5) * HOUR_S))
    measured = net.samples(network, start_ms, (0.0, DAY_S), rng, blind=sleeps)
    records: list[Record] = [*measured]

    def at(second: float) -> int:
        return start_ms + round(second * 1000)

    states: dict[str, StateValue] = {
        "link.up": True,
        "link.kind": "wifi",
        "link.address": "192.168.1.23",
        "wifi.ssid": "home",
        "wifi.signal_dbm": -58,
        "power.battery_saver": False,
    }
    for moment in (0.0, *(until + 0.01 for _, until in sleeps)):
        records += [StateChange(at(moment), key, value) for key, value in states.items()]
    second = 0.0
    while (second := second + rng.uniform(600, 2400)) < DAY_S:
        records.append(StateChange(at(second), "wifi.signal_dbm", round(rng.gauss(-60, 4))))
    for _ in range(3):  # from one access point of the same network to the next
        second = rng.uniform(0, DAY_S)
        records.append(StateChange(at(second), "wifi.bssid", f"02:00:00:00:00:{rng.randrange(99)}"))
    records += _sessions(rng, at, sleeps)
    for since, until in sleeps:
        records = [r for r in records if not at(since) <= r.at_ms < at(until)]
        records.append(Gap(at(since), at(until), GapWhy.SLEEP))
        records.append(SessionChange(at(until + rng.uniform(1, 6)), WALLET, SessionState.UP))
    records.sort(key=lambda record: record.at_ms)
    return records, len(measured)


def _sessions(
    rng: Random, at: Callable[[float], int], sleeps: list[tuple[float, float]]
) -> list[Record]:
    """Return a session that stands, with two orderly idle closes that are taken again."""
    told: list[Record] = [SessionChange(at(2), WALLET, SessionState.UP)]
    for _ in range(2):
        second = rng.uniform(600, DAY_S - 600)
        if any(since - 60 <= second <= until + 60 for since, until in sleeps):
            continue
        told.append(SessionChange(at(second), WALLET, SessionState.DOWN, How.CLOSED))
        told.append(SessionChange(at(second + rng.uniform(0.1, 1.2)), WALLET, SessionState.UP))
    return told


def _watch(store: Store, records: list[Record]) -> None:
    """Store and evaluate the records as the daemon does."""
    controls: frozenset[str] = frozenset()
    waiting: list[Record] = []
    regular_ms = sign_ms = 0
    for record in records:
        waiting.append(record)
        is_sign = isinstance(record, Sample) and record.is_lost
        if isinstance(record, SessionChange):  # a close is only told once it is known what followed
            is_sign = record.state is SessionState.UP
        is_due = record.at_ms >= regular_ms or (is_sign and record.at_ms >= sign_ms)
        if not is_due:
            continue
        store.add_records(waiting)
        waiting = []
        regular_ms = record.at_ms + 600_000
        if is_sign:
            sign_ms = record.at_ms + SIGN_STEP_MS
            pipeline.degrade(store, record.at_ms)
        pipeline.evaluate(store, record.at_ms, controls)
    store.add_records(waiting)
    pipeline.degrade(store, records[-1].at_ms)
    pipeline.evaluate(store, records[-1].at_ms, controls)
