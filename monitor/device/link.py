"""The link: up or down, its kind, address and router, on whichever system this is."""

import sys
from collections.abc import Callable, Mapping

from monitor.device import link_linux, link_windows
from monitor.device.link_macos import MacLink
from monitor.device.route import LINK_KEYS, Link, link_values
from monitor.model import StateValue

EVERY_S = {"linux": 15.0}
"""Linux tells of a change by itself (`watch_link_linux`): this is for a word that got lost."""
EVERY_ELSEWHERE_S = 10.0


class LinkReader:
    """Reads the link in the way that it is given."""

    keys: tuple[str, ...] = LINK_KEYS

    def __init__(self, read_link: Callable[[], Link], every_s: float) -> None:
        self._read_link = read_link
        self.every_s = every_s

    def read(self) -> Mapping[str, StateValue]:
        """Return the link keys."""
        return link_values(self._read_link())


def link_source(platform: str = sys.platform) -> Callable[[], Link]:
    """Return the function that reads the link on a platform (as `sys.platform` names it)."""
    if platform == "linux":
        return link_linux.read_link
    if platform == "win32":
        return link_windows.read_link
    if platform == "darwin":
        return MacLink().link
    return Link


def link_reader(platform: str = sys.platform) -> LinkReader:
    """Return the reader for a platform."""
    return LinkReader(link_source(platform), EVERY_S.get(platform, EVERY_ELSEWHERE_S))
