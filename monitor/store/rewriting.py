"""Every text of a database put through a hand that changes names: for sharing, and for hashing.

A column of text that is added to the schema must be added here; a test compares the two.
"""

import json
from typing import Protocol

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from monitor.model import (
    Diagnosis,
    Disconnect,
    FixCode,
    FixMark,
    Notice,
    SessionChange,
    StateChange,
    Target,
)
from monitor.store import blocks, conclusions, reading, schema

REWRITTEN = frozenset(
    {
        "device.name",
        "target.device",
        "target.name",
        "target.host",
        "target.wallet",
        "session_change.device",
        "session_change.wallet",
        "session_change.source",
        "session_change.detail",
        "state_change.device",
        "state_change.key",
        "state_change.value",
        "gap.device",
        "disconnect.device",
        "disconnect.wallet",
        "disconnect.source",
        "disconnect.note",
        "diagnosis.engine",
        "diagnosis.findings",
        "notice.title",
        "notice.body",
        "notice.backend",
        "notice.subject",
        "fix_mark.device",
        "fix_mark.detail",
        "meta.key",
        "meta.value",
    }
)
"""The columns of text that somebody else may have filled."""

CODES = frozenset(
    {
        "target.role",
        "target.probe",
        "session_change.state",
        "session_change.how",
        "gap.why",
        "run.version",
        "disconnect.how",
        "disconnect.confirmed",
        "disconnect.denied",
        "diagnosis.cause",
        "diagnosis.runner_up",
        "notice.kind",
        "notice.delivery",
        "notice.cause",
        "notice.fix",
        "fix_mark.fix",
    }
)
"""The columns of text that hold one of our own codes."""


class Rewriting(Protocol):
    """What is put in the place of each noun; different names must stay different."""

    def device(self, name: str, /) -> str:
        """Return what a device is called."""

    def target(self, target: Target, /) -> Target:
        """Return a target under its new name."""

    def session(self, change: SessionChange, /) -> SessionChange:
        """Return a session change with other words."""

    def state(self, change: StateChange, /) -> StateChange | None:
        """Return a state with another value; None: it is left out."""

    def disconnect(self, disconnect: Disconnect, /) -> Disconnect:
        """Return a disconnect with other words."""

    def diagnosis(self, diagnosis: Diagnosis, /) -> Diagnosis:
        """Return a diagnosis with other words."""

    def notice(self, notice: Notice, /) -> Notice | None:
        """Return a notice with other words; None: it is left out."""

    def fix_mark(self, mark: FixMark, /) -> FixMark:
        """Return a fix mark with other words."""

    def keeps_mark(self, key: str, /) -> bool:
        """Tell whether a single value is kept as it is; else it is left out."""


def rewrite(connection: Connection, words: Rewriting) -> None:
    """Put every text of the database through `words`, in one transaction that the caller opened."""
    _devices(connection, words)
    _targets(connection, words)
    _sessions(connection, words)
    _states(connection, words)
    _disconnects(connection, words)
    _diagnoses(connection, words)
    _notices(connection, words)
    _fix_marks(connection, words)
    for (key,) in connection.execute(select(schema.meta.c.key)).all():
        if not words.keeps_mark(key):
            connection.execute(delete(schema.meta).where(schema.meta.c.key == key))


def _aside(number: int) -> str:
    """Return a name that no row has, for the time between two names."""
    return f"\x00{number}"


def _devices(connection: Connection, words: Rewriting) -> None:
    """Rename the devices; a row with an old name goes once no target refers to it."""
    names = [name for (name,) in connection.execute(select(schema.device.c.name))]
    steps = [(name, _aside(number)) for number, name in enumerate(names)]
    steps += [(_aside(number), words.device(name)) for number, name in enumerate(names)]
    for old, new in steps:
        connection.execute(insert(schema.device).values(name=new))
        connection.execute(
            update(schema.target).where(schema.target.c.device == old).values(device=new)
        )
        connection.execute(delete(schema.device).where(schema.device.c.name == old))
    for (name,) in connection.execute(select(schema.gap.c.device).distinct()).all():
        connection.execute(
            update(schema.gap).where(schema.gap.c.device == name).values(device=words.device(name))
        )


