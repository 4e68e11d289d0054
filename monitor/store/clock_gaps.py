"""Gaps of a clock that was set, made to hold only time that nothing was observed in.

A clock set a year ahead leaves a gap of a year, and what lies in a gap is not judged. Set back, it
goes through that year as through any other; set back at first and then ahead, it had already gone
through it. Either way the stored gap must not cover what is observed.
"""

from dataclasses import replace

from sqlalchemy import Connection, func, select, update

from monitor.model import EpochMs, Gap, GapWhy
from monitor.store import blocks, schema

EDGE_MS = 10_000
"""What is seen this shortly before a gap's end was seen after the step, before it was noticed."""


def fitted(connection: Connection, gap: Gap) -> Gap:
    """Return the gap as it is to be stored; a clock set back ends the gaps that reach beyond it."""
    if gap.why is not GapWhy.CLOCK:
        return gap
    if gap.at_ms == gap.until_ms:
        _end_at(connection, gap)
        return gap
    until_ms = gap.until_ms - EDGE_MS
    seen_ms = (
        _last_sample_ms(connection, gap.at_ms, until_ms),
        _last_change_ms(connection, gap, until_ms),
    )
    last_ms = max((at_ms for at_ms in seen_ms if at_ms is not None), default=gap.at_ms)
    return replace(gap, at_ms=last_ms)


def _end_at(connection: Connection, back: Gap) -> None:
    """End the earlier gaps of a set clock that would reach beyond the instant it is set back to."""
    column = schema.gap.c
    connection.execute(
        update(schema.gap)
        .where(
            column.device == back.device,
            column.why == GapWhy.CLOCK.value,
            column.at_ms < back.at_ms,
            column.until_ms > back.at_ms,
        )
        .values(until_ms=back.at_ms)
    )


def _last_change_ms(connection: Connection, gap: Gap, until_ms: EpochMs) -> EpochMs | None:
    """Return the last change of a session or a state inside (gap's start, until); None for none.

    Between two samples a session may end, and its end must not come to lie in the gap.
    """
    found = [
        connection.execute(
            select(func.max(table.c.at_ms)).where(
                table.c.device == gap.device, table.c.at_ms > gap.at_ms, table.c.at_ms < until_ms
            )
        ).scalar()
        for table in (schema.session_change, schema.state_change)
    ]
    return max((last for last in found if last is not None), default=None)


def _last_sample_ms(connection: Connection, since_ms: EpochMs, until_ms: EpochMs) -> EpochMs | None:
    """Return the last sample inside (since, until); None where there is none."""
    last_ms = blocks.last_ms(connection, until_ms)
    return last_ms if last_ms is not None and last_ms > since_ms else None
