"""Which week's report is due: from local time, computed anew each time it is asked. Pure."""

from datetime import UTC, datetime, timedelta, tzinfo

from monitor.model import EpochMs
from monitor.report.interface import Week
from monitor.report.weeks import week_before, week_of


def due_week(now_ms: EpochMs, at: str, zone: tzinfo | None) -> Week:
    """Return the week whose report is due: each Monday at `at` ("08:00") the week before.

    Earlier on a Monday it is still the one before that. Of weeks that were missed only the last
    one is due. `zone` None: the machine's own, as it is now.
    """
    last = week_before(week_of(now_ms, zone))
    return last if now_ms >= _due_ms(last, at) else week_before(last)


def _due_ms(week: Week, at: str) -> EpochMs:
    """Return when the report of a week is due, on the Monday after it.

    A time that the clock change leaves out is due when the clock has passed it.
    """
    hour, _, minute = at.partition(":")
    monday = week.local(week.until_ms)
    # without a zone `fold` and offset belong to the wall time, which `astimezone` reads anew
    wall = datetime(monday.year, monday.month, monday.day, tzinfo=week.zone) + timedelta(
        hours=int(hour), minutes=int(minute)
    )
    return round(wall.astimezone(UTC).timestamp() * 1000)
