import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from monitor.service.interface import Plan, Ran
from monitor.service.task_scheduler import SPACE, TaskScheduler, read_task, task_xml
from tests.unit.service.plans import Player, plan

PYTHON = ("C:\\Python\\pythonw.exe", "-P", "-m", "monitor.daemon")
ABSENT = Ran(1, "", "ERROR: The system cannot find the file specified.")
RUNNING = Ran(0, '"\\walletwatch","N/A","Running"')
READY = Ran(0, '"\\walletwatch","N/A","Ready"')


def windows_plan(folder: str = "C:\\Li Na\\data", version: str = "1.2.3") -> Plan:
    return plan(folder, program=PYTHON, version=version)


def task(planned: Plan) -> ElementTree.Element:
    return ElementTree.fromstring(task_xml(planned, "HOME\\Li Na"))


def said(of: ElementTree.Element, path: str) -> str | None:
    return of.findtext("/".join(f"{{{SPACE}}}{name}" for name in path.split("/")))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Triggers/LogonTrigger/Enabled", "true"),
        ("Triggers/LogonTrigger/UserId", "HOME\\Li Na"),
        ("Principals/Principal/LogonType", "InteractiveToken"),
        ("Principals/Principal/RunLevel", "LeastPrivilege"),
        ("Settings/DisallowStartIfOnBatteries", "false"),
        ("Settings/StopIfGoingOnBatteries", "false"),
        ("Settings/ExecutionTimeLimit", "PT0S"),
        ("Settings/MultipleInstancesPolicy", "IgnoreNew"),
        ("Settings/Hidden", "true"),
        ("Settings/RunOnlyIfIdle", "false"),
        ("Settings/RestartOnFailure/Interval", "PT1M"),
        ("Actions/Exec/Command", "C:\\Python\\pythonw.exe"),
    ],
)
def test_the_task_runs_from_log_on_on_battery_too_and_without_an_end(path: str, value: str) -> None:
    assert said(task(windows_plan()), path) == value


def test_the_task_keeps_to_the_schema() -> None:
    raw = task_xml(windows_plan(), "Li")
    assert raw[:2] in (b"\xff\xfe", b"\xfe\xff"), "schtasks wants UTF-16 with its mark"
    found = ElementTree.fromstring(raw)
    assert found.get("version") == "1.2"
    parts = [part.tag.removeprefix(f"{{{SPACE}}}") for part in found]
    assert parts == ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"]
    restart = found.find(f".//{{{SPACE}}}RestartOnFailure")
    assert restart is not None
    assert [part.tag.removeprefix(f"{{{SPACE}}}") for part in restart] == ["Interval", "Count"]


def test_the_command_line_is_quoted_as_windows_reads_it() -> None:
    arguments = said(task(windows_plan()), "Actions/Exec/Arguments")
    assert arguments == '-P -m monitor.daemon --data-dir "C:\\Li Na\\data" --lang zh'


@pytest.mark.parametrize(
    "folder",
    ["C:\\d", "C:\\two words", "C:\\two words\\", 'C:\\a"b', "\\\\host\\x y\\", "D:\\数据"],
)
def test_what_was_written_is_read_again(folder: str) -> None:
    found = read_task(task_xml(windows_plan(folder), "Li"))
    planned = windows_plan(folder)
    assert found.command == (*PYTHON, *planned.options())
    assert found.version == "1.2.3"


def test_another_file_says_nothing() -> None:
    assert read_task(b"<not a task").command == ()


def test_it_is_made_once_and_anew_when_it_changed(tmp_path: Path) -> None:
    player = Player({"schtasks /query": [ABSENT, RUNNING]})
    scheduler = TaskScheduler(tmp_path / "task.xml", "Li", player)
    create = subprocess.list2cmdline(
        ["schtasks", "/create", "/tn", "walletwatch", "/xml", str(scheduler.path), "/f"]
    )
    first = [step.what for step in scheduler.install(windows_plan(str(tmp_path / "data")))]
    assert first == [
        str(tmp_path / "data"),
        str(scheduler.path),
        create,
        "schtasks /run /tn walletwatch",
    ]
    assert scheduler.install(windows_plan(str(tmp_path / "data"))) == []
    newer = windows_plan(str(tmp_path / "data"), version="1.3.0")
    again = [step.what for step in scheduler.install(newer)]
    assert again == [str(scheduler.path), create, "schtasks /run /tn walletwatch"]
    assert player.did("schtasks /end")


def test_a_task_that_does_not_run_is_told_and_started(tmp_path: Path) -> None:
    scheduler = TaskScheduler(tmp_path / "task.xml", "Li", Player({"schtasks /query": READY}))
    planned = windows_plan(str(tmp_path))
    scheduler.path.write_bytes(scheduler.text(planned))
    found = scheduler.condition("1.2.3", PYTHON)
    assert (found.is_enabled, found.is_active, found.is_text_current) == (True, False, True)
    steps = scheduler.install(planned)
    assert [step.what for step in steps] == ["schtasks /run /tn walletwatch"]


def test_the_end(tmp_path: Path) -> None:
    scheduler = TaskScheduler(
        tmp_path / "task.xml", "Li", Player({"schtasks /query": [RUNNING, ABSENT]})
    )
    scheduler.path.write_bytes(scheduler.text(windows_plan(str(tmp_path))))
    steps = [step.what for step in scheduler.uninstall()]
    assert steps == ["schtasks /delete /tn walletwatch /f", str(scheduler.path)]
    assert scheduler.uninstall() == []
