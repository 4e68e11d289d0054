"""The clock: kept by the network's time, and near the time that a web server tells.

Linux tells by adjtimex(2) whether anything keeps the clock; anybody may ask. Elsewhere only the
comparison is left.
"""

import ctypes
import ctypes.util
import sys
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from monitor.clock import SystemClock
from monitor.doctor.interface import (
    Check,
    Finding,
    Surroundings,
    System,
    Verdict,
    Words,
    shown_command,
    words,
)
from monitor.locale import N_

CODE = "machine.clock"
TIME_ERROR = 5
"""What adjtimex(2) returns while the clock is not synchronised."""
_TIMEX_BYTES = 512
"""struct timex has 208 bytes on 64-bit Linux; the kernel writes no more."""
ASK_S = 3.0
GRAIN_S = 5.0
"""`Date` is told in whole seconds, and a proxy may keep it for a few."""
FAR_S = 30.0
"""So far off, times in the report cannot be held beside the bank's own."""
WRONG_S = 300.0
"""So far off, log-ins with one-time codes fail, and certificates may."""


def look(here: Surroundings) -> Iterator[Finding]:
    """Ask the system, and the portal page's server."""
    yield judge(here, is_kept(), ahead_s(here.settings.portal.url))


def judge(here: Surroundings, kept: bool | None, ahead: float | None) -> Finding:
    """Return the finding.

    Args:
        here: whose system the mend is for.
        kept: whether something keeps the clock; None where the system does not tell.
        ahead: seconds that the clock is ahead of a server's; None where none told.
    """
    if ahead is not None and abs(ahead) > FAR_S:
        verdict = Verdict.FAIL if abs(ahead) > WRONG_S else Verdict.WARN
        side = N_("the clock is {seconds:.0f} s ahead of a web server's")
        if ahead < 0:
            side = N_("the clock is {seconds:.0f} s behind a web server's")
        return Finding(CODE, verdict, "", words(side, seconds=abs(ahead)), _mend(here))
    is_near = ahead is not None and abs(ahead) <= GRAIN_S
    if kept is False and not is_near:
        reason = words(N_("nothing keeps this clock right (the kernel: not synchronised)"))
        return Finding(CODE, Verdict.WARN, "", reason, _mend(here))
    if kept is False:
        reason = words(N_("right at present, but the kernel calls it not synchronised"))
        return Finding(CODE, Verdict.NOTE, "", reason, _mend(here))
    if ahead is None and kept is None:
        reason = words(N_("no server told the time to compare with"))
        return Finding(CODE, Verdict.NOTE, "", reason)
    if kept:
        return Finding(CODE, Verdict.OK, "", words(N_("synchronised")))
    return Finding(CODE, Verdict.OK, "", words(N_("agrees with a web server's")))


def is_kept() -> bool | None:
    """Tell whether the kernel holds the clock for synchronised; None on systems that do not say."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    state = libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))  # modes = 0: only read
    return None if state < 0 else bool(state != TIME_ERROR)


def ahead_s(url: str) -> float | None:
    """Return by how many seconds this clock is ahead of the page's server; None if not known."""
    now_ms = SystemClock().wall_ms
    parts = urlsplit(url)
    if not parts.hostname:
        return None
    connection = HTTPConnection(parts.hostname, parts.port or 80, timeout=ASK_S)
    try:
        began_ms = now_ms()
        connection.request("HEAD", parts.path or "/", headers={"User-Agent": "Mozilla/5.0"})
        told = connection.getresponse().getheader("Date")
        middle_ms = (began_ms + now_ms()) / 2
        return None if told is None else middle_ms / 1000 - parsedate_to_datetime(told).timestamp()
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _mend(here: Surroundings) -> Words:
    command = shown_command(here, linux="sudo timedatectl set-ntp true", windows="w32tm /resync")
    if here.system is System.MACOS:
        return words(
            N_("Switch on “Set time and date automatically” in System Settings, Date & Time.")
        )
    if not command:
        return words(N_("Let the system set its clock over the network."))
    return words(N_("Let the network set the clock: `{command}`."), command=command)


CHECK = Check(CODE, N_("clock"), look)
