"""Reads what was observed; every function runs inside a read transaction of its caller's."""

import heapq
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    Table,
    and_,
    func,
    or_,
    select,
)

from monitor.model import (
    EpochMs,
    Gap,
    GapWhy,
    How,
    ProbeKind,
    Record,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    Target,
)
from monitor.store import blocks, schema
from monitor.store.block import Row as SampleRow
from monitor.store.marks import HOUR_MS

_US_PER_MS = 1000
_PAGE_ROWS = 5_000
"""Rows read in one transaction while streaming: some ten milliseconds, so that the write-ahead
log can always be folded back."""

_AT: Callable[[SampleRow], tuple[EpochMs, int]] = itemgetter(1, 0)
"""What samples are put in order by: the instant, then the target."""

Begin = Callable[[], AbstractContextManager[Connection]]
"""Opens one short read transaction."""


def targets(connection: Connection, roles: Collection[Role] | None = None) -> dict[int, Target]:
    """Return the targets by row number; `roles` None means all."""
    statement = select(schema.target)
    if roles is not None:
        statement = statement.where(schema.target.c.role.in_([role.value for role in roles]))
    return {
        row.id: Target(
            name=row.name,
            role=Role(row.role),
            probe=ProbeKind(row.probe),
            host=row.host,
            port=row.port,
            family=row.family,
            wallet=row.wallet,
            device=row.device,
        )
        for row in connection.execute(statement)
    }


def samples(
    connection: Connection,
    since_ms: EpochMs,
    until_ms: EpochMs,
    roles: Collection[Role] | None = None,
) -> list[Sample]:
    """Return the samples of [since, until) in time order."""
    known = targets(connection, roles)
    rows = sorted(blocks.each(connection, since_ms, until_ms, known), key=_AT)
    return [
        _sample(known[target_id], at_ms, outcome, rtt_us)
        for target_id, at_ms, outcome, rtt_us in rows
    ]


def _sample(target: Target, at_ms: EpochMs, outcome: int, rtt_us: int | None) -> Sample:
    """Return the sample of a row."""
    rtt_ms = None if rtt_us is None else rtt_us / _US_PER_MS
    return Sample(at_ms, target, schema.OUTCOMES[outcome], rtt_ms)


def last_samples(connection: Connection) -> list[Sample]:
    """Return the newest sample of each target, by target."""
    known = targets(connection)
    found = blocks.newest(connection, known)
    return [
        _sample(target, *found[number][1:]) for number, target in known.items() if number in found
    ]


def _window(table: Table, since_ms: EpochMs, until_ms: EpochMs) -> Select[Any]:
    """Select the rows of an event table inside [since, until), in time order."""
    return (
        select(table)
        .where(table.c.at_ms >= since_ms, table.c.at_ms < until_ms)
        .order_by(table.c.at_ms, table.c.id)
    )


def sessions(connection: Connection, since_ms: EpochMs, until_ms: EpochMs) -> list[SessionChange]:
    """Return the session changes of [since, until) in time order."""
    rows = connection.execute(_window(schema.session_change, since_ms, until_ms))
    return [to_session(row) for row in rows]


def sessions_before(connection: Connection, at_ms: EpochMs) -> dict[tuple[str, str], SessionChange]:
    """Return the change of each wallet and source that was stored last among those before."""
    table = schema.session_change
    last = _last_ids(table, at_ms, table.c.device, table.c.wallet, table.c.source)
    rows = connection.execute(select(table).where(table.c.id.in_(last)).order_by(table.c.id))
    return {(row.wallet, row.source): to_session(row) for row in rows}


def states(
    connection: Connection,
    since_ms: EpochMs,
    until_ms: EpochMs,
    keys: Collection[str] | None = None,
) -> list[StateChange]:
    """Return the state changes of [since, until) in time order; `keys` None means all."""
    statement = _window(schema.state_change, since_ms, until_ms)
    if keys is not None:
        statement = statement.where(schema.state_change.c.key.in_(sorted(keys)))
    rows = connection.execute(statement)
    return [to_state(row) for row in rows]


