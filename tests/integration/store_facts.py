"""Small true values that the tests of the store share."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import tests.samples
from monitor.model import Outcome, ProbeKind, Role, Sample, Target
from monitor.store.sqlite import open_store

NOON_MS = 1_790_078_400_000
"""A whole day's noon UTC in 2026."""
GATEWAY = Target("gw", Role.GATEWAY, ProbeKind.ICMP, host="192.0.2.1", family=4)
BANK = Target(
    "icbc", Role.WALLET, ProbeKind.TLS, host="bank.example", port=443, wallet="icbc", family=4
)
NOBODY = 65_534


def reply(at_ms: int, target: Target = GATEWAY, rtt_ms: float | None = 2.5) -> Sample:
    """A sample that was answered."""
    return Sample(at_ms, target, Outcome.REPLY, rtt_ms)


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What another program sees in the file."""
    with closing(sqlite3.connect(path)) as connection:
        return tests.samples.ask(connection, query)


@contextmanager
def ordinary_user(*, with_store: bool = False) -> Iterator[Path]:
    """Give a private directory of an ordinary user's, and be that user (root may write anything).

    The store is made before: such a user may not be able to start this interpreter.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if with_store:
            open_store(folder).close()
        if os.geteuid() != 0:
            yield folder
            return
        for file in (folder, *folder.iterdir()):
            os.chown(file, NOBODY, NOBODY)
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(0)
            os.setegid(0)
