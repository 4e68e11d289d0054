"""Files that commands write: never over a database, and what is wrong is told first."""

import errno
import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import TextIO

import pytest

from monitor.cli.context import InputError
from monitor.cli.output_file import Kind, write_out
from monitor.locale import translator

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", "--data-dir", str(folder), "--lang", "en", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", "TZ": "UTC", "COLUMNS": "100"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "data"
    assert run(folder, "replay", str(ROOT / "docs/example.jsonl")).returncode == 0
    return folder


@pytest.fixture
def data(example: Path, tmp_path: Path) -> Path:
    shutil.copytree(example, tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize("command", [("export",), ("report", "--week", "2026-W47")])
@pytest.mark.parametrize("name", ["walletwatch.db", "walletwatch.db-wal", "names.key", "copy"])
def test_no_output_goes_over_a_database_or_what_belongs_to_it(
    command: tuple[str, ...], name: str, data: Path
) -> None:
    assert run(data, "db", "backup", str(data / "copy")).returncode == 0
    before = {path.name: path.read_bytes() for path in data.glob("*.db")}
    done = run(data, *command, "-o", str(data / name))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is a database, or belongs to one; name another file" in done.stderr
    assert before == {path.name: path.read_bytes() for path in data.glob("*.db")}
    assert run(data, "explain", "2").returncode == 0


WEEK = ("report", "--week", "2026-W47")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "command",
    [("export",), *((*WEEK, "--format", f) for f in ("text", "html", "md", "json", "csv"))],
)
def test_a_script_may_write_the_same_name_again(
    command: tuple[str, ...], lang: str, data: Path
) -> None:
    to = data.parent / "out"
    for _ in range(2):
        done = run(data, "--lang", lang, *command, "-o", str(to))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert to.read_text(encoding="utf-8") == run(data, "--lang", lang, *command).stdout
    assert sorted(path.name for path in data.parent.iterdir()) == ["data", "out"]


@pytest.mark.parametrize("command", [("export",), WEEK])
@pytest.mark.parametrize("content", ["dear diary\n", "Week 2026-W47, shopping\n", "{}", "{"])
def test_what_something_else_wrote_is_left_alone(
    command: tuple[str, ...], content: str, data: Path
) -> None:
    to, link = data.parent / "diary", data.parent / "link"
    to.write_text(content)
    link.symlink_to(to)
    for name in (to, link):
        done = run(data, *command, "-o", str(name))
        assert (done.returncode, done.stdout) == (2, "")
        told = "was written by something else; name another, or replace it with --force"
        assert done.stderr == f"walletwatch: {name} {told}\n"
        assert to.read_text() == content
    assert run(data, *command, "-o", str(to), "--force").returncode == 0
    assert to.read_text(encoding="utf-8") == run(data, *command).stdout


def test_a_report_is_not_written_over_a_trace_nor_a_trace_over_a_report(data: Path) -> None:
    trace, report = data.parent / "trace", data.parent / "report"
    assert run(data, "export", "-o", str(trace)).returncode == 0
    assert run(data, *WEEK, "-o", str(report)).returncode == 0
    assert run(data, *WEEK, "-o", str(trace)).returncode == 2
    assert run(data, "export", "-o", str(report)).returncode == 2


def test_an_empty_file_is_filled_and_keeps_its_rights(data: Path) -> None:
    to = data.parent / "out"
    to.touch(0o640)
    to.with_name("out.part").write_text("mine")
    assert run(data, "export", "-o", str(to)).returncode == 0
    assert to.stat().st_mode & 0o777 == 0o640
    assert to.with_name("out.part").read_text() == "mine"


def test_nothing_is_left_of_a_file_that_could_not_be_finished(tmp_path: Path) -> None:
    def write(file: TextIO) -> None:
        file.write("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    to = tmp_path / "out"
    with pytest.raises(InputError, match="out cannot be written: No space left on device"):
        write_out(to, write, Kind.TRACE, translator("en"))
    assert list(tmp_path.iterdir()) == []


def test_nor_through_a_link(data: Path) -> None:
    (data.parent / "link").symlink_to(data / "walletwatch.db")
    assert run(data, "export", "-o", str(data.parent / "link")).returncode == 2
    assert run(data, "explain", "2").returncode == 0


@pytest.mark.parametrize("name", ["walletwatch.db-wal", "walletwatch.lock", "names.key"])
def test_no_backup_takes_the_place_of_what_belongs_to_a_database(name: str, data: Path) -> None:
    done = run(data, "db", "backup", "--force", str(data / name))
    assert (done.returncode, done.stdout) == (2, "")
    assert "name another file" in done.stderr


def test_a_backup_may_be_called_as_the_database_is(data: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    copy = str(tmp_path / "elsewhere/walletwatch.db")
    assert run(data, "db", "backup", copy).returncode == 0
    done = run(data, "db", "backup", copy)
    assert (done.returncode, "or replace it with --force" in done.stderr) == (2, True)
    assert run(data, "db", "backup", "--force", copy).returncode == 0


def test_share_refuses_a_file_before_it_shows_anything(data: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    for name, words in (("taken", "already exists"), ("none/new.zip", "is no folder")):
        done = run(data, "share", "1", "--yes", "-o", str(tmp_path / name))
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
    assert (tmp_path / "taken").read_text() == "mine"


def test_share_says_so_where_nothing_was_replaced(data: Path, tmp_path: Path) -> None:
    done = run(data, "share", "--week", "2026-W40", "--yes", "-o", str(tmp_path / "w.zip"))
    assert "Replaced:\n  nothing\n" in done.stdout


@pytest.mark.parametrize(
    "command",
    [("db", "prune"), ("rediagnose", "--apply"), ("event", "confirm", "1", "--wrong")],
)
def test_where_nothing_was_recorded_no_database_is_made(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    done = run(tmp_path / "data", *command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing was recorded there yet" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_list_shows_the_beginning_of_a_long_note(data: Path) -> None:
    said = ("--wallet", "icbc", "--at", "2026-11-01T00:00Z", "--note", "长" * 5000)
    assert run(data, "event", "add", *said).returncode == 0
    listed = run(data, "disconnects").stdout
    assert "长" * 29 + "…\n" in listed
    assert "长" * 5000 in run(data, "explain", "3", "--json").stdout


def test_a_narrow_terminal_shows_every_column(data: Path) -> None:
    terminal, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    command = [sys.executable, "-m", "monitor", "--data-dir", str(data), "--lang", "zh"]
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen([*command, "disconnects"], cwd=ROOT, env=env, stdout=other) as process:
        os.close(other)
        shown = b""
        while chunk := _read(terminal):
            shown += chunk
    os.close(terminal)
    assert process.returncode == 0
    rows = [line for line in shown.decode().splitlines() if line.startswith(("1 ", "2 "))]
    assert len(rows) == 2
    assert "47 秒" in rows[0]
    assert "被重" in rows[1]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux tells that the other end is closed
        return b""
