"""`replay`, `export` and `db`: the store as a whole."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from monitor.cli.context import Here, InputError, here
from monitor.cli.inputs import instant_or_ago, now_ms
from monitor.cli.look import Json, Since
from monitor.cli.output import say, say_json, say_pairs, write_out
from monitor.locale import N_

FACTS = {
    "path": N_("file"),
    "revision": N_("schema"),
    "size_bytes": N_("size (bytes)"),
    "free_bytes": N_("free inside (bytes)"),
    "sample_count": N_("samples"),
    "minute_count": N_("minutes summed up"),
    "hour_count": N_("hours summed up"),
    "disconnect_count": N_("disconnects"),
    "span": N_("from – to"),
}
"""What `db info` calls each fact; its JSON keeps the names."""

OutFile = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help=N_("Write to this file.")),
]


def replay(
    ctx: typer.Context,
    trace: Annotated[
        Path, typer.Argument(metavar="TRACE.jsonl", readable=False, help=N_("A recorded trace."))
    ],
) -> None:
    """Run the pipeline over a trace into an empty data directory; a bad trace stores nothing."""
    from monitor.store.lock import hold
    from monitor.store.trace import read_trace
    from monitor.store.veil import settle

    own = here(ctx)
    controls = own.controls()
    for _record in read_trace(trace):
        pass  # the whole trace is read before anything is stored: a bad line loses nothing
    with hold(own.data_dir):
        settle(own.data_dir, is_wanted=own.settings().privacy.hash_names)
        _replay(trace, controls, own)


def _replay(trace: Path, controls: frozenset[str], own: Here) -> None:
    """Store the records of a trace that has been read once, and what follows from them."""
    from monitor.pipeline import replay as run_over
    from monitor.store.trace import read_trace

    with own.store() as store:
        if not store.is_empty():
            words = own.tr.text(
                N_("{dir} holds data already; replay needs an empty one: give another --data-dir")
            )
            raise InputError(words.format(dir=own.data_dir))
        outcomes = run_over(store, read_trace(trace), controls)
    words = own.tr.plural("{count} disconnect found.", "{count} disconnects found.", len(outcomes))
    say(words.format(count=len(outcomes)))


def export(ctx: typer.Context, since: Since = None, to: OutFile = None) -> None:
    """Write what is stored as a trace, in time order."""
    from monitor.store.trace_writing import write_trace

    own = here(ctx)
    since_ms = None if since is None else instant_or_ago(since, own.tr)
    with own.store(readonly=True) as store:
        span = store.span()

        def write(file: TextIO) -> None:
            if span is not None:
                begin_ms = span[0] if since_ms is None else since_ms
                write_trace(store.records(begin_ms, span[1] + 1), file)

        write_out(to, write, own.tr)


def info(ctx: typer.Context, as_json: Json = False) -> None:
    """Tell what the database holds and how much room it takes."""
    from monitor.clock import local
    from monitor.report.amounts import instant, utc_iso

    own = here(ctx)
    with own.store(readonly=True) as store:
        found = store.info()
    facts = {**asdict(found), "path": str(found.path)}
    if found.span is not None:
        facts["span"] = [utc_iso(datetime.fromtimestamp(ms / 1000, UTC)) for ms in found.span]
    if as_json:
        say_json(facts)
        return
    if found.span is not None:
        facts["span"] = " – ".join(instant(local(ms)) for ms in found.span)
    say_pairs(
        [
            (own.tr.text(FACTS[name]), "" if fact is None else str(fact))
            for name, fact in facts.items()
        ]
    )


def backup(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=N_("A file that does not exist yet."))
    ],
) -> None:
    """Copy the database, whole, while a daemon may be writing."""
    own = here(ctx)
    if os.path.lexists(file):
        words = own.tr.text(N_("{file} already exists; name another, or move it away"))
        raise InputError(words.format(file=file))
    with own.store(readonly=True) as store:
        store.backup(file)
    say(own.tr.text(N_("Copied to {file}.")).format(file=file))


def prune(ctx: typer.Context) -> None:
    """Roll up, then delete what is older than the configuration keeps."""
    own = here(ctx)
    keep = own.settings().store
    with own.store() as store:
        at_ms = now_ms()
        store.rollup(at_ms)
        rows = store.prune(at_ms, keep.raw_days, keep.minute_days, keep.hour_days)
    say(own.tr.plural("{count} row deleted.", "{count} rows deleted.", rows).format(count=rows))
