"""Which areas of memory hold nothing but code as its file has it, and what is given back."""

import gc
import sys
import weakref
from pathlib import Path

import pytest

from monitor.daemon.footprint import code_areas, give_back

SMAPS = """\
55d0c0400000-55d0c0600000 r-xp 00001000 08:01 11 /usr/bin/python3
Rss:                 400 kB
Anonymous:             0 kB
7f0000000000-7f0000100000 r-xp 00001000 08:01 12 /usr/lib/libpatched.so
Rss:                 400 kB
Anonymous:             4 kB
7f0000200000-7f0000300000 rw-p 00001000 08:01 12 /usr/lib/libssl.so
Anonymous:             0 kB
7f0000400000-7f0000500000 r--p 00001000 08:01 12 /usr/lib/libssl.so
Anonymous:             0 kB
7f0000600000-7f0000700000 r-xp 00000000 00:00 0 [vdso]
Anonymous:             0 kB
7f0000800000-7f0000900000 rw-p 00000000 00:00 0
Anonymous:             0 kB
7f0000a00000-7f0000b00000 r-xp 00001000 08:01 13 /usr/lib/libcrypto.so.3
Rss:                4000 kB
Anonymous:             0 kB
"""


def test_only_code_that_nobody_has_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "smaps").write_text(SMAPS)
    named = [f"{start:x}" for start, _ in code_areas(tmp_path / "smaps")]
    assert named == ["55d0c0400000", "7f0000a00000"]


def test_where_the_system_does_not_tell_there_are_none(tmp_path: Path) -> None:
    assert list(code_areas(tmp_path / "smaps")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="proc(5)")
def test_this_very_process_has_some() -> None:
    assert all(start < end for start, end in code_areas(Path("/proc/self/smaps")))
    assert list(code_areas(Path("/proc/self/smaps")))


class _Ring:
    """Refers to itself, as the statements that SQLAlchemy builds do."""

    def __init__(self) -> None:
        self.itself = self


def test_what_refers_to_itself_is_given_back_however_old_it_is() -> None:
    ring = _Ring()
    gone = weakref.ref(ring)
    gc.collect()  # it stands among what is seldom looked at now
    gc.disable()
    try:
        del ring
        assert gone() is not None
        give_back()
    finally:
        gc.enable()
    assert gone() is None
