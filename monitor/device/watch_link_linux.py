"""Tells at once when the link changes on Linux: rtnetlink's multicast groups.

The kernel announces a lost carrier at once, or, where any carrier of the machine changed within
the second before, at the end of that second (net/core/link_watch.c). A `read` sees it earlier.
"""

import errno
import logging
import socket
from collections.abc import Callable
from contextlib import closing

from monitor.device.interface import Changed
from monitor.device.link_linux import read_link
from monitor.device.netlink import RECEIVE_BYTES, open_change_socket
from monitor.device.route import Link, link_values
from monitor.device.stop import Stop, WatchThread

log = logging.getLogger(__name__)

SETTLE_S = 0.05
"""Between two readings: one change makes a dozen messages, and containers that come and go
make them for ever. The first message is acted on at once."""


class LinuxLinkWatcher:
    """Reads the link anew at each sign of change, and tells when it differs.

    The state at the start is told too, so that nothing is missed between a first reading
    elsewhere and the start of the watch.
    """

    def __init__(self, read: Callable[[], Link] = read_link) -> None:
        self._read = read
        self._thread = WatchThread("link")

    def start(self, changed: Changed) -> None:
        """Begin to watch; does nothing where the kernel forbids it (Android)."""
        try:
            changes = open_change_socket()
        except OSError as error:
            log.info("no rtnetlink here, the link is only polled: %s", error)
            return
        self._thread.begin(lambda stop: self._watch(changes, stop, changed))

    def stop(self) -> None:
        """End the watch."""
        self._thread.end()

    def _watch(self, changes: socket.socket, stop: Stop, changed: Changed) -> None:
        told: Link | None = None
        with closing(changes), closing(stop):
            while not stop.is_set:
                link = self._read()
                if link != told:
                    told = link
                    changed(link_values(link))
                stop.wait(SETTLE_S)
                if stop.wait(None, changes) and not _drain(changes):
                    return


def _drain(changes: socket.socket) -> bool:
    """Read away what waits, for only that something changed counts; False where it broke."""
    while True:
        try:
            changes.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return True
        except OSError as error:
            # The kernel says so when messages came faster than they were read.
            if error.errno != errno.ENOBUFS:
                log.warning("the watch of the link ended, it is only polled now: %s", error)
                return False
