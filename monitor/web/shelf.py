"""The store as the live page has it: open for reading, opened anew for each of the two writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from monitor.store.place import DATABASE_NAME
from monitor.store.sqlite import Store, open_store

T = TypeVar("T")


class NothingYetError(Exception):
    """Nothing was ever recorded: there is no file yet."""


class Shelf:
    """Opens the store when it is first asked for, as soon as there is one; any thread may ask."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._store: Store | None = None
        self._opening = threading.Lock()

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
