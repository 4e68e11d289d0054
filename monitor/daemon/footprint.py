"""What the daemon asks of the system: little memory, and descriptors for all its questions."""

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


def allow_descriptors(count: int) -> None:
    """Let this process have that many open files, as far as its hard limit goes (setrlimit(2)).

    The soft limit is 1024 on most systems, for programs that use select(2); a question in flight
    has a socket of its own.
    """
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _libc() -> ctypes.CDLL | None:
    """Return glibc; None on systems with another C library."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") else None
