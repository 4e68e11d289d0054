"""`snooze`: no notices for a while."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

import typer

from monitor.cli.context import InputError, here
from monitor.cli.inputs import instant, now_ms
from monitor.cli.look import Json
from monitor.cli.output import say, say_json
from monitor.clock import local
from monitor.locale import N_, Translator
from monitor.model import EpochMs
from monitor.notify.quiet import SNOOZE_KEY, Stretch, instant_of, snooze_from, snooze_text

OFF = "off"
UNTIL = "until"
_SPAN = re.compile(r"(\d{1,4})([mh])")
_UNIT_MS = {"m": 60_000, "h": 3_600_000}
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")

LONGEST_MS = 7 * 24 * 3_600_000
"""Whoever wants silence for longer than a week wants notices off, which the configuration says;
a snooze that is forgotten must not be found out by a lost payment months later."""

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[2h|30m|until 08:00|off]", help=N_("How long; or off.")),
]


def snooze(ctx: typer.Context, words: Words = None, as_json: Json = False) -> None:
    """Show no notices for a while; without an argument: tell whether that is so."""
    own = here(ctx)
    at_ms = now_ms()
    if words:
        wanted = stretch_of(words, at_ms, own.tr)
        with own.store() as store:
            before = snooze_from(store.meta(SNOOZE_KEY))
            if before is not None and before.holds(at_ms):
                # one silence, as long as it is: what fell into it is summed up together
                wanted = Stretch(before.since_ms, wanted.until_ms)
            store.set_meta(SNOOZE_KEY, snooze_text(wanted))
    else:
        with own.store(readonly=True) as store:
            wanted = snooze_from(store.meta(SNOOZE_KEY)) or Stretch(0, 0)
    is_on = wanted.holds(at_ms)
    if as_json:
        from monitor.cli.present import iso

        say_json({"snoozed": is_on, "until": iso(wanted.until_ms) if is_on else None})
    elif is_on:
        from monitor.report.amounts import instant as in_words

        text = own.tr.text(N_("No notices until {instant}. What happens is recorded all the same."))
        say(text.format(instant=in_words(local(wanted.until_ms))))
    else:
        say(own.tr.text(N_("Notices are not snoozed.")))


def stretch_of(words: list[str], at_ms: EpochMs, tr: Translator) -> Stretch:
    """Return the silence that begins now, as the user said how long; `off` is none at all.

    Raises:
        InputError: it is no such time, over already, or more than a week away.
    """
    words = [part for word in words for part in word.split()]  # "until 08:00" is two, too
    if words == [OFF]:
        return Stretch(at_ms, at_ms)
    if len(words) == 1 and (span := _SPAN.fullmatch(words[0])):
        until_ms = at_ms + int(span[1]) * _UNIT_MS[span[2]]
    elif len(words) == 2 and words[0] == UNTIL:
        until_ms = _until(words[1], at_ms, tr)
    else:
        raise _no_time(" ".join(words), tr)
    if until_ms <= at_ms:
        text = tr.text(N_("'{text}' is over already: name a time to come, or off"))
        raise InputError(text.format(text=" ".join(words)))
    if until_ms > at_ms + LONGEST_MS:
        text = tr.text(N_("snooze for up to 7 days; for longer, set notify.enabled = false"))
        raise InputError(text)
    return Stretch(at_ms, until_ms)


def _until(text: str, at_ms: EpochMs, tr: Translator) -> EpochMs:
    """Return when the clock next shows this time of day; or a whole date and time."""
    time_of_day = _TIME_OF_DAY.fullmatch(text)
    if time_of_day is None:
        if re.fullmatch(r"[\d:]+", text):  # 25:00: a date is not what is missing
            raise _no_time(f"{UNTIL} {text}", tr)
        return instant(text, tr)
    minute = int(time_of_day[1]) * 60 + int(time_of_day[2])
    today = local(at_ms).date()
    days = (today + timedelta(days=ahead) for ahead in range(3))
    return next(ms for day in days if (ms := instant_of(day, minute, local)) > at_ms)


def _no_time(text: str, tr: Translator) -> InputError:
    """Return the refusal of words that say no time."""
    words = tr.text(N_("'{text}' is no time to snooze: write 2h, 30m, until 08:00, or off"))
    return InputError(words.format(text=text))
