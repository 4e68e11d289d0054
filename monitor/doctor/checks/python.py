"""The Python that runs walletwatch."""

import platform
import sys
from collections.abc import Iterator

from monitor.doctor.interface import Check, Finding, Surroundings, System, Verdict, words
from monitor.locale import N_

CODE = "machine.python"
FINE_CLOCK = (3, 13)
"""From here on Python's clock on Windows is finer than 15.6 ms (`time.monotonic`)."""


def look(here: Surroundings) -> Iterator[Finding]:
    """Tell the version."""
    yield judge(here.system, sys.version_info[:2], platform.python_version())


def judge(system: System, version: tuple[int, int], text: str) -> Finding:
    """Return the finding for a version of Python. Pure."""
    if system is System.WINDOWS and version < FINE_CLOCK:
        reason = words(N_("{version} tells time on Windows only to 16 ms"), version=text)
        mend = words(N_("Install Python {wanted} or later for exact round trips."), wanted="3.13")
        return Finding(CODE, Verdict.NOTE, "", reason, mend)
    return Finding(CODE, Verdict.OK, "", words("{version}", version=text))


CHECK = Check(CODE, N_("Python version"), look)
