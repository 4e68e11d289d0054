"""Free memory, and how much the system suffers from its lack."""

from collections.abc import Mapping
from pathlib import Path

import psutil

from monitor.model import StateValue

PRESSURE_FILE = Path("/proc/pressure/memory")


class MemoryReader:
    """Memory available as a share of all, and Linux' pressure stall information."""

    keys: tuple[str, ...] = ("memory.available_ratio", "memory.pressure")
    every_s: float = 5.0

    def __init__(self, pressure_file: Path = PRESSURE_FILE) -> None:
        self._pressure_file = pressure_file

    def read(self) -> Mapping[str, StateValue]:
        """Return both keys; the pressure is None on kernels without PSI and other systems."""
        return {
            "memory.available_ratio": _available_ratio(),
            "memory.pressure": pressure_from_psi(self._psi()),
        }

    def _psi(self) -> str:
        # Opening succeeds and reading fails (EOPNOTSUPP) where PSI is built in but switched off.
        try:
            return self._pressure_file.read_text("ascii")
        except OSError:
            return ""


def pressure_from_psi(text: str) -> float | None:
    """Return `some avg10` in percent from the text of /proc/pressure/memory.

    It is the share of the last 10 s in which at least one task waited for memory (kernel
    documentation, accounting/psi).
    """
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["some"]:
            for word in words[1:]:
                name, _, number = word.partition("=")
                if name == "avg10":
                    return _number(number)
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _available_ratio() -> float | None:
    try:
        memory = psutil.virtual_memory()
    except (OSError, ValueError, RuntimeError):
        return None
    return round(memory.available / memory.total, 4) if memory.total else None
