"""Says where the lab can stand: as root on Linux, with ip(8), nft(8) and ethtool(8)."""

import os
import shutil
from pathlib import Path

import pytest

REQUIRED = "LAB_REQUIRED"
"""Set to 1 where a skipped lab would be a hole in the tests: then its want is a failure."""
LAB = Path(__file__).parent


def what_is_missing() -> str | None:
    """Return why the lab cannot stand here, or None."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "the lab needs root, for network namespaces"
    for program in ("ip", "nft", "ethtool", "sysctl"):
        if shutil.which(program) is None:
            return f"the lab needs the program {program}"
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
