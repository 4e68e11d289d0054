"""The store as the live page has it: open for reading, opened anew for each of the two writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from monitor.clock import monotonic_s
from monitor.store.asking import ask
from monitor.store.interface import StoreError
from monitor.store.place import DATABASE_NAME
from monitor.store.sqlite import Store, open_store

T = TypeVar("T")

NEWS_S = 15.0
"""While the page is open the daemon writes this often: a commit costs the disk thirty kilobytes."""


class NothingYetError(Exception):
    """Nothing was ever recorded: there is no file yet."""


class Shelf:
    """Opens the store when it is first asked for, as soon as there is one; any thread may ask."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._store: Store | None = None
        self._opening = threading.Lock()
        self._asked_s: float | None = None

    def store(self) -> Store:
        """Return the store, open for reading only.

        Raises:
            NothingYetError: there is none yet.
            StoreError: it cannot be opened.
        """
        if not (self.data_dir / DATABASE_NAME).exists():
            raise NothingYetError
        with self._opening:
            if self._store is None:
                self._store = open_store(self.data_dir, readonly=True)
            return self._store

    def is_demo(self) -> bool:
        """Tell whether what is stored is made up; False also where nothing can be read."""
        try:
            return self.store().is_demo()
        except (NothingYetError, StoreError):
            return False

    def ask_for_news(self) -> None:
        """Ask a daemon that runs to write what it holds; what it writes is there at a later look.

        Not more often than each `NEWS_S`, however many look.
        """
        now_s = monotonic_s()
        with self._opening:
            if self._asked_s is not None and now_s < self._asked_s + NEWS_S:
                return
            self._asked_s = now_s
        ask(self.data_dir)

    def write(self, change: Callable[[Store], T]) -> T:
        """Have `change` write in short transactions, beside a daemon that writes too.

        Raises:
            NothingYetError: there is none yet; none is made.
            StoreError: it cannot be written.
        """
        with self._writable() as store:
            return change(store)

    @contextmanager
    def _writable(self) -> Iterator[Store]:
        if not (self.data_dir / DATABASE_NAME).exists():
            raise NothingYetError
        store = open_store(self.data_dir)
        try:
            yield store
        finally:
            store.close()

    def close(self) -> None:
        """Close what is open."""
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = None
