"""What happened around a disconnect, in order, and what the device was like when it began."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.diagnose.observed import state_at
from monitor.locale import N_, Translator
from monitor.model import Case, Condition, EpochMs, GapWhy, Leg, SessionState, StateChange
from monitor.phrases import HOW, LEGS, STATES, state_name, state_value
from monitor.report.amounts import duration, is_end_known

BEFORE_MS = 5 * 60_000
"""How far before the disconnect the list begins: what led to it, not the whole hour."""

CONDITIONS = {
    Condition.DEAD: N_("{leg}: nothing was heard"),
    Condition.LOSSY: N_("{leg}: part of it was lost"),
    Condition.SLOW: N_("{leg}: much slower than usual"),
    Condition.WRONG: N_("{leg}: something else answered in its place"),
}
GAPS = {
    GapWhy.SLEEP: N_("the machine slept for {lasted}"),
    GapWhy.STOPPED: N_("walletwatch did not run for {lasted}"),
    GapWhy.CLOCK: N_("the clock was set"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, or the same thing several times in a row."""

    at_ms: EpochMs
    kind: str
    """`session`, `state`, `episode`, `gap` or `disconnect`."""
    text: str
    times: int = 1
    last_ms: EpochMs = 0
    """When it happened for the last time, where `times` is more than one."""


def moments(case: Case, tr: Translator) -> list[Moment]:
    """Return what happened around the disconnect, in time order.

    Measured numbers (memory, load, signal) move all the time: what mattered of them is evidence.
    """
    since_ms = case.disconnect.started_at_ms - BEFORE_MS
    found = [*_own(case, tr), *_sessions(case, tr), *_states(case, tr), *_episodes(case, tr)]
    for gap in case.gaps:
        lasted = duration(gap.until_ms - gap.at_ms, tr)
        found.append(Moment(gap.at_ms, "gap", tr.text(GAPS[gap.why]).format(lasted=lasted)))
    return sorted((m for m in found if m.at_ms >= since_ms), key=lambda m: m.at_ms)


def together(found: list[Moment]) -> list[Moment]:
    """Return the moments with those that say the same one after the other made one."""
    joined: list[Moment] = []
    for moment in found:
        last = joined[-1] if joined else None
        if last is not None and (last.kind, last.text) == (moment.kind, moment.text):
            joined[-1] = Moment(
                last.at_ms, last.kind, last.text, last.times + 1, last_ms=moment.at_ms
            )
        else:
            joined.append(moment)
    return joined


def _own(case: Case, tr: Translator) -> Iterator[Moment]:
    """Yield the disconnect's own beginning and end."""
    found = case.disconnect
    how = tr.text(HOW[found.how])
    began = tr.text(N_("{wallet}: the disconnect begins ({how})"))
    yield Moment(found.started_at_ms, "disconnect", began.format(wallet=found.wallet, how=how))
    if found.ended_at_ms is not None and is_end_known(found):
        ended = tr.text(N_("{wallet}: the disconnect is over"))
        yield Moment(found.ended_at_ms, "disconnect", ended.format(wallet=found.wallet))


def _sessions(case: Case, tr: Translator) -> Iterator[Moment]:
    """Yield each session that came or went, with the system's own words."""
    for change in case.sessions:
        if change.state is SessionState.UP:
            words = tr.text(N_("{wallet}: session up")).format(wallet=change.wallet)
        else:
            how = tr.text(HOW[change.how]) if change.how else tr.text(N_("unknown"))
            words = tr.text(N_("{wallet}: session down ({how})"))
            words = words.format(wallet=change.wallet, how=how)
        detail = f" [{change.detail}]" if change.detail else ""
        yield Moment(change.at_ms, "session", words + detail)


def _states(case: Case, tr: Translator) -> Iterator[Moment]:
    """Yield each state that turned to another; the first value seen is no turn."""
    last = {key: change.value for key, change in case.states_before.items()}
    for change in case.states:
        turned = change.key in last and last[change.key] != change.value
        last[change.key] = change.value
        if turned and not _is_measured(change):
            yield Moment(change.at_ms, "state", _turned_to(change, tr))


def _is_measured(change: StateChange) -> bool:
    """Tell whether the value is a number that moves all the time."""
    return isinstance(change.value, int | float) and not isinstance(change.value, bool)


def _turned_to(change: StateChange, tr: Translator) -> str:
    """Return a state and its new value."""
    name, value = state_name(change.key, tr), state_value(change.key, change.value, tr)
    return tr.text(N_("{name}: {value}")).format(name=name, value=value)


def _episodes(case: Case, tr: Translator) -> Iterator[Moment]:
    """Yield where a leg went bad and where it was good again."""
    for episode in case.episodes:
        leg = tr.text(LEGS[episode.leg])
        if episode.family is not None:
            leg += f" (IPv{episode.family})"
        what = CONDITIONS[episode.condition]
        if episode.leg is Leg.LINK:
            what = N_("{leg}: not connected")
        words = tr.text(what).format(leg=leg)
        yield Moment(episode.started_at_ms, "episode", words)
        if episode.ended_at_ms is not None:
            over = tr.text(N_("{leg}: good again")).format(leg=leg)
            yield Moment(episode.ended_at_ms, "episode", over)


def device_at_start(case: Case) -> list[StateChange]:
    """Return what is known of the device when the disconnect began, as far as we name it."""
    start_ms = case.disconnect.started_at_ms
    known = [state_at(case, key, start_ms) for key in STATES]
    return [change for change in known if change is not None and change.value is not None]
