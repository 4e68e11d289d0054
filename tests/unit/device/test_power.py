"""Power: what the systems' own words mean, and what stays unknown."""

import struct
from collections.abc import Callable
from types import SimpleNamespace

import psutil
import pytest

from monitor.device.power import (
    Battery,
    battery,
    power_values,
    saver_from_pmset,
    saver_from_power_status,
)

Recorded = Callable[[str], str]


@pytest.mark.parametrize(
    ("name", "saver"),
    [
        ("pmset_low_power", True),
        ("pmset_normal", False),
        ("pmset_high_power", False),
        ("pmset_old", None),
    ],
)
def test_pmset_tells_low_power_mode(recorded: Recorded, name: str, saver: bool | None) -> None:
    assert saver_from_pmset(recorded(name)) is saver


def test_pmset_powermode_1_is_low_power() -> None:
    assert saver_from_pmset(" powermode            1\n") is True


@pytest.mark.parametrize(
    ("ac_line", "status_flag", "expected"),
    [
        (0, 1, (True, True)),
        (1, 0, (False, False)),
        # A desktop on mains can save energy too.
        (1, 1, (True, False)),
        (255, 0, (False, None)),
        (1, 7, (None, False)),
    ],
)
def test_windows_power_status(
    ac_line: int, status_flag: int, expected: tuple[bool | None, bool | None]
) -> None:
    raw = struct.pack("<4B2I", ac_line, 8, 73, status_flag, 0xFFFFFFFF, 0xFFFFFFFF)
    assert saver_from_power_status(raw) == expected


def test_windows_power_status_that_failed_is_unknown() -> None:
    assert saver_from_power_status(None) == (None, None)


@pytest.mark.parametrize(
    ("on_battery", "plugged", "expected"),
    [(None, False, True), (None, True, False), (None, None, None), (True, True, True)],
)
def test_the_plug_speaks_where_the_system_does_not(
    on_battery: bool | None, plugged: bool | None, expected: bool | None
) -> None:
    values = power_values(None, on_battery, Battery(50.0, plugged))
    assert values["power.on_battery"] is expected


def test_odd_firmware_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError(19, "No such device")

    monkeypatch.setattr(psutil, "sensors_battery", broken, raising=False)
    assert battery() == Battery(None, None)


@pytest.mark.parametrize(("told", "kept"), [(73, 73.0), (-1, None), (255, None), (0, 0.0)])
def test_a_percentage_that_cannot_be_is_unknown(
    monkeypatch: pytest.MonkeyPatch, told: int, kept: float | None
) -> None:
    seen = SimpleNamespace(percent=told, secsleft=-1, power_plugged=None)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: seen, raising=False)
    assert battery() == Battery(kept, None)


def test_no_battery_is_unknown_not_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    assert battery() == Battery(None, None)
