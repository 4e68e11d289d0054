"""What the daemon does to stay small: settings of the C library's memory, where there are any."""

import ctypes
import gc
import sys

M_ARENA_MAX = -8
"""mallopt(3): how many heaps threads may have of their own. glibc gives each thread one, up to
eight a core, and each keeps what its busiest moment took; the daemon's threads mostly sleep."""

ARENAS = 1

GC_THRESHOLD = 2_000
"""Young objects between collections: Python's 700 is for programs that compute all the time."""


def settle_memory() -> None:
    """Give back what building everything left over; called once, when all has been built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    libc = _libc()
    if libc is not None:
        libc.malloc_trim(0)


def share_one_heap() -> None:
    """Have all threads share one heap; called before the first thread is started."""
    libc = _libc()
    if libc is not None:
        libc.mallopt(M_ARENA_MAX, ARENAS)


def _libc() -> ctypes.CDLL | None:
    """Return glibc; None on systems with another C library."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") else None
