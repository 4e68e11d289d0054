import shlex
from pathlib import Path

import pytest

from monitor.service.interface import Deed, Ran, Sandbox, ServiceError
from monitor.service.systemd import Systemd, read_unit, unit_text
from tests.unit.service.plans import Player, plan

DOWN = (
    "LoadState=not-found\nUnitFileState=\nActiveState=inactive\nSubState=dead\nMainPID=0\n"
    "NRestarts=0\nActiveEnterTimestamp=\nExecMainStatus=0\nNeedDaemonReload=no"
)
LOADED = DOWN.replace("not-found", "loaded").replace("UnitFileState=", "UnitFileState=disabled")
UP = (
    "LoadState=loaded\nUnitFileState=enabled\nActiveState=active\nSubState=running\nMainPID=77\n"
    "NRestarts=2\nActiveEnterTimestamp=Mon 2026-11-23 07:55:33 UTC\nExecMainStatus=0\n"
    "NeedDaemonReload=no"
)
NO_NAMESPACES = LOADED.replace("inactive", "failed").replace("MainStatus=0", "MainStatus=226")
STATE = "systemctl --user show walletwatch.service"


def directives(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and line[0] != "#")


def manager(tmp_path: Path, *states: str, **answers: Ran) -> tuple[Systemd, Player]:
    player = Player({STATE: [Ran(0, state) for state in states], **answers})
    return Systemd(tmp_path / "systemd" / "user" / "walletwatch.service", player), player


def test_the_unit_runs_what_was_planned_and_is_watched() -> None:
    found = directives(unit_text(plan(config="/srv/li/w.toml")))
    assert shlex.split(found["ExecStart"]) == [
        *("/srv/li/.local/bin/walletwatch", "--config", "/srv/li/w.toml"),
        *("--data-dir", "/srv/li/.local/share/walletwatch", "--lang", "zh", "run"),
    ]
    assert found["Type"] == "notify"
    assert found["NotifyAccess"] == "main"
    assert found["Restart"] == "on-failure"
    assert found["RestartPreventExitStatus"] == "2"
    assert int(found["WatchdogSec"]) > 0


def test_the_unit_may_write_to_its_data_and_speak_to_network_and_buses_only() -> None:
    found = directives(unit_text(plan()))
    assert found["ReadWritePaths"] == '"-/srv/li/.local/share/walletwatch"'
    assert found["ProtectSystem"] == "strict"
    assert found["ProtectHome"] == "read-only"
    assert found["RestrictAddressFamilies"].split() == [
        "AF_UNIX",
        "AF_INET",
        "AF_INET6",
        "AF_NETLINK",
    ]
    assert found["PrivateTmp"] == "yes"


def test_what_lies_in_the_shared_tmp_stays_in_sight() -> None:
    assert "PrivateTmp" not in unit_text(plan("/tmp/try/data"))


def test_the_smaller_sandbox_makes_no_namespace() -> None:
    found = directives(unit_text(plan(sandbox=Sandbox.REDUCED)))
    for name in ("PrivateUsers", "ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices"):
        assert name not in found
    assert found["NoNewPrivileges"] == "yes"


@pytest.mark.parametrize(
    "folder",
    ["/srv/li/two words", '/srv/li/"x"', "/srv/100%n", "/srv/$X", "/srv/a\\b", "/数据"],
)
def test_what_was_written_is_read_again(folder: str) -> None:
    planned = plan(f"{folder}/data", config=f"{folder}/w.toml", sandbox=Sandbox.REDUCED)
    found = read_unit(unit_text(planned))
    assert found.command == (*planned.program, *planned.options(), "run")
    assert found.option("--data-dir") == f"{folder}/data"
    assert (found.version, found.sandbox) == ("1.2.3", Sandbox.REDUCED)


def test_another_units_text_says_what_it_can() -> None:
    found = read_unit("[Service]\nExecStart=/bin/true\n")
    assert (found.version, found.option("--data-dir")) == (None, None)


