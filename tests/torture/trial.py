"""One fault on one daemon: what is done to it, what is measured, what is wrong."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from monitor.clock import SystemClock
from tests.torture.bed import STEP_MS, Bed, Vitals
from tests.torture.faults import Fault
from tests.waiting import wait_until

LATE_MS = 1_000
"""A sample is this late at most on a busy machine: two points of the trial's grid."""
DATED_MS = 2_000
"""A resolver that hangs is noticed when the next question is due."""
STOP_S = 3.0
"""A second more than promised, for a machine that does much else."""
APART_S = 11.0
"""Disconnects nearer to each other than 10 s are one (see `notify.policy.RESTORED_AFTER_MS`)."""
OUTAGE_S = 8.0
"""A loss of less than 5 s is stored and logged, but no notice (see `notify.incidents`)."""
SETTLE_S = 4.0
MORE_THREADS = 8
"""The pools of a busy machine: sampling's grows with what is in flight, to a bound."""
MORE_DESCRIPTORS = 6
MORE_KIB = 12 * 1024
MOST_LINES = 6
"""Of the log, for one fault: it begins, it ends, and what else a person wants to know."""
PATIENCE_S = 90.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured in one trial."""

    fault: str
    lasted_s: float
    breaks: int
    stored: int
    told: int
    """By the log, which has a line for each disconnect."""
    shown: int
    """As notices: an incident earns one while it lasts."""
    longest_ms: int
    before: Vitals
    after: Vitals
    lines: tuple[str, ...]
    """Of the log, besides disconnects."""
    wrong: tuple[str, ...] = ()


def run(
    name: str,
    bed: Bed,
    fault: Fault,
    lasts_s: float,
    *,
    breaks_within: bool = True,
    after: Callable[[Bed], None] = lambda _: None,
) -> Figures:
    """Inject the fault, end sessions within and after it, and judge what came of it.

    `breaks_within` is False where the daemon does not run, or the fault is itself the loss.
    """
    bed.break_session()  # all ways have been gone once before anything is compared
    wait_until(lambda: len(bed.disconnects()) == 1, PATIENCE_S, "the first break")
    wait_until(bed.daemon.has_session, PATIENCE_S)
    _pass(APART_S)
    before, lines_before = bed.vitals(), len(bed.said())
    began_ms = SystemClock().wall_ms()
    with fault(bed):
        _pass(lasts_s / 2 - OUTAGE_S / 2)
        if breaks_within:
            bed.refuse_session()
        _pass(OUTAGE_S)
        if breaks_within:
            bed.bank.listen_again()
        _pass(lasts_s / 2 - OUTAGE_S / 2)
    ended_ms = SystemClock().wall_ms()
    wait_until(lambda: len(bed.disconnects()) >= len(bed.breaks_ms), PATIENCE_S, "the break in it")
    wait_until(bed.daemon.has_session, PATIENCE_S, "a session again")
    _pass(APART_S)
    bed.break_session()
    wait_until(lambda: len(bed.disconnects()) >= len(bed.breaks_ms), PATIENCE_S, "the break after")
    wait_until(bed.daemon.has_session, PATIENCE_S, "a session after all")
    after(bed)
    _pass(SETTLE_S)
    shown = "SELECT count(*) FROM notice WHERE delivery = 'sent'"
    figures = Figures(
        name,
        (ended_ms - began_ms) / 1000,
        bed.caused,
        bed.caused - len(bed.breaks_ms) + len(bed.disconnects()),
        bed.told_count(),
        bed.daemon.ask(shown)[0][0],
        bed.longest_ms(began_ms - round(APART_S * 1000)),  # the start is not in it
        before,
        bed.vitals(),
        tuple(bed.said()[lines_before:]),
    )
    return _judged(figures, bed)


def _pass(seconds: float) -> None:
    """Let time pass: the fault lasts as long as it lasts."""
    threading.Event().wait(seconds)


def _judged(figures: Figures, bed: Bed) -> Figures:
    """Return the figures with every promise that was broken."""
    wrong = []
    stored = bed.disconnects()
    pairs = zip(stored, bed.breaks_ms, strict=False)
    if len(stored) != len(bed.breaks_ms):
        wrong.append(f"{len(bed.breaks_ms)} breaks, {len(stored)} stored")
    wrong += [f"dated {a - b} ms off" for a, b in pairs if abs(a - b) > DATED_MS]
    if figures.told != figures.breaks:
        wrong.append(f"{figures.breaks} breaks, {figures.told} told")
    if figures.longest_ms > STEP_MS + LATE_MS:
        wrong.append(f"no sample for {figures.longest_ms} ms")
    if bed.daemon.process.poll() is not None:
        wrong.append("the process has ended")
    wrong += _grown(figures.before, figures.after)
    if len(figures.lines) > MOST_LINES:
        wrong.append(f"{len(figures.lines)} lines in the log")
    if any("Traceback" in line for line in figures.lines):
        wrong.append("a traceback in the log")
    if bed.daemon.ask("PRAGMA integrity_check") != [("ok",)]:
        wrong.append("the database is damaged")
    code, took_s = bed.daemon.stop()
    if (code, took_s < STOP_S) != (0, True):
        wrong.append(f"ended with {code} after {took_s:.1f} s")
    return replace(figures, wrong=tuple(wrong))


def _grown(before: Vitals, after: Vitals) -> list[str]:
    """Return what the process took and did not give back."""
    wrong = []
    if after.threads > before.threads + MORE_THREADS:
        wrong.append(f"{before.threads} threads before, {after.threads} after")
    if after.descriptors > before.descriptors + MORE_DESCRIPTORS:
        wrong.append(f"{before.descriptors} descriptors before, {after.descriptors} after")
    if after.resident_kib > before.resident_kib + MORE_KIB:
        wrong.append(f"{before.resident_kib} KiB before, {after.resident_kib} after")
    return wrong
