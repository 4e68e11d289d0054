"""PURE: when silence on a held connection means that it is lost; `now` is an argument.

All times are milliseconds of a monotonic clock.
"""

from dataclasses import dataclass
from enum import StrEnum

from monitor.model import How

PRESSED_IDLE_MS = 1000.0
"""While suspicious the kernel asks after this much quiet: TCP_KEEPIDLE's smallest value."""
SILENT_AFTER_MS = 2500.0
"""Three keep-alives unanswered: one lost alone is common on Wi-Fi, three together are not."""
ANSWER_LIMIT_MS = 3000.0
"""A HEAD that a hanging application does not answer; a healthy bank answers in 0.3 s."""
OVERDUE_MS = 1000.0
"""At rest, an answer so late makes us look closely; it covers any round trip on earth."""
SUSPICION_MS = 15_000.0
"""How long a suspicion lasts after its last cause: three rounds of the slow grid."""
LOOK_EVERY_MS = 250.0
"""Between looks while a question is open: a quarter of the second an end is dated within."""
LATE_MS = 500.0
"""An answer of the far end's kernel that takes longer waits in a queue somewhere: no way on earth
is so long."""
LATE_FACTOR = 4.0
"""On a late way what was lost in a full queue is sent again after three times the round trip
(RFC 6298, 2.2: it, and four times the half of it) and takes one more to be answered: so many are
waited. Meanwhile the kernel sends no keep-alive either (Linux: never beside unanswered data)."""
LATE_SILENT_LIMIT_MS = 4500.0
"""...but the kernel is not waited for longer: with the second before the question and the look
after it a way that dies while it is late is told within six."""
LATE_ANSWER_LIMIT_MS = 8000.0
"""...and an application no longer than this, while its kernel is heard: people have given up."""
VOUCHED_MS = 3000.0
"""A connection taken beside a silent one, on a late way, shows for so long that the way is alive:
what was sent on the silent one was lost, and is on its way again."""
LATE_FAILURE_COUNT = 3
"""Lookups in a row that a silent resolver fails on a late way: libc sends a lost question again
after 5 s only (resolv.conf(5), timeout), when our own patience is over."""
SILENT_LOOK_MS = 500.0
"""Between looks while the session is down: the return is dated by the kernel, not by the look."""


class Judgement(StrEnum):
    """What one look at a connection said."""

    SAME = "same"
    FELL_SILENT = "fell_silent"
    HEARD_AGAIN = "heard_again"


@dataclass(frozen=True, slots=True)
class View:
    """What is known of a connection at one moment."""

    heard_at_ms: float
    """When the far end's kernel was last heard."""
    asked_at_ms: float | None = None
    """When the request that is unanswered was sent; None where none is."""
    has_route: bool = True
    is_acked: bool = True
    """False where acknowledgements cannot be seen: then only requests speak."""


