"""The store: one SQLite file, one writer, short read transactions."""

import dataclasses
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, func, select

from monitor.model import (
    CauseCode,
    Delivery,
    Diagnosis,
    Disconnect,
    EpochMs,
    FixMark,
    Gap,
    Notice,
    Record,
    Role,
    Sample,
    SessionChange,
    StateChange,
    StateValue,
)
from monitor.store import (
    blocks,
    conclusions,
    marks,
    reading,
    records,
    retention,
    rewriting,
    rollup,
    runs,
    schema,
    series,
    veil,
)
from monitor.store.backup import complaints, copy_database, size_bytes, wal_bytes
from monitor.store.engine import connect, troubles_in_words
from monitor.store.interface import Run, StoreError, StoreInfo
from monitor.store.migrate import HEAD, bring_up_to_date
from monitor.store.opened import OpenedFile, refuse_missing
from monitor.store.place import DATABASE_NAME, ensure_folder, ensure_private_file
from monitor.store.retention import Keep
from monitor.store.room import Room, measure
from monitor.store.standing import Standing
from monitor.store.tightening import tighten
from monitor.store.timeline import Doubt


def open_store(data_dir: Path, *, readonly: bool = False) -> "Store":
    """Open the store of a data directory, made and brought up to date as needed.

    Raises:
        StoreError: the place cannot be used, or the file is damaged, newer than this code, locked,
            or (`readonly`) not there yet; one sentence with the mend.
    """
    path = data_dir / DATABASE_NAME
    if readonly:
        refuse_missing(path)
    else:
        ensure_folder(data_dir)
        tighten(data_dir)
        ensure_private_file(path)
    bring_up_to_date(path)
    store = Store(path, readonly=readonly, names=None if readonly else veil.load(data_dir))
    try:
        store.probe()
    except StoreError:
        store.close()
        raise
    return store


