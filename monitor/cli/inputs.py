"""What the user wrote, as values: instants, weeks, codes. A slip is an `InputError`."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from monitor.cli.context import InputError
from monitor.clock import SystemClock
from monitor.locale import N_, Translator
from monitor.model import CauseCode, EpochMs

if TYPE_CHECKING:
    from monitor.report.interface import Week

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNIT_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}

ALIKE_RATIO = 0.8
"""A slip of the keyboard is more alike than this; "router" and "roaming" are not."""


def now_ms() -> EpochMs:
    """Return the present instant."""
    return SystemClock().wall_ms()


def week(text: str, tr: Translator) -> Week:
    """Return the week that `this`, `last` or `2026-W47` names.

    Raises:
        InputError: it is none of these.
    """
    from monitor.report.weeks import parse_week

    try:
        return parse_week(text, now_ms(), None)
    except ValueError:
        words = tr.text(N_("'{text}' is not a week: write this, last or 2026-W47"))
        raise InputError(words.format(text=text)) from None


def instant(text: str, tr: Translator) -> EpochMs:
    """Return an ISO 8601 instant; without an offset it is the machine's local time.

    Raises:
        InputError: it is none.
    """
    try:
        told = datetime.fromisoformat(text.strip())
        at = told.astimezone(UTC)
        # what the clocks jumped over comes back from UTC as another time (PEP 495)
        if told.tzinfo is None and at.astimezone().replace(tzinfo=None) != told:
            words = tr.text(
                N_(
                    "'{text}' does not exist: the clocks went forward then; "
                    "add the offset, like +08:00"
                )
            )
            raise InputError(words.format(text=text))
        return round(at.timestamp() * 1000)
    except (ValueError, OverflowError):
        words = tr.text(N_("'{text}' is not a time: write it like 2026-11-18T08:03:11+08:00"))
        raise InputError(words.format(text=text)) from None


def instant_or_ago(text: str, tr: Translator) -> EpochMs:
    """Return the instant that `7d`, `12h`, `30m` or an ISO 8601 time names.

    Raises:
        InputError: it is none of these.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return max(0, now_ms() - int(ago[1]) * _UNIT_MS[ago[2]])
    try:
        return instant(text, tr)
    except InputError:
        words = tr.text(N_("'{text}' is not a time: write 7d, 12h, 30m or 2026-11-18T08:03:11"))
        raise InputError(words.format(text=text)) from None


def cause(text: str, tr: Translator) -> CauseCode:
    """Return the cause with this code.

    Raises:
        InputError: there is none; the message names the near one, or lists all.
    """
    try:
        return CauseCode(text)
    except ValueError:
        code = _near_cause(text)
        if code is not None:
            words = tr.text(N_("'{text}' is not a cause; did you mean {near}?"))
            raise InputError(words.format(text=text, near=code)) from None
        words = tr.text(N_("'{text}' is not a cause; the causes are: {codes}"))
        raise InputError(words.format(text=text, codes=", ".join(CauseCode))) from None


def _near_cause(text: str) -> CauseCode | None:
    """Return the code that a slip of the keyboard, or its last part alone, may have meant."""
    names = {code.value.rpartition(".")[2]: code for code in CauseCode}
    names |= {code.value: code for code in CauseCode}
    near = get_close_matches(text.strip().lower(), names, 1, ALIKE_RATIO)
    return names[near[0]] if near else None


def wallet(text: str, known: Collection[str], tr: Translator) -> str:
    """Return the wallet's name.

    Raises:
        InputError: it is not among `known`; the message names the near one, or all.
    """
    if text in known:
        return text
    near = get_close_matches(text, known, 1)
    if near:
        words = tr.text(N_("there is no wallet '{text}'; did you mean {near}?"))
        raise InputError(words.format(text=text, near=near[0]))
    words = tr.text(N_("there is no wallet '{text}'; there are: {names}"))
    raise InputError(words.format(text=text, names=", ".join(sorted(known))))
