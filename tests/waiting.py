"""Waiting for a condition with a deadline: no test sleeps for luck."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

STEP_S = 0.02


def wait_until(claim: Callable[[], T], within_s: float = 20.0, what: str = "") -> T:
    """Return what `claim` gives once it is true; fail once `within_s` is over."""
    deadline_s = time.perf_counter() + within_s
    while not (value := claim()):
        if time.perf_counter() > deadline_s:
            raise AssertionError(f"{what or 'the condition'}: not within {within_s:g} s")
        time.sleep(STEP_S)
    return value
