"""PURE: what the endings and beginnings of a held session mean; `now` is an argument.

Read `SessionPolicy` as the answer to three questions: does the session stand, when is the next
attempt allowed, and what is to be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from monitor.model import How, SessionChange, SessionState
from monitor.wallet.pace import Loss, Moment, Pace

SOURCE = "session"

RETURNED_EVERY_MS = 1000.0
"""A path that comes and goes must not make us knock more often than this."""
FRESH_AFTER_SILENCE_MS = 5000.0
"""So long a silent connection is waited for before a new one is tried beside it."""
REFINED_WITHIN_MS = 3000.0
"""An attempt begun later than this after the end no longer explains the end."""
REFINED_AFTER_MS = 5000.0
"""An attempt that took longer than this to fail explains nothing either."""

_TELLS_MORE: Mapping[How, frozenset[How]] = MappingProxyType(
    {
        How.RESET: frozenset({How.TLS, How.DNS, How.REFUSED, How.UNREACHABLE}),
        How.CLOSED: frozenset({How.TLS, How.DNS, How.REFUSED, How.UNREACHABLE}),
        # Not DNS: a name that fails beside a silent session fails because the way is dead.
        How.TIMEOUT: frozenset({How.TLS, How.REFUSED, How.UNREACHABLE}),
    }
)
"""Which failure of the next attempt says more about an end than the end itself."""


@dataclass(slots=True)
class _Standing:
    born: Moment
    is_proven: bool = False


@dataclass(slots=True)
class _Close:
    """An orderly end that only the next attempt can tell from a loss."""

    at: Moment
    lived_ms: int
    detail: str
    shake_ms: float
    """When the next hand-shake is allowed. Until then the next connection is only knocked for:
    whether it is taken tells an idle limit from a loss at once."""
    renew_by_ms: float
    """When the renewal must be done."""


@dataclass(slots=True)
class _Down:
    told: SessionChange
    noticed_ms: float
    can_refine: bool = True


class SessionPolicy:
    """Judges one wallet's session; `take` gives what is to be emitted."""

    def __init__(self, wallet: str, pace: Pace, now: Moment) -> None:
        self._wallet = wallet
        self._pace = pace
        self._verdict: SessionState | None = None
        self._settle_by_ms: float | None = None
        self._standing: _Standing | None = None
        self._hushed_since_ms: float | None = None
        self._is_nameless = False
        self._trouble_since_ms: float | None = now.mono_ms
        self._began: Moment | None = None
        self._last_attempt_ms = float("-inf")
        self._last_handshake_ms = float("-inf")
        self._is_called = False
        self._close: _Close | None = None
        self._down: _Down | None = None
        self._rose: Moment | None = None
        self._last_failure = Loss(How.TIMEOUT)
        self._is_answered = True
        self._out: list[SessionChange] = []
        self.renewal_count = 0
        """Idle connections that the far end closed in good order and took up again."""

    def take(self) -> list[SessionChange]:
        """Return what is to be emitted, once."""
        out, self._out = self._out, []
        return out

    @property
    def needs_proof(self) -> bool:
        """True where the next session must show more than a hand-shake to count as up."""
        return self._verdict is not SessionState.UP

    # What happens to the connection

    def ended(self, now: Moment, loss: Loss) -> None:
        """The standing connection is over."""
        standing, self._standing = self._standing, None
        if standing is None:
            return
        was_hushed = self._hushed_since_ms is not None
        self._hushed_since_ms = None
        if was_hushed:
            return
        if loss.was_announced:
            self._prove(standing)
        lived_ms = now.mono_ms - standing.born.mono_ms
        is_idle = lived_ms >= self._pace.settled_s * 1000 or loss.was_announced
        if loss.how is How.CLOSED and is_idle and not loss.is_question_open:
            self._trouble_since_ms = None
            self._await_renewal(now, round(lived_ms), loss.detail)
        else:
            self._lose(now, loss, round(lived_ms))

    def fell_silent(self, now: Moment, loss: Loss) -> None:
        """The standing connection is not heard any more; it is kept."""
        if self._standing is None or self._hushed_since_ms is not None:
            return
        since = loss.since or now
        self._hushed_since_ms = since.mono_ms
        self._lose(now, loss, round(since.mono_ms - self._standing.born.mono_ms))

    def heard_again(self, at: Moment) -> None:
        """The silent connection is heard again."""
        self._hushed_since_ms = None
        self._rise(at)

    def name_lost(self, now: Moment, since: Moment, detail: str) -> None:
        """The name does not resolve although the connection is heard: no app could open it.

        A failure from before the session rose is no part of this loss.
        """
        if self._standing is not None:
            if self._rose is not None and since.mono_ms < self._rose.mono_ms:
                since = now.at(self._rose.mono_ms)
            self._is_nameless = True
            lived_ms = round(now.mono_ms - self._standing.born.mono_ms)
            self._tell_down(now, since, Loss(How.DNS, detail), lived_ms)

    def name_works(self, at: Moment) -> None:
        """The name resolves again."""
        if self._is_nameless:
            self._is_nameless = False
            self._rise(at)

    # What happens to attempts

    def attempt_due_ms(self) -> float | None:
        """Return when the next attempt may begin; None where none is wanted now."""
        if self._began is not None:
            return None
        if self._standing is not None and self._hushed_since_ms is None:
            return None
        if self._is_called:
            return self._last_attempt_ms + RETURNED_EVERY_MS
        if self._close is not None:
            return self._close.at.mono_ms
        due = self._cadence_ms()
        if self._hushed_since_ms is not None:
            due = max(due, self._hushed_since_ms + FRESH_AFTER_SILENCE_MS)
        return due

    @property
    def is_called(self) -> bool:
        """True where the next attempt is made because the way was heard again."""
        return self._is_called

    def attempt_began(self, now: Moment) -> None:
        """An attempt is under way."""
        self._began = now
        self._last_attempt_ms = now.mono_ms
        self._is_called = False

    def attempt_dropped(self) -> None:
        """The attempt under way was given up for a reason of our own."""
        self._began = None

    def attempt_failed(self, now: Moment, failure: Loss) -> None:
        """The attempt came to nothing."""
        began, self._began = self._began, None
        self._last_failure = failure
        if self._close is not None:
            self._tell_close(now)
        if began is not None:
            self._refine(began, now, failure)

    def stood(self, now: Moment) -> None:
        """The attempt's hand-shake is complete; a silent connection beside it is given up."""
        self._began = None
        self._is_called = False
        self._last_handshake_ms = now.mono_ms
        self._standing = _Standing(now)
        self._hushed_since_ms = None
        self._is_nameless = False
        if self._close is not None:
            self._close = None
            self.renewal_count += 1

    def shake_allowed_ms(self, now: Moment) -> float:
        """Return when the attempt may shake hands: politely late after an idle end, else now."""
        return now.mono_ms if self._close is None else self._close.shake_ms

    # What others say

    def suspect(self, now: Moment) -> None:
        """Waiting ends: there is no session to look at, so a new one is the look."""
        close = self._close
        if close is not None:
            allowed_ms = self._last_handshake_ms + self._pace.interval_s * 1000
            close.shake_ms = min(close.shake_ms, max(now.mono_ms, allowed_ms))
            close.renew_by_ms = close.shake_ms + self._pace.renew_s * 1000

    def path_returned(self, now: Moment) -> bool:
        """The way was heard again; True where the attempt under way is worth beginning anew."""
        is_down = self._standing is None or self._hushed_since_ms is not None
        if not is_down or self._close is not None:
            return False
        self._is_called = self._began is None
        return self._began is not None and (
            now.mono_ms - self._last_attempt_ms >= RETURNED_EVERY_MS
        )

    def forget(self, now: Moment) -> None:
        """Nothing that was known holds; what stands must be heard before it counts."""
        self._verdict = None
        self._settle_by_ms = now.mono_ms + self._pace.settle_s * 1000
        self._hushed_since_ms = None if self._standing is None else now.mono_ms
        self._is_nameless = False
        self._trouble_since_ms = now.mono_ms
        self._began = None
        self._is_called = False
        self._last_attempt_ms = float("-inf")
        self._close = None
        self._down = None
        self._last_failure = Loss(How.TIMEOUT)

    # Time

    def tick(self, now: Moment, is_answered: bool) -> None:
        """Let time pass; `is_answered` is False while a new session's HEAD is unanswered."""
        self._is_answered = is_answered
        standing = self._standing
        close = self._close
        if close is not None and now.mono_ms > close.renew_by_ms:
            self._tell_close(now)
        if standing is not None and self._hushed_since_ms is None:
            lived_ms = now.mono_ms - standing.born.mono_ms
            if is_answered and lived_ms >= self._pace.proof_s * 1000:
                self._prove(standing)
            if lived_ms >= self._pace.settled_s * 1000:
                self._trouble_since_ms = None
        settle_by_ms = self._settle_ms()
        if settle_by_ms is not None and now.mono_ms >= settle_by_ms:
            self._settle_by_ms = None
            self._verdict = SessionState.UP  # for the one change that follows
            self._tell_down(now, now, self._last_failure, None)

    def next_tick_ms(self) -> float | None:
        """Return when `tick` has something to do; None where nothing is pending."""
        settle_by_ms = self._settle_ms()
        ticks = [] if settle_by_ms is None else [settle_by_ms]
        if self._close is not None:
            ticks.append(self._close.renew_by_ms + 1)
        standing = self._standing
        if standing is not None and self._hushed_since_ms is None:
            if not standing.is_proven:
                if self._is_answered:  # else the answer, or its deadline, is what we wait for
                    ticks.append(standing.born.mono_ms + self._pace.proof_s * 1000)
            elif self._trouble_since_ms is not None:
                ticks.append(standing.born.mono_ms + self._pace.settled_s * 1000)
        return min(ticks, default=None)

    # Inside

    def _settle_ms(self) -> float | None:
        """A session that is just being proved is waited for: its beginning is dated earlier."""
        standing = self._standing
        is_proving = (
            standing is not None and not standing.is_proven and self._hushed_since_ms is None
        )
        return None if is_proving else self._settle_by_ms

    def _cadence_ms(self) -> float:
        since = self._trouble_since_ms
        if since is None or self._last_attempt_ms < since:
            return float("-inf") if since is None else since
        age_s = (self._last_attempt_ms - since) / 1000
        return self._last_attempt_ms + self._pace.retry_s(age_s) * 1000

    def _await_renewal(self, now: Moment, lived_ms: int, detail: str) -> None:
        allowed_ms = self._last_handshake_ms + self._pace.min_reconnect_s * 1000
        shake_ms = max(now.mono_ms, allowed_ms)
        renew_by_ms = shake_ms + self._pace.renew_s * 1000
        self._close = _Close(now, lived_ms, detail, shake_ms, renew_by_ms)

    def _tell_close(self, now: Moment) -> None:
        close, self._close = self._close, None
        if close is not None:
            loss = Loss(How.CLOSED, close.detail, since=close.at)
            self._lose(now, loss, close.lived_ms)

    def _lose(self, now: Moment, loss: Loss, lived_ms: int) -> None:
        since = loss.since or now
        if self._trouble_since_ms is None:
            self._trouble_since_ms = since.mono_ms
        self._tell_down(now, since, loss, lived_ms)

    def _tell_down(self, now: Moment, since: Moment, loss: Loss, lived_ms: int | None) -> None:
        if self._verdict is not SessionState.UP:
            return
        self._verdict = SessionState.DOWN
        change = SessionChange(
            at_ms=since.wall_ms,
            wallet=self._wallet,
            state=SessionState.DOWN,
            how=loss.how,
            source=SOURCE,
            last_good_at_ms=None if loss.last_good is None else loss.last_good.wall_ms,
            lived_ms=lived_ms,
            detail=loss.detail,
        )
        self._down = _Down(change, now.mono_ms)
        self._out.append(change)

    def _refine(self, began: Moment, now: Moment, failure: Loss) -> None:
        down = self._down
        if down is None or not down.can_refine or self._verdict is not SessionState.DOWN:
            return
        down.can_refine = False
        is_near = (
            began.mono_ms - down.noticed_ms <= REFINED_WITHIN_MS
            and now.mono_ms - began.mono_ms <= REFINED_AFTER_MS
        )
        told = down.told
        if is_near and told.how is not None and failure.how in _TELLS_MORE.get(told.how, ()):
            self._out.append(
                SessionChange(
                    at_ms=told.at_ms,
                    wallet=self._wallet,
                    state=SessionState.DOWN,
                    how=failure.how,
                    source=SOURCE,
                    last_good_at_ms=told.last_good_at_ms,
                    lived_ms=told.lived_ms,
                    detail=failure.detail,
                )
            )

    def _prove(self, standing: _Standing) -> None:
        if not standing.is_proven:
            standing.is_proven = True
            if self._verdict is None:
                self._trouble_since_ms = None  # the first session ends no loss: it starts the day
            self._rise(standing.born)

    def _rise(self, at: Moment) -> None:
        is_whole = self._hushed_since_ms is None and not self._is_nameless
        if not is_whole or self._verdict is SessionState.UP:
            return
        if self._standing is not None and not self._standing.is_proven:
            return
        self._verdict = SessionState.UP
        self._settle_by_ms = None
        self._down = None
        self._rose = at
        self._out.append(SessionChange(at.wall_ms, self._wallet, SessionState.UP, source=SOURCE))
