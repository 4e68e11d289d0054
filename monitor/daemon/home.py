"""The data directory while the daemon runs: its own alone, and up to date for whoever looks."""

import logging
from collections.abc import Callable
from pathlib import Path

from monitor.store.asking import ASK_NAME, answer, is_asked
from monitor.store.interface import StoreError
from monitor.store.lock import Lock
from monitor.store.sqlite import Store

log = logging.getLogger(__name__)

PATIENT_LOOKS = 4
"""So many looks in a row, a few seconds, find it gone before it is taken anew: a directory that is
moved aside and back, or mounted anew, is not."""
MOST_REFUSALS = 10
"""So many looks in a row, some seconds: who only asks who holds the directory holds it for a
moment itself."""


class Home:
    """Looks after the data directory of a daemon that runs.

    A daemon whose lock was deleted with the directory would go on unseen: a second one could begin
    beside it, and `status` would say that nobody watches.

    Args:
        data_dir: where everything lies.
        held: the lock on it.
        write: has the writer do a task once all is written that came before.
        begin_anew: called when the directory is ours again, mostly with nothing in it.
        leave: called when another daemon has taken it.
    """

    def __init__(
        self,
        data_dir: Path,
        held: Lock,
        write: Callable[[Callable[[Store], None]], None],
        begin_anew: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        self._data_dir = data_dir
        self._held = held
        self._write = write
        self._begin_anew = begin_anew
        self._leave = leave
        self._misses = 0
        self._refusals = 0
        self._has_told = False
        self._can_answer = True

    def look(self) -> None:
        """Take the directory anew where it was deleted, and answer who asks; quick, mostly."""
        self._misses = 0 if self._held.is_in_place() else self._misses + 1
        if self._misses >= PATIENT_LOOKS:
            self._take_anew()
        if self._can_answer and is_asked(self._data_dir):
            self._write(self._answer)

    def _take_anew(self) -> None:
        try:
            is_ours = self._held.renew()
        except StoreError as error:
            if not self._has_told:  # each second would say the same
                log.warning("the data directory was removed: %s", error)
            self._has_told = True
            return
        if is_ours:
            self._misses = self._refusals = 0
            self._begin_anew()  # the store says that its file was opened anew
            return
        self._refusals += 1
        if self._refusals == MOST_REFUSALS:
            self._leave()

    def _answer(self, store: Store) -> None:
        """Say that all is written that came before this call."""
        self._can_answer = answer(store.path.parent)
        if not self._can_answer:  # or every second would be written for it
            log.warning("%s cannot be taken away, and is not looked at any more", ASK_NAME)
