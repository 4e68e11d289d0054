"""Notices: asked of the policy, stored before they are shown, marked after; and their buttons."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from monitor.clock import Clock, local
from monitor.config.settings import Settings
from monitor.diagnose.words import cause_summary, cause_title, evidence_text, fix_title
from monitor.hindsight import take_word
from monitor.locale import Translator, translator
from monitor.model import (
    CauseCode,
    Delivery,
    Diagnosis,
    Disconnect,
    EpochMs,
    FixCode,
    Notice,
    NoticeKind,
)
from monitor.notify.asking import (
    Reasons,
    ask_notice,
    buttons_of,
    choices_beside,
    thanks_notice,
    why_notice,
)
from monitor.notify.desk import this_desktop
from monitor.notify.incidents import Loss, tellable
from monitor.notify.interface import CAUSE_PREFIX, WHY, WRONG, Button
from monitor.notify.ladder import next_fix
from monitor.notify.policy import Plan, Rules, awaited_summary, is_news, is_silent, plans
from monitor.notify.quiet import SNOOZE_KEY, snooze_from
from monitor.notify.telling import Words, notice_of
from monitor.notify.worker import Desktop, NoticeWorker
from monitor.pipeline import Outcome

if TYPE_CHECKING:
    from monitor.store.sqlite import Store
    from monitor.store.writer import Writer

log = logging.getLogger(__name__)

ButtonsOf: TypeAlias = Callable[[Notice], Sequence[Button]]
Pressed: TypeAlias = Callable[[Notice, str], None]

REMEMBERED = 300
"""Newest notices that the policy sees: more than a day has, where `most_per_day` is as usual."""

PER_INCIDENT = 6
"""Notices that one incident can bring: its beginning, its end, and answers to buttons."""

CLIMBED = 3_000
"""Newest notices that the fix ladder sees: some months of them."""

LOOK_BACK_MS = 36 * 3_600_000
"""Disconnects that the policy sees: today's, last night's, and whatever lasts."""

STOP_S = 0.3
"""A notice that is being shown when the daemon ends has this long."""

ANSWERS = frozenset({NoticeKind.WHY, NoticeKind.ASK})
"""What answers a press of a button: stale once nobody waits for it."""


class Announcer:
    """Tells the user what happened, once, and never holds anything up.

    Methods that take the store run on the writer's thread.
    """

    def __init__(
        self,
        settings: Settings,
        writer: Writer,
        clock: Clock,
        tr: Translator,
        desktop: Callable[[ButtonsOf, Pressed], Desktop] = this_desktop,
    ) -> None:
        language = settings.notify.language
        self._settings = settings
        self._writer = writer
        self._clock = clock
        self._tr = tr if language == "auto" else translator(language)
        self._controls = settings.controls()
        wallets = settings.wallets.values()
        self._watched_count = sum(w.enabled and w.role != "control" for w in wallets)
        self._desktop = desktop(self._buttons, self._pressed)
        self._worker = NoticeWorker(self._desktop, self._done, log)

    def consider(self, store: Store, outcomes: Iterable[Outcome]) -> None:
        """Store and show what is due after an evaluation, or because a quiet time is over."""
        if not self._settings.notify.enabled:
            return
        now_ms, rules = self._clock.wall_ms(), self._rules(store)
        if is_silent(rules, now_ms):
            return
        has_news = any(True for _ in outcomes)
        if not has_news and awaited_summary((), now_ms, rules) is None:
            return
        most = self._settings.notify.most_per_day * PER_INCIDENT
        stored = store.notices(limit=max(REMEMBERED, most))
        losses = self._losses(store, now_ms)
        for plan in plans(losses, stored, now_ms, rules):
            words = self._words(store, plan, now_ms)
            self._put(store, notice_of(plan, words, now_ms, self._tr))

    def tell(self, store: Store, notice: Notice) -> None:
        """Store and show a notice that is due: a reminder, a warning, the report.

        In quiet hours, while snoozed, and where notices are off, it is not even stored, so that
        whoever asked finds it due again later.
        """
        if not self._settings.notify.enabled:
            return
        if not is_silent(self._rules(store), self._clock.wall_ms()):
            self._put(store, notice)

    def resume(self, store: Store) -> None:
        """Show what was stored but not shown when the last run ended, if it still is news."""
        now_ms = self._clock.wall_ms()
        is_off = not self._settings.notify.enabled or is_silent(self._rules(store), now_ms)
        left = store.notices(pending_only=True)
        newest = {n.disconnect_id: n.id for n in left}
        for notice in left:
            is_last = notice.disconnect_id is None or newest[notice.disconnect_id] == notice.id
            is_late = notice.kind in ANSWERS or not is_news(notice, now_ms)
            if is_last and not is_late and not is_off:
                self._worker.put(notice)
            elif notice.id is not None:
                store.mark_notice(notice.id, Delivery.FAILED, "too late", now_ms)

    def stop(self) -> None:
        """Show nothing more; what is being shown is ended."""
        if not self._worker.stop(STOP_S):
            self._desktop.abort()

    def _rules(self, store: Store) -> Rules:
        wanted = self._settings.notify
        return Rules(
            quiet_hours=wanted.quiet_hours,
            most_per_day=wanted.most_per_day,
            cool_down_ms=round(wanted.cool_down_min * 60_000),
            snooze=snooze_from(store.meta(SNOOZE_KEY)),
            watched_count=self._watched_count,
            local=local,
        )

    def _losses(self, store: Store, now_ms: EpochMs) -> tuple[Loss, ...]:
        found = store.disconnects(now_ms - LOOK_BACK_MS, now_ms + 1)
        verdicts = store.diagnoses([d.id for d in found if d.id is not None])
        losses = [Loss(d, _told_cause(verdicts.get(d.id or 0))) for d in found]
        return tellable(losses, self._controls, now_ms)

    def _words(self, store: Store, plan: Plan, now_ms: EpochMs) -> Words:
        words = Words(self._wallet_title, partial(cause_title, tr=self._tr))
        told = next((x for x in plan.losses if x.cause is not None and x.cause is plan.cause), None)
        if plan.cause is None or told is None or told.disconnect.id is None:
            return words
        diagnosis = store.diagnosis(told.disconnect.id)
        if diagnosis is None:
            return words
        summary = cause_summary(diagnosis.best, self._tr)
        fix = None
        if plan.kind is NoticeKind.LOST:
            climbed = store.notices(limit=CLIMBED)
            fix = next_fix(diagnosis.best.fixes, plan.cause, climbed, now_ms)
        return replace(words, cause_summary=summary, fix=fix, fix_line=_fix_line(fix, self._tr))

    def _wallet_title(self, name: str) -> str:
        wallet = self._settings.wallets.get(name)
        return (wallet.title if wallet else "") or name

    def _put(self, store: Store, notice: Notice) -> None:
        self._worker.put(store.add_notice(notice))

    def _done(self, notice: Notice, delivery: Delivery, backend: str) -> None:
        if notice.id is not None:
            at_ms = self._clock.wall_ms()
            self._writer.call(partial(_mark, number=notice.id, said=(delivery, backend, at_ms)))

    def _buttons(self, notice: Notice) -> tuple[Button, ...]:
        return buttons_of(notice, partial(cause_title, tr=self._tr), self._tr)

    def _pressed(self, notice: Notice, action: str) -> None:
        """Have the writer answer a press; called from the thread that shows notices."""
        if notice.disconnect_id is not None:
            task = partial(self._answer, number=notice.disconnect_id, action=action)
            self._writer.call(task).add_done_callback(_log_failure)

    def _answer(self, store: Store, number: int, action: str) -> None:
        """Do what the button says, and show what follows: the user is there and waits."""
        now_ms = self._clock.wall_ms()
        lost = store.disconnect(number)
        if lost is None:
            log.info("a button of disconnect %d, which is stored no more", number)
        elif action == WHY:
            self._put(store, self._why(store, lost, number, now_ms))
        elif action == WRONG:
            take_word(store, number, None)
            wallet = self._wallet_title(lost.wallet)
            diagnosis = store.diagnosis(number)
            told = diagnosis.best.cause if diagnosis is not None else CauseCode.UNEXPLAINED
            choices = choices_beside(told, diagnosis)
            self._put(store, ask_notice(number, wallet, choices, now_ms, self._tr))
        elif action.startswith(CAUSE_PREFIX):
            truth = CauseCode(action.removeprefix(CAUSE_PREFIX))
            take_word(store, number, truth)
            title = cause_title(truth, self._tr)
            self._put(store, thanks_notice(number, title, now_ms, self._tr))

    def _why(self, store: Store, lost: Disconnect, number: int, now_ms: EpochMs) -> Notice:
        wallet = self._wallet_title(lost.wallet)
        diagnosis = store.diagnosis(number)
        cause = _told_cause(diagnosis)
        if diagnosis is None or cause is None:
            return why_notice(number, None, Reasons(wallet, ""), now_ms, self._tr)
        best, runner_up = diagnosis.best, diagnosis.runner_up
        is_named = runner_up is not None and runner_up.cause is not CauseCode.UNEXPLAINED
        reasons = Reasons(
            wallet,
            cause_summary(best, self._tr),
            [evidence_text(e, self._tr) for e in best.evidence if e.supports],
            cause_title(runner_up.cause, self._tr) if runner_up is not None and is_named else "",
        )
        return why_notice(number, cause, reasons, now_ms, self._tr)


def _told_cause(diagnosis: Diagnosis | None) -> CauseCode | None:
    """Return the cause to tell; None where there is none."""
    if diagnosis is None or diagnosis.best.cause is CauseCode.UNEXPLAINED:
        return None
    return diagnosis.best.cause


def _fix_line(fix: FixCode | None, tr: Translator) -> str:
    """Return what to do; asking the bank never goes without the warning about safe ways."""
    if fix is None:
        return ""
    line = fix_title(fix, tr)
    if fix is FixCode.CONTACT_BANK:
        line += "\n" + fix_title(FixCode.SAFE_CHANNELS, tr)
    return line


def _mark(store: Store, number: int, said: tuple[Delivery, str, int]) -> None:
    store.mark_notice(number, *said)


def _log_failure(future: Future[None]) -> None:
    error = None if future.cancelled() else future.exception()
    if error is not None:
        log.error("a notice's button failed", exc_info=error)
