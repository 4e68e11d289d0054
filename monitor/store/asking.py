"""Whoever looks asks the daemon to write what it still holds: a file asks, its removal answers.

Quiet samples wait in the daemon's memory for many minutes, which keeps the disk quiet. Somebody who
wants to see the present need not wait as long: no port is open for it, and every system has files.
"""

import os
import threading
from pathlib import Path

from monitor.clock import monotonic_s
from monitor.store.lock import holder
from monitor.store.place import PRIVATE_FILE

ASK_NAME = "walletwatch.ask"
"""Begins as the program's other files do, so that its rights are looked after with theirs."""
ANSWER_S = 2.0
"""The daemon looks each second, and writes in some milliseconds."""
_LOOK_S = 0.01


def ask(data_dir: Path) -> bool:
    """Ask; tell whether there is somebody who may answer. Nobody waits for the answer."""
    if holder(data_dir) is None:
        return False
    try:
        os.close(os.open(data_dir / ASK_NAME, os.O_WRONLY | os.O_CREAT, PRIVATE_FILE))
    except OSError:
        return False  # who may only read reads what is there
    return True


def ask_and_wait(data_dir: Path, timeout_s: float = ANSWER_S) -> bool:
    """Ask, and wait until all is written; tell whether it was, False also where no daemon runs."""
    if not ask(data_dir):
        return False
    until_s = monotonic_s() + timeout_s
    pause = threading.Event()
    while is_asked(data_dir):
        if monotonic_s() >= until_s:
            return False
        pause.wait(_LOOK_S)
    return True


def is_asked(data_dir: Path) -> bool:
    """Tell whether somebody asks."""
    try:
        return (data_dir / ASK_NAME).exists()
    except OSError:
        return False


def answer(data_dir: Path) -> bool:
    """Say that everything is written that was seen before this; tell whether that can be said."""
    try:
        (data_dir / ASK_NAME).unlink(missing_ok=True)
    except OSError:
        return False  # what lies there is no file, or not ours to take away
    return True
