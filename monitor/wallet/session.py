"""The held session: one TLS connection to one wallet, kept and listened to by one thread.

The thread sleeps in one wait on the connection, on an attempt at a new one, and on a wake-up
socket; at rest it wakes about once a heartbeat. What an end means is decided in
`session_policy` and `silence_policy`, which know no socket.
"""

import logging
import selectors
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.clock import Clock
from monitor.model import How
from monitor.wallet import keepalive
from monitor.wallet.attempt import Attempt, Dialed, Plan, trust
from monitor.wallet.connection import Connection
from monitor.wallet.endings import Ending
from monitor.wallet.interface import Emit
from monitor.wallet.mailbox import Call, Mailbox
from monitor.wallet.name_check import NameCheck, NameNews
from monitor.wallet.names import Address, Lookups, Resolve, host_port, system_resolve
from monitor.wallet.pace import Loss, Moment, Pace
from monitor.wallet.reach_check import ReachCheck
from monitor.wallet.session_policy import SOURCE, SessionPolicy
from monitor.wallet.silence_policy import Judgement, SilenceWatch, View
from monitor.wallet.tcp_info import TcpFigures

_LOG = logging.getLogger(__name__)

STOP_LIMIT_S = 1.0
"""`stop` returns within this; the thread itself needs only one turn."""
PRESSED_ASK_MS = 3000.0
"""While suspicious a HEAD is sent no more often than one may stay unanswered."""


@dataclass(frozen=True, slots=True)
class Holding:
    """How a wallet's session is held: the keys of `[wallets.NAME]`."""

    ca_file: str = ""
    """A PEM file to trust besides the system's; empty: none."""
    heartbeat: str = "tcp"
    """"tcp": keep-alive only; "http": a HEAD request on the held connection."""
    heartbeat_path: str = "/"
    heartbeat_s: float = 15.0
    pace: Pace = field(default_factory=Pace)

    @property
    def is_http(self) -> bool:
        """True where the application is asked, not only its kernel."""
        return self.heartbeat == "http"