def states_before(connection: Connection, at_ms: EpochMs) -> dict[str, StateChange]:
    """Return the change of each key that was stored last among those before."""
    table = schema.state_change
    last = _last_ids(table, at_ms, table.c.device, table.c.key)
    rows = connection.execute(select(table).where(table.c.id.in_(last)).order_by(table.c.id))
    return {row.key: to_state(row) for row in rows}


def states_at(
    connection: Connection, at_ms: EpochMs, keys: Collection[str]
) -> dict[str, StateChange]:
    """Return the latest change of each of these keys before an instant."""
    table = schema.state_change
    # no index on the key: each batch would write a page for every key that is in it
    latest = (
        select(func.max(table.c.at_ms).label("at_ms"), table.c.key)
        .where(table.c.at_ms < at_ms, table.c.key.in_(sorted(keys)))
        .group_by(table.c.key)
        .subquery()
    )
    rows = connection.execute(
        select(table)
        .join(latest, and_(table.c.key == latest.c.key, table.c.at_ms == latest.c.at_ms))
        .order_by(table.c.id)
    )
    return {row.key: to_state(row) for row in rows}


def _last_ids(table: Table, at_ms: EpochMs, *by: Any) -> Select[Any]:
    """Select the highest id before an instant in each group."""
    return select(func.max(table.c.id)).where(table.c.at_ms < at_ms).group_by(*by)


def gaps(connection: Connection, since_ms: EpochMs, until_ms: EpochMs) -> list[Gap]:
    """Return the gaps that overlap [since, until), by start; one of no length if it lies inside."""
    columns = schema.gap.c
    rows = connection.execute(
        select(schema.gap)
        .where(
            columns.at_ms < until_ms,
            or_(columns.until_ms > since_ms, columns.at_ms >= since_ms),
        )
        .order_by(columns.at_ms, columns.id)
    )
    return [to_gap(row) for row in rows]


def to_session(row: Row[Any]) -> SessionChange:
    """Return the session change of a row."""
    return SessionChange(
        at_ms=row.at_ms,
        wallet=row.wallet,
        state=SessionState(row.state),
        how=None if row.how is None else How(row.how),
        source=row.source,
        last_good_at_ms=row.last_good_at_ms,
        lived_ms=row.lived_ms,
        detail=row.detail,
        device=row.device,
    )


def to_state(row: Row[Any]) -> StateChange:
    """Return the state change of a row."""
    return StateChange(row.at_ms, row.key, json.loads(row.value), row.device)


def to_gap(row: Row[Any]) -> Gap:
    """Return the gap of a row."""
    return Gap(row.at_ms, row.until_ms, GapWhy(row.why), row.device)


def stream(begin: Begin, since_ms: EpochMs, until_ms: EpochMs) -> Iterator[Record]:
    """Give every record of [since, until) in time order, a page at a time.

    At the same instant a gap comes before a state, a state before a session, and that before a
    sample: what holds before what happens in it.
    """
    with begin() as connection:
        known = targets(connection)
    streams: list[Iterable[Record]] = [
        _stream_events(begin, schema.gap, to_gap, since_ms, until_ms),
        _stream_events(begin, schema.state_change, to_state, since_ms, until_ms),
        _stream_events(begin, schema.session_change, to_session, since_ms, until_ms),
    ]
    streams.append(_stream_samples(begin, known, since_ms, until_ms))
    return heapq.merge(*streams, key=lambda record: record.at_ms)


def _stream_events(
    begin: Begin,
    table: Table,
    convert: Callable[[Row[Any]], Record],
    since_ms: EpochMs,
    until_ms: EpochMs,
) -> Iterator[Record]:
    """Give the rows of an event table; a page ends at an (instant, id), the next begins after."""
    after = (since_ms, -1)
    while True:
        beyond = or_(
            table.c.at_ms > after[0], and_(table.c.at_ms == after[0], table.c.id > after[1])
        )
        statement = _window(table, since_ms, until_ms).where(beyond).limit(_PAGE_ROWS)
        with begin() as connection:
            rows: Sequence[Row[Any]] = connection.execute(statement).all()
        yield from map(convert, rows)
        if len(rows) < _PAGE_ROWS:
            return
        after = (rows[-1].at_ms, rows[-1].id)


