"""What a test needs of its machine: it is skipped without, or fails where that would be a hole."""

import os
import shutil

import pytest

REQUIRED = "LAB_REQUIRED"
"""Set to 1 where a skipped test would be a hole in the tests: then its want is a failure."""


def wanting(reason: str) -> None:
    """Skip the test for this reason, or fail it where nothing may be skipped."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def need(*programs: str) -> None:
    """Need these programs."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        wanting(f"not installed: {', '.join(missing)}")


def need_root(*programs: str) -> None:
    """Need root, and these programs."""
    if os.name != "posix" or os.geteuid() != 0:
        wanting("needs root")
    need(*programs)
