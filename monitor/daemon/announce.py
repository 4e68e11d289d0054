"""Notices: asked of the policy, stored before they are shown, marked after."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.config.settings import Settings
from monitor.diagnose.words import cause_summary, fix_title
from monitor.locale import Translator, translator
from monitor.model import CauseCode, Delivery, Diagnosis, Notice
from monitor.notify.launch import DesktopNotifier
from monitor.notify.policy import Words, due, is_news
from monitor.notify.worker import NoticeWorker
from monitor.pipeline import Outcome

if TYPE_CHECKING:
    from monitor.store.sqlite import Store
    from monitor.store.writer import Writer

log = logging.getLogger(__name__)

REMEMBERED = 100
"""Newest notices that the policy sees: far more than can concern what happens now."""

STOP_S = 0.3
"""A notice that is being shown when the daemon ends has this long."""


class Announcer:
    """Tells the user what happened, once, and never holds anything up."""

    def __init__(self, settings: Settings, writer: Writer, clock: Clock, tr: Translator) -> None:
        language = settings.notify.language
        self._settings = settings
        self._writer = writer
        self._clock = clock
        self._tr = tr if language == "auto" else translator(language)
        self._desktop = DesktopNotifier()
        self._worker = NoticeWorker(self._desktop.show, self._done, log)

    def consider(self, store: Store, outcomes: Iterable[Outcome]) -> None:
        """Store and show the notices that are due; runs on the writer's thread."""
        if not self._settings.notify.enabled:
            return
        stored = None
        for outcome in outcomes:
            if stored is None:
                stored = store.notices(limit=REMEMBERED)
            wallet = self._settings.wallets.get(outcome.disconnect.wallet)
            notice = due(
                outcome.disconnect,
                outcome.diagnosis,
                stored,
                self._clock.wall_ms(),
                self._words(outcome),
                self._tr,
                is_control=wallet is not None and wallet.role == "control",
            )
            if notice is not None:
                self._worker.put(store.add_notice(notice))

    def tell(self, store: Store, notice: Notice) -> None:
        """Store and show a notice that is due; runs on the writer's thread."""
        if self._settings.notify.enabled:
            self._worker.put(store.add_notice(notice))

    def resume(self, store: Store) -> None:
        """Show what was stored but not shown when the last run ended, if it still is news."""
        for notice in store.notices(pending_only=True):
            if notice.id is None:
                continue
            now_ms = self._clock.wall_ms()
            if self._settings.notify.enabled and is_news(notice, now_ms):
                self._worker.put(notice)
            else:
                store.mark_notice(notice.id, Delivery.FAILED, "too late", now_ms)

    def stop(self) -> None:
        """Show nothing more; what is being shown is ended."""
        if not self._worker.stop(STOP_S):
            self._desktop.abort()

    def _words(self, outcome: Outcome) -> Words:
        wallet = self._settings.wallets.get(outcome.disconnect.wallet)
        title = (wallet.title if wallet else "") or outcome.disconnect.wallet
        return Words(title, _summary(outcome.diagnosis, self._tr), _fix(outcome, self._tr))

    def _done(self, notice: Notice, delivery: Delivery, backend: str) -> None:
        if notice.id is not None:
            at_ms = self._clock.wall_ms()
            self._writer.call(partial(_mark, number=notice.id, said=(delivery, backend, at_ms)))


def _summary(diagnosis: Diagnosis, tr: Translator) -> str:
    """Return the cause in one sentence; nothing where there is none to tell."""
    if diagnosis.best.cause is CauseCode.UNEXPLAINED:
        return ""
    return cause_summary(diagnosis.best, tr)


def _fix(outcome: Outcome, tr: Translator) -> str:
    """Return the first thing to do, while it lasts."""
    fixes = outcome.diagnosis.best.fixes
    return fix_title(fixes[0], tr) if fixes else ""


def _mark(store: Store, number: int, said: tuple[Delivery, str, int]) -> None:
    store.mark_notice(number, *said)
