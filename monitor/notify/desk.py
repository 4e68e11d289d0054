"""Which way notices take on this machine."""

import importlib.util
import sys
from collections.abc import Callable, Sequence

from monitor.model import Notice
from monitor.notify.interface import Button
from monitor.notify.launch import DesktopNotifier
from monitor.notify.worker import Desktop


def this_desktop(
    buttons_of: Callable[[Notice], Sequence[Button]], pressed: Callable[[Notice, str], None]
) -> Desktop:
    """Return this machine's desktop: with buttons on Linux, through plyer elsewhere.

    `pressed` takes a notice and the action of its button that somebody pressed; it is called from
    the thread that shows notices.
    """
    if sys.platform.startswith("linux") and importlib.util.find_spec("jeepney") is not None:
        from monitor.notify.linux import LinuxDesktop

        return LinuxDesktop(buttons_of, pressed)
    return DesktopNotifier()
