"""What the user tells of a disconnect that is stored already: no word of it is lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.store.sqlite import open_store

ROOT = Path(__file__).resolve().parents[2]
ADD = ("event", "add", "--wallet", "icbc", "--at", "2026-11-18T08:00:00Z")


def done(folder: Path, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "monitor", "--data-dir", str(folder), "--lang", "en", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", "TZ": "UTC"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def notes(folder: Path) -> list[str]:
    store = open_store(folder, readonly=True)
    try:
        return [disconnect.note for disconnect in store.disconnects()]
    finally:
        store.close()


def ends(folder: Path) -> list[int | None]:
    store = open_store(folder, readonly=True)
    try:
        return [disconnect.duration_ms for disconnect in store.disconnects()]
    finally:
        store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_note_that_comes_later_is_kept_and_an_empty_one_erases_nothing(folder: Path) -> None:
    assert done(folder, *ADD) == "Stored as disconnect 1.\n"
    known = "This is disconnect 1, which was stored already"
    assert done(folder, *ADD) == f"{known}.\n"
    assert done(folder, *ADD, "--note", "at the till") == f"{known}; it has your note.\n"
    assert notes(folder) == ["at the till"]
    assert done(folder, *ADD, "--note", " ") == done(folder, *ADD) == f"{known}.\n"
    assert done(folder, *ADD, "--note", "at the till") == f"{known}.\n"
    told = done(folder, *ADD, "--note", "in the lift")
    assert told == f"{known}; your note takes the place of this one: at the till\n"
    assert notes(folder) == ["in the lift"]


def test_another_end_is_not_taken_and_that_is_told(folder: Path) -> None:
    until = ("--until", "2026-11-18T08:01:00Z")
    done(folder, *ADD, *until)
    assert "over at" not in done(folder, *ADD) + done(folder, *ADD, *until)
    told = done(folder, *ADD, "--until", "2026-11-18T08:05:00Z", "--note", "x")
    assert "it has your note.\nIt is stored as over at 2026-11-18 08:01:00, and that stays" in told


def test_an_end_that_comes_later_is_taken_once_and_the_disconnect_judged_anew(folder: Path) -> None:
    done(folder, *ADD, "--note", "at the till")
    before = ends(folder)
    told = done(folder, *ADD, "--until", "2026-11-18T08:02:00Z")
    assert told.endswith("stored already.\nIt is stored as over at 2026-11-18 08:02:00 now.\n")
    assert (before, ends(folder)) == ([0], [120_000])
    assert notes(folder) == ["at the till"]
    told = done(folder, *ADD, "--until", "2026-11-18T08:05:00Z")
    assert "over at 2026-11-18 08:02:00, and that stays" in told
    assert ends(folder) == [120_000]


def test_an_import_fills_in_what_is_missing_and_may_be_repeated(folder: Path) -> None:
    file = folder.parent / "seen.csv"
    file.write_text(
        "wallet,at,until,note\n"
        "icbc,2026-11-18T08:00:00Z,2026-11-18T08:03:00Z,from the file\n"
        "icbc,2026-11-18T09:00:00Z,,also from the file\n"
        "icbc,2026-11-18T10:00:00Z,,\n"
    )
    done(folder, *ADD, "--note", "by hand")
    done(folder, *ADD[:-1], "2026-11-18T09:00:00Z")
    done(folder, *ADD[:-1], "2026-11-18T10:00:00Z", "--note", "stays")
    expected = ["by hand", "also from the file", "stays"]
    told = done(folder, "event", "import", str(file))
    assert told == (
        "0 stored, 3 known already.\n"
        "1 of those known had no note and has one now.\n"
        "1 of those known had no end and has one now.\n"
        "1 of those known keeps the note that it had.\n"
    )
    assert (notes(folder), ends(folder)) == (expected, [180_000, 0, 0])
    told = done(folder, "event", "import", str(file))
    assert "has one now" not in told and notes(folder) == expected


def test_an_end_that_was_not_told_is_not_known(folder: Path) -> None:
    done(folder, *ADD)
    assert "not known" in done(folder, "disconnects").splitlines()[1]
    page = done(folder, "explain", "1")
    assert "  lasted     not known\n" in page
    assert "  ended  " not in page and "is over" not in page
    week = done(folder, "report", "--week", "2026-W47")
    assert "#1 · 2026-11-18 08:00:00 · not known · " in week
    done(folder, *ADD[:-1], "2026-11-18T09:00:00Z", "--until", "2026-11-18T09:01:30Z")
    assert "1 min 30 s" in done(folder, "disconnects").splitlines()[2]
