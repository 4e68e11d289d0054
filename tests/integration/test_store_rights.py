"""Rights: what was loosened is tightened at the start, with one calm line; no link is followed."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store.interface import StoreError
from monitor.store.sqlite import open_store
from monitor.store.tightening import look_above, tighten
from monitor.weekly.shelf import keep
from tests.integration.running import LOOPBACK, NO_WALLET, Running

NOBODY = 65534


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    open_store(folder).close()
    keep(folder, "2026-W47", "<p>")
    return folder


@pytest.fixture(autouse=True)
def wide_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    found = [folder, *folder.rglob("*")]
    return {str(p.relative_to(folder)): stat.S_IMODE(p.lstat().st_mode) for p in found}


def loosen(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)


def test_what_was_loosened_is_tightened_and_told_once(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loosen(data)
    with caplog.at_level(logging.WARNING):
        open_store(data).close()
        open_store(data).close()
    assert {m for p, m in modes(data).items() if not (data / p).is_dir()} == {0o600}
    assert modes(data)["."] == modes(data)["reports"] == 0o700
    [line] = [r.getMessage() for r in caplog.records if "rights were taken back" in r.getMessage()]
    assert "walletwatch.db" in line and "2026-W47.html" in line


def test_every_file_of_a_running_daemon_is_its_users_alone(tmp_path: Path) -> None:
    with Running(tmp_path / "data", LOOPBACK + NO_WALLET + "[privacy]\nhash_names = true\n") as run:
        open_files = modes(tmp_path / "data")
        run.stop()
    assert {"walletwatch.db", "walletwatch.lock", "names.key"} <= set(open_files)
    assert not [name for name, mode in open_files.items() if mode & 0o077]


def test_a_directory_with_other_things_in_it_keeps_its_rights(data: Path) -> None:
    """Who names /tmp or their home does not want it closed."""
    (data / "letter.txt").write_text("mine")
    loosen(data)
    open_store(data).close()
    assert modes(data)["."] == 0o777
    assert modes(data)["letter.txt"] == 0o666
    assert modes(data)["walletwatch.db"] == 0o600


def test_a_link_in_the_directory_is_not_followed(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("not ours")
    other.chmod(0o644)
    (data / "walletwatch.old.db").symlink_to(other)
    (data / "reports" / "x.html").symlink_to(other)
    open_store(data).close()
    assert stat.S_IMODE(other.stat().st_mode) == 0o644


def test_a_directory_that_is_a_link_is_used_and_tightened(data: Path, tmp_path: Path) -> None:
    loosen(data)
    (tmp_path / "link").symlink_to(data)
    open_store(tmp_path / "link").close()
    assert modes(data)["."] == 0o700


def test_a_parent_that_others_may_write_to_is_told(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data.parent.chmod(0o777)
    with caplog.at_level(logging.WARNING):
        look_above(data)
        data.parent.chmod(0o700)
        look_above(data)
    assert caplog.text.count("others can write to") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_another_user_is_told_to_root_and_refused_to_others(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    os.chown(data, NOBODY, NOBODY)
    with caplog.at_level(logging.WARNING):
        tighten(data)
    assert "belongs to another user" in caplog.text
    os.chown(data, 0, 0)
    for folder in (data, *data.parents):
        folder.chmod(folder.stat().st_mode | 0o055) if "pytest" in str(folder) else None
    child = os.fork()
    if child == 0:
        os.seteuid(NOBODY)
        try:
            tighten(data)
        except StoreError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_backups_and_exports_are_their_users_alone(data: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from monitor.cli.main import app

    for command in (
        ["db", "backup", str(tmp_path / "b.db")],
        ["export", "-o", str(tmp_path / "t")],
    ):
        done = CliRunner().invoke(app, ["--data-dir", str(data), "--lang", "en", *command])
        assert done.exit_code == 0, done.output
    assert stat.S_IMODE((tmp_path / "b.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "t").stat().st_mode) == 0o600