class HeldSession:
    """Holds one session and emits its ups and downs.

    Raises:
        ValueError: an entry of `hosts` is no host and port, or `ca_file` cannot be used; the
            message says which and what to do.
    """

    name = SOURCE

    def __init__(
        self,
        wallet: str,
        hosts: Sequence[str],
        holding: Holding,
        clock: Clock,
        resolve: Resolve = system_resolve,
        look: keepalive.Look = keepalive.tcp_view,
    ) -> None:
        self.wallet = wallet
        self._hosts = tuple(host_port(each) for each in hosts)
        if not self._hosts:
            raise ValueError(f"wallets.{wallet}.hosts: is empty; name a host, or switch it off")
        self._holding = holding
        self._context = trust(holding.ca_file)
        self._clock = clock
        self._look = look
        self._emit: Emit | None = None
        self._thread: threading.Thread | None = None
        self._mailbox = Mailbox()
        self._lookups = Lookups(resolve, self._mailbox.wake)
        self._policy = SessionPolicy(wallet, holding.pace, self._now())
        self._names = NameCheck(self._lookups, holding.pace.interval_s * 1000)
        self._watch = self._new_watch()
        self._held: Connection | None = None
        self._attempt: Attempt | None = None
        self._check = ReachCheck(self._lookups, holding.pace.interval_s * 1000)
        self._last_address: Address | None = None
        self.wake_count = 0
        """Turns the thread has taken: what it costs a battery."""

    # Source: called from any thread

    @property
    def peer(self) -> str | None:
        """The address that the wallet was last reached at; None before the first time."""
        address = self._last_address
        return None if address is None else str(address.sockaddr[0])

    def figures(self) -> TcpFigures | None:
        """Return the kernel's figures of the held connection; None where there is none."""
        held = self._held
        return None if held is None else keepalive.tcp_figures(held.sock)

    def start(self, emit: Emit) -> None:
        """Begin to watch; returns at once."""
        self._emit = emit
        self._thread = threading.Thread(target=self._run, name=f"wallet-{self.wallet}", daemon=True)
        self._thread.start()

    def suspect(self) -> None:
        """Look at the session now; returns at once."""
        self._mailbox.post(Call.SUSPECT)

    def path_returned(self) -> None:
        """Try at once if the session is down; returns at once."""
        self._mailbox.post(Call.PATH_RETURNED)

    def forget(self) -> None:
        """Settle anew after a wake-up or a step of the clock; returns at once."""
        self._mailbox.post(Call.FORGET)

    def stop(self) -> None:
        """End within 1 s, closing the session politely; nothing is emitted any more."""
        self._emit = None
        self._mailbox.post(Call.STOP)
        if self._thread is not None:
            self._thread.join(STOP_LIMIT_S)
        else:
            self._close_all()

    # The thread

    def _run(self) -> None:
        try:
            while self._turn():
                self.wake_count += 1
        finally:
            self._close_all()

    def _turn(self) -> bool:
        """Wait for something to happen and answer to it; False once it is time to stop."""
        self._wait()
        calls = self._mailbox.take()
        if Call.STOP in calls:
            return False
        self._obey(calls)
        self._listen()
        self._look_at_silence()
        self._look_at_names()
        self._advance_check()
        self._advance_attempt()
        now = self._now()
        held = self._held
        self._policy.tick(now, is_answered=held is None or held.asked_at_ms is None)
        self._begin_attempt(now)
        self._publish()
        return True

    def _publish(self) -> None:
        for change in self._policy.take():
            emit = self._emit
            if emit is not None:
                emit(change)

    def _now(self) -> Moment:
        return Moment(self._clock.monotonic_ms(), self._clock.wall_ms())

    def _wait(self) -> None:
        due_ms = self._next_due_ms()
        timeout_s = None
        if due_ms is not None:
            timeout_s = max(0.0, due_ms - self._clock.monotonic_ms()) / 1000
        with _Selector() as selector:
            selector.register(self._mailbox.sock, selectors.EVENT_READ)
            if self._held is not None:
                selector.register(self._held.sock, selectors.EVENT_READ)
            for attempt in (self._attempt, self._check.attempt):
                if attempt is not None and attempt.sock is not None:
                    selector.register(attempt.sock, attempt.wants)
            selector.select(timeout_s)

    def _next_due_ms(self) -> float | None:
        dues = [self._policy.attempt_due_ms(), self._policy.next_tick_ms()]
        dues += [
            each.deadline_ms for each in (self._attempt, self._check.attempt) if each is not None
        ]
        if self._held is not None:
            dues.append(self._watch.next_look_ms())
            dues.append(self._names.due_ms())
            if self._holding.is_http and self._held.asked_at_ms is None:
                dues.append(self._next_ask_ms(self._held))
        return min((each for each in dues if each is not None), default=None)

    # What others say

    def _obey(self, calls: set[Call]) -> None:
        now = self._now()
        if Call.FORGET in calls:
            self._start_anew(now)
        if Call.SUSPECT in calls:
            self._suspect(now)
        if (
            Call.PATH_RETURNED in calls
            and self._policy.path_returned(now)
            and self._attempt is not None
            and not self._attempt.is_heard
        ):
            self._drop_attempt()
            self._policy.path_returned(now)

    def _start_anew(self, now: Moment) -> None:
        self._drop_attempt()
        self._check.drop()
        self._names.reset()
        self._policy.forget(now)
        if self._held is not None:
            self._watch.assume_silent(now.mono_ms)
            self._press(self._held, now)

    def _suspect(self, now: Moment) -> None:
        self._policy.suspect(now)
        if self._attempt is not None:
            self._attempt.shake_from(self._policy.shake_allowed_ms(now))
        if self._held is None:
            return
        if self._held.has_moved():
            self._over(self._held, now, Ending(How.TIMEOUT, "this device's address has changed"))
            return
        self._watch.suspect(now.mono_ms)
        self._names.suspect(self._held.where, now.mono_ms)
        self._press(self._held, now)

    def _press(self, held: Connection, now: Moment) -> None:
        held.press()
        if self._holding.is_http:
            if now.mono_ms - held.last_asked_ms >= PRESSED_ASK_MS:
                self._ask(held, now)
        elif not held.has_view:
            self._check.begin(held, now.mono_ms)

    # The held connection

    def _new_watch(self) -> SilenceWatch:
        return SilenceWatch(keepalive.whole_idle_s(self._holding.heartbeat_s) * 1000.0)

    def _next_ask_ms(self, held: Connection) -> float:
        return held.last_asked_ms + self._holding.heartbeat_s * 1000

    def _ask(self, held: Connection, now: Moment) -> None:
        ending = held.ask(self._holding.heartbeat_path, now.mono_ms)
        if ending is not None:
            self._over(held, now, ending)

    def _listen(self) -> None:
        held = self._held
        if held is None:
            return
        now = self._now()
        ending = held.listen(now.mono_ms)
        if ending is not None:
            self._over(held, now, ending)

    def _over(self, held: Connection, now: Moment, ending: Ending) -> None:
        heard_ms = held.heard_at_ms(now.mono_ms)
        is_silence = ending.how in (How.TIMEOUT, How.UNREACHABLE)
        question_ms = min(now.mono_ms, self._watch.question_ms(heard_ms))
        loss = Loss(
            ending.how,
            ending.detail,
            since=now.at(question_ms) if is_silence else None,
            last_good=now.at(heard_ms) if is_silence else None,
            is_question_open=held.asked_at_ms is not None,
            was_announced=ending.was_announced,
        )
        self._let_go()
        self._policy.ended(now, loss)
        _LOG.debug("%s: session ended (%s), %s", self.wallet, ending.how, ending.detail)

    def _look_at_silence(self) -> None:
        held = self._held
        if held is None:
            return
        now = self._now()
        if self._holding.is_http and now.mono_ms >= self._next_ask_ms(held):
            self._ask(held, now)
        if self._held is None or now.mono_ms < self._watch.next_look_ms():
            return
        is_close = self._watch.is_suspicious or self._watch.is_silent
        view = View(
            heard_at_ms=held.heard_at_ms(now.mono_ms),
            asked_at_ms=held.asked_at_ms,
            has_route=held.has_route() if is_close else True,
            is_acked=held.has_view,
        )
        judgement = self._watch.judge(now.mono_ms, view)
        if judgement is Judgement.FELL_SILENT:
            self._fell_silent(held, now, view)
        elif judgement is Judgement.HEARD_AGAIN:
            self._drop_attempt()
            self._names.heard_again()
            self._policy.heard_again(now.at(view.heard_at_ms))
        elif self._watch.calm(now.mono_ms):
            held.ease()
        elif self._watch.wants_witness(now.mono_ms, view):
            self._check.begin_at_address(held, now.mono_ms)

    def _fell_silent(self, held: Connection, now: Moment, view: View) -> None:
        since_ms = self._watch.silent_since_ms
        since = now if since_ms is None else now.at(since_ms)
        is_hung = view.asked_at_ms == since_ms
        last_good_ms = held.answered_at_ms if is_hung else view.heard_at_ms
        held.press()
        self._watch.suspect(now.mono_ms)
        detail = "the application keeps silent" if is_hung else "nothing is heard any more"
        if self._watch.how is How.UNREACHABLE:
            detail = "no route to the far end"
        self._policy.fell_silent(
            now, Loss(self._watch.how, detail, since=since, last_good=now.at(last_good_ms))
        )

    def _look_at_names(self) -> None:
        held = self._held
        due_ms = self._names.due_ms()
        if held is None or due_ms is None:
            return
        now = self._now()
        heard_ms = held.heard_at_ms(now.mono_ms)
        is_late = self._watch.is_late
        news = self._names.advance(held.where, now.mono_ms, heard_ms, is_late=is_late)
        if news is NameNews.WORKS:
            self._policy.name_works(now)
        elif news is NameNews.LOST:
            first_ms = self._names.first_failed_ms
            since = now if first_ms is None else now.at(first_ms)
            self._policy.name_lost(now, since, self._names.detail)

    # Attempts

    def _advance_check(self) -> None:
        now = self._now()
        result = self._check.advance(now.mono_ms)
        held = self._held
        if result is None or held is None:
            return
        if isinstance(result, Dialed):
            held.note_checked(now.mono_ms)
            self._watch.vouch(now.mono_ms)
        elif held.has_view:
            return  # its own kernel tells of the loss
        elif not self._watch.is_silent and result.how is not How.DNS:
            began_ms = self._check.began_ms
            last_good = now.at(held.heard_at_ms(now.mono_ms))
            self._watch.lose(began_ms, result.how)
            loss = Loss(result.how, result.detail, since=now.at(began_ms), last_good=last_good)
            self._policy.fell_silent(now, loss)

    def _begin_attempt(self, now: Moment) -> None:
        due_ms = self._policy.attempt_due_ms()
        if self._attempt is not None or due_ms is None or now.mono_ms < due_ms:
            return
        is_called = self._policy.is_called
        self._policy.attempt_began(now)
        plan = Plan(
            self._hosts,
            self._lookups,
            self._context,
            self._policy.shake_allowed_ms(now),
            self._last_address,
            is_called,
        )
        self._attempt = Attempt(plan, now.mono_ms)
        self._advance_attempt()

    def _advance_attempt(self) -> None:
        if self._attempt is None:
            return
        result = self._attempt.advance(self._clock.monotonic_ms())
        if result is None:
            return
        self._attempt = None
        now = self._now()
        if isinstance(result, Ending):
            _LOG.debug("%s: no session (%s), %s", self.wallet, result.how, result.detail)
            self._policy.attempt_failed(now, Loss(result.how, result.detail))
        else:
            self._stand(result, now)

    def _stand(self, dialed: Dialed, now: Moment) -> None:
        if self._held is not None:
            self._let_go()
        idle_s = keepalive.whole_idle_s(self._holding.heartbeat_s)
        self._held = held = Connection(dialed, idle_s, self._look, now.mono_ms)
        self._watch = self._new_watch()
        self._names.reset()
        self._last_address = dialed.address
        needs_proof = self._policy.needs_proof
        self._policy.stood(now)
        if self._policy.renewal_count:
            _LOG.debug("%s: %d idle renewals so far", self.wallet, self._policy.renewal_count)
        if self._holding.is_http and needs_proof:
            self._ask(held, now)

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()
        self._check.drop()

    def _drop_attempt(self) -> None:
        if self._attempt is not None:
            self._attempt.close()
            self._attempt = None
            self._policy.attempt_dropped()

    def _close_all(self) -> None:
        self._let_go()
        self._drop_attempt()
        self._mailbox.close()


_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""poll(2) has no limit on descriptor numbers; Windows has select only."""
