"""Runs `monitor.notify.desktop` for one notice and ends it at its deadline."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from monitor.model import Delivery, Notice

DEADLINE_S = 5.0
"""plyer waits up to 75 s on a frozen notification server; a desktop that works needs 0.3 s."""

GOODBYE_S = 1.0
"""How long a process that has answered may take to end by itself (Windows keeps its balloon)."""

MODULE = "monitor.notify.desktop"
_ROOT = Path(__file__).resolve().parents[2]

log = logging.getLogger(__name__)


class DesktopNotifier:
    """Shows notices on this machine's desktop; used by one thread."""

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._lingering: list[subprocess.Popen[bytes]] = []
        self._current: subprocess.Popen[bytes] | None = None

    def show(self, notice: Notice) -> tuple[Delivery, str]:
        """Show the notice; return what became of it and the name of the way it took.

        Never raises for a desktop that is missing, broken or stuck, and returns within the
        deadline (and half a second). UNKNOWN: the desktop may have taken it.
        """
        self._lingering = [child for child in self._lingering if child.poll() is None]
        try:
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(os.environ),
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            log.warning("a notice could not be shown: %s", error)
            return Delivery.FAILED, "none"
        self._current = child
        too_slow = threading.Event()
        timer = threading.Timer(self._deadline_s, _end, [child, too_slow])
        timer.start()
        try:
            line = _ask(child, notice)
        finally:
            timer.cancel()
        self._dismiss(child, answered=bool(line))
        self._current = None
        return _understand(line, too_slow=too_slow.is_set())

    def abort(self) -> None:
        """End the notice that is being shown, from another thread: the program stops."""
        child = self._current
        if child is not None:
            _kill(child)

    def fileno(self) -> int | None:
        """Return what to wait on for `hear`: nothing, for these notices have no buttons."""
        return None

    def wait_s(self) -> float | None:
        """Return when `hear` is due: never."""
        return None

    def hear(self) -> None:
        """Take what the desktop said: nothing."""

    def close(self) -> None:
        """Let go of the desktop: each notice did so by itself."""

    def _dismiss(self, child: subprocess.Popen[bytes], *, answered: bool) -> None:
        try:
            child.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            if answered and os.name != "posix":
                self._lingering.append(child)
                return
            _kill(child)
            child.wait()


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return the child's environment: this very package, and UTF-8 on every way out."""
    path = [str(_ROOT), *filter(None, [own.get("PYTHONPATH")])]
    changes = {"PYTHONPATH": os.pathsep.join(path), "PYTHONUTF8": "1"}
    if sys.platform.startswith("linux"):
        changes["LC_ALL"] = "C.UTF-8"  # notify-send reads its arguments in the locale's encoding
    return {**own, **changes}


def _ask(child: subprocess.Popen[bytes], notice: Notice) -> bytes:
    """Return the child's one line; empty where it ended or was killed without one."""
    assert child.stdin is not None and child.stdout is not None
    request = json.dumps({"title": notice.title, "body": notice.body}).encode()
    with child.stdout:
        try:
            with child.stdin:
                child.stdin.write(request)
        except OSError:
            return b""  # it died before it read: what it did not do, it does not answer
        return child.stdout.readline()


def _understand(line: bytes, *, too_slow: bool) -> tuple[Delivery, str]:
    if not line and too_slow:
        log.warning("the desktop did not take a notice in time")
        return Delivery.UNKNOWN, "deadline"
    if not line:
        log.warning("the process that shows notices ended without a word")
        return Delivery.FAILED, "none"
    answer = json.loads(line)
    if answer["detail"]:
        log.info("notice by %s: %s", answer["backend"], answer["detail"])
    return Delivery(answer["delivery"]), answer["backend"]


def _end(child: subprocess.Popen[bytes], too_slow: threading.Event) -> None:
    too_slow.set()
    _kill(child)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and what it started; one that is gone already is well."""
    if os.name != "posix":
        child.kill()
        return
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
