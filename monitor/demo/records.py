"""The story as records, a waking day at a time: what the daemon would have stored."""

from collections.abc import Iterator
from random import Random

from monitor.demo.samples import CONTROL, WALLET, samples
from monitor.demo.story import HOUR_MS, MINUTE_MS, Span, Story
from monitor.model import (
    CauseCode,
    EpochMs,
    Gap,
    GapWhy,
    Record,
    SessionChange,
    SessionState,
    StateChange,
    StateValue,
)

SEED = 20_260_923
"""Everybody sees the same month."""
HOME, HOTEL = "Home-5G", "Hotel-Guest"
NOTICED_MS = 6_000
"""Silence is noticed so long after the last answer."""
SIGNAL_DBM, GARAGE_DBM, LOST_DBM = -54, -78, -86
PER_BATTERY_STEP_MS = 15 * MINUTE_MS
FULL_PERCENT = 78
STEP_PERCENT = 3


def days(told: Story) -> Iterator[list[Record]]:
    """Give the records of each stretch between two sleeps, in time order."""
    dice = Random(SEED)
    for since_ms, until_ms in _awake(told):
        own: list[Record] = [
            *_states(told, since_ms, until_ms, dice),
            *_sessions(told, since_ms, until_ms),
            *samples(told, since_ms + 2_000, until_ms, dice),
            *(Gap(*night, GapWhy.SLEEP) for night in told.sleeps if night[0] == until_ms),
        ]
        yield sorted(own, key=lambda record: record.at_ms)


def _awake(told: Story) -> list[Span]:
    """Return the stretches between the sleeps."""
    edges = [told.since_ms, *(edge for night in told.sleeps for edge in night), told.until_ms]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def _sessions(told: Story, since_ms: EpochMs, until_ms: EpochMs) -> Iterator[SessionChange]:
    """Give the changes of both wallets' sessions; each day begins with new ones."""
    for wallet in (WALLET, CONTROL):
        up_ms = since_ms + 2_500
        yield SessionChange(up_ms, wallet, SessionState.UP)
        for drop in told.drops:
            if not since_ms <= drop.at_ms < until_ms:
                continue
            if wallet == CONTROL and not drop.takes_control:
                continue
            yield SessionChange(
                drop.at_ms,
                wallet,
                SessionState.DOWN,
                drop.how,
                last_good_at_ms=drop.at_ms - NOTICED_MS,
                lived_ms=drop.at_ms - up_ms,
            )
            up_ms = drop.until_ms
            yield SessionChange(up_ms, wallet, SessionState.UP)


def _states(
    told: Story, since_ms: EpochMs, until_ms: EpochMs, dice: Random
) -> Iterator[StateChange]:
    """Give every state at the beginning, and then its changes."""
    moments = {since_ms + 1_000}
    spans = (*told.sofa, *told.saver, *told.garage, told.hotel)
    moments.update(edge for span in spans for edge in span)
    moments.update(edge for span in _faint(told) for edge in span)
    moments.update(range(since_ms + HOUR_MS, until_ms, PER_BATTERY_STEP_MS))
    before: dict[str, StateValue] = {}
    for at_ms in sorted(m for m in moments if since_ms <= m < until_ms):
        for key, value in _held(told, at_ms, dice).items():
            if key not in before or before[key] != value:
                before[key] = value
                yield StateChange(at_ms, key, value)


def _held(told: Story, at_ms: EpochMs, dice: Random) -> dict[str, StateValue]:
    """Return what every state is at an instant."""
    sofa = next((span for span in told.sofa if _in(span, at_ms)), None)
    is_saving = any(_in(span, at_ms) for span in told.saver)
    in_hotel = _in(told.hotel, at_ms)
    return {
        "link.up": True,
        "link.kind": "wifi",
        "link.vpn": False,
        "link.address": "10.20.4.77" if in_hotel else "192.168.1.23",
        "network.metered": False,
        "wifi.ssid": HOTEL if in_hotel else HOME,
        "wifi.is_open": in_hotel,
        "wifi.signal_dbm": _signal_dbm(told, at_ms),
        "battery.plugged": sofa is None,
        "battery.percent": 100 if sofa is None else _percent(at_ms - sofa[0]),
        "power.on_battery": sofa is not None,
        "power.battery_saver": is_saving,
        "monitor.interval_s": 15.0 if is_saving else 5.0,
        "memory.available_ratio": round(dice.uniform(0.32, 0.55), 2),
        "cpu.load_ratio": round(dice.uniform(0.06, 0.4), 2),
    }


def _percent(unplugged_ms: int) -> int:
    return FULL_PERCENT - STEP_PERCENT * (unplugged_ms // PER_BATTERY_STEP_MS)


def _signal_dbm(told: Story, at_ms: EpochMs) -> int:
    if any(_in(span, at_ms) for span in _faint(told)):
        return LOST_DBM
    if any(_in(span, at_ms) for span in told.garage):
        return GARAGE_DBM
    return SIGNAL_DBM - (at_ms // HOUR_MS) % 5


def _faint(told: Story) -> list[Span]:
    """Return when the signal is at its weakest: around the drops in the garage."""
    weak = [drop for drop in told.drops if drop.cause is CauseCode.WEAK_SIGNAL]
    return [(drop.at_ms - 12_000, drop.until_ms) for drop in weak]


def _in(span: Span, at_ms: EpochMs) -> bool:
    return span[0] <= at_ms < span[1]