class SilenceWatch:
    """Follows one connection between two hand-shakes."""

    def __init__(self, idle_ms: float) -> None:
        self._idle_ms = idle_ms
        self._suspected_at_ms: float | None = None
        self._suspected_until_ms = 0.0
        self._no_route_since_ms: float | None = None
        self._next_look_ms = 0.0
        self._seen_heard_ms: float | None = None
        self._late_ms = 0.0
        self._may_be_late = True
        self._vouched_at_ms = float("-inf")
        self.silent_since_ms: float | None = None
        """When the first question went unanswered; None while the far end is heard."""
        self.how = How.TIMEOUT
        """Why it is silent: no answer, or no way out."""

    @property
    def is_suspicious(self) -> bool:
        """True while the connection is looked at closely."""
        return self._suspected_at_ms is not None

    @property
    def is_silent(self) -> bool:
        """True while the far end is not heard."""
        return self.silent_since_ms is not None

    @property
    def is_late(self) -> bool:
        """True where the far end's kernel answers, and far later than a way is long."""
        return self._late_ms >= LATE_MS

    def suspect(self, now_ms: float) -> None:
        """Look closely from now on, for a while."""
        if self._suspected_at_ms is None:
            self._suspected_at_ms = now_ms
        self._suspected_until_ms = now_ms + SUSPICION_MS
        self._next_look_ms = min(self._next_look_ms, now_ms)

    def assume_silent(self, now_ms: float) -> None:
        """Believe nothing any more until the far end is heard (after a sleep)."""
        self.silent_since_ms = now_ms
        self.suspect(now_ms)

    def lose(self, since_ms: float, how: How) -> None:
        """Take another's word for the silence: a check beside this connection failed."""
        self.how = how
        self.silent_since_ms = since_ms

    def calm(self, now_ms: float) -> bool:
        """End a suspicion whose time is over; True where it ended just now."""
        if (
            self._suspected_at_ms is None
            or self.is_silent
            or self._no_route_since_ms is not None
            or now_ms < self._suspected_until_ms
        ):
            return False
        self._suspected_at_ms = None
        self._seen_heard_ms = None
        self._late_ms = 0.0
        self._may_be_late = True
        return True

    def question_ms(self, heard_at_ms: float) -> float:
        """Return when the first keep-alive after `heard_at_ms` leaves."""
        at_rest = heard_at_ms + self._idle_ms
        if self._suspected_at_ms is None:
            return at_rest
        return min(at_rest, max(self._suspected_at_ms, heard_at_ms + PRESSED_IDLE_MS))

    def judge(self, now_ms: float, view: View) -> Judgement:
        """Say what a look at the connection means; keeps when to look next."""
        self._note_route(now_ms, view.has_route)
        self._note_lateness(view)
        judgement = self._heard(view) if self.is_silent else self._lost(now_ms, view)
        self._next_look_ms = self._look_after(now_ms, view)
        return judgement

    def wants_witness(self, now_ms: float, view: View) -> bool:
        """Tell whether a connection beside this one is worth making, to see if the way is alive.

        Where an answer is overdue even for a late way: the kernel is slow to send again.
        """
        if not self.is_late or self.is_silent or not view.is_acked:
            return False
        return now_ms - self.question_ms(view.heard_at_ms) >= self._late_ms + LOOK_EVERY_MS

    def vouch(self, now_ms: float) -> None:
        """The far end took a connection beside this one."""
        self._vouched_at_ms = now_ms

    def next_look_ms(self) -> float:
        """Return when the connection is worth a look again."""
        return self._next_look_ms

    def _note_route(self, now_ms: float, has_route: bool) -> None:
        if has_route:
            self._no_route_since_ms = None
        elif self._no_route_since_ms is None:
            self._no_route_since_ms = now_ms

    def _note_lateness(self, view: View) -> None:
        """Learn how late answers come, from those that came in time, until one does not.

        Looks are close enough only while suspicious: else nobody knows what an answer answers.
        """
        before_ms, self._seen_heard_ms = self._seen_heard_ms, None
        if not self.is_suspicious or self.is_silent or not view.is_acked:
            return
        self._seen_heard_ms = view.heard_at_ms
        if before_ms is None or view.heard_at_ms <= before_ms or not self._may_be_late:
            return
        late_ms = view.heard_at_ms - self.question_ms(before_ms)
        self._late_ms = 0.0 if late_ms >= SILENT_AFTER_MS else max(self._late_ms, late_ms)

    def _patience_ms(self, now_ms: float, at_rest_ms: float, at_most_ms: float) -> float:
        """Return how long an answer may take: longer where all come late, and in time."""
        if not self.is_late:
            return at_rest_ms
        if now_ms - self._vouched_at_ms < VOUCHED_MS:
            return LATE_ANSWER_LIMIT_MS
        return max(at_rest_ms, min(LATE_FACTOR * self._late_ms, at_most_ms))

    def _silent_after_ms(self, now_ms: float) -> float:
        return self._patience_ms(now_ms, SILENT_AFTER_MS, LATE_SILENT_LIMIT_MS)

    def _answer_limit_ms(self, now_ms: float) -> float:
        return self._patience_ms(now_ms, ANSWER_LIMIT_MS, LATE_ANSWER_LIMIT_MS)

    def _heard(self, view: View) -> Judgement:
        since = self.silent_since_ms
        is_asked = view.asked_at_ms is not None or not view.has_route
        if since is None or view.heard_at_ms <= since or is_asked:
            return Judgement.SAME
        self.silent_since_ms = None
        self.how = How.TIMEOUT
        return Judgement.HEARD_AGAIN

    def _lost(self, now_ms: float, view: View) -> Judgement:
        no_route = self._no_route_since_ms
        # Two looks: a route is replaced in two steps, and the moment between them is no outage.
        if no_route is not None and now_ms - no_route >= LOOK_EVERY_MS:
            self.how = How.UNREACHABLE
            return self._fall(no_route)
        question = self.question_ms(view.heard_at_ms)
        if view.is_acked and now_ms - question >= self._silent_after_ms(now_ms):
            return self._fall(question)
        if view.asked_at_ms is not None and now_ms - view.asked_at_ms >= self._answer_limit_ms(
            now_ms
        ):
            return self._fall(view.asked_at_ms)
        return Judgement.SAME

    def _fall(self, since_ms: float) -> Judgement:
        self.silent_since_ms = since_ms
        self._late_ms = 0.0
        self._may_be_late = False
        return Judgement.FELL_SILENT

    def _look_after(self, now_ms: float, view: View) -> float:
        if self.is_silent:
            return now_ms + SILENT_LOOK_MS
        if self._no_route_since_ms is not None:
            return now_ms + LOOK_EVERY_MS
        looks = [self._suspected_until_ms] if self.is_suspicious else []
        if view.asked_at_ms is not None:
            looks.append(view.asked_at_ms + self._answer_limit_ms(now_ms))
        if view.is_acked:
            question = self.question_ms(view.heard_at_ms)
            is_open = now_ms >= question + (0.0 if self.is_suspicious else OVERDUE_MS)
            late = LOOK_EVERY_MS if self.is_suspicious else OVERDUE_MS
            looks.append(now_ms + LOOK_EVERY_MS if is_open else question + late)
        return max(now_ms + 1.0, min(looks, default=now_ms + self._idle_ms))


