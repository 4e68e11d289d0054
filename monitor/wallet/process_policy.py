"""PURE: what the connections of a watched program mean; `now` is an argument."""

from dataclasses import dataclass

from monitor.model import How, SessionChange, SessionState
from monitor.wallet.pace import Moment

SOURCE = "process"

REMADE_WITHIN_MS = 2000.0
"""Apps end one connection and open the next: what is back within this was never away."""
SETTLE_MS = 30_000.0
"""After a wake-up: so long the program is given to connect again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the program."""

    is_alive: bool
    is_connected: bool
    """True where it has an established connection to one of the wallet's addresses."""
    exit_how: How = How.KILLED
    """How it went, where it is not alive; what cannot be known is `KILLED`."""


class ProcessPolicy:
    """Judges one program; each look may give one change."""

    def __init__(self, wallet: str) -> None:
        self._wallet = wallet
        self._verdict: SessionState | None = None
        self._connected_at: Moment | None = None
        self._up_since_ms = 0.0
        self._missing_since: Moment | None = None
        self._settle_by_ms: float | None = None

    @property
    def is_missing(self) -> bool:
        """True while a connection that was there is not: worth looking again soon."""
        return self._missing_since is not None

    def forget(self, now: Moment) -> None:
        """Nothing that was known holds; what was watched is told afresh."""
        if self._verdict is not None:
            self._settle_by_ms = now.mono_ms + SETTLE_MS
        self._verdict = None
        self._missing_since = None
        self._connected_at = None

    def look(self, now: Moment, seen: Seen) -> SessionChange | None:
        """Take one look in; a program that was never connected is never down."""
        if seen.is_alive and seen.is_connected:
            return self._connected(now)
        if self._verdict is SessionState.UP:
            return self._missing(now, seen)
        if self._settle_by_ms is not None and now.mono_ms >= self._settle_by_ms:
            return self._down(now, now, How.CLOSED if seen.is_alive else seen.exit_how)
        return None

    def _connected(self, now: Moment) -> SessionChange | None:
        self._connected_at = now
        self._missing_since = None
        self._settle_by_ms = None
        if self._verdict is SessionState.UP:
            return None
        self._verdict = SessionState.UP
        self._up_since_ms = now.mono_ms
        return SessionChange(now.wall_ms, self._wallet, SessionState.UP, source=SOURCE)

    def _missing(self, now: Moment, seen: Seen) -> SessionChange | None:
        if self._missing_since is None:
            self._missing_since = now
        since = self._missing_since
        if not seen.is_alive:
            return self._down(now, since, seen.exit_how)
        if now.mono_ms - since.mono_ms < REMADE_WITHIN_MS:
            return None
        # From outside a reset cannot be told from an orderly close: CLOSED stands for both.
        return self._down(now, since, How.CLOSED)

    def _down(self, now: Moment, since: Moment, how: How) -> SessionChange:
        seen_at = self._connected_at
        is_known = self._verdict is SessionState.UP
        self._verdict = SessionState.DOWN
        self._missing_since = None
        self._settle_by_ms = None
        return SessionChange(
            at_ms=since.wall_ms,
            wallet=self._wallet,
            state=SessionState.DOWN,
            how=how,
            source=SOURCE,
            last_good_at_ms=None if seen_at is None else seen_at.wall_ms,
            lived_ms=round(now.mono_ms - self._up_since_ms) if is_known else None,
        )
