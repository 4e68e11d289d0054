"""What happens in the demo's month: four weeks and the present one, told as plain values. Pure.

Somebody carries a laptop: on the desk by day, in the garage for a while on workdays, on the sofa
in the evenings, where battery saver comes on and the wallet's session falls silent. On the third
Friday the saver is switched off, as the report recommends, and the evenings stay quiet.
"""

from dataclasses import dataclass
from datetime import timedelta

from monitor.model import CauseCode, EpochMs, How
from monitor.report.interface import Week
from monitor.report.weeks import midnight_ms, week_before, week_of

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
FULL_WEEKS = 4

Span = tuple[EpochMs, EpochMs]
Moment = tuple[int, int, int, int]
"""Week 0 to 3, weekday (0 is Monday), hour, minute."""

SAVER, SIGNAL = CauseCode.BATTERY_SAVER, CauseCode.WEAK_SIGNAL

_DROPS: tuple[tuple[Moment, int, CauseCode], ...] = (
    ((0, 0, 20, 12), 95, SAVER),
    ((0, 0, 21, 31), 140, SAVER),
    ((0, 1, 20, 33), 80, SAVER),
    ((0, 2, 11, 17), 140, CauseCode.ISP),
    ((0, 2, 18, 26), 70, SIGNAL),
    ((0, 3, 20, 14), 110, SAVER),
    ((0, 3, 21, 52), 160, SAVER),
    ((0, 4, 18, 31), 90, SIGNAL),
    ((0, 6, 21, 9), 75, SAVER),
    ((1, 0, 20, 41), 120, SAVER),
    ((1, 1, 18, 24), 60, SIGNAL),
    ((1, 2, 20, 25), 105, SAVER),
    ((1, 2, 21, 47), 85, SAVER),
    ((1, 2, 23, 20), 2400, CauseCode.BANK_UNREACHABLE),
    ((1, 4, 18, 29), 100, SIGNAL),
    ((1, 5, 20, 52), 150, SAVER),
    ((1, 5, 22, 4), 70, SAVER),
    ((1, 6, 21, 18), 115, SAVER),
    ((2, 0, 20, 37), 90, SAVER),
    ((2, 0, 22, 1), 130, SAVER),
    ((2, 1, 20, 44), 75, SAVER),
    ((2, 3, 7, 52), 260, CauseCode.CAPTIVE_PORTAL),
    ((2, 3, 18, 27), 80, SIGNAL),
    ((2, 3, 20, 19), 125, SAVER),
    ((2, 3, 21, 28), 95, SAVER),
    ((3, 0, 18, 28), 85, SIGNAL),
    ((3, 2, 10, 12), 430, CauseCode.GATEWAY),
    ((3, 3, 18, 25), 65, SIGNAL),
    ((3, 4, 18, 33), 110, SIGNAL),
)
"""When, how many seconds, and the truth."""

_SOFA_DAYS = ((0, 1, 3, 6), (0, 2, 5, 6), (0, 1, 3, 6), (1, 3, 5, 6))
"""Weekdays of each week with an evening on the sofa, on battery."""
_SOFA_H = (19.0, 22.75)
_SAVER_H = (20.15, 22.5)
"""The battery has fallen to where the saver is set to come on."""
_GARAGE_H = (18.3, 18.65)
_HOTEL = ((2, 2, 19, 30), (2, 3, 8, 30))
_FIX = (2, 4, 19, 5)
_NIGHT_H = (0.5, 7.4)
"""From when to when the machine sleeps."""

_TAKES_CONTROL = (SIGNAL, CauseCode.GATEWAY, CauseCode.ISP, CauseCode.CAPTIVE_PORTAL)
"""Troubles of a way that all wallets share."""


@dataclass(frozen=True, slots=True)
class Drop:
    """One disconnect of the wallet, and what it truly was."""

    at_ms: EpochMs
    until_ms: EpochMs
    cause: CauseCode
    how: How = How.TIMEOUT

    @property
    def takes_control(self) -> bool:
        """True where the control's session is lost with it."""
        return self.cause in _TAKES_CONTROL


@dataclass(frozen=True, slots=True)
class Story:
    """The month: everything that is told of it."""

    since_ms: EpochMs
    until_ms: EpochMs
    drops: tuple[Drop, ...]
    """In time order."""
    sleeps: tuple[Span, ...]
    """The nights; in time order."""
    sofa: tuple[Span, ...]
    """On battery."""
    saver: tuple[Span, ...]
    """Battery saver is on."""
    garage: tuple[Span, ...]
    """The signal is weak."""
    hotel: Span
    fixed_ms: EpochMs
    """When the saver is switched off for good."""
    weeks: tuple[Week, ...]
    """The four whole weeks."""


def story(now_ms: EpochMs) -> Story:
    """Return the month that ends at `now_ms`: four whole weeks and what there is of the present."""
    weeks = [week_before(week_of(now_ms, None))]
    while len(weeks) < FULL_WEEKS:
        weeks.insert(0, week_before(weeks[0]))
    place = _Calendar(tuple(weeks), now_ms)
    fixed_ms = place.at(_FIX)
    sofa_days = [(week, day) for week, days in enumerate(_SOFA_DAYS) for day in days]
    in_hotel = (place.at(_HOTEL[0]), place.at(_HOTEL[1]))
    return Story(
        since_ms=weeks[0].since_ms + round(_NIGHT_H[1] * HOUR_MS),
        until_ms=now_ms,
        drops=tuple(_drop(place.at(when), lasts_s, cause) for when, lasts_s, cause in _DROPS),
        sleeps=tuple(place.each_day(_NIGHT_H, since_day=1)),
        sofa=tuple(place.on(day, _SOFA_H) for day in sofa_days),
        saver=tuple(
            span for span in (place.on(day, _SAVER_H) for day in sofa_days) if span[1] <= fixed_ms
        ),
        garage=tuple(
            span
            for span in place.each_day(_GARAGE_H, weekdays=range(5))
            if span[1] <= in_hotel[0] or span[0] >= in_hotel[1]
        ),
        hotel=in_hotel,
        fixed_ms=fixed_ms,
        weeks=tuple(weeks),
    )


def _drop(at_ms: EpochMs, lasts_s: int, cause: CauseCode) -> Drop:
    return Drop(at_ms, at_ms + lasts_s * 1000, cause)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Moments of the story as instants."""

    weeks: tuple[Week, ...]
    now_ms: EpochMs

    def at(self, moment: Moment) -> EpochMs:
        week, day, hour, minute = moment
        return self._midnight(week * 7 + day) + hour * HOUR_MS + minute * MINUTE_MS

    def on(self, day: tuple[int, int], hours: tuple[float, float]) -> Span:
        midnight = self._midnight(day[0] * 7 + day[1])
        return midnight + round(hours[0] * HOUR_MS), midnight + round(hours[1] * HOUR_MS)

    def each_day(
        self, hours: tuple[float, float], *, since_day: int = 0, weekdays: range = range(7)
    ) -> list[Span]:
        """Return these hours of every day that are over by now."""
        days = range(since_day, FULL_WEEKS * 7 + 7)
        spans = [self.on((0, day), hours) for day in days if day % 7 in weekdays]
        return [span for span in spans if span[1] < self.now_ms]

    def _midnight(self, day: int) -> EpochMs:
        first = self.weeks[0]
        return midnight_ms(first.local(first.since_ms).date() + timedelta(days=day), first.zone)
