"""Shows one notice on this desktop, as a process of its own: the only door to plyer.

`python -m monitor.notify.desktop` reads {"title": ..., "body": ...} from stdin and writes one line
{"delivery": ..., "backend": ..., "detail": ...} to stdout. A process of its own, because plyer
waits on a stuck notification server for more than a minute and cannot be interrupted, keeps every
Windows balloon for the life of its process, and reports success whatever happened. So its way out
is chosen here instead of by plyer (which takes any machine with a directory /app for a Flatpak),
and watched from outside.
"""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass

from monitor.model import Delivery
from monitor.notify.fit import LINUX, MACOS, WINDOWS, Fitted, escape_markup, fitted

APP_NAME = "walletwatch"

SHOWN_FOR_S = 15
"""Time to look up and read three lines; plyer's notify-send default would stay until dismissed."""

BALLOON_SETTLES_S = 1.0
"""A balloon that Windows refuses fails within milliseconds, in a thread that plyer hides."""

OSASCRIPT_S = 4.0
"""Leaves time to answer before this process is killed at 5 s."""

ORPHAN_S = 6
"""Whoever started this process ends it at 5 s; if nobody is left to do so, it ends by itself."""

APPLE_SCRIPT = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of a notice."""

    delivery: Delivery
    backend: str
    detail: str = ""
    """The system's own words, for the log."""


def show(title: str, body: str) -> Shown:
    """Show the notice on whatever desktop this is; SENT means that the desktop took it."""
    if sys.platform == "win32":
        return _on_windows(title, body)
    if sys.platform == "darwin":
        return on_macos(title, body)
    if sys.platform.startswith("linux"):
        return _on_linux(title, body)
    return Shown(Delivery.LOGGED, "none", f"no way to show notices on {sys.platform}")


def main() -> int:
    """Answer one request from stdin."""
    if hasattr(signal, "alarm"):
        signal.alarm(ORPHAN_S)
    request = json.load(sys.stdin)
    shown = show(request["title"], request["body"])
    sys.stdout.write(json.dumps(asdict(shown)) + "\n")
    sys.stdout.flush()
    return 0


def _on_linux(title: str, body: str) -> Shown:
    if importlib.util.find_spec("jeepney") is None:
        return _without_a_look(fitted(title, body, LINUX))
    # imported here: jeepney is installed on Linux only
    from monitor.notify import session_bus, wire

    try:
        address = session_bus.bus_address(os.environ, os.getuid())
        with closing(wire.Wire(address)) as bus:
            server = session_bus.find_server(bus, os.environ)
            text = fitted(title, body, LINUX)
            if not shutil.which("notify-send"):
                session_bus.notify(bus, server, session_bus.Bubble(text, SHOWN_FOR_S))
                return Shown(Delivery.SENT, "dbus")
    except wire.NoDesktopError as reason:
        return Shown(Delivery.LOGGED, "none", str(reason))
    except wire.ServerError as error:
        return Shown(Delivery.FAILED, "dbus", str(error))
    os.environ[session_bus.ADDRESS_VARIABLE] = address
    safe_body = escape_markup(text.body) if server.reads_markup else text.body
    return _by_notify_send(text.title, safe_body)


def _without_a_look(text: Fitted) -> Shown:
    """Show where the server cannot be asked first what it can do: it mostly reads markup."""
    if not shutil.which("notify-send"):
        return Shown(Delivery.LOGGED, "none", "neither jeepney nor notify-send is installed")
    return _by_notify_send(text.title, escape_markup(text.body))


def _by_notify_send(title: str, body: str) -> Shown:
    """Show through plyer's notify-send, which drops the exit code: its complaints tell."""
    from plyer.platforms.linux.notification import NotifySendNotification

    with _complaints() as complaints:
        NotifySendNotification()._notify(
            title=title,
            message=body.replace("\\", "\\\\"),  # notify-send reads C escapes in bodies
            app_name=APP_NAME,
            timeout=SHOWN_FOR_S,
            expire_time=str(SHOWN_FOR_S * 1000),
        )
    words = complaints()
    delivery = Delivery.FAILED if words else Delivery.SENT
    return Shown(delivery, "plyer notify-send", words)


def _on_windows(title: str, body: str) -> Shown:
    from plyer.platforms.win.notification import WindowsNotification

    return by_balloon(WindowsNotification().notify, title, body)


def by_balloon(notify: Callable[..., None], title: str, body: str) -> Shown:
    """Show through plyer's balloon; its thread lives on and keeps the balloon in sight."""
    failure: list[str] = []
    failed = threading.Event()

    def note(args: threading.ExceptHookArgs) -> None:
        failure.append(f"{args.exc_type.__name__}: {args.exc_value}")
        failed.set()

    threading.excepthook = note  # the only way to hear of it; this process shows one notice
    text = fitted(title, body, WINDOWS)
    notify(title=text.title, message=text.body, app_name=APP_NAME, timeout=SHOWN_FOR_S)
    if failed.wait(BALLOON_SETTLES_S):
        return Shown(Delivery.FAILED, "plyer balloon", failure[0])
    return Shown(Delivery.SENT, "plyer balloon")


OSASCRIPT = "/usr/bin/osascript"
"""macOS's own, wherever PATH leads."""


def on_macos(title: str, body: str) -> Shown:
    """Show through osascript: plyer's interface was taken out of macOS.

    UNKNOWN at best: osascript also succeeds where the user has switched its notices off.
    """
    text = fitted(title, body, MACOS)
    script = [word for line in APPLE_SCRIPT for word in ("-e", line)]
    try:
        done = subprocess.run(
            [OSASCRIPT, *script, text.title, text.body],
            check=False,
            capture_output=True,
            text=True,
            timeout=OSASCRIPT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Shown(Delivery.FAILED, "osascript", str(error))
    if done.returncode != 0:
        return Shown(Delivery.FAILED, "osascript", done.stderr.strip())
    return Shown(Delivery.UNKNOWN, "osascript")


@contextmanager
def _complaints() -> Iterator[Callable[[], str]]:
    """Collect what child processes write to stderr; ask the function after the block."""
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)
        said: list[str] = []
        try:
            yield lambda: said[0]
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            said.append(file.read().decode(errors="replace").strip())


if __name__ == "__main__":
    sys.exit(main())
