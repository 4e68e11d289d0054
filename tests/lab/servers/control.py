"""Steering a lab server through a socket in the file system, which crosses network namespaces.

One JSON object a line in, one out; the answer carries the instant at which the change was made.
"""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from tests.lab.instant import now
from tests.lab.servers.loop import Loop

Command: TypeAlias = Mapping[str, object]
Answer: TypeAlias = dict[str, object]
OnCommand: TypeAlias = Callable[[Command], Answer]

START_TIMEOUT_S = 10.0
"""A lab server imports and binds in about 0.2 s; this is for a machine that is busy."""
ANSWER_TIMEOUT_S = 5.0


def serve_control(loop: Loop, path: Path, on_command: OnCommand) -> None:
    """Answer the commands that arrive at `path`; bind it last, since it means "ready"."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(8)

    def accept() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(ANSWER_TIMEOUT_S)
            line = connection.makefile("rb").readline()
            if not line:
                return  # somebody only looked whether we are there
            answer = on_command(json.loads(line))
            done = now()
            reply = {**answer, "wall_ms": done.wall_ms, "monotonic_ms": done.monotonic_ms}
            connection.sendall(json.dumps(reply).encode() + b"\n")

    loop.watch(listener, accept)


def ask(path: Path, **command: object) -> Answer:
    """Send one command to the server at `path` and return its answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(ANSWER_TIMEOUT_S)
        sock.connect(str(path))
        sock.sendall(json.dumps(command).encode() + b"\n")
        with sock.makefile("rb") as stream:
            answer: Answer = json.loads(stream.readline())
    return answer


def wait_until_ready(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Return once the server that `process` runs answers at `path`.

    Raises:
        RuntimeError: the process ended, or nothing answered in START_TIMEOUT_S.
    """
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            # A bound socket that is not yet listening refuses; a missing one is not found.
            if sock.connect_ex(str(path)) == 0:
                return
        time.sleep(0.01)
    raise RuntimeError(f"the lab server at {path.name} did not start")
