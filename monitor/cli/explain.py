"""The page that `explain` prints: one disconnect, from what was observed to what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.cli.present import (
    HOW,
    disconnect_json,
    evidence_json,
    finding_json,
    finding_words,
    iso,
    state_name,
    state_value,
    why,
)
from monitor.clock import local
from monitor.diagnose.words import cause_summary, evidence_text, fix_text, fix_title
from monitor.locale import N_, Translator
from monitor.model import (
    Case,
    Condition,
    Diagnosis,
    Disconnect,
    EpochMs,
    Evidence,
    GapWhy,
    Leg,
    SessionState,
    StateChange,
)
from monitor.report.amounts import duration, instant

BEFORE_MS = 5 * 60_000
"""How far before the disconnect the page's timeline begins: what led to it, not the whole hour."""

LEGS = {
    Leg.LINK: N_("this device's link"),
    Leg.GATEWAY: N_("router"),
    Leg.INTERNET: N_("internet"),
    Leg.DNS: N_("names (DNS)"),
    Leg.PORTAL: N_("sign-in page of the network"),
    Leg.CONTROL: N_("control"),
    Leg.WALLET: N_("wallet"),
}
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
    """One line of the timeline."""

    at_ms: EpochMs
    kind: str
    """`session`, `state`, `episode`, `gap` or `disconnect`."""
    text: str


def as_json(
    found: Disconnect, diagnosis: Diagnosis | None, case: Case, tr: Translator
) -> dict[str, object]:
    """Return the disconnect's public fields with the timeline and what was ruled out."""
    runner_up = diagnosis.runner_up if diagnosis else None
    others = diagnosis.findings[2:] if diagnosis else ()
    return {
        **disconnect_json(found, diagnosis, tr),
        "note": found.note,
        "timeline": [
            {"at": iso(m.at_ms), "kind": m.kind, "text": m.text} for m in timeline(case, tr)
        ],
        "runner_up_evidence": [
            evidence_json(item, tr) for item in (runner_up.evidence if runner_up else ())
        ],
        "ruled_out": [
            {**finding_json(other), "evidence": [evidence_json(e, tr) for e in other.evidence]}
            for other in others
        ],
    }


def page(
    found: Disconnect, diagnosis: Diagnosis | None, case: Case, title: str, tr: Translator
) -> Iterator[str]:
    """Yield the page's lines."""
    lasted = tr.text(N_("still down"))
    if found.duration_ms is not None:
        lasted = duration(found.duration_ms, tr)
    began = instant(local(found.started_at_ms))
    yield f"#{found.id}  {title}  {began}  {lasted}  {tr.text(HOW[found.how])}"
    yield why(found, diagnosis, tr)
    if found.note:
        yield tr.text(N_("Note: {note}")).format(note=found.note)
    yield from _headed(tr.text(N_("Timeline")), [_moment(m) for m in timeline(case, tr)])
    if diagnosis is None:
        return
    yield ""
    yield cause_summary(diagnosis.best, tr)
    for_it, against = N_("What speaks for it"), N_("What speaks against it")
    yield from _headed(tr.text(for_it), _words(diagnosis.best.evidence, True, tr))
    yield from _headed(tr.text(against), _words(diagnosis.best.evidence, False, tr))
    yield from _others(diagnosis, tr)
    both = tr.text(N_("{title}: {text}"))
    fixes = [
        both.format(title=fix_title(fix, tr), text=fix_text(fix, tr))
        for fix in diagnosis.best.fixes
    ]
    yield from _headed(tr.text(N_("What to do")), fixes)


def timeline(case: Case, tr: Translator) -> list[Moment]:
    """Return what happened around the disconnect, in time order.

    Measured numbers (memory, load, signal) move all the time: what mattered of them is evidence.
    """
    since_ms = case.disconnect.started_at_ms - BEFORE_MS
    moments = [*_own(case, tr), *_sessions(case, tr), *_states(case, tr), *_episodes(case, tr)]
    for gap in case.gaps:
        lasted = duration(gap.until_ms - gap.at_ms, tr)
        moments.append(Moment(gap.at_ms, "gap", tr.text(GAPS[gap.why]).format(lasted=lasted)))
    return sorted((m for m in moments if m.at_ms >= since_ms), key=lambda m: m.at_ms)


def _own(case: Case, tr: Translator) -> Iterator[Moment]:
    """Yield the disconnect's own beginning and end."""
    found = case.disconnect
    how = tr.text(HOW[found.how])
    began = tr.text(N_("{wallet}: the disconnect begins ({how})"))
    yield Moment(found.started_at_ms, "disconnect", began.format(wallet=found.wallet, how=how))
    if found.ended_at_ms is not None:
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
    name, value = state_name(change.key, tr), state_value(change.value, tr)
    return tr.text(N_("{name}: {value}")).format(name=name, value=value)


def _episodes(case: Case, tr: Translator) -> Iterator[Moment]:
    """Yield where a leg went bad and where it was good again."""
    for episode in case.episodes:
        leg = tr.text(LEGS[episode.leg])
        if episode.family is not None:
            leg += f" (IPv{episode.family})"
        words = tr.text(CONDITIONS[episode.condition]).format(leg=leg)
        yield Moment(episode.started_at_ms, "episode", words)
        if episode.ended_at_ms is not None:
            over = tr.text(N_("{leg}: good again")).format(leg=leg)
            yield Moment(episode.ended_at_ms, "episode", over)


def _others(diagnosis: Diagnosis, tr: Translator) -> Iterator[str]:
    """Yield the runner-up with its evidence, and what was ruled out with what speaks against."""
    runner_up = diagnosis.runner_up
    if runner_up is not None:
        head = tr.text(N_("Next most likely: {cause}"))
        lines = [
            *(f"+ {line}" for line in _words(runner_up.evidence, True, tr)),
            *(f"- {line}" for line in _words(runner_up.evidence, False, tr)),
        ]
        yield ""
        yield head.format(cause=finding_words(runner_up, tr))
        yield from (f"  {line}" for line in lines)
    ruled_out = []
    for other in diagnosis.findings[2:]:
        ruled_out.append(finding_words(other, tr))
        ruled_out += [f"  - {line}" for line in _words(other.evidence, False, tr)]
    yield from _headed(tr.text(N_("Ruled out")), ruled_out)


def _words(evidence: Sequence[Evidence], supports: bool, tr: Translator) -> list[str]:
    """Return the words of the observations on one side."""
    return [evidence_text(item, tr) for item in evidence if item.supports is supports]


def _headed(head: str, lines: Sequence[str]) -> Iterator[str]:
    """Yield a heading and its lines; nothing where there are none."""
    body = [f"  {line}" for line in lines]
    if body:
        yield from ("", head, *body)


def _moment(moment: Moment) -> str:
    """Return a line of the timeline, to the millisecond."""
    at = local(moment.at_ms)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}  {moment.text}"