def _stream_samples(
    begin: Begin, known: Mapping[int, Target], since_ms: EpochMs, until_ms: EpochMs
) -> Iterator[Record]:
    """Give the samples, an hour in each transaction, or less where an hour holds very many."""
    next_ms = since_ms
    while next_ms < until_ms:
        with begin() as connection:
            following = blocks.hours(connection, next_ms)
        if following is None or following[0] >= until_ms:
            return
        hour_ms, count = following
        step_ms = -(-HOUR_MS // (1 + count // blocks.MANY_ROWS))
        for start_ms in range(hour_ms, hour_ms + HOUR_MS, step_ms):
            end_ms = min(start_ms + step_ms, hour_ms + HOUR_MS, until_ms)
            with begin() as connection:
                # a target may be new since the stream began: what is measured of it is left out
                rows = sorted(
                    blocks.each(connection, max(start_ms, since_ms), end_ms, known), key=_AT
                )
            for target_id, at_ms, outcome, rtt_us in rows:
                yield _sample(known[target_id], at_ms, outcome, rtt_us)
        next_ms = hour_ms + HOUR_MS


def span(connection: Connection) -> tuple[EpochMs, EpochMs] | None:
    """Return the first and last observed instant; None where nothing was observed.

    Where raw samples are gone, the first is the beginning of the first hour that is left. Gaps
    are not observed.
    """
    ends: list[tuple[EpochMs | None, EpochMs | None]] = [
        _ends(connection, schema.session_change),
        _ends(connection, schema.state_change),
        (blocks.first_ms(connection, -schema.MOST_ID), blocks.last_ms(connection)),
    ]
    for table in (schema.sample_minute, schema.sample_hour):
        first, _ = _ends(connection, table)
        ends.append((first, first))
    firsts = [first for first, _ in ends if first is not None]
    lasts = [last for _, last in ends if last is not None]
    return (min(firsts), max(lasts)) if firsts else None


def _ends(connection: Connection, table: Table) -> tuple[EpochMs | None, EpochMs | None]:
    """Return the first and last instant in a table, by two seeks."""
    first = connection.execute(select(func.min(table.c.at_ms))).scalar()
    last = connection.execute(select(func.max(table.c.at_ms))).scalar()
    return first, last


def last_alive_ms(connection: Connection, until_ms: EpochMs | None = None) -> EpochMs | None:
    """Return the latest instant, up to `until_ms`, that any run is known to have been alive at.

    That is a start, a heartbeat, a stop, or anything stored; None in a new store.
    """
    run = schema.run.c
    instants = [
        _newest(connection, column, until_ms)
        for column in (
            run.started_at_ms,
            run.beat_at_ms,
            run.stopped_at_ms,
            schema.session_change.c.at_ms,
            schema.state_change.c.at_ms,
            schema.gap.c.until_ms,
        )
    ]
    instants.append(blocks.last_ms(connection, None if until_ms is None else until_ms + 1))
    return max((at_ms for at_ms in instants if at_ms is not None), default=None)


def _newest(
    connection: Connection,
    column: ColumnElement[Any],
    until_ms: EpochMs | None,
    *conditions: ColumnElement[bool],
) -> EpochMs | None:
    """Return the latest instant of a column, by one seek where it is indexed."""
    limit = () if until_ms is None else (column <= until_ms,)
    found = connection.execute(select(func.max(column)).where(*conditions, *limit)).scalar()
    return None if found is None else int(found)


def is_empty(connection: Connection) -> bool:
    """Tell whether nothing was ever observed or reported."""
    tables: tuple[FromClause, ...] = (
        schema.target,
        schema.session_change,
        schema.state_change,
        schema.gap,
        schema.disconnect,
    )
    return not any(connection.execute(select(table).limit(1)).first() for table in tables)
