"""Disconnects, diagnoses, notices and runs: written and read back.

Every function runs inside a transaction that its caller opened.
"""

import dataclasses
import json
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.model import (
    CauseCode,
    Delivery,
    Diagnosis,
    Disconnect,
    EpochMs,
    Evidence,
    Finding,
    FixCode,
    FixMark,
    How,
    Notice,
    NoticeKind,
)
from monitor.store.interface import StoreError
from monitor.store.schema import diagnosis as diagnosis_table
from monitor.store.schema import disconnect as disconnect_table
from monitor.store.schema import fix_mark as fix_mark_table
from monitor.store.schema import notice as notice_table

_IN_LIMIT = 500
"""How many values stand in one IN (...): SQLite takes 999 in old builds."""


def insert_new_disconnects(
    connection: Connection, disconnects: Iterable[Disconnect]
) -> list[Disconnect]:
    """Store those that are not there yet and return them with their ids."""
    columns = disconnect_table.c
    new = []
    for disconnect in disconnects:
        known = connection.execute(
            select(columns.id).where(
                columns.device == disconnect.device,
                columns.wallet == disconnect.wallet,
                columns.source == disconnect.source,
                columns.started_at_ms == disconnect.started_at_ms,
            )
        ).first()
        if known is None:
            new.append(insert_disconnect(connection, disconnect))
    return new


def insert_disconnect(connection: Connection, disconnect: Disconnect) -> Disconnect:
    """Store a disconnect and return it with its id.

    The same device, wallet, source and start is the same disconnect: the stored one comes back
    unchanged, so that an import may be repeated.
    """
    columns = disconnect_table.c
    connection.execute(
        upsert(disconnect_table)
        .values(
            device=disconnect.device,
            wallet=disconnect.wallet,
            source=disconnect.source,
            started_at_ms=disconnect.started_at_ms,
            ended_at_ms=disconnect.ended_at_ms,
            how=disconnect.how.value,
            detected_at_ms=disconnect.detected_at_ms,
            confirmed=_code(disconnect.confirmed),
            note=disconnect.note,
            denied=_code(disconnect.denied),
        )
        .on_conflict_do_nothing()
    )
    row = connection.execute(
        select(disconnect_table).where(
            columns.device == disconnect.device,
            columns.wallet == disconnect.wallet,
            columns.source == disconnect.source,
            columns.started_at_ms == disconnect.started_at_ms,
        )
    ).one()
    return to_disconnect(row)


def update_disconnect(connection: Connection, disconnect: Disconnect) -> None:
    """Bring start, end, how and note of a stored disconnect up to date.

    The user's word is left alone: it may have come since the disconnect was read.
    """
    changed = connection.execute(
        update(disconnect_table)
        .where(disconnect_table.c.id == disconnect.id)
        .values(
            started_at_ms=disconnect.started_at_ms,
            ended_at_ms=disconnect.ended_at_ms,
            how=disconnect.how.value,
            note=disconnect.note,
        )
    )
    if not changed.rowcount:
        raise _unknown("disconnect", disconnect.id)


def set_word(
    connection: Connection,
    disconnect_id: int,
    confirmed: CauseCode | None,
    denied: CauseCode | None,
) -> None:
    """Store the user's word on a disconnect beside everything else that is stored of it."""
    changed = connection.execute(
        update(disconnect_table)
        .where(disconnect_table.c.id == disconnect_id)
        .values(confirmed=_code(confirmed), denied=_code(denied))
    )
    if not changed.rowcount:
        raise _unknown("disconnect", disconnect_id)


