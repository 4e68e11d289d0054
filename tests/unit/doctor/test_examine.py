"""Checks run together, each in its time; one that fails or hangs ends no other."""

import threading
from collections.abc import Iterator

from monitor.clock import monotonic_s
from monitor.doctor.examine import examine
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from tests.unit.doctor.around import around


def fine(here: Surroundings) -> list[Finding]:
    return [Finding("machine.fine", Verdict.OK, "", words("well"))]


def broken(here: Surroundings) -> Iterator[Finding]:
    yield Finding("machine.broken", Verdict.OK, "", words("half"))
    raise ZeroDivisionError("a bug")


def test_a_hang_and_a_bug_cost_only_their_own_answer() -> None:
    release = threading.Event()

    def hangs(here: Surroundings) -> list[Finding]:
        release.wait(30)
        return []

    checks = [
        Check("machine.hangs", "hangs", hangs, limit_s=0.3),
        Check("machine.broken", "broken", broken),
        Check("machine.fine", "fine", fine),
    ]
    began_s = monotonic_s()
    try:
        found = examine(around(), checks)
    finally:
        release.set()
    assert monotonic_s() - began_s < 2
    assert [(each.code, each.verdict) for each in found] == [
        ("machine.hangs", Verdict.UNKNOWN),
        ("machine.broken", Verdict.UNKNOWN),
        ("machine.fine", Verdict.OK),
    ]
    assert "ZeroDivisionError: a bug" in found[1].detail
