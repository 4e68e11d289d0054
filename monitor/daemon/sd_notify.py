"""What a service manager is told: ready, alive, what is going on, ending (sd_notify(3)).

A datagram to the socket that NOTIFY_SOCKET names; nothing at all where nobody named one.
"""

import contextlib
import logging
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)

SOCKET_VARIABLE = "NOTIFY_SOCKET"

SEND_S = 1.0
"""A manager that does not read for so long is told nothing; it must not hold the daemon up."""


class Manager:
    """The service manager that started this program, or nobody."""

    def __init__(self, address: str | None) -> None:
        # "@" stands for the NUL byte that begins an address of no file (unix(7))
        self._address = "\0" + address[1:] if address and address[0] == "@" else address

    def tell(self, *lines: str) -> None:
        """Tell the manager these lines, `READY=1` and the like, in one message."""
        if not self._address:
            return
        message = "\n".join(line.replace("\n", " ") for line in lines)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
                mouth.settimeout(SEND_S)
                mouth.sendmsg([message.encode()], [], 0, self._address)
        except OSError as error:
            log.warning("the service manager could not be told %s: %s", lines[0], error)


def manager(environment: Mapping[str, str]) -> Manager:
    """Return the manager that the environment names."""
    return Manager(environment.get(SOCKET_VARIABLE))


def watchdog_s(environment: Mapping[str, str], pid: int) -> float | None:
    """Return after how long without WATCHDOG=1 the manager ends this process; None for never.

    The manager may mean another process than this one (WATCHDOG_PID, sd_watchdog_enabled(3)).
    """
    if environment.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    with contextlib.suppress(KeyError, ValueError):
        seconds = int(environment["WATCHDOG_USEC"]) / 1e6
        return seconds if seconds > 0 and environment.get(SOCKET_VARIABLE) else None
    return None