def disconnects(
    connection: Connection,
    since_ms: EpochMs | None,
    until_ms: EpochMs | None,
    wallet: str | None,
    *,
    only_with_word: bool = False,
) -> list[Disconnect]:
    """Return the disconnects that overlap the window, by start."""
    columns = disconnect_table.c
    conditions: list[ColumnElement[bool]] = []
    if since_ms is not None:
        conditions.append(
            or_(
                columns.ended_at_ms.is_(None),
                columns.ended_at_ms > since_ms,
                columns.started_at_ms >= since_ms,
            )
        )
    if until_ms is not None:
        conditions.append(columns.started_at_ms < until_ms)
    if wallet is not None:
        conditions.append(columns.wallet == wallet)
    if only_with_word:
        conditions.append(or_(columns.confirmed.is_not(None), columns.denied.is_not(None)))
    rows = connection.execute(
        select(disconnect_table).where(*conditions).order_by(columns.started_at_ms, columns.id)
    )
    return [to_disconnect(row) for row in rows]


def disconnect(connection: Connection, disconnect_id: int) -> Disconnect | None:
    """Return one disconnect; None where there is none of this id."""
    row = connection.execute(
        select(disconnect_table).where(disconnect_table.c.id == disconnect_id)
    ).one_or_none()
    return None if row is None else to_disconnect(row)


def to_disconnect(row: Row[Any]) -> Disconnect:
    """Return the disconnect of a row."""
    return Disconnect(
        wallet=row.wallet,
        source=row.source,
        started_at_ms=row.started_at_ms,
        ended_at_ms=row.ended_at_ms,
        how=How(row.how),
        detected_at_ms=row.detected_at_ms,
        confirmed=None if row.confirmed is None else CauseCode(row.confirmed),
        note=row.note,
        id=row.id,
        device=row.device,
        denied=None if row.denied is None else CauseCode(row.denied),
    )


def save_diagnosis(connection: Connection, disconnect_id: int, diagnosis: Diagnosis) -> None:
    """Store why a disconnect happened, in place of what was thought earlier."""
    if disconnect(connection, disconnect_id) is None:
        raise _unknown("disconnect", disconnect_id)
    runner_up = diagnosis.runner_up
    values: dict[str, Any] = {
        "engine": diagnosis.engine,
        "made_at_ms": diagnosis.made_at_ms,
        "cause": diagnosis.best.cause.value,
        "confidence": diagnosis.best.confidence_ratio,
        "runner_up": None if runner_up is None else runner_up.cause.value,
        "findings": json.dumps([_finding_json(f) for f in diagnosis.findings], ensure_ascii=False),
    }
    connection.execute(
        upsert(diagnosis_table)
        .values(disconnect_id=disconnect_id, **values)
        .on_conflict_do_update(index_elements=["disconnect_id"], set_=values)
    )


def diagnoses(connection: Connection, ids: Collection[int]) -> dict[int, Diagnosis]:
    """Return the diagnosis of each disconnect that has one."""
    wanted = sorted(set(ids))
    found = {}
    for start in range(0, len(wanted), _IN_LIMIT):
        some = wanted[start : start + _IN_LIMIT]
        for row in connection.execute(
            select(diagnosis_table).where(diagnosis_table.c.disconnect_id.in_(some))
        ):
            found[int(row.disconnect_id)] = Diagnosis(
                findings=tuple(_finding(entry) for entry in json.loads(row.findings)),
                engine=row.engine,
                made_at_ms=row.made_at_ms,
            )
    return found


