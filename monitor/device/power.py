"""Battery saver, mains or battery, and the battery's charge.

Linux: power-profiles-daemon under both of its D-Bus names, and UPower's OnBattery. Windows:
GetSystemPowerStatus. macOS: `pmset -g`. The charge comes from psutil everywhere, which knows no
power-saver state on any system.
"""

import ctypes
import struct
import sys
from collections.abc import Mapping
from typing import NamedTuple

import psutil

from monitor.device.command import command_text
from monitor.device.dbus import SystemBus
from monitor.model import StateValue

POWER_KEYS = (
    "power.battery_saver",
    "power.on_battery",
    "battery.percent",
    "battery.plugged",
)
POWER_PROFILES = (
    ("org.freedesktop.UPower.PowerProfiles", "/org/freedesktop/UPower/PowerProfiles"),
    ("net.hadess.PowerProfiles", "/net/hadess/PowerProfiles"),
)
"""Bus name (its interface has the same name) and path: since release 0.20, and before."""
UPOWER = "org.freedesktop.UPower"
UPOWER_PATH = "/org/freedesktop/UPower"


class Battery(NamedTuple):
    """The battery as psutil sees it; None where there is none, or it does not say."""

    percent: float | None = None
    plugged: bool | None = None


def battery() -> Battery:
    """Return the battery's state.

    psutil raises whatever odd firmware makes of its files (a number missing, a device that
    answers ENODEV, a division by a capacity of zero); to a person all of it means "unknown".
    """
    try:
        seen = psutil.sensors_battery()
    except (OSError, ValueError, ArithmeticError, LookupError, RuntimeError, AttributeError):
        return Battery()
    if seen is None:
        return Battery()
    percent = float(seen.percent)
    return Battery(percent if 0 <= percent <= 100 else None, seen.power_plugged)


def power_values(
    saver: bool | None, on_battery: bool | None, charge: Battery
) -> Mapping[str, StateValue]:
    """Return the power keys; where the system does not say "on battery", the plug does."""
    if on_battery is None and charge.plugged is not None:
        on_battery = not charge.plugged
    return dict(zip(POWER_KEYS, (saver, on_battery, charge.percent, charge.plugged), strict=True))


class LinuxPower:
    """Power state from D-Bus; without those services only what the battery itself tells."""

    keys: tuple[str, ...] = POWER_KEYS
    every_s: float = 30.0
    """Changes of saver and mains are signalled; this is for the percentage."""

    def __init__(self, bus: SystemBus) -> None:
        self._bus = bus

    def read(self) -> Mapping[str, StateValue]:
        """Return the power keys."""
        on_battery = self._bus.value(UPOWER, UPOWER_PATH, UPOWER, "OnBattery")
        known = on_battery if isinstance(on_battery, bool) else None
        return power_values(self._saver(), known, battery())

    def _saver(self) -> bool | None:
        for name, path in POWER_PROFILES:
            profile = self._bus.value(name, path, name, "ActiveProfile")
            if profile is not None:
                return bool(profile == "power-saver")
        return None


class WindowsPower:
    """Power state from GetSystemPowerStatus (Windows 10 and later know the saver flag)."""

    keys: tuple[str, ...] = POWER_KEYS
    every_s: float = 10.0
    """A call of microseconds, and nothing signals a change here."""

    def read(self) -> Mapping[str, StateValue]:
        """Return the power keys."""
        saver, on_battery = saver_from_power_status(_system_power_status())
        return power_values(saver, on_battery, battery())


POWER_STATUS = struct.Struct("<4B2I")
"""SYSTEM_POWER_STATUS (winbase.h)."""


def saver_from_power_status(raw: bytes | None) -> tuple[bool | None, bool | None]:
    """Return (saver, on battery) from the bytes of a SYSTEM_POWER_STATUS; None: not known.

    Its fields: ACLineStatus (0 battery, 1 mains, 255 unknown), BatteryFlag, BatteryLifePercent,
    SystemStatusFlag (1: battery saver on) as bytes, then two 32-bit times in seconds.
    """
    if raw is None or len(raw) != POWER_STATUS.size:
        return None, None
    ac_line, _flag, _percent, status, _left_s, _full_s = POWER_STATUS.unpack(raw)
    on_battery = {0: True, 1: False}.get(ac_line)
    return {0: False, 1: True}.get(status), on_battery


def _system_power_status() -> bytes | None:
    if sys.platform != "win32":
        return None
    status = ctypes.create_string_buffer(POWER_STATUS.size)
    is_filled = ctypes.windll.kernel32.GetSystemPowerStatus(status)
    return status.raw if is_filled else None


class MacPower:
    """Power state from `pmset -g` (low power mode: macOS 12 and later)."""

    keys: tuple[str, ...] = POWER_KEYS
    every_s: float = 60.0
    """It starts a process, and people switch the mode by hand."""

    def read(self) -> Mapping[str, StateValue]:
        """Return the power keys."""
        text = command_text(("/usr/bin/pmset", "-g"))
        return power_values(saver_from_pmset(text or ""), None, battery())


def saver_from_pmset(text: str) -> bool | None:
    """Return whether low power mode is on, from `pmset -g`; None where no line speaks of it.

    Machines that also have a high power mode print `powermode` (0 automatic, 1 low, 2 high)
    in place of `lowpowermode` (0, 1): pmset(1).
    """
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] in ("lowpowermode", "powermode"):
            return words[1] == "1"
    return None
