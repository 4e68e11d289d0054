"""Run one of the system's own commands and hand back its text."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

COMMAND_TIMEOUT_S = 1.8
"""A reader is bounded by 2 s; 0.2 s are left for starting and ending the process."""


def command_text(argv: Sequence[str], timeout_s: float = COMMAND_TIMEOUT_S) -> str | None:
    """Return what the command printed; None where it is missing, fails or takes too long."""
    flags = 0
    if sys.platform == "win32":
        # Without it a console window flashes up at each call.
        flags = subprocess.CREATE_NO_WINDOW
    try:
        done = subprocess.run(
            [_placed(argv[0]), *argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
            creationflags=flags,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return decode_output(done.stdout) if done.returncode == 0 else None


def _placed(program: str) -> str:
    """Return where one of Windows' own commands is; elsewhere the callers name the place.

    CreateProcess would look into the present directory before the system's (Microsoft Learn).
    """
    if sys.platform != "win32":
        return program
    return str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / f"{program}.exe")


def decode_output(raw: bytes) -> str:
    """Return the text of a command's output.

    Windows' console tools write in the console's code page (936, which is GBK, on a Chinese
    system) unless told otherwise; GB 18030 is its superset, and reads plain ASCII too.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        console = "oem" if sys.platform == "win32" else "gb18030"
        return raw.decode(console, errors="replace")