def _targets(connection: Connection, words: Rewriting) -> None:
    table = schema.target
    found = reading.targets(connection)
    rows = connection.execute(select(table.c.id, table.c.device)).all()
    devices = {row.id: row.device for row in rows}
    kept: dict[tuple[str, str, str, str], int] = {}
    for number in found:
        connection.execute(update(table).where(table.c.id == number).values(name=_aside(number)))
    for number, target in found.items():
        new = words.target(target)
        values = {"name": new.name, "host": new.host, "wallet": new.wallet}
        twin = kept.setdefault((devices[number], new.name, new.role, new.probe), number)
        if twin == number:
            connection.execute(update(table).where(table.c.id == number).values(**values))
        else:  # asked under its plain name since hashing was switched off: one target again
            _join(connection, number, twin)


def _join(connection: Connection, gone: int, kept: int) -> None:
    """Give what was measured of one target to another; the same step of both: the first stays."""
    for table in schema.metadata.tables.values():
        if "target_id" in table.c:
            own = table.c.target_id == gone
            moved = update(table).where(own).values(target_id=kept)
            connection.execute(moved.prefix_with("OR IGNORE"))
            connection.execute(delete(table).where(own))
    blocks.join_targets(connection, gone, kept)
    connection.execute(delete(schema.target).where(schema.target.c.id == gone))


def _sessions(connection: Connection, words: Rewriting) -> None:
    table = schema.session_change
    for row in connection.execute(select(table)).all():
        old = reading.to_session(row)
        new = words.session(old)
        if new != old:
            connection.execute(
                update(table)
                .where(table.c.id == row.id)
                .values(device=new.device, wallet=new.wallet, source=new.source, detail=new.detail)
            )


def _states(connection: Connection, words: Rewriting) -> None:
    """Rewrite every state; they may be very many, and most hold what others hold."""
    table = schema.state_change
    renamed: dict[tuple[str, str, str], StateChange | None] = {}
    changed, gone = [], []
    for row in connection.execute(select(table)).all():
        held = (row.device, row.key, row.value)
        old = StateChange(0, row.key, json.loads(row.value), row.device)
        if held not in renamed:
            renamed[held] = words.state(old)
        new = renamed[held]
        if new is None:
            gone.append({"number": row.id})
        elif new != old:
            value = json.dumps(new.value, ensure_ascii=False)
            changed.append({"number": row.id, "device": new.device, "key": new.key, "value": value})
    here = table.c.id == bindparam("number")
    if changed:
        connection.execute(
            update(table)
            .where(here)
            .values(device=bindparam("device"), key=bindparam("key"), value=bindparam("value")),
            changed,
        )
    if gone:
        connection.execute(delete(table).where(here), gone)


def _disconnects(connection: Connection, words: Rewriting) -> None:
    table = schema.disconnect
    found = [
        conclusions.to_disconnect(row)
        for row in connection.execute(select(table).order_by(table.c.id)).all()
    ]
    for old in found:
        aside = _aside(old.id or 0)
        connection.execute(update(table).where(table.c.id == old.id).values(wallet=aside))
    for old in found:
        new = words.disconnect(old)
        values = {
            "device": new.device,
            "wallet": new.wallet,
            "source": new.source,
            "note": new.note,
        }
        connection.execute(update(table).where(table.c.id == old.id).values(**values))


def _diagnoses(connection: Connection, words: Rewriting) -> None:
    numbers = [number for (number,) in connection.execute(select(schema.diagnosis.c.disconnect_id))]
    for number, old in conclusions.diagnoses(connection, numbers).items():
        conclusions.save_diagnosis(connection, number, words.diagnosis(old))


def _notices(connection: Connection, words: Rewriting) -> None:
    table = schema.notice
    for old in conclusions.notices(connection, pending_only=False, limit=None):
        new = words.notice(old)
        here = table.c.id == old.id
        if new is None:
            connection.execute(delete(table).where(here))
            continue
        values = {
            "title": new.title,
            "body": new.body,
            "backend": new.backend,
            "subject": new.subject,
        }
        connection.execute(update(table).where(here).values(**values))


def _fix_marks(connection: Connection, words: Rewriting) -> None:
    table = schema.fix_mark
    for row in connection.execute(select(table)).all():
        old = FixMark(row.at_ms, FixCode(row.fix), row.is_told, row.detail, row.device)
        new = words.fix_mark(old)
        connection.execute(
            update(table).where(table.c.id == row.id).values(device=new.device, detail=new.detail)
        )
