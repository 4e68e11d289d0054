"""What the doctor finds on this machine: data, notices, buses, the whole command."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from monitor.clock import monotonic_s
from monitor.doctor.bus_names import names_on_system_bus
from monitor.doctor.checks import daemon, database, folder, notices
from monitor.doctor.interface import Finding, Verdict
from monitor.store.lock import hold
from monitor.store.place import DATABASE_NAME
from monitor.store.sqlite import open_store
from tests.integration.notification_server import NotificationServer
from tests.integration.private_bus import PrivateBus, is_available
from tests.integration.small_disk import fill, mounted
from tests.needs import wanting
from tests.unit.doctor.around import around

PROFILES = ("net.hadess.PowerProfiles", "/net/hadess/PowerProfiles")


def verdicts(found: Iterator[Finding]) -> list[tuple[str, Verdict]]:
    return [(each.code, each.verdict) for each in found]


# Data


def test_a_folder_that_is_not_there_yet_is_well_and_stays_away(tmp_path: Path) -> None:
    missing = tmp_path / "a" / "b"
    assert verdicts(folder.look(around(missing))) == [("data.folder", Verdict.OK)]
    assert verdicts(database.look(around(missing))) == [("data.database", Verdict.NOTE)]
    assert verdicts(daemon.look(around(missing))) == [("data.daemon", Verdict.NOTE)]
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_its_place_and_open_rights_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    [finding] = folder.look(around(tmp_path / "file"))
    assert finding.verdict is Verdict.FAIL and finding.mend is not None
    tmp_path.chmod(0o755)
    assert verdicts(folder.look(around(tmp_path))) == [
        ("data.folder", Verdict.OK),
        ("data.folder.rights", Verdict.NOTE),
    ]
    tmp_path.chmod(0o700)
    assert verdicts(folder.look(around(tmp_path))) == [("data.folder", Verdict.OK)]


def test_a_small_disk_is_told_before_it_is_full(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", 64) as disk:
        assert verdicts(folder.look(around(disk)))[0] == ("data.folder", Verdict.WARN)
        fill(disk)
        assert verdicts(folder.look(around(disk)))[0] == ("data.folder", Verdict.FAIL)


def test_a_whole_database_and_a_damaged_one(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    assert verdicts(database.look(around(tmp_path))) == [("data.database", Verdict.OK)]
    path = tmp_path / DATABASE_NAME
    with path.open("r+b") as file:  # the head stays: only a check of the whole finds it
        file.seek(-4096, os.SEEK_END)
        file.write(b"\xff" * 4096)
    [finding] = database.look(around(tmp_path))
    assert finding.verdict is Verdict.FAIL and "damaged" in finding.reason.text
    path.write_bytes(b"SQLite format 3\0" + bytes(4000))
    [finding] = database.look(around(tmp_path))
    assert finding.verdict is Verdict.FAIL and finding.mend is not None


def test_rows_that_refer_to_nothing_are_damage(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.execute("INSERT INTO sample_hour VALUES (1, 99, 0, 0, 0, 0, 0, x'01')")
        connection.commit()
    [finding] = database.look(around(tmp_path))
    assert finding.verdict is Verdict.FAIL and finding.detail


def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    before = path.read_bytes()
    assert verdicts(database.look(around(tmp_path))) == [("data.database", Verdict.FAIL)]
    assert path.read_bytes() == before


def test_what_a_newer_version_wrote_is_no_older_schema(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    [finding] = database.look(around(tmp_path))
    assert finding.verdict is Verdict.FAIL and "newer" in finding.reason.text


def test_a_daemon_that_holds_the_folder_is_seen(tmp_path: Path) -> None:
    with hold(tmp_path):
        [finding] = daemon.look(around(tmp_path))
    assert finding.verdict is Verdict.OK
    assert finding.reason.values == {"pid": os.getpid()}


# Notices


def notice_findings() -> list[Finding]:
    began_s = monotonic_s()
    found = list(notices.look(around(environment=dict(os.environ))))
    assert monotonic_s() - began_s < notices.CHECK.limit_s
    return found


def test_no_session_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    [finding] = notice_findings()
    assert finding.verdict is Verdict.WARN and finding.mend is not None


def test_a_bus_on_which_nobody_shows_notices(bus: str) -> None:
    [finding] = notice_findings()
    assert finding.verdict is Verdict.WARN


def test_a_server_with_buttons_and_one_without_by_name(bus: str) -> None:
    for capabilities, verdict in ((("body", "actions"), Verdict.OK), (("body",), Verdict.NOTE)):
        server = NotificationServer(bus, capabilities)
        try:
            [finding] = notice_findings()
        finally:
            server.stop()
        assert (finding.verdict, finding.subject) == (verdict, "recorder 1")
        assert ("without buttons" in finding.reason.text) == (verdict is Verdict.NOTE)
        assert server.shown == []  # none was shown


def test_a_server_that_hangs_is_told_in_time(bus: str) -> None:
    with open_dbus_connection(bus) as hung:
        hung.send_and_get_reply(message_bus.RequestName("org.freedesktop.Notifications"), timeout=5)
        [finding] = notice_findings()
    assert finding.verdict is Verdict.FAIL and finding.mend is not None
    assert "hangs" in finding.reason.text


# The system bus


def test_no_system_bus_and_one_with_the_power_profiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    assert not names_on_system_bus().is_there
    if not is_available():
        wanting("needs dbus-daemon and python3-dbusmock")
    own = PrivateBus(tmp_path)
    try:
        own.serve(*PROFILES, {"ActiveProfile": ("s", "balanced")})
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", own.address)
        found = names_on_system_bus()
    finally:
        own.close()
    assert found.is_there and found.has(PROFILES[0])
    assert not found.has("org.freedesktop.UPower")


# The command


def test_a_broken_file_is_graded_f_and_told_in_one_object(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("intervall_s = 5\n")
    words = ["--config", str(config), "--data-dir", str(tmp_path / "d"), "--lang", "en"]
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *words, "doctor", "--json"],
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert told["grade"] == "F" and told["leaves"]
    wrong = [each for each in told["findings"] if each["code"] == "machine.config"]
    assert [each["verdict"] for each in wrong] == ["fail"]
    assert "intervall_s" in wrong[0]["subject"] + wrong[0]["reason"]
    assert set(wrong[0]) == {"code", "verdict", "subject", "reason", "mend", "detail"}
    assert not (tmp_path / "d").exists()
