"""`service` where it cannot work: one sentence with the mend, and nothing is written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor import __version__
from monitor.cli.web import WAY_IN
from monitor.service.launchd import LOG_NAME
from monitor.store.asking import ASK_NAME
from monitor.store.lock import LOCK_NAME, hold
from monitor.store.migrate import MIGRATION_LOCK_NAME
from monitor.store.place import DATABASE_NAME
from monitor.store.restore import UNDER_WAY
from monitor.store.veil import KEY_NAME, REST_NAME
from monitor.weekly.shelf import FOLDER
from tests.integration.running import ROOT
from tests.needs import need_root

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with an installed `walletwatch`, and a search path on which there is no systemd."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "walletwatch"
    program.write_text(
        f"#!{sys.executable} -P\nimport sys\nsys.path[:0] = [{str(ROOT)!r}]\n"
        "from monitor.__main__ import main\nmain()\n"
    )
    program.chmod(0o755)
    (folder / "env").symlink_to(shutil.which("env") or "")
    return tmp_path


def walletwatch(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "PYTHON"))}
    return subprocess.run(
        [str(home / "bin" / "walletwatch"), "--lang", "en", "service", *words],
        env={**inherited, "HOME": str(home), "PATH": str(home / "bin")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rights() -> tuple[str, ...]:
    return ("--as-root",) if os.geteuid() == 0 else ()


@linux_only
def test_root_is_told_whose_it_is(home: Path) -> None:
    need_root()
    for words in (["install"], ["uninstall"]):
        done = walletwatch(home, *words)
        assert done.returncode == 2
        assert "without sudo" in done.stderr and len(done.stderr.splitlines()) == 1


@linux_only
def test_without_systemd_there_is_a_sentence_and_nothing_else(home: Path) -> None:
    before = sorted(home.rglob("*"))
    done = walletwatch(home, "install", *rights())
    assert (done.returncode, done.stdout) == (1, "")
    assert "no systemd on this system" in done.stderr and "walletwatch run" in done.stderr
    assert sorted(home.rglob("*")) == before


@linux_only
def test_a_daemon_of_the_terminal_has_to_end_first(home: Path) -> None:
    with hold(home / ".local" / "share" / "walletwatch"):
        done = walletwatch(home, "install", *rights())
    assert done.returncode == 2
    assert f"process {os.getpid()}" in done.stderr and "end it first" in done.stderr


@linux_only
def test_what_is_not_installed_does_not_run(home: Path) -> None:
    done = walletwatch(home, "status")
    assert (done.returncode, done.stdout.strip()) == (
        1,
        "Not installed: walletwatch service install",
    )
    again = walletwatch(home, "status", "--json")
    assert again.returncode == 1
    assert '"installed": false' in again.stdout and __version__ in again.stdout


@linux_only
def test_purging_deletes_what_is_ours_and_nothing_else(home: Path) -> None:
    data_dir = home / ".local" / "share" / "walletwatch"
    with hold(data_dir):
        kept = walletwatch(home, "uninstall", "--purge-data", *rights())
    assert kept.returncode == 2, "a daemon watches with it"
    ours = {DATABASE_NAME, "walletwatch-before-0001.db", "walletwatch-replaced-20261117.db"}
    ours |= {ASK_NAME, LOCK_NAME, MIGRATION_LOCK_NAME, KEY_NAME, REST_NAME, WAY_IN, LOG_NAME}
    for name in (*ours, "walletwatch-copy.db"):
        (data_dir / name).touch()
    (data_dir / UNDER_WAY).mkdir()
    (data_dir / UNDER_WAY / DATABASE_NAME).touch()
    (data_dir / FOLDER).mkdir()
    for name in ("2026-W47.html", "2026-W48.html.part", "of mine.html"):
        (data_dir / FOLDER / name).touch()
    (data_dir / "letter.txt").touch()
    done = walletwatch(home, "uninstall", "--purge-data", *rights())
    assert done.returncode == 0, done.stderr
    left = sorted(str(path.relative_to(data_dir)) for path in data_dir.rglob("*"))
    own = ["letter.txt", "reports", "reports/of mine.html", "walletwatch-copy.db"]
    assert left == own, "what the user made stays"
    assert done.stdout.splitlines()[-1] == f"Something in {data_dir} is not ours, and was left."


@linux_only
def test_a_directory_of_somebody_elses_is_not_purged(home: Path) -> None:
    project = home / "project"
    (project / FOLDER).mkdir(parents=True)
    for name in ("names.key", f"{FOLDER}/2026-W47.html"):
        (project / name).touch()
    before = sorted(project.rglob("*"))
    purge = ("uninstall", "--purge-data", *rights(), "--data-dir")
    done = walletwatch(home, *purge, str(project))
    assert (done.returncode, sorted(project.rglob("*"))) == (2, before)
    assert f"{project} holds no data of walletwatch: nothing was deleted" in done.stderr
    unset = walletwatch(home, *purge, "")
    assert unset.returncode == 2 and "--data-dir: name a place" in unset.stderr