def test_installing_tells_all_that_it_did(tmp_path: Path) -> None:
    systemd, _ = manager(tmp_path, DOWN, LOADED, UP)
    steps = systemd.install(plan(str(tmp_path / "data")))
    assert [(step.deed, step.what) for step in steps] == [
        (Deed.WROTE, str(tmp_path / "data")),
        (Deed.WROTE, str(systemd.path)),
        (Deed.RAN, "systemctl --user daemon-reload"),
        (Deed.RAN, "systemctl --user enable walletwatch.service"),
        (Deed.RAN, "systemctl --user restart walletwatch.service"),
    ]
    assert systemd.path.read_bytes() == systemd.text(plan(str(tmp_path / "data")))


def test_installing_again_does_nothing(tmp_path: Path) -> None:
    systemd, player = manager(tmp_path, DOWN, LOADED, UP)
    systemd.install(plan(str(tmp_path / "data")))
    player.lines.clear()
    assert systemd.install(plan(str(tmp_path / "data"))) == []
    assert all(" show " in line for line in player.lines)


def test_another_version_is_written_and_started(tmp_path: Path) -> None:
    systemd, _ = manager(tmp_path, DOWN, LOADED, UP)
    systemd.install(plan(str(tmp_path / "data")))
    steps = systemd.install(plan(str(tmp_path / "data"), version="1.3.0"))
    assert [step.what for step in steps] == [
        str(systemd.path),
        "systemctl --user daemon-reload",
        "systemctl --user restart walletwatch.service",
    ]


def test_without_namespaces_it_runs_with_the_smaller_sandbox(tmp_path: Path) -> None:
    systemd, _ = manager(tmp_path, DOWN, LOADED, NO_NAMESPACES, LOADED, LOADED, UP)
    systemd.install(plan(str(tmp_path / "data")))
    assert systemd.read(systemd.path.read_bytes()).sandbox is Sandbox.REDUCED


def test_what_does_not_start_is_told_with_where_to_look(tmp_path: Path) -> None:
    failed = LOADED.replace("inactive", "failed").replace("MainStatus=0", "MainStatus=2")
    systemd, _ = manager(tmp_path, DOWN, LOADED, failed)
    with pytest.raises(ServiceError, match="journalctl --user --unit walletwatch"):
        systemd.install(plan(str(tmp_path / "data")))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Ran(127), "no systemd on this system"),
        (
            Ran(1, "", "Failed to connect to bus: No medium found"),
            "No medium found.*not through su",
        ),
    ],
)
def test_a_system_without_a_manager_is_told_in_a_sentence(
    tmp_path: Path, answer: Ran, words: str
) -> None:
    systemd = Systemd(tmp_path / "unit", Player({"systemctl": answer}))
    with pytest.raises(ServiceError, match=words):
        systemd.install(plan(str(tmp_path / "data")))
    assert not list(tmp_path.iterdir()), "nothing is written where nothing can run it"


def test_the_condition_is_what_the_manager_says(tmp_path: Path) -> None:
    answers = {
        "journalctl": Ran(0, "1763884533.250000 li systemd[9]: Watchdog timeout"),
        "loginctl": Ran(0, "no"),
    }
    systemd, _ = manager(tmp_path, UP, **answers)
    planned = plan(str(tmp_path / "data"))
    systemd.install(planned)
    found = systemd.condition("1.2.3", planned.program)
    assert (found.is_enabled, found.is_active, found.is_text_current) == (True, True, True)
    assert (found.pid, found.restarts, found.since_ms) == (77, 2, 1_795_420_533_000)
    assert found.watchdog_at_ms == 1_763_884_533_250
    assert found.is_ending_with_session
    assert not systemd.condition("1.2.4", planned.program).is_text_current


def test_uninstalling_leaves_the_data_and_does_nothing_twice(tmp_path: Path) -> None:
    systemd, player = manager(tmp_path, UP)
    systemd.install(plan(str(tmp_path / "data")))
    steps = systemd.uninstall()
    assert [step.what for step in steps] == [
        "systemctl --user disable --now walletwatch.service",
        str(systemd.path),
        "systemctl --user daemon-reload",
    ]
    assert (tmp_path / "data").is_dir()
    player.lines.clear()
    assert systemd.uninstall() == [] and not player.lines
