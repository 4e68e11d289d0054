"""Memory and processors."""

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.device.cpu import CpuReader, Ticks, load_between
from monitor.device.memory import MemoryReader, pressure_from_psi


def test_pressure_is_some_avg10(recorded: Callable[[str], str]) -> None:
    assert pressure_from_psi(recorded("pressure_memory")) == 12.4


@pytest.mark.parametrize("text", ["", "some\n", "some avg10=what avg60=0.00\n", "full avg10=1.0\n"])
def test_pressure_that_is_not_told_is_unknown(text: str) -> None:
    assert pressure_from_psi(text) is None


def test_a_kernel_without_psi_leaves_only_the_pressure_unknown(tmp_path: Path) -> None:
    values = MemoryReader(tmp_path / "missing").read()
    assert values["memory.pressure"] is None
    ratio = values["memory.available_ratio"]
    assert isinstance(ratio, float)
    assert 0.0 < ratio <= 1.0


@pytest.mark.parametrize(
    ("before", "now", "load"),
    [
        (Ticks(10, 100), Ticks(15, 110), 0.5),
        (Ticks(10, 100), Ticks(10, 110), 0.0),
        # Idle time may run backwards by a tick: never above 1, never below 0.
        (Ticks(10, 100), Ticks(21, 110), 1.0),
        (Ticks(10, 100), Ticks(9, 110), 0.0),
        (Ticks(10, 100), Ticks(10.05, 100.1), None),
        (None, Ticks(15, 110), None),
        (Ticks(10, 100), None, None),
    ],
)
def test_load_between_two_readings(
    before: Ticks | None, now: Ticks | None, load: float | None
) -> None:
    assert load_between(before, now) == load


def test_load_is_known_once_time_has_passed() -> None:
    reader = CpuReader()
    tries = (reader.read()["cpu.load_ratio"] for _ in range(2_000_000))
    load = next(value for value in tries if value is not None)
    assert isinstance(load, float)
    assert 0.0 < load <= 1.0
