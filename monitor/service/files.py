"""The installed file, and the commands of the system: the only I/O of the service."""

import contextlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from monitor.locale import N_
from monitor.service.interface import (
    Deed,
    Installed,
    Plan,
    Ran,
    Sandbox,
    Service,
    ServiceError,
    Step,
)

COMMAND_S = 330.0
"""Starting waits for the first round and, after an upgrade, for the database to be brought up to
date; the unit itself gives up after 300 s."""

NOT_FOUND = 127
"""What a shell answers for a program that is not there (POSIX, sh, 2.8.2)."""


def run_command(line: Sequence[str]) -> Ran:
    """Run a command without a shell and return what it answered."""
    try:
        done = subprocess.run(
            line,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_S,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},  # for what is read
        )
    except FileNotFoundError:
        return Ran(NOT_FOUND)
    except subprocess.TimeoutExpired:
        return Ran(1, "", f"no answer within {COMMAND_S:.0f} s")
    return Ran(done.returncode, done.stdout.strip(), done.stderr.strip())


def succeeded(line: str, ran: Ran) -> Step:
    """Return the step that a command line was, which has to have succeeded.

    Raises:
        ServiceError: it failed.
    """
    if ran.code != 0:
        raise ServiceError(
            N_("{command} failed ({reason}): mend that, and run the command again"),
            command=line,
            reason=ran.err or ran.code,
        )
    return Step(Deed.RAN, line)


def content(path: Path) -> bytes | None:
    """Return the file's bytes; None where there is none.

    Raises:
        ServiceError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(error, path) from error


def write_if_new(path: Path, text: bytes) -> list[Step]:
    """Have the file hold exactly this, in one step; return what was done, if anything was.

    Raises:
        ServiceError: it cannot be written.
    """
    if content(path) == text:
        return []
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(text)
        beside.replace(path)
    except OSError as error:
        raise _refused(error, path) from error
    return [Step(Deed.WROTE, str(path))]


def remove(path: Path) -> list[Step]:
    """Remove the file; return what was done, if anything was.

    Raises:
        ServiceError: it cannot be removed.
    """
    try:
        path.unlink()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _refused(error, path) from error
    return [Step(Deed.REMOVED, str(path))]


def make_private_folder(path: Path) -> list[Step]:
    """Make the data directory (0700) that the service may write to, where there is none.

    Raises:
        ServiceError: it cannot be made.
    """
    if path.is_dir():
        return []
    try:
        path.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise _refused(error, path) from error
    return [Step(Deed.WROTE, str(path))]


def plan_of(installed: Installed, version: str, program: tuple[str, ...]) -> Plan | None:
    """Return what this version would plan with the options of an installed file; None: unknown."""
    data_dir, language = installed.option("--data-dir"), installed.option("--lang")
    if data_dir is None or language is None:
        return None
    config = installed.option("--config")
    return Plan(
        version,
        program,
        Path(data_dir),
        language,
        None if config is None else Path(config),
        installed.sandbox,
    )


def is_current(service: Service, raw: bytes, version: str, program: tuple[str, ...]) -> bool:
    """Tell whether the file is what this version writes for the same options."""
    plan = plan_of(service.read(raw), version, program)
    return plan is not None and service.text(plan) == raw


def reduced(plan: Plan) -> Plan:
    """Return the plan with the smaller sandbox."""
    return replace(plan, sandbox=Sandbox.REDUCED)


def purge(data_dir: Path, names: Sequence[str], folders: Sequence[str]) -> list[Step]:
    """Delete the files of ours in the data directory, and each folder where nothing else is in it.

    Args:
        data_dir: the directory, which goes as well if nothing is left in it.
        names: patterns of files below it.
        folders: folders in it.

    Raises:
        ServiceError: something cannot be deleted.
    """
    found = [path for name in names for path in sorted(data_dir.glob(name))]
    steps = [step for path in found if _is_ours(path, data_dir) for step in remove(path)]
    for folder in (*(data_dir / name for name in folders), data_dir):
        with contextlib.suppress(OSError):  # what is not ours stays, and its folder with it
            folder.rmdir()
            steps.append(Step(Deed.REMOVED, str(folder)))
    return steps


def _is_ours(path: Path, data_dir: Path) -> bool:
    """Tell whether it is a file, and lies in the data directory itself and not beyond a link."""
    is_below = path.parent == data_dir or not path.parent.is_symlink()
    return is_below and (path.is_symlink() or not path.is_dir())


def _refused(error: OSError, path: Path) -> ServiceError:
    return ServiceError(
        N_("{path} cannot be used ({reason}): mend that, and run the command again"),
        path=path,
        reason=error.strerror or str(error),
    )
