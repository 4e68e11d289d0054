"""What the store says to the outside: its errors, and the two nouns that only it knows."""

from dataclasses import dataclass
from pathlib import Path

from monitor.locale import SentenceError
from monitor.model import EpochMs


class StoreError(SentenceError):
    """The store cannot do what was asked."""


class StoreUnavailableError(StoreError):
    """The disk or the file refuses at present (full, locked, read-only, gone, damaged).

    Nothing was written; the same call may succeed once that is mended.
    """


@dataclass(frozen=True, slots=True)
class Run:
    """One life of the daemon."""

    id: int
    started_at_ms: EpochMs
    beat_at_ms: EpochMs
    """The latest instant it said that it lives."""
    stopped_at_ms: EpochMs | None
    """None while it lives, and for ever if it was killed."""
    pid: int
    version: str


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What `db info` shows."""

    path: Path
    revision: str
    size_bytes: int
    """The database with its write-ahead log."""
    wal_bytes: int
    free_bytes: int
    """Inside the file, kept for what comes."""
    sample_count: int
    minute_count: int
    hour_count: int
    disconnect_count: int
    span: tuple[EpochMs, EpochMs] | None
