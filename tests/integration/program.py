"""A wallet app of the tests: a program of its own name that holds a connection on command."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from monitor.clock import SystemClock

NAME = f"ww{os.getpid()}"
PROGRAM = """
import socket, sys
held = None
for line in sys.stdin:
    if held is not None:
        held.close()
        held = None
    if line.strip() == "open":
        held = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    print("done", flush=True)
"""


class Program:
    """A wallet app of its own name that opens and closes its connection on command."""

    def __init__(self, folder: Path, port: int) -> None:
        link = folder / NAME
        if not link.exists():
            link.symlink_to(Path(sys.executable).resolve())
        self.child = subprocess.Popen(
            [str(link), "-c", PROGRAM, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, *words: str) -> int:
        """Do each and return the wall clock when it was done."""
        assert self.child.stdin is not None and self.child.stdout is not None
        for word in words:
            self.child.stdin.write(f"{word}\n")
            self.child.stdin.flush()
            assert self.child.stdout.readline() == "done\n"
        return SystemClock().wall_ms()

    def end(self, number: int = signal.SIGKILL) -> int:
        """Send the signal; return the wall clock."""
        self.child.send_signal(number)
        return SystemClock().wall_ms()

    def clear(self) -> None:
        self.child.kill()
        self.child.communicate()