def _finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as what JSON can carry."""
    return {
        "cause": finding.cause.value,
        "confidence": finding.confidence_ratio,
        "evidence": [
            {"code": e.code, "supports": e.supports, "values": dict(e.values)}
            for e in finding.evidence
        ],
        "fixes": [fix.value for fix in finding.fixes],
    }


def _finding(entry: dict[str, Any]) -> Finding:
    """Return the finding that `_finding_json` was made from."""
    return Finding(
        cause=CauseCode(entry["cause"]),
        confidence_ratio=entry["confidence"],
        evidence=tuple(Evidence(e["code"], e["supports"], e["values"]) for e in entry["evidence"]),
        fixes=tuple(FixCode(fix) for fix in entry["fixes"]),
    )


def add_notice(connection: Connection, notice: Notice) -> Notice:
    """Store a notice and return it with its id."""
    added = connection.execute(
        insert(notice_table).values(
            kind=notice.kind.value,
            created_at_ms=notice.created_at_ms,
            title=notice.title,
            body=notice.body,
            disconnect_id=notice.disconnect_id,
            delivery=notice.delivery.value,
            backend=notice.backend,
            delivered_at_ms=notice.delivered_at_ms,
            cause=_code(notice.cause),
            fix=_code(notice.fix),
            subject=notice.subject,
        )
    )
    return dataclasses.replace(notice, id=new_id(added.inserted_primary_key))


def mark_notice(
    connection: Connection, notice_id: int, delivery: Delivery, backend: str, at_ms: EpochMs
) -> None:
    """Note what became of a notice."""
    changed = connection.execute(
        update(notice_table)
        .where(notice_table.c.id == notice_id)
        .values(delivery=delivery.value, backend=backend, delivered_at_ms=at_ms)
    )
    if not changed.rowcount:
        raise _unknown("notice", notice_id)


def notices(connection: Connection, *, pending_only: bool, limit: int | None) -> list[Notice]:
    """Return the notices, oldest first; with a limit the newest ones."""
    statement = select(notice_table).order_by(notice_table.c.id.desc())
    if pending_only:
        statement = statement.where(notice_table.c.delivery == Delivery.PENDING.value)
    if limit is not None:
        statement = statement.limit(limit)
    rows = connection.execute(statement).all()
    return [_notice(row) for row in reversed(rows)]


def notices_since(connection: Connection, since_ms: EpochMs) -> list[Notice]:
    """Return the notices that were made at or after an instant, oldest first."""
    columns = notice_table.c
    rows = connection.execute(
        select(notice_table)
        .where(columns.created_at_ms >= since_ms)
        .order_by(columns.created_at_ms, columns.id)
    )
    return [_notice(row) for row in rows]


def _notice(row: Row[Any]) -> Notice:
    """Return the notice of a row."""
    return Notice(
        kind=NoticeKind(row.kind),
        created_at_ms=row.created_at_ms,
        title=row.title,
        body=row.body,
        disconnect_id=row.disconnect_id,
        delivery=Delivery(row.delivery),
        backend=row.backend,
        delivered_at_ms=row.delivered_at_ms,
        id=row.id,
        cause=None if row.cause is None else CauseCode(row.cause),
        fix=None if row.fix is None else FixCode(row.fix),
        subject=row.subject,
    )


def add_fix_mark(connection: Connection, mark: FixMark) -> None:
    """Store that a fix was carried out."""
    connection.execute(
        insert(fix_mark_table).values(
            device=mark.device,
            at_ms=mark.at_ms,
            fix=mark.fix.value,
            is_told=mark.is_told,
            detail=mark.detail,
        )
    )


def fix_marks(connection: Connection) -> list[FixMark]:
    """Return every fix that was carried out, oldest first."""
    columns = fix_mark_table.c
    rows = connection.execute(select(fix_mark_table).order_by(columns.at_ms, columns.id))
    return [FixMark(r.at_ms, FixCode(r.fix), r.is_told, r.detail, r.device) for r in rows]


def _code(code: StrEnum | None) -> str | None:
    """Return a code as it stands in a column."""
    return None if code is None else code.value


def new_id(key: Sequence[Any] | None) -> int:
    """Return the number that the database gave to a new row."""
    if key is None:
        raise TypeError("the database gave no row number")
    return int(key[0])


def _unknown(what: str, number: int | None) -> StoreError:
    """Return the error for an id that is not there."""
    if what == "notice":
        return StoreError("there is no notice {id}", id=number)
    return StoreError(
        "there is no disconnect {id}: 'walletwatch disconnects' lists them", id=number
    )
