"""macOS: a LaunchAgent of the user's own session (launchd.plist(5), launchctl(1))."""

import os
import plistlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.locale import N_
from monitor.service.files import (
    NOT_FOUND,
    content,
    is_current,
    make_private_folder,
    remove,
    run_command,
    succeeded,
    write_if_new,
)
from monitor.service.interface import (
    NAME,
    Condition,
    Installed,
    Plan,
    Ran,
    Run,
    ServiceError,
    Step,
)

LABEL = f"local.{NAME}"

THROTTLE_S = 15
"""The shortest time between two starts."""

STOP_S = 10
"""The daemon needs 2 s at most."""

LOG_NAME = "service.log"
"""Only warnings: launchd opens the file itself and nobody cuts it."""

VERSION_KEY = "WalletwatchVersion"
"""launchd leaves keys alone that it does not know."""


@dataclass(frozen=True, slots=True)
class Launchd:
    """The launchd of a user's desktop session."""

    path: Path
    user_id: int
    run: Run = run_command

    def text(self, plan: Plan) -> bytes:
        """Return the property list."""
        return plist(plan)

    def read(self, raw: bytes) -> Installed:
        """Return what a property list says of itself."""
        return read_plist(raw)

    def install(self, plan: Plan) -> Sequence[Step]:
        """Write the file where it differs, and have launchd load it."""
        self._need_manager()
        steps = make_private_folder(plan.data_dir)
        written = write_if_new(self.path, self.text(plan))
        is_loaded = self._print().code == 0
        if written and is_loaded:
            written.append(self._do("bootout", self._target()))
            is_loaded = False
        if not is_loaded:
            written.append(self._do("enable", self._target()))
            written.append(self._do("bootstrap", self._domain(), str(self.path)))
        return [*steps, *written]

    def uninstall(self) -> Sequence[Step]:
        """Have launchd forget the agent, and remove its file."""
        if content(self.path) is None:
            return []
        self._need_manager()
        is_loaded = self._print().code == 0
        steps = [self._do("bootout", self._target())] if is_loaded else []
        return [*steps, *remove(self.path)]

    def condition(self, version: str, program: tuple[str, ...]) -> Condition:
        """Return what launchd says of the agent."""
        raw = content(self.path)
        if raw is None:
            return Condition(self.path, None, is_text_current=False)
        self._need_manager()
        ran = self._print()
        pid = _number(ran.out, "pid")
        runs = _number(ran.out, "runs")
        state = re.search(r"^\s*state = (.+)$", ran.out, re.MULTILINE)
        return Condition(
            path=self.path,
            installed=self.read(raw),
            is_text_current=is_current(self, raw, version, program),
            is_enabled=ran.code == 0,
            is_active=pid is not None,
            state=state[1] if state else "not loaded",
            pid=pid,
            restarts=None if runs is None else max(0, runs - 1),
            is_ending_with_session=True,
        )

    def linger(self) -> Sequence[Step]:
        """Refuse: an agent lives in its user's session.

        Raises:
            ServiceError: always.
        """
        raise ServiceError(N_("--linger is Linux's: here the service runs while you are logged in"))

    def _need_manager(self) -> None:
        if self._ctl("version").code == NOT_FOUND:
            raise ServiceError(N_("launchctl is not on the search path: add /bin to PATH"))

    def _print(self) -> Ran:
        return self._ctl("print", self._target())

    def _domain(self) -> str:
        return f"gui/{self.user_id}"

    def _target(self) -> str:
        return f"{self._domain()}/{LABEL}"

    def _do(self, *words: str) -> Step:
        line = " ".join(["launchctl", *words])
        return succeeded(line, self._ctl(*words))

    def _ctl(self, *words: str) -> Ran:
        return self.run(["launchctl", *words])


def this_user() -> Launchd:
    """Return the launchd of whoever runs this."""
    user_id = os.getuid() if os.name == "posix" else 0
    return Launchd(Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist", user_id)


def plist(plan: Plan) -> bytes:
    """Return the property list for a plan. Pure."""
    log = str(plan.data_dir / LOG_NAME)
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": [*plan.program, "--quiet", *plan.options(), "run"],
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": THROTTLE_S,
            "ExitTimeOut": STOP_S,
            "ProcessType": "Background",
            "LegacyTimers": True,  # probes are timed: none of the delays that save power
            "Umask": 0o077,
            "StandardOutPath": log,
            "StandardErrorPath": log,
            VERSION_KEY: plan.version,
        },
        sort_keys=False,
    )


def read_plist(raw: bytes) -> Installed:
    """Return what a property list says of itself; nothing where it is none. Pure."""
    try:
        found = plistlib.loads(raw)
    except (plistlib.InvalidFileException, ValueError, SyntaxError):
        return Installed()
    words = found.get("ProgramArguments", ()) if isinstance(found, dict) else ()
    version = found.get(VERSION_KEY) if isinstance(found, dict) else None
    return Installed(version, tuple(str(word) for word in words))


def _number(text: str, name: str) -> int | None:
    """Return the number of `launchctl print`'s line of that name; None where there is none."""
    found = re.search(rf"^\s*{name} = (\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else None
