"""Weeks before a story: what held how often, and which sessions were lost. Pure but for its dice.

Each day is watched from eight to midnight; between lies a gap, after which every state is told
anew. Samples are few, but for the minutes around an earlier disconnect.
"""

from collections.abc import Mapping
from random import Random
from typing import Any

from monitor.model import (
    EpochMs,
    Gap,
    GapWhy,
    How,
    Record,
    SessionChange,
    SessionState,
    StateChange,
)
from tests.evaluate import network as net
from tests.evaluate.amount import ScenarioError

DAY_S = 86_400.0
WAKE_S = 8 * 3600.0
SPARSE_S = 900.0
WALLET = "icbc"
Spell = tuple[float, float]


def past(
    forms: Mapping[str, Any], start_ms: EpochMs, network: net.Network, rng: Random
) -> list[Record]:
    """Return the records of the weeks before a story; none where no history is wished.

    Args:
        forms: the scenario's `[history]`.
        start_ms: the beginning of the story.
        network: its network; in the past it was healthy.
        rng: the story's dice.

    Raises:
        ScenarioError: an earlier disconnect is to happen while a state held that never did.
    """
    if not forms:
        return []
    days = int(forms["days"])
    origin_ms = start_ms - round(days * DAY_S * 1000)
    watched = [(day * DAY_S + WAKE_S, (day + 1) * DAY_S - 1.0) for day in range(days)]
    held = {table["key"]: _spells(table, watched, rng) for table in forms.get("state", [])}
    records: list[Record] = []
    for table in forms.get("state", []):
        records += _told(table, held[table["key"]], watched, origin_ms)
    records += _still(forms, watched, origin_ms, network)
    for table in forms.get("drop", []):
        records += _drops(table, held, watched, origin_ms, network, rng)
    return records


def _spells(table: Mapping[str, Any], watched: list[Spell], rng: Random) -> list[Spell]:
    """Return when a state held: a share of the watched time, in spells of a usual length.

    With `from_hour` and `to_hour` the spells are every day's hours between.
    """
    if "from_hour" in table:
        day_starts = [since - WAKE_S for since, _ in watched]
        hours = (table["from_hour"] * 3600.0, table["to_hour"] * 3600.0)
        return [(day + hours[0], day + hours[1]) for day in day_starts]
    share = float(table["share"])
    if share >= 1.0:
        return list(watched)
    if share <= 0.0:
        return []
    spell_s = float(table.get("spell_minutes", 60)) * 60
    total_s = sum(until - since for since, until in watched)
    wanted = max(1, round(total_s * share / spell_s))
    places = len(watched) * max(1, int((watched[0][1] - watched[0][0]) // (spell_s * 1.2)))
    chosen = sorted(rng.sample(range(places), min(wanted, places)))
    per_day = places // len(watched)
    found = []
    for place in chosen:
        since, _ = watched[place // per_day]
        begin = since + (place % per_day) * spell_s * 1.2 + rng.uniform(0.02, 0.18) * spell_s
        found.append((begin, begin + spell_s))
    return found


def _told(
    table: Mapping[str, Any], spells: list[Spell], watched: list[Spell], origin_ms: EpochMs
) -> list[StateChange]:
    """Return the changes of one state, told anew at each day's beginning."""
    key, value, otherwise = table["key"], table.get("value", True), table.get("otherwise", False)
    moments: dict[float, Any] = {}
    for since, _ in watched:
        holds = any(begin <= since < end for begin, end in spells)
        moments[since + 1.0] = value if holds else otherwise
    for begin, end in spells:
        if not any(since == begin for since, _ in watched):
            moments[begin] = value
        if not any(until == end for _, until in watched):
            moments[end] = otherwise
    return [
        StateChange(origin_ms + round(second * 1000), key, moments[second])
        for second in sorted(moments)
    ]


def _still(
    forms: Mapping[str, Any], watched: list[Spell], origin_ms: EpochMs, network: net.Network
) -> list[Record]:
    """Return the nights, the sessions that stand each day, and a few samples."""
    records: list[Record] = []
    calm = Random(int(forms["days"]))
    for day, (since, until) in enumerate(watched):
        night = origin_ms + round((since - WAKE_S) * 1000)
        morning = origin_ms + round(since * 1000)
        if day:
            records.append(Gap(night - 1000, morning, GapWhy.SLEEP))
        up_ms = morning + 2000
        records.append(StateChange(morning + 1000, "link.up", True))
        records.append(SessionChange(up_ms, WALLET, SessionState.UP))
        second = since + 5
        while second < until and network.targets:
            at_ms = origin_ms + round(second * 1000)
            records += [network.ask(t, -1.0, at_ms, calm) for t in network.targets[:2]]
            second += SPARSE_S
    return records


def _drops(
    table: Mapping[str, Any],
    held: Mapping[str, list[Spell]],
    watched: list[Spell],
    origin_ms: EpochMs,
    network: net.Network,
    rng: Random,
) -> list[Record]:
    """Return earlier disconnects with dense samples around them."""
    spells = held[table["while"]] if "while" in table else watched
    if not spells:
        raise ScenarioError(f"history.drop: '{table['while']}' never held")
    how = How(table["how"])
    away_s = float(table.get("away_s", 30))
    records: list[Record] = []
    for turn in range(table["count"]):
        since, until = (
            spells[turn % len(spells)]
            if len(spells) < table["count"]
            else spells[turn * len(spells) // table["count"]]
        )
        lost = rng.uniform(since + 0.1 * (until - since), since + 0.9 * (until - since))
        start_ms = origin_ms + round(lost * 1000)
        dead = table.get("dead", "")
        around = net.Network(
            network.kind,
            network.targets,
            network.base_ms,
            network.loss_ratio,
            network.spike_ratio,
            network.step_s,
        )
        if dead:
            chosen = net.select(around, dead)
            around.troubles.append(net.Trouble(chosen, "dead", 0.0, away_s))
        records += net.samples(around, start_ms, (-300.0, away_s + 90.0), rng, forced=[0.0])
        for key, value in table.get("set", {}).items():
            records.append(StateChange(start_ms - 400, key, value))
        for key, value in table.get("then", {}).items():
            records.append(StateChange(start_ms + round(away_s * 1000) - 500, key, value))
        source = "process" if how in (How.KILLED, How.CRASH) else "session"
        if source == "process":
            records.append(
                SessionChange(start_ms - 240_000, WALLET, SessionState.UP, source=source)
            )
        records.append(SessionChange(start_ms, WALLET, SessionState.DOWN, how, source=source))
        back_ms = start_ms + round(away_s * 1000)
        records.append(SessionChange(back_ms, WALLET, SessionState.UP, source=source))
    return records
