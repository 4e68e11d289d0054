"""The live table of `run` on a terminal: legs, sessions and device, redrawn each second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from monitor.clock import local, monotonic_s
from monitor.locale import N_, Translator
from monitor.model import Outcome, Sample, SessionState, StateValue
from monitor.phrases import OUTCOMES, ROLES
from monitor.report.amounts import instant, percent

if TYPE_CHECKING:
    from monitor.daemon.ending import Ending
    from monitor.daemon.run import Daemon

REDRAW_S = 1.0

SHOWN_STATES = {
    "link.kind": N_("network"),
    "wifi.ssid": N_("Wi-Fi"),
    "wifi.signal_dbm": N_("signal (dBm)"),
    "power.battery_saver": N_("battery saver"),
    "battery.percent": N_("battery (%)"),
    "memory.available_ratio": N_("memory free"),
    "cpu.load_ratio": N_("processor busy"),
}


def show(daemon: Daemon, tr: Translator, ended: Ending, duration_s: float | None) -> None:
    """Redraw until `ended` is set or `duration_s` is over."""
    until_s = None if duration_s is None else monotonic_s() + duration_s
    console = Console()
    with Live(console=console, auto_refresh=False) as live:
        while not ended.is_set() and (until_s is None or monotonic_s() < until_s):
            live.update(page(daemon, tr), refresh=True)
            left_s = REDRAW_S if until_s is None else min(REDRAW_S, until_s - monotonic_s())
            ended.wait(max(0.0, left_s))


def page(daemon: Daemon, tr: Translator) -> Group:
    """Return the whole table as it is now; what matters most stands first: a low window cuts."""
    return Group(
        _sessions(daemon, tr),
        _legs(list(daemon.latest.values()), tr),
        _states(daemon.states.current(), tr),
    )


def _legs(samples: list[Sample], tr: Translator) -> Table:
    """Return a row for each target, with all the ways in which it is asked."""
    table = Table(box=None, pad_edge=False)
    for title in (N_("leg"), N_("target"), N_("answer")):
        table.add_column(tr.text(title))
    order = list(ROLES)
    rows: dict[tuple[int, str], list[Sample]] = {}
    for sample in sorted(samples, key=lambda s: s.target.probe):
        place = (order.index(sample.target.role), sample.target.name)
        rows.setdefault(place, []).append(sample)
    for (role, name), asked in sorted(rows.items()):
        answers = Text(", ").join(_answer(sample, tr) for sample in asked)
        table.add_row(tr.text(ROLES[order[role]]), Text(name), answers)
    return table


def _answer(sample: Sample, tr: Translator) -> Text:
    """Return how a target was asked and what came back: the round trip, or what else it was."""
    kind = sample.target.probe.upper()
    if sample.outcome is Outcome.REPLY and sample.rtt_ms is not None:
        return Text(f"{kind} {sample.rtt_ms:.1f} ms")
    style = "red" if sample.outcome.is_lost else ""
    return Text(f"{kind} {tr.text(OUTCOMES[sample.outcome])}", style=style)


def _sessions(daemon: Daemon, tr: Translator) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, wallet in daemon.settings.wallets.items():
        if not wallet.enabled:
            continue
        change = daemon.sessions.get(name)
        if change is None:
            said = Text(tr.text(N_("not connected yet")), style="dim")
        elif change.state is SessionState.UP:
            said = Text(tr.text(N_("connected")), style="green")
        else:
            said = Text(tr.text(N_("connection lost")), style="bold red")
        since = "" if change is None else instant(local(change.at_ms))
        table.add_row(Text(wallet.title or name, style="bold"), said, Text(since, style="dim"))
    return table


def _states(states: dict[str, StateValue], tr: Translator) -> Text:
    words = tr.text(N_("{name}: {value}"))
    parts = [
        words.format(name=tr.text(title), value=_value(key, states[key], tr))
        for key, title in SHOWN_STATES.items()
        if states.get(key) is not None
    ]
    return Text("  ".join(parts), style="dim")


def _value(key: str, value: StateValue, tr: Translator) -> str:
    if isinstance(value, bool):
        return tr.text(N_("on")) if value else tr.text(N_("off"))
    if isinstance(value, float) and key.endswith("_ratio"):
        return percent(value)
    # The name of a Wi-Fi is chosen by a stranger: it gives no command to the terminal.
    return "".join(c if c.isprintable() else "\ufffd" for c in str(value))
