"""Says where the lab can stand: as root on Linux, with ip(8), nft(8) and ethtool(8)."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab.namespaces import LabError, Namespace
from tests.needs import REQUIRED

LAB = Path(__file__).parent

TRIAL_RULES = """
table inet trial {
  chain forward {
    type filter hook forward priority raw
    numgen random mod 100 < 30 counter drop
    meta l4proto tcp reject with tcp reset
  }
  chain postrouting {
    type nat hook postrouting priority srcnat
    masquerade
  }
}
"""
"""What a kernel must know for the lab's router and its faults."""


def what_is_missing() -> str | None:
    """Return why the lab cannot stand here, or None."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "the lab needs root, for network namespaces"
    for program in ("ip", "nft", "ethtool", "sysctl", "ping"):
        if shutil.which(program) is None:
            return f"the lab needs the program {program}"
    return _what_a_trial_says()


def _what_a_trial_says() -> str | None:
    """Try it: root in a container is often not allowed to, and says so only then."""
    trial = Namespace(f"wwlab-{os.getpid()}-trial")
    try:
        trial.create()
        trial.nft(TRIAL_RULES)
    except LabError as error:
        return f"the lab cannot stand here: {error}"
    finally:
        with suppress(LabError):
            trial.delete()
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in this folder as `lab`."""
    for item in items:
        if item.path.is_relative_to(LAB):
            item.add_marker("lab")


@pytest.fixture(scope="session", autouse=True)
def lab_stands() -> None:
    """Skip all of the lab where it cannot stand, or fail where it must."""
    missing = what_is_missing()
    if missing is None:
        return
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{missing}, and {REQUIRED}=1 says it must stand here", pytrace=False)
    pytest.skip(missing)


MEASURED = "measured"
"""Property of a test: a line of the table that is printed at the end."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured of each fault: the figures that the budgets are about."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = sorted(
        str(value)
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == MEASURED
    )
    if lines:
        terminalreporter.section("the fault lab, seconds from the truth")
        head = f"{'fault':<38} {'start':>6} {'stored':>6} {'end':>6}  how and cause"
        terminalreporter.write_line(head)
        for line in lines:
            terminalreporter.write_line(line)
