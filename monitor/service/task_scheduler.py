"""Windows: a task that starts at log-on (Task Scheduler schema 1.2, schtasks.exe).

Not a Windows service: those live in session 0, from which no notice reaches a desktop. The text
follows the schema at learn.microsoft.com, "Task Scheduler Schema Elements".
"""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from monitor.locale import N_
from monitor.service.files import (
    NOT_FOUND,
    content,
    is_current,
    make_private_folder,
    remove,
    run_command,
    succeeded,
    write_if_new,
)
from monitor.service.interface import (
    NAME,
    Condition,
    Installed,
    Plan,
    Ran,
    Run,
    ServiceError,
    Step,
)

SPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"

RESTART_EVERY = "PT1M"
RESTART_COUNT = 255
"""The shortest interval and a count that lasts four hours; the next log-on starts it anew."""

PRIORITY = 5
"""Normal (4 to 6): the usual 7 is below normal for processor and disk, and probes would wait."""

RUNNING = "running"
_STATUS_COLUMN = 2


@dataclass(frozen=True, slots=True)
class TaskScheduler:
    """The Task Scheduler, for one user's log-on."""

    path: Path
    """The XML that the task was made of; the Task Scheduler keeps a copy."""
    user: str
    """DOMAIN\\name."""
    run: Run = run_command

    def text(self, plan: Plan) -> bytes:
        """Return the task."""
        return task_xml(plan, self.user)

    def read(self, raw: bytes) -> Installed:
        """Return what a task says of itself."""
        return read_task(raw)

    def install(self, plan: Plan) -> Sequence[Step]:
        """Write the file where it differs, make the task of it, and start it."""
        state = self._state()
        steps = make_private_folder(plan.data_dir)
        written = write_if_new(self.path, self.text(plan))
        if written and state is not None:
            self._ctl("/end", "/tn", NAME)  # answers with an error where it does not run
        if written or state is None:
            written.append(self._do("/create", "/tn", NAME, "/xml", str(self.path), "/f"))
        if written or state != RUNNING:
            written.append(self._do("/run", "/tn", NAME))
        return [*steps, *written]

    def uninstall(self) -> Sequence[Step]:
        """End the task, and remove it and its file."""
        steps: list[Step] = []
        if self._state() is not None:
            self._ctl("/end", "/tn", NAME)
            steps.append(self._do("/delete", "/tn", NAME, "/f"))
        return [*steps, *remove(self.path)]

    def condition(self, version: str, program: tuple[str, ...]) -> Condition:
        """Return what the Task Scheduler says of the task."""
        raw = content(self.path)
        if raw is None:
            return Condition(self.path, None, is_text_current=False)
        state = self._state()
        return Condition(
            path=self.path,
            installed=self.read(raw),
            is_text_current=is_current(self, raw, version, program),
            is_enabled=state is not None and state != "disabled",
            is_active=state == RUNNING,
            state=state or "no task",
            is_ending_with_session=True,
        )

    def linger(self) -> Sequence[Step]:
        """Refuse: the task lives in its user's session, where notices can be seen.

        Raises:
            ServiceError: always.
        """
        raise ServiceError(N_("--linger is Linux's: here the service runs while you are logged in"))

    def _state(self) -> str | None:
        """Return the task's state in lower case; None where there is no task.

        Raises:
            ServiceError: there is no schtasks.exe.
        """
        ran = self._ctl("/query", "/tn", NAME, "/fo", "csv", "/nh")
        if ran.code == NOT_FOUND:
            raise ServiceError(N_("schtasks.exe is not on the search path: add System32 to PATH"))
        columns = re.findall(r'"([^"]*)"', ran.out)
        if ran.code != 0 or len(columns) <= _STATUS_COLUMN:
            return None
        return str(columns[_STATUS_COLUMN]).lower()

    def _do(self, *words: str) -> Step:
        line = subprocess.list2cmdline(["schtasks", *words])
        return succeeded(line, self._ctl(*words))

    def _ctl(self, *words: str) -> Ran:
        return self.run(["schtasks", *words])


