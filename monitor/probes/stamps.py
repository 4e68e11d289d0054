"""When packets arrived, told by the kernel and not by whoever reads them.

A Python thread that waits for a packet runs again up to 5 ms after its arrival where another
thread is busy (sys.getswitchinterval). Linux stamps packets as they arrive (socket(7),
SO_TIMESTAMPNS), so they may even be read much later, many at a time.
"""

import socket
import struct
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from monitor.clock import monotonic_s, wall_ns
from monitor.probes.outcomes import ON_LINUX

# Linux <asm-generic/socket.h>: stamps with 64-bit seconds on every machine (kernel 5.1).
_SO_TIMESTAMPNS_NEW = 64
_TIMESPEC = struct.Struct("=qq")
_MAX_TORN_S = 0.00005
"""Two clocks read further apart than this were torn by a thread switch: they are read again."""
_READS = 3
_MAX_STEP_S = 0.001
"""The wall clock and the monotonic one are slewed alike; what parts them by more is a step."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a packet arrived, in monotonic seconds."""

    at_s: float
    is_exact: bool
    """False where the kernel did not tell, or the wall clock stepped: `at_s` is then now."""


def switch_stamps_on(sock: socket.socket) -> bool:
    """Ask the kernel to stamp what arrives; False where it cannot."""
    if not ON_LINUX:
        return False
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS_NEW, 1)
    except OSError:  # a kernel before 5.1
        return False
    return True


def keep_stamps_on(owner: object) -> bool:
    """Hold one stamped socket, never used, for as long as the owner lives; False: no stamps here.

    Linux stamps arriving packets only while somebody wants stamps, and switches that on a little
    later than it is asked: the reply to a fresh socket on the same network would often miss it.
    """
    try:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:  # no descriptors: stamps are a refinement
        return False
    weakref.finalize(owner, sock.close)
    return switch_stamps_on(sock)


def wall_offset_s() -> float:
    """Return how far the wall clock is ahead of the monotonic one: it changes by steps alone."""
    for _ in range(_READS):
        before_s = monotonic_s()
        wall_s = wall_ns() / 1e9
        after_s = monotonic_s()
        if after_s - before_s <= _MAX_TORN_S:
            break
    return wall_s - after_s


def receive_stamped(
    sock: socket.socket, size: int, sent_offset_s: float
) -> tuple[bytes, Any, Arrival]:
    """Return a packet, its sender and its arrival; `sent_offset_s` is the offset at the question.

    The stamp is on the wall clock. A wall clock that stepped since the question makes it worth
    nothing.
    """
    packet, ancillary, _flags, sender = sock.recvmsg(size, socket.CMSG_SPACE(_TIMESPEC.size))
    stamp_s = _stamp_s(ancillary)
    now_s = monotonic_s()
    if stamp_s is None or abs(wall_offset_s() - sent_offset_s) > _MAX_STEP_S:
        return packet, sender, Arrival(now_s, is_exact=False)
    return packet, sender, Arrival(min(stamp_s - sent_offset_s, now_s), is_exact=True)


def _stamp_s(ancillary: Sequence[tuple[int, int, bytes]]) -> float | None:
    """Return the kernel's stamp in seconds of the wall clock; None where there is none."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS_NEW) and len(
            data
        ) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            return int(seconds) + int(nanoseconds) / 1e9
    return None
