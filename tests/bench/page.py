"""Puts what a bench measured into docs/benchmarks.md, between marks that name it."""

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from monitor import __version__
from monitor.clock import SystemClock

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
VERSION_WITHIN_S = 10.0
PEER_VERSIONS: dict[str, tuple[str, ...]] = {
    "fping": ("fping", "--version"),
    "blackbox_exporter": ("prometheus-blackbox-exporter", "--version"),
    "smokeping_prober": ("prometheus-smokeping-prober", "--version"),
    "smokeping": ("smokeping", "--version"),
    "vaping": ("vaping", "--version"),
}
"""How each peer tells its version."""


def write_section(name: str, body: str, page: Path = PAGE) -> None:
    """Replace what stands between the marks of `name`.

    Raises:
        ValueError: the page has no such marks.
    """
    begin, end = f"<!-- {name}: written by make -->\n", f"<!-- end of {name} -->\n"
    head, found, rest = page.read_text().partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found or not found_end:
        raise ValueError(f"{page} has no place for {name}: {begin.strip()} ... {end.strip()}")
    page.write_text(f"{head}{begin}{body.rstrip()}\n{end}{tail}")


def fenced(text: str) -> str:
    """Return a text as a block that Markdown leaves as it is."""
    return f"```\n{text.rstrip()}\n```\n"


def machine() -> str:
    """Return one sentence: the day, and what it ran on."""
    day = datetime.fromtimestamp(SystemClock().wall_ms() / 1000, UTC).date()
    system = _first_line(Path("/etc/debian_version"))
    return (
        f"{day}, walletwatch {__version__}, {os.cpu_count()} cores ({_processor()}), "
        f"{platform.system()} {platform.release()}{f', Debian {system}' if system else ''}, "
        f"Python {platform.python_version()}."
    )


def load() -> str:
    """Return the machine's load of the last minute, that of a bench included."""
    return f"{os.getloadavg()[0]:.1f}"


def versions(names: Sequence[str]) -> str:
    """Return the versions of those peers, in one line."""
    return ", ".join(f"{name} {_version(PEER_VERSIONS[name])}" for name in names)


def _version(command: Sequence[str]) -> str:
    """Return the word of a program's answer that looks like a version."""
    if shutil.which(command[0]) is None:
        return "not installed"
    answer = subprocess.run(
        command, capture_output=True, text=True, timeout=VERSION_WITHIN_S, check=False
    )
    words = (answer.stdout + answer.stderr).replace(",", " ").split()
    found = next((word for word in words if word[:1].isdigit() and "." in word), "of no version")
    return _plain(found)


def _plain(version: str) -> str:
    """Return 2.7.3 for Perl's way to write it, 2.007003."""
    whole, _, digits = version.partition(".")
    if len(digits) != 6 or not digits.isdigit():
        return version
    return f"{whole}.{int(digits[:3])}.{int(digits[3:])}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _first_line(file: Path) -> str:
    return file.read_text().split("\n")[0] if file.exists() else ""
