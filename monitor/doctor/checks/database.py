"""The database: is it whole, of which schema, how big. Read only: nothing is made or upgraded."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, Words, words
from monitor.locale import N_
from monitor.store.backup import complaints, size_bytes
from monitor.store.engine import connect, troubles_in_words
from monitor.store.interface import StoreError
from monitor.store.migrate import HEAD, REVISIONS, current_revision, is_current
from monitor.store.place import DATABASE_NAME

CODE = "data.database"
CHECKED_BYTES = 400_000_000
"""SQLite reads some 200 MB a second while it checks: a larger file is not checked through."""
BIG_BYTES = 1_000_000_000
"""A year at the default rate takes 150 MB: a gigabyte was not meant."""
MEND = N_(
    "Stop walletwatch, move the file away and put a backup in its place; without one a new file "
    "begins."
)


def look(here: Surroundings) -> Iterator[Finding]:
    """Check the file through, where there is one."""
    path = here.data_dir / DATABASE_NAME
    if not path.exists():
        reason = words(N_("nothing is recorded yet"))
        yield Finding(CODE, Verdict.NOTE, str(path), reason)
        return
    try:
        is_current(path, REVISIONS)  # refuses what a newer one wrote
        revision = current_revision(path)
        wrong = _complaints(path)
    except StoreError as error:
        yield Finding(CODE, Verdict.FAIL, str(path), Words(error.text, error.values), words(MEND))
        return
    if wrong:
        reason = words(N_("the file is damaged"))
        yield Finding(CODE, Verdict.FAIL, str(path), reason, words(MEND), wrong[0])
        return
    yield _size(path, revision)


def _complaints(path: Path) -> list[str]:
    if size_bytes(path) > CHECKED_BYTES:
        return []
    with troubles_in_words(path), closing(connect(path, "ro")) as connection:
        return complaints(connection)


def _size(path: Path, revision: str | None) -> Finding:
    size = f"{size_bytes(path) / 1e6:.1f} MB"
    if size_bytes(path) > BIG_BYTES:
        reason = words(N_("{size} is more than is good"), size=size)
        mend = words(
            N_("Keep fewer days in `[store]`, then run `{command}`."),
            command="walletwatch db prune",
        )
        return Finding(CODE, Verdict.WARN, str(path), reason, mend)
    if revision != HEAD:
        reason = words(N_("whole, {size}; the next start brings its schema up to date"), size=size)
        return Finding(CODE, Verdict.NOTE, str(path), reason)
    reason = words(N_("whole, {size}, schema {revision}"), size=size, revision=revision)
    return Finding(CODE, Verdict.OK, str(path), reason)


CHECK = Check(CODE, N_("database"), look, limit_s=8.0)
