"""Daily care: asks now and then whether a reminder or a warning about the network is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.config.settings import Settings
from monitor.diagnose.words import care_text, care_title
from monitor.locale import Translator, translator
from monitor.model import (
    CareCode,
    EpochMs,
    Leg,
    Notice,
    Outcome,
    Sample,
    SessionChange,
    SessionState,
    StateValue,
)
from monitor.notify.care import due_care
from monitor.notify.warning import due_warning

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

REMIND_S = 3600.0
"""How often it is asked whether a reminder is due: a pace of days needs no better."""

REMIND_PHASE_S = 1200.0
"""The first asking after a start: not among what else a start brings, and yet on a machine that is
never on for an hour."""

FIRST_KEY = "reminders.first_at_ms"
"""Where the store keeps since when this program runs here."""

CARE_STATES = frozenset({"wifi.is_open", "wifi.ssid", "link.gateway", "app.running"})
"""Keys whose change can bring the user onto a network that deserves a warning."""

IN_USE_MS = 5 * 60_000
"""A session that ended no longer ago was in use just now: a portal itself ends sessions."""

ASK_AGAIN_MS = 15 * 60_000
"""The store is asked about the same network no more often than this; it is asked again because a
warning that comes due in quiet hours, or while notices are snoozed, is not even stored then."""

PORTAL_MS = 15 * 60_000
"""A portal seen longer ago says nothing: the page is asked for every five minutes."""


class Care:
    """Hands reminders and warnings to `tell` when they are due.

    Args:
        settings: everything that can be set.
        clock: the machine's clocks.
        tr: the language of the program, for notices without one of their own.
        tell: stores a notice and shows it.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        tr: Translator,
        tell: Callable[[Store, Notice], None],
    ) -> None:
        self._notify = settings.notify
        self._controls = settings.controls()
        self._clock = clock
        self._tr = tr if self._notify.language == "auto" else translator(self._notify.language)
        self._tell = tell
        self._asked_at_ms: dict[str, EpochMs] = {}
        self._portal: tuple[str, EpochMs] | None = None

    def remind(self, store: Store) -> None:
        """Tell the reminder that is due, if one is; runs on the writer's thread."""
        now_ms = self._clock.wall_ms()
        first_ms = first_run_ms(store, now_ms)
        if not self._notify.enabled or self._notify.care == "off":
            return
        notice = due_care(self._notify.care, store.notices(), now_ms, first_ms, self._words)
        if notice is not None:
            self._tell(store, notice)

    def warning_task(
        self,
        states: Mapping[str, StateValue],
        sessions: Iterable[SessionChange],
        sample: Sample | None = None,
    ) -> Callable[[Store], None] | None:
        """Return what the writer is to do about this network; None, mostly, for nothing.

        `sample` is an answer of the portal page, where one has just come.
        """
        network = network_of(states)
        self._note(network, sample)
        now_ms = self._clock.wall_ms()
        is_open = states.get("wifi.is_open") is True and states.get("link.up") is not False
        has_portal = self._has_portal(network, now_ms)
        in_use = is_in_use(
            states, [change for change in sessions if change.wallet not in self._controls], now_ms
        )
        if not (network and in_use and (is_open or has_portal)) or self._is_asked(network, now_ms):
            return None
        self._asked_at_ms[network] = now_ms

        def warn(store: Store) -> None:
            notice = due_warning(
                network, is_open, has_portal, in_use, store.notices(), now_ms, self._tr
            )
            if notice is not None:
                self._tell(store, notice)

        return warn

    def _is_asked(self, network: str, now_ms: EpochMs) -> bool:
        """Tell whether nothing is to be asked: notices are off, or it was asked lately."""
        asked_at_ms = self._asked_at_ms.get(network)
        return not self._notify.enabled or (
            asked_at_ms is not None and abs(now_ms - asked_at_ms) < ASK_AGAIN_MS
        )

    def _note(self, network: str, sample: Sample | None) -> None:
        """Remember on which network a portal answered, and forget it once the way is free."""
        if sample is None or sample.target.leg is not Leg.PORTAL:
            return
        if sample.outcome is Outcome.PORTAL:
            self._portal = (network, sample.at_ms)
        elif sample.outcome is Outcome.REPLY:
            self._portal = None

    def _has_portal(self, network: str, now_ms: EpochMs) -> bool:
        if self._portal is None or self._portal[0] != network:
            return False
        return now_ms - self._portal[1] <= PORTAL_MS

    def _words(self, code: CareCode) -> tuple[str, str]:
        return care_title(code, self._tr), care_text(code, self._tr)


def first_run_ms(store: Store, now_ms: EpochMs) -> EpochMs:
    """Return since when this program runs here, and store it where it is not known.

    An instant in the future was read from a wrong clock: it begins anew.
    """
    known = store.meta(FIRST_KEY)
    if known is not None and known.isdecimal() and int(known) <= now_ms:
        return int(known)
    store.set_meta(FIRST_KEY, str(now_ms))
    return now_ms


def network_of(states: Mapping[str, StateValue]) -> str:
    """Return what tells the joined network from others: the Wi-Fi's name, else the router."""
    for key in ("wifi.ssid", "link.gateway"):
        value = states.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def is_in_use(
    states: Mapping[str, StateValue], sessions: Iterable[SessionChange], now_ms: EpochMs
) -> bool:
    """Tell whether a wallet is used: its app runs, or a session stands or stood just now."""
    if states.get("app.running") is True:
        return True
    return any(
        change.state is SessionState.UP
        or (change.lived_ms is not None and 0 <= now_ms - change.at_ms <= IN_USE_MS)
        for change in sessions
    )