def this_user() -> TaskScheduler:
    """Return the Task Scheduler of whoever runs this."""
    folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / NAME
    domain, name = os.environ.get("USERDOMAIN", ""), os.environ.get("USERNAME", "")
    return TaskScheduler(folder / "task.xml", f"{domain}\\{name}" if domain else name)


def task_xml(plan: Plan, user: str) -> bytes:
    """Return the task for a plan, in UTF-16 as schtasks.exe wants it. Pure."""
    task = ElementTree.Element("Task", {"version": "1.2", "xmlns": SPACE})
    about = ElementTree.SubElement(task, "RegistrationInfo")
    _leaf(about, "Version", plan.version)
    _leaf(about, "Description", "walletwatch, the flight recorder beside your wallet")
    trigger = ElementTree.SubElement(ElementTree.SubElement(task, "Triggers"), "LogonTrigger")
    _leaf(trigger, "Enabled", "true")
    _leaf(trigger, "UserId", user)
    owner = ElementTree.SubElement(
        ElementTree.SubElement(task, "Principals"), "Principal", {"id": "Author"}
    )
    _leaf(owner, "UserId", user)
    _leaf(owner, "LogonType", "InteractiveToken")
    _leaf(owner, "RunLevel", "LeastPrivilege")
    _settings(ElementTree.SubElement(task, "Settings"))
    actions = ElementTree.SubElement(task, "Actions", {"Context": "Author"})
    command = ElementTree.SubElement(actions, "Exec")
    _leaf(command, "Command", plan.program[0])
    line = [*plan.program[1:], *plan.options()]
    _leaf(command, "Arguments", subprocess.list2cmdline(line))
    ElementTree.indent(task)
    text: bytes = ElementTree.tostring(task, encoding="utf-16", xml_declaration=True)
    return text


def _settings(settings: ElementTree.Element) -> None:
    """Fill in that it runs on battery too, for ever, hidden, once, and again after a failure."""
    _leaf(settings, "MultipleInstancesPolicy", "IgnoreNew")
    _leaf(settings, "DisallowStartIfOnBatteries", "false")
    _leaf(settings, "StopIfGoingOnBatteries", "false")
    _leaf(settings, "StartWhenAvailable", "true")
    _leaf(settings, "RunOnlyIfNetworkAvailable", "false")
    _leaf(settings, "RunOnlyIfIdle", "false")
    idle = ElementTree.SubElement(settings, "IdleSettings")
    _leaf(idle, "StopOnIdleEnd", "false")
    _leaf(idle, "RestartOnIdle", "false")
    _leaf(settings, "Hidden", "true")
    _leaf(settings, "ExecutionTimeLimit", "PT0S")
    _leaf(settings, "Priority", str(PRIORITY))
    again = ElementTree.SubElement(settings, "RestartOnFailure")
    _leaf(again, "Interval", RESTART_EVERY)
    _leaf(again, "Count", str(RESTART_COUNT))


def read_task(raw: bytes) -> Installed:
    """Return what a task says of itself; nothing where it is none. Pure."""
    try:
        task = ElementTree.fromstring(raw)
    except ElementTree.ParseError:
        return Installed()
    version = task.findtext(f".//{{{SPACE}}}RegistrationInfo/{{{SPACE}}}Version")
    program = task.findtext(f".//{{{SPACE}}}Command") or ""
    return Installed(version, (program, *_split(task.findtext(f".//{{{SPACE}}}Arguments") or "")))


def _split(line: str) -> list[str]:
    """Return the words of a Windows command line that `list2cmdline` has written.

    Before a quote each pair of backslashes is one, and an odd one makes the quote a character
    ("Parsing C++ command-line arguments", learn.microsoft.com).
    """
    words: list[str] = []
    word, is_quoted = None, False
    for slashes, mark in re.findall(r"(\\*)([^\\]|$)", line):
        if slashes:
            word = (word or "") + "\\" * (len(slashes) // 2 if mark == '"' else len(slashes))
        if mark == '"' and len(slashes) % 2 == 0:
            word, is_quoted = word or "", not is_quoted
        elif mark and (is_quoted or mark not in " \t"):
            word = (word or "") + mark
        elif word is not None:
            words.append(word)
            word = None
    return words


def _leaf(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text
