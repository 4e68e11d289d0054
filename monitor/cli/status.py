"""`status`: what the running, or the last, daemon sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from monitor.cli.context import here
from monitor.cli.inputs import now_ms
from monitor.cli.look import Json
from monitor.cli.output import say, say_if_demo, say_json, say_table
from monitor.locale import N_, Translator
from monitor.model import SessionChange, StateChange

if TYPE_CHECKING:
    from monitor.hindsight import Accuracy
    from monitor.present import Present


def status(ctx: typer.Context, as_json: Json = False) -> None:
    """Tell whether a daemon runs, and the last it knows of targets, sessions and device."""
    from monitor.hindsight import accuracy_so_far
    from monitor.present import look

    own = here(ctx)
    settings = own.settings()
    with own.store(readonly=True, fresh=True) as store:
        seen = look(store, settings, now_ms())
        accuracy = accuracy_so_far(store)
        is_demo = store.is_demo()
    if as_json:
        say_json(_json(seen, accuracy))
    else:
        say_if_demo(is_demo, own.tr)
        _print(seen, accuracy, own.tr)


def _json(seen: Present, accuracy: Accuracy) -> dict[str, object]:
    """Return everything as one object."""
    from monitor.cli.present import iso

    run = seen.run
    return {
        "running": seen.is_running,
        "pid": run.pid if run else None,
        "version": run.version if run else None,
        "started_at": iso(run.started_at_ms) if run else None,
        "last_alive_at": iso(seen.alive_ms) if run and seen.alive_ms else None,
        "targets": [
            {
                "target": sample.target.name,
                "role": sample.target.role.value,
                "probe": sample.target.probe.value,
                "at": iso(sample.at_ms),
                "age_s": (seen.now_ms - sample.at_ms) / 1000,
                "outcome": sample.outcome.value,
                "rtt_ms": sample.rtt_ms,
            }
            for sample in seen.samples
        ],
        "sessions": [
            {
                "wallet": change.wallet,
                "source": change.source,
                "state": change.state.value,
                "since": iso(change.at_ms),
                "how": None if change.how is None else change.how.value,
            }
            for change in seen.sessions
        ],
        "unconnected": list(seen.unconnected),
        "states": {change.key: change.value for change in _by_key(seen)},
        "open": [
            {"id": d.id, "wallet": d.wallet, "started_at": iso(d.started_at_ms)} for d in seen.open
        ],
        "accuracy": {"agreed": accuracy.agreed_count, "count": accuracy.count},
    }


def _print(seen: Present, accuracy: Accuracy, tr: Translator) -> None:
    """Print it for people: the daemon, then a table for each kind of thing."""
    from monitor.cli.present import agreed
    from monitor.phrases import OUTCOMES, ROLES, state_name, state_value
    from monitor.report.amounts import duration

    say(_daemon_line(seen, tr))
    if seen.samples:
        say()
        heads = [N_("leg"), N_("target"), N_("by"), N_("answer"), N_("round trip"), N_("age")]
        rows = []
        order = list(ROLES)
        for s in sorted(seen.samples, key=lambda s: (order.index(s.target.role), s.target.name)):
            rtt = "" if s.rtt_ms is None else f"{s.rtt_ms:.1f} ms"
            role = tr.text(ROLES.get(s.target.role, s.target.role))
            age = duration(max(0, seen.now_ms - s.at_ms), tr)
            outcome = tr.text(OUTCOMES[s.outcome])
            rows.append([role, s.target.name, s.target.probe.upper(), outcome, rtt, age])
        say_table([tr.text(head) for head in heads], rows)
    if seen.sessions:
        say()
        heads = [N_("wallet"), N_("seen by"), N_("session"), N_("since")]
        sessions = [_session_row(change, tr) for change in seen.sessions]
        say_table([tr.text(head) for head in heads], sessions)
    for wallet in seen.unconnected:
        words = tr.text(
            N_("{wallet}: no connection so far; walletwatch check tells what comes back")
        )
        say(words.format(wallet=wallet))
    if seen.states:
        say()
        states = [[state_name(s.key, tr), state_value(s.key, s.value, tr)] for s in _by_key(seen)]
        say_table([tr.text(N_("device")), tr.text(N_("value"))], states)
    for d in seen.open:
        lasting = duration(max(0, seen.now_ms - d.started_at_ms), tr)
        words = tr.text(N_("Still down for {lasting}: {wallet} (walletwatch explain {id})"))
        say(words.format(lasting=lasting, wallet=d.wallet, id=d.id))
    if accuracy.count:
        say(agreed(accuracy, tr))


def _by_key(seen: Present) -> list[StateChange]:
    return [seen.states[key] for key in sorted(seen.states)]


def _daemon_line(seen: Present, tr: Translator) -> str:
    """Return who watches, or since when nobody does."""
    from monitor.clock import local
    from monitor.report.amounts import instant

    if seen.run is None and (seen.samples or seen.sessions):
        return tr.text(N_("Nobody has watched here: what stands below was replayed."))
    if seen.run is None:
        return tr.text(N_("Nothing has been watched yet: start with walletwatch run"))
    began = instant(local(seen.run.started_at_ms))
    if seen.is_running:
        words = tr.text(N_("Watching since {began} (process {pid})"))
        return words.format(began=began, pid=seen.run.pid)
    last_ms = seen.run.stopped_at_ms or seen.alive_ms or seen.run.beat_at_ms
    words = tr.text(N_("Not watching: the last run was from {began} to {ended}"))
    return words.format(began=began, ended=instant(local(last_ms)))


def _session_row(change: SessionChange, tr: Translator) -> list[str]:
    """Return a session's line."""
    from monitor.clock import local
    from monitor.phrases import HOW
    from monitor.report.amounts import instant

    state = tr.text(N_("up") if change.state == "up" else N_("down"))
    if change.how is not None:
        words = tr.text(N_("{state} ({how})"))
        state = words.format(state=state, how=tr.text(HOW[change.how]))
    return [change.wallet, change.source, state, instant(local(change.at_ms))]
