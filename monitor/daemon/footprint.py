"""What the daemon asks of the system: little memory, and descriptors for all its questions."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from pathlib import Path

M_ARENA_MAX = -8
"""mallopt(3): how many heaps threads may have of their own. glibc gives each thread one, up to
eight a core, and each keeps what its busiest moment took; the daemon's threads mostly sleep."""

ARENAS = 1

MADV_DONTNEED = 4
"""madvise(2): take these pages out of the process; what a file holds is read from it again."""

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
        _let_go_of_code(libc)


def give_back() -> None:
    """Give back what the work of the last hour left over: some milliseconds; see malloc_trim(3).

    Statements that SQLAlchemy builds refer to themselves, so only the collector frees them, and it
    looks at what is older only once some 200,000 objects more are held than were: by itself it
    leaves megabytes for days, between which malloc finds room for nothing.
    """
    gc.collect()
    libc = _libc()
    if libc is not None:
        libc.malloc_trim(0)


def _let_go_of_code(libc: ctypes.CDLL) -> None:
    """Give back the pages of program code, of which the start has run most and the rest runs few.

    They are the files' own, which other programs may share and the system may drop: those that
    are wanted again come back one by one.
    """
    libc.madvise.argtypes = (ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)
    for start, end in list(code_areas(Path("/proc/self/smaps"))):
        libc.madvise(start, end - start, MADV_DONTNEED)


def code_areas(smaps: Path) -> Iterator[tuple[int, int]]:
    """Give the areas of memory that hold nothing but code as its file has it (proc(5), smaps).

    None where the system does not tell.
    """
    try:
        lines = smaps.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    area: tuple[int, int] | None = None
    for words in (line.split() for line in lines):
        if not words[0].endswith(":"):
            start, end = (int(number, 16) for number in words[0].split("-"))
            is_code = words[1] == "r-xp" and words[-1].startswith("/")
            area = (start, end) if is_code else None
        elif words[0] == "Anonymous:" and area is not None and words[1] == "0":
            yield area


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
