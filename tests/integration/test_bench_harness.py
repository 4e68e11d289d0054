"""The bench counts what programs really do, their children included."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("the bench reads /proc", allow_module_level=True)

from tests.bench.measure import HEADINGS, Log, end, peer_cost, table
from tests.bench.peers import Peer, installed
from tests.bench.usage import tree, usage

# Burns half a second of CPU and writes a megabyte, in a child, then says so and waits.
CHILD = """
import os, sys, time
while time.process_time() < 0.5: pass
with open(sys.argv[1], "wb") as file:
    file.write(os.urandom(1 << 20)); file.flush(); os.fsync(file.fileno())
print("ready", file=sys.stderr, flush=True)
sys.stdin.read()
"""
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"


@contextmanager
def toy(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    program = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield program
    finally:
        assert program.stdin is not None and program.stderr is not None
        program.stdin.close()
        program.wait(10)
        program.stderr.close()


def test_a_childs_work_is_counted(tmp_path: Path) -> None:
    with toy(PARENT, CHILD, str(tmp_path / "file")) as program:
        log = Log(program)
        assert log.ready.wait(20)
        used = usage(program.pid)
        assert len(tree(program.pid)) == 2
        assert program.stdin is not None
        program.stdin.close()
        log.close()
    assert 0.45 <= used.cpu_s < 5  # /proc counts in hundredths, for each process by its own
    assert used.rss_bytes >= used.pss_bytes > 2 << 20
    assert used.wakeups > 0
    # A file system in memory writes nothing to a disk.
    assert used.written_bytes in (0, *range(1 << 20, 8 << 20))


def test_a_program_that_has_ended_has_no_usage() -> None:
    program = subprocess.Popen([sys.executable, "-c", ""])
    program.wait()
    with pytest.raises(ProcessLookupError):
        usage(program.pid)


def test_the_end_of_a_program_that_never_was_ready_is_heard() -> None:
    with toy("import sys; sys.exit('no such thing')") as program:
        log = Log(program)
        assert log.ready.wait(20)
        log.close()
        assert log.last_line == "no such thing"


def test_a_program_is_ended_as_a_service_would() -> None:
    with toy(
        "import sys; print('ready', file=sys.stderr, flush=True); sys.stdin.read()"
    ) as program:
        log = Log(program)
        assert log.ready.wait(20)
        assert end(program) < 10
        log.close()
    assert program.returncode == -15


def test_fping_is_measured(tmp_path: Path) -> None:
    if shutil.which("fping") is None:
        pytest.skip("not installed: fping")
    found = [peer for peer in installed(tmp_path) if isinstance(peer, Peer)]
    fping = next(peer for peer in found if peer.name == "fping")
    row = peer_cost(fping, 0.5).row()
    assert row[0] == "fping"
    assert float(row[2]) > 0
    assert len(table([HEADINGS, row]).splitlines()) == 2
