"""Look a standing session's name up while something is suspected."""

from enum import StrEnum

from monitor.wallet.names import HostPort, Lookup, Lookups
from monitor.wallet.silence_policy import NameWatch


class NameNews(StrEnum):
    """What a lookup changed."""

    NONE = "none"
    LOST = "lost"
    WORKS = "works"


class NameCheck:
    """Drives the lookups that a `NameWatch` asks for."""

    def __init__(self, lookups: Lookups, every_ms: float) -> None:
        self._lookups = lookups
        self._every_ms = every_ms
        self._watch = NameWatch(every_ms)
        self._lookup: Lookup | None = None
        self.detail = ""
        """The resolver's own words on its last failure."""

    @property
    def first_failed_ms(self) -> float | None:
        """When the first of the failed lookups in a row was asked."""
        return self._watch.first_failed_ms

    def suspect(self, where: HostPort, now_ms: float) -> None:
        """Look the name up soon; an address needs no looking up."""
        if not where.is_literal:
            self._watch.suspect(now_ms)

    def reset(self) -> None:
        """Drop what is remembered: a new session has just shown that the name works."""
        self._watch = NameWatch(self._every_ms)
        self._lookup = None

    def heard_again(self) -> None:
        """Drop what failed while the session was silent: everything did."""
        if not self._watch.is_lost:
            self._watch.forgive()
            self._lookup = None

    def due_ms(self) -> float | None:
        """Return when `advance` has something to do; None where nothing is pending."""
        return self._watch.due_ms() if self._lookup is None else self._lookup.deadline_ms

    def advance(
        self, where: HostPort, now_ms: float, heard_at_ms: float, *, is_late: bool = False
    ) -> NameNews:
        """Begin the lookup that is due, or judge the one that is done.

        `is_late`: the session's own answers come late.
        """
        lookup = self._lookup
        if lookup is None:
            due_ms = self._watch.due_ms()
            if due_ms is not None and now_ms >= due_ms:
                self._lookup = self._lookups.begin(where, now_ms)
                if self._lookup is None:
                    self._watch.postpone(now_ms)
                else:
                    self._watch.began(now_ms)
            return NameNews.NONE
        if not lookup.is_done and now_ms < lookup.deadline_ms:
            return NameNews.NONE
        self._lookup = None
        if lookup.is_done and lookup.addresses:
            return NameNews.WORKS if self._watch.worked() else NameNews.NONE
        self.detail = lookup.error or "the resolver kept silent for 3 s"
        is_silence = not lookup.error
        is_lost = self._watch.failed(
            lookup.began_ms, now_ms, heard_at_ms, is_late=is_late and is_silence
        )
        return NameNews.LOST if is_lost else NameNews.NONE
