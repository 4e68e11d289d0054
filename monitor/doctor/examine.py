"""All checks at the same time, each bounded: a dead network or a stuck service costs no more.

A look that hangs is left behind in its thread, which ends with the process; what it would have
told is "not known".
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from monitor.clock import monotonic_s
from monitor.device import registry as device
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_
from monitor.model import StateValue

log = logging.getLogger(__name__)

READERS_S = 2.5
"""A device reader is bounded by 2 s."""

T = TypeVar("T")


def begin(work: Callable[[], T], name: str) -> "Future[T]":
    """Start the work in a thread that nobody waits for at the end of the process."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 - told by whoever asks for the result
            future.set_exception(error)

    threading.Thread(target=run, name=f"doctor {name}", daemon=True).start()
    return future


def results(futures: Iterable["Future[T]"], until_s: float) -> list[T]:
    """Return what has come until the monotonic instant; what is late is left out."""
    found = []
    for future in futures:
        try:
            found.append(future.result(max(0.0, until_s - monotonic_s())))
        except TimeoutError:
            continue
    return found


def read_states() -> dict[str, StateValue]:
    """Read every device reader once, all at the same time; what hangs is left out."""
    readings = [begin(reader.read, "reader") for reader in device.readers()]
    states: dict[str, StateValue] = {}
    for values in results(readings, monotonic_s() + READERS_S):
        states.update(values)
    return states


def examine(here: Surroundings, checks: Sequence[Check]) -> list[Finding]:
    """Carry out the checks and return what they found, in their order."""
    began_s = monotonic_s()
    looks = [begin(_whole(check, here), check.code) for check in checks]
    findings: list[Finding] = []
    for check, look in zip(checks, looks, strict=True):
        findings += _outcome(check, look, began_s + check.limit_s)
    return findings


def _whole(check: Check, here: Surroundings) -> Callable[[], list[Finding]]:
    return lambda: list(check.look(here))


def _outcome(check: Check, look: "Future[list[Finding]]", until_s: float) -> list[Finding]:
    try:
        return look.result(max(0.0, until_s - monotonic_s()))
    except TimeoutError as error:
        if look.done():  # the look's own, not ours
            return [_broken(check, error)]
        reason = words(N_("not known within {seconds:.0f} s"), seconds=check.limit_s)
        return [Finding(check.code, Verdict.UNKNOWN, "", reason)]
    except Exception as error:  # noqa: BLE001 - one check's bug ends no other
        return [_broken(check, error)]


def _broken(check: Check, error: BaseException) -> Finding:
    """One check's bug is told, and ends no other."""
    log.debug("the check %s failed", check.code, exc_info=error)
    reason = words(N_("this check itself failed"))
    return Finding(
        check.code, Verdict.UNKNOWN, "", reason, detail=f"{type(error).__name__}: {error}"
    )