class Store:
    """Everything that is kept. Any thread may read; one thread or process at a time writes.

    Each method is one transaction (care takes several small ones) and raises `StoreError` where
    the disk or the file refuses; nothing of it is stored then. Should the file be removed or
    replaced while it is open, the next call opens what stands there now, or begins a new one.
    """

    def __init__(
        self, path: Path, *, readonly: bool = False, names: veil.Veil | None = None
    ) -> None:
        """Use `open_store`."""
        self.path = path
        self._veil = names
        self._file = OpenedFile(path, readonly=readonly)
        self._standing = Standing()
        self._written = self._file.counts
        """Which file records went to last."""
        self._targets: records.KnownTargets = {}
        self._run: Run | None = None
        self._run_id: int | None = None
        """What its caller knows the run by; in the present file it may be another."""
        self._run_told_to = 0

    def probe(self) -> None:
        """Find out now whether the file can be read, and written unless it is open for reading.

        Raises:
            StoreError: it cannot.
        """
        with self._file.reading() if self._file.readonly else self._file.writing() as connection:
            connection.execute(select(schema.meta).limit(1)).all()

    # -- writing

    def add_records(self, batch: Sequence[Record]) -> None:
        """Store records; targets are made as needed.

        A sample of the same target and millisecond replaces the earlier one.
        """
        with self._telling_of_run() as connection:
            counts = self._file.counts
            if counts.replaced != self._written.replaced:
                if self._veil is not None:
                    self._veil.keep(self.path.parent)
                known_until_ms = reading.last_alive_ms(connection)
                batch = [*self._standing.told_again(known_until_ms), *batch]
            known = self._targets if counts == self._written else {}
            hidden = batch if self._veil is None else [self._veil.record(one) for one in batch]
            learnt = records.add_records(connection, hidden, known)
        self._standing.note(batch)
        if learnt or counts != self._written:
            self._targets = {**known, **learnt}
        self._written = counts

    def insert_disconnect(self, disconnect: Disconnect) -> Disconnect:
        """Store a disconnect, unless one of the same device, wallet, source and start is there.

        Returns the stored one, with its id.
        """
        hidden = disconnect if self._veil is None else self._veil.disconnect(disconnect)
        with self._file.writing() as connection:
            return conclusions.insert_disconnect(connection, hidden)

    def insert_new_disconnects(self, disconnects: Sequence[Disconnect]) -> list[Disconnect]:
        """Store those that are not there yet, all of them or none; return them with their ids."""
        hidden = disconnects
        if self._veil is not None:
            hidden = [self._veil.disconnect(one) for one in disconnects]
        with self._file.writing() as connection:
            return conclusions.insert_new_disconnects(connection, hidden)

    def update_disconnect(self, disconnect: Disconnect) -> None:
        """Store new start, end, how and note of a disconnect, by its id; its word stays."""
        with self._file.writing() as connection:
            hidden = disconnect if self._veil is None else self._veil.disconnect(disconnect)
            conclusions.update_disconnect(connection, hidden)

    def set_word(
        self, disconnect_id: int, confirmed: CauseCode | None, denied: CauseCode | None
    ) -> None:
        """Store the user's word on a disconnect, and nothing else of it."""
        with self._file.writing() as connection:
            conclusions.set_word(connection, disconnect_id, confirmed, denied)

    def save_diagnosis(self, disconnect_id: int, diagnosis: Diagnosis) -> None:
        """Store why a disconnect happened, in place of what was stored earlier."""
        with self._file.writing() as connection:
            hidden = diagnosis if self._veil is None else self._veil.diagnosis(diagnosis)
            conclusions.save_diagnosis(connection, disconnect_id, hidden)

    def save_diagnoses(self, found: Mapping[int, Diagnosis]) -> None:
        """The same for many, all of them or none."""
        with self._file.writing() as connection:
            for disconnect_id, diagnosis in found.items():
                hidden = diagnosis if self._veil is None else self._veil.diagnosis(diagnosis)
                conclusions.save_diagnosis(connection, disconnect_id, hidden)

    def add_notice(self, notice: Notice) -> Notice:
        """Store a notice and return it with its id."""
        with self._file.writing() as connection:
            hidden = None if self._veil is None else self._veil.notice(notice)
            return conclusions.add_notice(connection, hidden or notice)

    def mark_notice(self, notice_id: int, delivery: Delivery, backend: str, at_ms: EpochMs) -> None:
        """Store what became of a notice."""
        with self._file.writing() as connection:
            conclusions.mark_notice(connection, notice_id, delivery, backend, at_ms)

    def add_fix_mark(self, mark: FixMark) -> None:
        """Store that a fix was carried out."""
        with self._file.writing() as connection:
            hidden = mark if self._veil is None else self._veil.fix_mark(mark)
            conclusions.add_fix_mark(connection, hidden)

    def start_run(self, at_ms: EpochMs, pid: int, version: str) -> int:
        """Note that the daemon begins; return the run's id."""
        with self._file.writing() as connection:
            run_id = runs.start(connection, at_ms, pid, version)
        self._run, self._run_id = Run(run_id, at_ms, at_ms, None, pid, version), run_id
        self._run_told_to = self._file.counts.replaced
        return run_id

    def beat(self, run_id: int, at_ms: EpochMs) -> None:
        """Note that the run lives."""
        with self._telling_of_run() as connection:
            runs.beat(connection, self._row_of(run_id), at_ms)

    def end_run(self, run_id: int, at_ms: EpochMs) -> None:
        """Note that the run ended in good order."""
        with self._telling_of_run() as connection:
            runs.end(connection, self._row_of(run_id), at_ms)

    @contextmanager
    def _telling_of_run(self) -> Iterator[Connection]:
        """Give a write transaction; a file that has come in the place of another learns of the run.

        There the run may have another number: what lay there before has its own runs.
        """
        run, replaced = self._run, self._run_told_to
        try:
            with self._file.writing() as connection:
                self._run_told_to = self._file.counts.replaced
                if run is not None and self._run_told_to != replaced:
                    row = runs.start(connection, run.started_at_ms, run.pid, run.version)
                    self._run = dataclasses.replace(run, id=row)
                yield connection
        except BaseException:
            self._run, self._run_told_to = run, replaced  # nothing of it was stored
            raise

    def _row_of(self, run_id: int) -> int:
        """Return the number that a run has in the present file."""
        return self._run.id if self._run is not None and run_id == self._run_id else run_id

    def set_meta(self, key: str, value: str) -> None:
        """Keep a single value under a name; names that begin with "care." are the store's own."""
        with self._file.writing() as connection:
            marks.write_mark(connection, key, value)

    def rewrite(self, words: rewriting.Rewriting) -> None:
        """Put every text that is stored through `words`; all of it, or nothing.

        What was there before is gone from the file afterwards as well, not only from its rows.
        """
        with self._file.writing() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
            rewriting.rewrite(connection, words)
        self._targets = {}
        self._file.run("VACUUM")
        self._file.checkpoint("TRUNCATE")

    def hide_names(self) -> bool:
        """Hash the names that were stored before this was wanted; tell whether there was a need."""
        mark = "" if self._veil is None else self._veil.mark()
        if (self.meta(marks.NAMES) or "") == mark:
            return False
        if self._veil is not None:
            self.rewrite(self._veil)
        self.set_meta(marks.NAMES, mark)
        return self._veil is not None

    def as_stored(self, states: Mapping[str, StateValue]) -> Mapping[str, StateValue]:
        """Return states as the store keeps them: for what is compared with it."""
        return states if self._veil is None else self._veil.states(states)

    # -- reading

    def meta(self, key: str) -> str | None:
        """Return what `set_meta` kept; None where there is nothing."""
        with self._file.reading() as connection:
            return marks.read_mark(connection, key)

    def is_demo(self) -> bool:
        """Tell whether all that is stored is synthetic: every page must say so then."""
        return self.meta(marks.DEMO) == "1"

    def last_alive_ms(self, until_ms: EpochMs | None = None) -> EpochMs | None:
        """Return the latest instant, up to `until_ms`, that any run is known to have lived at.

        With the limit, what a wrong clock has dated into the future does not count.
        """
        with self._file.reading() as connection:
            return reading.last_alive_ms(connection, until_ms)

    def samples(
        self, since_ms: EpochMs, until_ms: EpochMs, roles: Collection[Role] | None = None
    ) -> list[Sample]:
        """Return the samples of [since, until) in time order; `roles` None means all."""
        with self._file.reading() as connection:
            return reading.samples(connection, since_ms, until_ms, roles)

    def last_samples(self) -> list[Sample]:
        """Return the newest sample of each target."""
        with self._file.reading() as connection:
            return reading.last_samples(connection)

    def sessions(self, since_ms: EpochMs, until_ms: EpochMs) -> list[SessionChange]:
        """Return the session changes of [since, until) in time order."""
        with self._file.reading() as connection:
            return reading.sessions(connection, since_ms, until_ms)

    def sessions_before(self, at_ms: EpochMs) -> dict[tuple[str, str], SessionChange]:
        """Return the last stored change of each (wallet, source) before an instant."""
        with self._file.reading() as connection:
            return reading.sessions_before(connection, at_ms)

    def states(
        self, since_ms: EpochMs, until_ms: EpochMs, keys: Collection[str] | None = None
    ) -> list[StateChange]:
        """Return the state changes of [since, until) in time order; `keys` None means all."""
        with self._file.reading() as connection:
            return reading.states(connection, since_ms, until_ms, keys)

    def states_before(self, at_ms: EpochMs) -> dict[str, StateChange]:
        """Return the last stored change of each key before an instant."""
        with self._file.reading() as connection:
            return reading.states_before(connection, at_ms)

    def states_at(self, at_ms: EpochMs, keys: Collection[str]) -> dict[str, StateChange]:
        """Return the last change of each of these keys before an instant, by one seek for each."""
        with self._file.reading() as connection:
            return reading.states_at(connection, at_ms, keys)

    def gaps(self, since_ms: EpochMs, until_ms: EpochMs) -> list[Gap]:
        """Return the gaps that overlap [since, until), by start."""
        with self._file.reading() as connection:
            return reading.gaps(connection, since_ms, until_ms)

    def disconnects(
        self,
        since_ms: EpochMs | None = None,
        until_ms: EpochMs | None = None,
        wallet: str | None = None,
        *,
        only_with_word: bool = False,
    ) -> list[Disconnect]:
        """Return the disconnects that overlap [since, until), by start; None leaves it open.

        With `only_with_word`, those alone that the user has said something of.
        """
        with self._file.reading() as connection:
            return conclusions.disconnects(
                connection, since_ms, until_ms, wallet, only_with_word=only_with_word
            )

    def disconnect(self, disconnect_id: int) -> Disconnect | None:
        """Return one disconnect; None where there is none of this id."""
        if abs(disconnect_id) > schema.MOST_ID:
            return None  # SQLite could not even be asked for it
        with self._file.reading() as connection:
            return conclusions.disconnect(connection, disconnect_id)

    def diagnosis(self, disconnect_id: int) -> Diagnosis | None:
        """Return why a disconnect happened; None where that was not worked out."""
        return self.diagnoses([disconnect_id]).get(disconnect_id)

    def diagnoses(self, ids: Collection[int]) -> dict[int, Diagnosis]:
        """Return the diagnosis of each of these disconnects that has one."""
        with self._file.reading() as connection:
            return conclusions.diagnoses(connection, ids)

    def notices(self, pending_only: bool = False, limit: int | None = None) -> list[Notice]:
        """Return the notices, oldest first; with a limit the newest ones."""
        with self._file.reading() as connection:
            return conclusions.notices(connection, pending_only=pending_only, limit=limit)

    def notices_since(self, since_ms: EpochMs) -> list[Notice]:
        """Return the notices that were made at or after an instant, oldest first."""
        with self._file.reading() as connection:
            return conclusions.notices_since(connection, since_ms)

    def fix_marks(self) -> list[FixMark]:
        """Return every fix that was carried out, oldest first."""
        with self._file.reading() as connection:
            return conclusions.fix_marks(connection)

    def last_run(self, pid: int | None = None) -> Run | None:
        """Return the run that began last, of one process or of any; None where there is none."""
        with self._file.reading() as connection:
            return runs.last(connection, pid)

    def span(self) -> tuple[EpochMs, EpochMs] | None:
        """Return the first and last observed instant; None where nothing was observed."""
        with self._file.reading() as connection:
            return reading.span(connection)

    def records(self, since_ms: EpochMs, until_ms: EpochMs) -> Iterator[Record]:
        """Give every record of [since, until) in time order, without holding them all."""
        return reading.stream(self._file.reading, since_ms, until_ms)

    def minutes(self, since_ms: EpochMs, until_ms: EpochMs) -> list[rollup.RollUp]:
        """Return the minutes of [since, until) that have been rolled up, in time order."""
        with self._file.reading() as connection:
            return rollup.roll_ups(connection, schema.sample_minute, since_ms, until_ms)

    def hours(self, since_ms: EpochMs, until_ms: EpochMs) -> list[rollup.RollUp]:
        """Return the hours of [since, until) that have been rolled up, in time order."""
        with self._file.reading() as connection:
            return rollup.roll_ups(connection, schema.sample_hour, since_ms, until_ms)

    def way(
        self,
        since_ms: EpochMs,
        until_ms: EpochMs,
        step_ms: int,
        minute_roles: frozenset[Role] = frozenset(),
    ) -> series.Way:
        """Return how the way was over [since, until): each leg in steps, some targets by minutes.

        What is not rolled up yet is in it.
        """
        with self._file.reading() as connection:
            return series.way(connection, since_ms, until_ms, step_ms, minute_roles)

    def is_empty(self) -> bool:
        """Tell whether nothing was ever observed or reported."""
        with self._file.reading() as connection:
            return reading.is_empty(connection)

    # -- care

    def rollup(self, now_ms: EpochMs) -> None:
        """Fold the samples that are old enough into minutes and hours; hourly is often enough."""
        for _ in self.rollup_steps(now_ms):
            pass

    def rollup_steps(self, now_ms: EpochMs) -> Iterator[int]:
        """The same in steps, each one short transaction: whoever waits may write in between."""
        with self._file.writing() as connection:
            retention.look_at_clock(connection, now_ms)
        for _ in rollup.roll_up(self._file.writing, now_ms):
            yield 0

    def prune(self, now_ms: EpochMs, raw_days: int, minute_days: int, hour_days: int) -> int:
        """Roll up, then forget what is older than that; return how many rows went.

        0 with a log line where the clock is not to be believed: see `monitor.store.retention`.
        """
        return sum(self.prune_steps(now_ms, Keep(raw_days, minute_days, hour_days)))

    def prune_steps(self, now_ms: EpochMs, keep: Keep) -> Iterator[int]:
        """The same in steps, each one short transaction; a step tells how many rows went."""
        yield from self.rollup_steps(now_ms)
        yield from retention.prune(self._file.writing, now_ms, keep)
        is_shorter = False
        for _ in retention.give_back(self._file.writing):
            is_shorter = True
            yield 0
        if is_shorter:  # the file itself is cut only when the log is folded back
            self._file.checkpoint("PASSIVE")

    def would_go(self, now_ms: EpochMs, keep: Keep) -> tuple[int, Doubt | None]:
        """Return how many rows `prune` would delete, or why it would not."""
        with self._file.reading() as connection:
            return retention.would_go(connection, now_ms, keep)

    def backup(self, to: Path, *, replace: bool = False) -> None:
        """Write a whole copy to a new file, while others go on; it is read through before."""
        self._file.follow()
        copy_database(self.path, to, replace=replace, verify=True)

    def check(self) -> list[str]:
        """Return what is wrong with the file, in SQLite's words; [] where it is whole.

        Raises:
            StoreError: it cannot be read at all for another reason than damage.
        """
        try:
            with troubles_in_words(self.path):
                connection = connect(self.path, "ro")
                try:
                    return complaints(connection)
                finally:
                    connection.close()
        except StoreError as error:
            cause = error.__cause__
            if getattr(cause, "sqlite_errorcode", 0) & 0xFF in (
                sqlite3.SQLITE_CORRUPT,
                sqlite3.SQLITE_NOTADB,
            ):
                return [str(cause)]
            raise

    def info(self) -> StoreInfo:
        """Return what there is and what it takes."""
        with self._file.reading() as connection:
            free, page = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                for name in ("freelist_count", "page_size")
            )
            minutes, hours, disconnects = (
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (
                    schema.sample_minute,
                    schema.sample_hour,
                    schema.disconnect,
                )
            )
            return StoreInfo(
                path=self.path,
                revision=HEAD,
                size_bytes=size_bytes(self.path),
                wal_bytes=wal_bytes(self.path),
                free_bytes=free * page,
                sample_count=blocks.count(connection),
                minute_count=minutes,
                hour_count=hours,
                disconnect_count=disconnects,
                span=reading.span(connection),
            )

    def room(self, keep: Keep) -> Room:
        """Return where the room goes, and where that leads with this retention."""
        with self._file.reading() as connection:
            return measure(connection, keep)

    def size_bytes(self) -> int:
        """Return the size of the database with its write-ahead log."""
        return size_bytes(self.path)

    def close(self) -> None:
        """Close every connection; the last one out folds the write-ahead log back."""
        self._file.close()
