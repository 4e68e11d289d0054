"""A day in a store, as the tests of the live page know it: two disconnects, a gap, a hard name."""

from pathlib import Path

from monitor.model import (
    Disconnect,
    Gap,
    GapWhy,
    How,
    Outcome,
    ProbeKind,
    Record,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    Target,
)
from monitor.pipeline import note
from monitor.store.sqlite import open_store

GATEWAY = Target("gw", Role.GATEWAY, ProbeKind.ICMP, family=4)
ANCHOR = Target("223.5.5.5", Role.ANCHOR, ProbeKind.ICMP, family=4)
RESOLVER = Target("system", Role.RESOLVER, ProbeKind.DNS)
BANK = Target("mybank.icbc.com.cn", Role.WALLET, ProbeKind.TCP, wallet="icbc", family=4)
WAYS = ((GATEWAY, 2.4), (ANCHOR, 11.0), (RESOLVER, 6.1), (BANK, 31.5))
SSID = "</script><b>Café ☕ 咖啡"
"""A stranger chose it."""
HOUR_MS = 3_600_000
FIRST_MS, SECOND_MS = 9 * HOUR_MS, 2 * HOUR_MS
"""How long ago each disconnect began."""


def seed(data_dir: Path, now_ms: int, every_ms: int = 20_000) -> None:
    """Write a day that ends at `now_ms` into a new store."""
    start_ms = now_ms - 24 * HOUR_MS
    asleep = range(now_ms - 7 * HOUR_MS, now_ms - 5 * HOUR_MS)
    first, second = now_ms - FIRST_MS, now_ms - SECOND_MS
    dead = (range(first, first + 240_000), range(second, second + 90_000))
    records: list[Record] = [
        StateChange(start_ms, "link.kind", "wifi"),
        StateChange(start_ms, "wifi.ssid", SSID),
        StateChange(start_ms, "wifi.signal_dbm", -58),
        StateChange(start_ms, "power.battery_saver", False),
        StateChange(second - HOUR_MS, "power.battery_saver", True),
        StateChange(start_ms, "battery.percent", 64),
        StateChange(start_ms, "memory.available_ratio", 0.41),
        SessionChange(start_ms, "icbc", SessionState.UP),
        Gap(asleep.start, asleep.stop, GapWhy.SLEEP),
    ]
    for lost in dead:
        records.append(SessionChange(lost.start, "icbc", SessionState.DOWN, How.TIMEOUT))
        records.append(SessionChange(lost.stop, "icbc", SessionState.UP))
    for at_ms in range(start_ms, now_ms, every_ms):
        if at_ms in asleep:
            continue
        is_dead = any(at_ms in lost for lost in dead)
        for target, rtt_ms in WAYS:
            outcome = Outcome.TIMEOUT if is_dead else Outcome.REPLY
            records.append(Sample(at_ms, target, outcome, None if is_dead else rtt_ms))
    store = open_store(data_dir)
    try:
        records.sort(key=lambda record: record.at_ms)
        store.add_records(records)
        told = [Disconnect("icbc", "session", lost.start, lost.stop, How.TIMEOUT) for lost in dead]
        note(store, told, now_ms, frozenset())
        store.rollup(now_ms)
    finally:
        store.close()