class NameWatch:
    """Tells when a wallet's name has stopped resolving although its session stands.

    Looked up only while something is suspected: two failures in a row, `APART_MS` apart, are a
    finding; a slow answer is not.
    """

    APART_MS = 2000.0
    """One lost question is common; two this far apart are not."""
    STUCK_MS = 1000.0
    """Where the system's resolver is busy with earlier questions: so soon it is tried again."""

    def __init__(self, every_ms: float) -> None:
        self._every_ms = every_ms
        self._first_failed_ms: float | None = None
        self._failed_count = 0
        self._due_ms: float | None = None
        self._last_began_ms = float("-inf")
        self.is_lost = False
        """True while the name does not resolve."""

    @property
    def first_failed_ms(self) -> float | None:
        """When the first of the failed lookups in a row was asked; None where the last worked."""
        return self._first_failed_ms

    def suspect(self, now_ms: float) -> None:
        """Look the name up soon, but no more often than the slow grid."""
        if self._due_ms is None:
            self._due_ms = max(now_ms, self._last_began_ms + self._every_ms)

    def due_ms(self) -> float | None:
        """Return when the next lookup is due; None where none is."""
        return self._due_ms

    def began(self, now_ms: float) -> None:
        """A lookup was asked."""
        self._last_began_ms = now_ms
        self._due_ms = None

    def postpone(self, now_ms: float) -> None:
        """No lookup could be asked."""
        self._due_ms = now_ms + self.STUCK_MS

    def forgive(self) -> None:
        """Let earlier failures count no more."""
        self._first_failed_ms = None
        self._failed_count = 0
        self._due_ms = None

    def worked(self) -> bool:
        """The name resolved; True where it had been lost."""
        was_lost = self.is_lost
        self.is_lost = False
        self._first_failed_ms = None
        self._failed_count = 0
        return was_lost

    def failed(
        self, began_ms: float, now_ms: float, heard_at_ms: float, *, is_late: bool = False
    ) -> bool:
        """The name did not resolve; True where it counts as lost from this failure on.

        `is_late`: nothing was heard of the resolver on a way on which all answers come late.
        """
        if self._first_failed_ms is None:
            self._first_failed_ms = began_ms
        self._failed_count += 1
        first = self._first_failed_ms
        self._due_ms = max(now_ms, began_ms + self._every_ms)
        if self.is_lost:
            return False
        if began_ms - first < self.APART_MS:
            self._due_ms = max(now_ms, first + self.APART_MS)
            return False
        if is_late and self._failed_count < LATE_FAILURE_COUNT:
            return False
        # A session that is silent as well has lost its way, not its name.
        self.is_lost = heard_at_ms > first
        return self.is_lost
