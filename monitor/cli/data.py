"""`replay`, `export` and `db`: the store as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from monitor.cli.context import Here, InputError, here
from monitor.cli.inputs import instant_or_ago, now_ms
from monitor.cli.look import Json, Since
from monitor.cli.output import (
    is_own,
    own_file,
    say,
    say_json,
    say_pairs,
    say_table,
)
from monitor.cli.output_file import Kind, write_out
from monitor.locale import N_, Translator
from monitor.model import EpochMs

if TYPE_CHECKING:
    from monitor.store.interface import StoreInfo
    from monitor.store.retention import Keep
    from monitor.store.room import LastPrune, Room

FACTS = {
    "path": N_("file"),
    "revision": N_("schema"),
    "size_bytes": N_("size (bytes)"),
    "wal_bytes": N_("of it not folded in yet (bytes)"),
    "free_bytes": N_("free inside (bytes)"),
    "sample_count": N_("samples"),
    "minute_count": N_("minutes summed up"),
    "hour_count": N_("hours summed up"),
    "disconnect_count": N_("disconnects"),
    "span": N_("from – to"),
    "keep": N_("kept for"),
    "day_bytes": N_("a day of being on takes"),
    "bound_bytes": N_("that comes to, in the end"),
    "rolled_until": N_("summed up until"),
    "last_prune": N_("last tidied up"),
}
"""What `db info` calls each fact; its JSON keeps the names."""

DOUBTS = {
    "clock_set_back": N_("the clock was set back less than a day ago"),
    "clock_went_ahead": N_(
        "the clock went ahead by more than a day, or the machine was off, less than a day ago"
    ),
}
"""Why nothing is deleted, by `monitor.store.timeline.Doubt`."""

HASHED = {
    "other": N_(
        "The names of networks in it were hashed with another key than {key}: the same Wi-Fi "
        "counts as a new one from now on, unless you put the key of then there before walletwatch "
        "runs again."
    ),
    "missing": N_(
        "The names of networks in it were hashed with a key that is not here: the same Wi-Fi "
        "counts as a new one from now on, unless you put it there as {key} before "
        "walletwatch runs again, with [privacy] hash_names = true."
    ),
}
"""What a restored backup means for the names of networks, by `monitor.store.veil.Fit`."""

BREATH_S = 0.01
"""Between two steps of a prune, so that a daemon that waits for the file gets in."""

OutFile = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help=N_("Write to this file.")),
]
Force = Annotated[
    bool,
    typer.Option("--force", help=N_("Replace the file even if something else wrote it.")),
]


def replay(
    ctx: typer.Context,
    trace: Annotated[
        Path, typer.Argument(metavar="TRACE.jsonl", readable=False, help=N_("A recorded trace."))
    ],
) -> None:
    """Run the pipeline over a trace into an empty data directory; a bad trace stores nothing."""
    from monitor.pipeline import replay as run_over
    from monitor.store.lock import hold
    from monitor.store.restore import a_new_one
    from monitor.store.trace import read_trace
    from monitor.store.veil import settle

    own = here(ctx)
    controls = own.controls()
    for _record in read_trace(trace):
        pass  # the whole trace is read before anything is stored: a bad line loses nothing
    taken = N_("{dir} holds data already; replay needs an empty one: give another --data-dir")
    with hold(own.data_dir):
        with own.store() as store:
            if not store.is_empty():
                raise InputError(own.tr.text(taken).format(dir=own.data_dir))
        settle(own.data_dir, is_wanted=own.settings().privacy.hash_names)
        with a_new_one(own.data_dir) as store:
            outcomes = run_over(store, read_trace(trace), controls)
    words = own.tr.plural("{count} disconnect found.", "{count} disconnects found.", len(outcomes))
    say(words.format(count=len(outcomes)))


def export(
    ctx: typer.Context, since: Since = None, to: OutFile = None, force: Force = False
) -> None:
    """Write what is stored as a trace, in time order."""
    from monitor.store.trace_writing import write_trace

    own = here(ctx)
    since_ms = None if since is None else instant_or_ago(since, own.tr)
    with own.store(readonly=True, fresh=True) as store:
        span = store.span()

        def write(file: TextIO) -> None:
            if span is not None:
                begin_ms = span[0] if since_ms is None else since_ms
                write_trace(store.records(begin_ms, span[1] + 1), file)

        write_out(to, write, Kind.TRACE, own.tr, is_forced=force)


def info(ctx: typer.Context, as_json: Json = False) -> None:
    """Tell what the database holds, how much room it takes, and where that leads."""
    own = here(ctx)
    keep = _keep(own)
    with own.store(readonly=True, fresh=True) as store:
        found, room = store.info(), store.room(keep)
    if as_json:
        say_json(_facts_json(found, room, keep))
        return
    tr = own.tr
    say_pairs([(tr.text(name), fact) for name, fact in _facts(found, room, keep, tr)])
    say()
    say_table(
        [tr.text(N_("table")), tr.text(N_("rows")), tr.text(N_("size"))],
        [
            [name, str(table.row_count), _size(table.size_bytes)]
            for name, table in sorted(room.tables.items())
        ],
    )


def _keep(own: Here) -> Keep:
    """Return the retention that is in force."""
    from monitor.store.retention import Keep

    days = own.settings().store
    return Keep(days.raw_days, days.minute_days, days.hour_days)


def _facts_json(found: StoreInfo, room: Room, keep: Keep) -> dict[str, object]:
    """Return everything with English names and plain numbers."""
    last = room.last_prune
    return {
        **asdict(found),
        "path": str(found.path),
        "span": None if found.span is None else [_iso(at_ms) for at_ms in found.span],
        "keep": asdict(keep),
        "day_bytes": room.day_bytes,
        "bound_bytes": room.bound_bytes,
        "rolled_until": _iso(room.rolled_until_ms),
        "last_prune": None
        if last is None
        else {"at": _iso(last.at_ms), "row_count": last.row_count, "doubt": last.doubt},
        "tables": {name: asdict(table) for name, table in room.tables.items()},
    }


def _facts(found: StoreInfo, room: Room, keep: Keep, tr: Translator) -> list[tuple[str, str]]:
    """Return what `db info` says above its table."""
    from monitor.clock import local
    from monitor.report.amounts import instant

    def when(at_ms: EpochMs | None) -> str:
        return "–" if at_ms is None else instant(local(at_ms))

    days = tr.text(N_("samples {raw} d, minutes {minute} d, hours {hour} d"))
    span = "" if found.span is None else " – ".join(when(at_ms) for at_ms in found.span)
    return [
        (FACTS["path"], str(found.path)),
        (FACTS["revision"], found.revision),
        (FACTS["size_bytes"], str(found.size_bytes)),
        (FACTS["wal_bytes"], str(found.wal_bytes)),
        (FACTS["free_bytes"], str(found.free_bytes)),
        (FACTS["sample_count"], str(found.sample_count)),
        (FACTS["minute_count"], str(found.minute_count)),
        (FACTS["hour_count"], str(found.hour_count)),
        (FACTS["disconnect_count"], str(found.disconnect_count)),
        (FACTS["span"], span),
        (
            FACTS["keep"],
            days.format(raw=keep.raw_days, minute=keep.minute_days, hour=keep.hour_days),
        ),
        (FACTS["day_bytes"], _size(room.day_bytes)),
        (FACTS["bound_bytes"], _size(room.bound_bytes)),
        (FACTS["rolled_until"], when(room.rolled_until_ms)),
        (FACTS["last_prune"], _said_of_prune(room.last_prune, when, tr)),
    ]


def _said_of_prune(
    last: LastPrune | None, when: Callable[[EpochMs | None], str], tr: Translator
) -> str:
    """Return what became of the last prune."""
    if last is None:
        return "–"
    if last.doubt is not None:
        words = tr.text(N_("{at}: put off, {reason}"))
        return words.format(at=when(last.at_ms), reason=tr.text(DOUBTS[last.doubt.value]))
    words = tr.plural("{at}: {count} row deleted", "{at}: {count} rows deleted", last.row_count)
    return words.format(at=when(last.at_ms), count=last.row_count)


def _iso(at_ms: EpochMs | None) -> str | None:
    """Return an instant as JSON has it."""
    from monitor.report.amounts import utc_iso

    return None if at_ms is None else utc_iso(datetime.fromtimestamp(at_ms / 1000, UTC))


def _size(size_bytes: int | None) -> str:
    """Return a size in MB, which everybody reads more easily."""
    return "–" if size_bytes is None else f"{size_bytes / 1_000_000:.2f} MB"


def backup(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=N_("A file that does not exist yet."))
    ],
    force: Annotated[
        bool, typer.Option("--force", help=N_("Replace the file if it exists."))
    ] = False,
) -> None:
    """Copy the database, whole, while a daemon may be writing; the copy is read through."""
    from monitor.store.place import DATABASE_NAME
    from monitor.store.veil import KEY_NAME

    own = here(ctx)
    if os.path.lexists(file) and not force:
        words = own.tr.text(N_("{file} already exists; name another, or replace it with --force"))
        raise InputError(words.format(file=file))
    if is_own(file) and Path(os.path.realpath(file)).name.lower() != DATABASE_NAME:
        raise own_file(file, own.tr)  # a copy may well be called as the database itself is
    with own.store(readonly=True, fresh=True) as store:
        if force and file.exists() and file.samefile(store.path):
            words = own.tr.text(N_("{file} is the database itself; name another file"))
            raise InputError(words.format(file=file))
        store.backup(file, replace=force)
    say(own.tr.text(N_("Copied to {file}.")).format(file=file))
    if (own.data_dir / KEY_NAME).exists():
        words = N_(
            "Names of networks in it are hashed; to know them again after a restore elsewhere, "
            "keep {key} too, apart from it."
        )
        say(own.tr.text(words).format(key=own.data_dir / KEY_NAME))


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=N_("What `db backup` wrote."))],
) -> None:
    """Put a backup in the place of the database, which is kept aside; no daemon may run."""
    from monitor.store.restore import restore as put_back
    from monitor.store.veil import KEY_NAME

    own = here(ctx)
    done = put_back(file, own.data_dir, now_ms())
    words = own.tr.text(N_("{file} is the database {path} now."))
    say(words.format(file=file, path=done.path))
    if done.is_upgraded:
        words = own.tr.text(N_("It was brought up to date from schema {revision}."))
        say(words.format(revision=done.revision))
    if done.aside is not None:
        words = own.tr.text(N_("What was there before is kept as {aside}."))
        say(words.format(aside=done.aside))
    if done.names.value in HASHED:
        say(own.tr.text(HASHED[done.names.value]).format(key=own.data_dir / KEY_NAME))


def prune(
    ctx: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=N_("Only tell how many rows would go."))
    ] = False,
) -> None:
    """Roll up, then delete what is older than the configuration keeps."""
    own = here(ctx)
    keep = _keep(own)
    tr = own.tr
    if dry_run:
        with own.store(readonly=True) as store:
            rows, doubt = store.would_go(now_ms(), keep)
        words = tr.plural("{count} row would be deleted.", "{count} rows would be deleted.", rows)
    else:
        with own.store(must_exist=True) as store:
            rows = 0
            for gone in store.prune_steps(now_ms(), keep):
                rows += gone
                sleep(BREATH_S)
            last = store.room(keep).last_prune
            doubt = None if last is None else last.doubt
        words = tr.plural("{count} row deleted.", "{count} rows deleted.", rows)
    say(words.format(count=rows))
    if doubt is not None:
        words = tr.text(N_("Nothing is deleted yet: {reason}."))
        say(words.format(reason=tr.text(DOUBTS[doubt.value])))
