"""Hands the recorded outputs, written after the systems' documented formats, to the tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

RECORDED = Path(__file__).parent / "recorded"


@pytest.fixture
def recorded() -> Callable[[str], str]:
    return lambda name: (RECORDED / f"{name}.txt").read_text("utf-8")
