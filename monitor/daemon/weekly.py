"""The weekly report, on time and once: written by a process of its own, then told in a notice.

What is due is computed from local time each time it is asked, so that sleep, restarts, summer
time and journeys need no case of their own. What was made and told is read from the store.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.clock import Clock
from monitor.config.settings import Settings
from monitor.daemon.due import due_week
from monitor.locale import N_, Translator, translator
from monitor.model import CauseCode, EpochMs, FixCode, Notice, NoticeKind
from monitor.report.interface import Week

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

log = logging.getLogger(__name__)

LOOK_S = 60.0
"""How often it is asked what is due; asking is a sum of two numbers."""

LOOK_PHASE_S = 45.0
"""Not among what else a start brings."""

RETRY_MS = 3_600_000
MOST_TRIES = 3
"""What has failed three times fails for a reason that only a person can mend."""

CHILD_S = 300.0
"""A report takes a second; one that takes five minutes hangs."""

MADE_KEY = "report.made"
"""Where the store keeps what was said of the report that was written last."""

ROOT = Path(__file__).resolve().parents[2]
"""Where this very package lies: the report must be of the same version."""

Task = Callable[["Store"], None]


class WeeklyReport:
    """Has the report of the last week written when it is due, and tells of it.

    Args:
        settings: everything that can be set.
        clock: the machine's clocks.
        tr: the language of the program, for notices without one of their own.
        command: what writes a week's page; the week's name is appended.
        tell: stores a notice and shows it.
        on_writer: has the writer's thread do a task.
        zone: the zone of the weeks; None: the machine's own.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        tr: Translator,
        command: list[str],
        tell: Callable[[Store, Notice], None],
        on_writer: Callable[[Task], None],
        zone: tzinfo | None = None,
    ) -> None:
        language = settings.notify.language
        self._settings = settings
        self._clock = clock
        self._tr = tr if language == "auto" else translator(language)
        self._command = command
        self._tell = tell
        self._on_writer = on_writer
        self._zone = zone
        self._settled = ""
        self._tries: dict[str, int] = {}
        self._retry_at_ms = 0.0
        self._child: subprocess.Popen[str] | None = None

    def may_be_due(self) -> bool:
        """Tell whether the store has to be asked; each such question ends the batch of samples."""
        if not self._settings.report.enabled or self._child is not None:
            return False
        week = due_week(self._clock.wall_ms(), self._settings.report.at, self._zone)
        return week.name != self._settled

    def look(self, store: Store) -> None:
        """Have the report that is due written or told, if one is; on the writer's thread."""
        if not self.may_be_due():
            return
        now_ms = self._clock.wall_ms()
        week = due_week(now_ms, self._settings.report.at, self._zone)
        made = made_of(store.meta(MADE_KEY))
        if _is_told(store, week) or not _has_begun(store, week):
            self._settled = week.name
        elif made.get("week") == week.name:
            self._announce(store, week, made)
        elif self._may_try(week):
            self._start(week)

    @property
    def is_writing(self) -> bool:
        """True while the process that writes has not been heard of."""
        return self._child is not None

    @property
    def tries(self) -> int:
        """How often the week that was due last has been tried."""
        return next(reversed(self._tries.values()), 0)

    def stop(self) -> None:
        """End the process that writes, if one does; its week stays due."""
        child = self._child
        if child is not None:
            child.terminate()

    def _may_try(self, week: Week) -> bool:
        tries = self._tries.get(week.name, 0)
        is_time = tries == 0 or self._clock.monotonic_ms() >= self._retry_at_ms
        return tries < MOST_TRIES and is_time

    def _start(self, week: Week) -> None:
        """Start the process, and a thread that waits for it: nobody else does."""
        self._tries[week.name] = self._tries.get(week.name, 0) + 1
        self._retry_at_ms = self._clock.monotonic_ms() + RETRY_MS
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        try:
            self._child = subprocess.Popen(
                [*self._command, week.name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        except OSError as error:
            self._failed(week, str(error))
            return
        wait = partial(self._wait, self._child, week)
        threading.Thread(target=wait, name="weekly-report", daemon=True).start()

    def _wait(self, child: subprocess.Popen[str], week: Week) -> None:
        """Wait for the process and hand what it said to the writer's thread."""
        try:
            out, trouble = child.communicate(timeout=CHILD_S)
        except subprocess.TimeoutExpired:
            child.kill()
            out, trouble = child.communicate()
        made = made_of(out) if child.returncode == 0 else {}
        self._on_writer(partial(self._finished, week=week, made=made, trouble=trouble))

    def _finished(self, store: Store, week: Week, made: dict[str, Any], trouble: str) -> None:
        self._child = None
        if made.get("week") != week.name:
            self._failed(week, trouble)
        elif not made.get("is_written"):
            self._settled = week.name
        else:
            log.info("the report of %s was written", week.name)
            store.set_meta(MADE_KEY, json.dumps(made))
            self._announce(store, week, made)

    def _failed(self, week: Week, trouble: str) -> None:
        """Say once that it failed; it is tried again in silence."""
        if self._tries.get(week.name) == 1:
            log.error("the report of %s could not be written: %s", week.name, trouble.strip())

    def _announce(self, store: Store, week: Week, made: dict[str, Any]) -> None:
        """Tell of the report; in a quiet time it stays due, and is told after it."""
        if self._settings.notify.enabled:
            self._tell(store, notice_of(week, made, self._clock.wall_ms(), self._tr))
        if not self._settings.notify.enabled or _is_told(store, week):
            self._settled = week.name


def command_of(data_dir: Path, config: Path | None, language: str) -> list[str]:
    """Return the command that writes a week's page, but for the week's name at its end."""
    line = [sys.executable, "-P", "-m", "monitor.weekly", "--data-dir", str(data_dir)]
    line += ["--lang", language]
    if config is not None:
        line += ["--config", str(config)]
    return [*line, "--week"]


def notice_of(week: Week, made: dict[str, Any], now_ms: EpochMs, tr: Translator) -> Notice:
    """Return the notice of a report that was written."""
    where = tr.text(N_("To read it: {command}"))
    command = f"walletwatch report --week {week.name} --open"
    return Notice(
        kind=NoticeKind.REPORT,
        created_at_ms=now_ms,
        title=tr.text(N_("The week's report is ready")),
        body=f"{made.get('body', '')}\n{where.format(command=command)}",
        cause=CauseCode(made["cause"]) if made.get("cause") else None,
        fix=FixCode(made["fix"]) if made.get("fix") else None,
        subject=week.name,
    )


def made_of(text: str | None) -> dict[str, Any]:
    """Return what the process said in its line; nothing where it said nothing that is whole."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_told(store: Store, week: Week) -> bool:
    """Tell whether a notice of this week's report was stored."""
    return any(
        notice.kind is NoticeKind.REPORT and notice.subject == week.name
        for notice in store.notices_since(week.until_ms)
    )


def _has_begun(store: Store, week: Week) -> bool:
    """Tell whether anything was observed before the week was over."""
    span = store.span()
    return span is not None and span[0] < week.until_ms
