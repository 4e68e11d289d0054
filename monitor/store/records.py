"""Writes what was observed.

Every function runs inside a write transaction that its caller opened.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Table, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.model import EpochMs, Gap, Record, Sample, SessionChange, StateChange, Target
from monitor.store import schema
from monitor.store.clock_gaps import fitted
from monitor.store.conclusions import new_id
from monitor.store.marks import (
    HOUR_MS,
    RAW_SINCE,
    ROLLED_UNTIL,
    SETTLED_UNTIL,
    TIMELINE,
    read_instant,
    read_mark,
    whole,
    write_mark,
)
from monitor.store.reading import last_alive_ms
from monitor.store.timeline import after_gap, begun, pack, unpack

_US_PER_MS = 1000

Place = tuple[str, int | None, int | None, str | None]
KnownTargets = Mapping[Target, tuple[int, Place]]
"""A target's row number, and its host, port, family and wallet as stored."""
Row = dict[str, object]


def add_records(
    connection: Connection, records: Sequence[Record], known: KnownTargets
) -> KnownTargets:
    """Store records of any kind, each kind in the order given.

    Returns the targets that were new or had moved, to be remembered once this is committed.
    """
    samples = [record for record in records if isinstance(record, Sample)]
    learnt = _resolve(
        {sample.target: sample.target for sample in samples}.values(), connection, known
    )
    _add_samples(connection, samples, {**known, **learnt})
    sessions = [_session_row(record) for record in records if isinstance(record, SessionChange)]
    states = [_state_row(record) for record in records if isinstance(record, StateChange)]
    gaps = [record for record in records if isinstance(record, Gap)]
    _note_gaps(connection, gaps)
    _add_rows(connection, schema.session_change, sessions)
    _add_rows(connection, schema.state_change, states)
    _add_rows(connection, schema.gap, [_gap_row(fitted(connection, gap)) for gap in gaps])
    return learnt


def _add_rows(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows, if there are any."""
    if rows:
        connection.execute(insert(table), rows)


def _add_samples(connection: Connection, samples: Sequence[Sample], known: KnownTargets) -> None:
    """Insert samples; one of the same target and millisecond replaces the earlier one."""
    if not samples:
        return
    rows: list[Row] = [
        {
            "target_id": known[sample.target][0],
            "at_ms": sample.at_ms,
            "outcome": schema.OUTCOME_CODES[sample.outcome],
            "rtt_us": None if sample.rtt_ms is None else round(sample.rtt_ms * _US_PER_MS),
        }
        for sample in samples
    ]
    settled_until = read_instant(connection, SETTLED_UNTIL) or 0
    pairs = list(zip(rows, samples, strict=True))
    late = [row for row, sample in pairs if sample.at_ms < settled_until]
    recent = [row for row, sample in pairs if sample.at_ms >= settled_until]
    _replace_samples(connection, schema.sample, late)
    _replace_samples(connection, schema.sample_recent, recent)
    _ask_for_roll_up(connection, min(sample.at_ms for sample in samples))


def _replace_samples(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows of samples, over those of the same target and instant."""
    if not rows:
        return
    statement = upsert(table)
    statement = statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={"outcome": statement.excluded.outcome, "rtt_us": statement.excluded.rtt_us},
    )
    connection.execute(statement, rows)


def _ask_for_roll_up(connection: Connection, since_ms: EpochMs) -> None:
    """Have the hour of a late sample rolled up again, unless its raw samples are gone."""
    rolled_until = read_instant(connection, ROLLED_UNTIL)
    if rolled_until is None or since_ms >= rolled_until:
        return
    again = max(whole(since_ms, HOUR_MS), read_instant(connection, RAW_SINCE) or 0)
    if again < rolled_until:
        write_mark(connection, ROLLED_UNTIL, str(again))


def _resolve(
    targets: Iterable[Target], connection: Connection, known: KnownTargets
) -> dict[Target, tuple[int, Place]]:
    """Find or make the rows of targets that are not known at their present place."""
    learnt = {}
    for target in targets:
        place = (target.host, target.port, target.family, target.wallet)
        if target not in known or known[target][1] != place:
            learnt[target] = (_target_id(connection, target, place), place)
    return learnt


def _target_id(connection: Connection, target: Target, place: Place) -> int:
    """Return the row number of a target, whose place is brought up to date.

    A target without a host comes from a trace that does not say it, and takes nothing away.
    """
    columns = schema.target.c
    found = connection.execute(
        select(columns.id, columns.host, columns.port, columns.family, columns.wallet).where(
            columns.device == target.device,
            columns.name == target.name,
            columns.role == target.role.value,
            columns.probe == target.probe.value,
        )
    ).one_or_none()
    host, port, family, wallet = place
    values: Row = {"host": host, "port": port, "family": family, "wallet": wallet}
    if found is not None:
        if tuple(found)[1:] != place and (host or wallet):
            connection.execute(update(schema.target).where(columns.id == found.id).values(**values))
        return int(found.id)
    connection.execute(upsert(schema.device).values(name=target.device).on_conflict_do_nothing())
    added = connection.execute(
        insert(schema.target).values(
            device=target.device,
            name=target.name,
            role=target.role.value,
            probe=target.probe.value,
            **values,
        )
    )
    return new_id(added.inserted_primary_key)


def _note_gaps(connection: Connection, gaps: Sequence[Gap]) -> None:
    """Note what the gaps say of the clock."""
    if not gaps:
        return
    text = read_mark(connection, TIMELINE)
    spans = unpack(text) if text else begun(last_alive_ms(connection), gaps[0].at_ms)
    for gap in gaps:
        spans = after_gap(spans, gap)
    write_mark(connection, TIMELINE, pack(spans))


def _session_row(change: SessionChange) -> Row:
    """Return the row of a session change."""
    return {
        "device": change.device,
        "at_ms": change.at_ms,
        "wallet": change.wallet,
        "source": change.source,
        "state": change.state.value,
        "how": None if change.how is None else change.how.value,
        "last_good_at_ms": change.last_good_at_ms,
        "lived_ms": change.lived_ms,
        "detail": change.detail,
    }


def _state_row(change: StateChange) -> Row:
    """Return the row of a state change."""
    return {
        "device": change.device,
        "at_ms": change.at_ms,
        "key": change.key,
        "value": json.dumps(change.value, ensure_ascii=False),
    }


def _gap_row(gap: Gap) -> Row:
    """Return the row of a gap."""
    return {
        "device": gap.device,
        "at_ms": gap.at_ms,
        "until_ms": gap.until_ms,
        "why": gap.why.value,
    }
