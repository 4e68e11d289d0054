"""Whether walletwatch is started by the system, and on Linux whether it outlives a log-out."""

import getpass
from collections.abc import Iterator
from pathlib import Path

from monitor.device.command import command_text
from monitor.doctor.interface import Check, Finding, Surroundings, System, Verdict, words
from monitor.locale import N_
from monitor.service.interface import NAME
from monitor.service.systemd import UNIT

CODE = "machine.service"
ASK_S = 1.5
LINGER = Path("/var/lib/systemd/linger")
"""A file for each user whose services run without a log-in (loginctl(1), enable-linger)."""


def look(here: Surroundings) -> Iterator[Finding]:
    """Look for what the service manager was given, and ask it softly whether it runs."""
    if not _is_installed(here):
        yield Finding(
            CODE,
            Verdict.NOTE,
            "",
            words(N_("is not set up: after a restart nobody watches")),
            words(N_("Run `{command}`."), command="walletwatch service install"),
        )
        return
    if here.system is not System.LINUX:
        yield Finding(CODE, Verdict.OK, "", words(N_("starts when you log in")))
        return
    state = command_text(("systemctl", "--user", "is-active", UNIT), timeout_s=ASK_S)
    if (state or "").strip() == "active":
        yield Finding(CODE, Verdict.OK, UNIT, words(N_("set up and running")))
    else:
        yield Finding(
            CODE,
            Verdict.WARN,
            UNIT,
            words(N_("set up, but not running")),
            words(N_("Look why: `{command}`."), command=f"systemctl --user status {UNIT}"),
        )
    if not (LINGER / getpass.getuser()).exists():
        yield Finding(
            "machine.service.linger",
            Verdict.NOTE,
            "",
            words(N_("ends when you log out")),
            words(N_("To watch without a log-in: `{command}`."), command="loginctl enable-linger"),
        )


def _is_installed(here: Surroundings) -> bool:
    """Tell whether the file, or the task, that starts it is there."""
    home = Path(here.environment.get("HOME") or "~").expanduser()
    if here.system is System.LINUX:
        config = Path(here.environment.get("XDG_CONFIG_HOME") or home / ".config")
        return any(
            (folder / "systemd" / "user" / UNIT).exists()
            for folder in (config, Path("/etc"), Path("/usr/lib"))
        )
    if here.system is System.MACOS:
        return any((home / "Library" / "LaunchAgents").glob("*walletwatch*.plist"))
    if here.system is System.WINDOWS:
        asked = ("schtasks", "/query", "/tn", NAME)
        return command_text(asked, timeout_s=ASK_S) is not None
    return False


CHECK = Check(CODE, N_("service"), look)
