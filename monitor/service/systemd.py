"""Linux: a unit of the user's own systemd manager (systemd.service(5), systemd.exec(5)).

The manager starts it at log-in, hears when it is ready, has it restarted when it dies or hangs,
keeps its log, and holds it in a sandbox in which it can still probe and tell.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.locale import N_
from monitor.model import EpochMs
from monitor.service.files import (
    NOT_FOUND,
    content,
    is_current,
    make_private_folder,
    reduced,
    remove,
    run_command,
    succeeded,
    write_if_new,
)
from monitor.service.interface import (
    NAME,
    Condition,
    Deed,
    Installed,
    Plan,
    Ran,
    Run,
    Sandbox,
    ServiceError,
    Step,
)

UNIT = f"{NAME}.service"

WATCHDOG_S = 60
"""The daemon says that it lives every third of it; what hangs is restarted within two minutes."""

RESTART_S = 15
"""A daemon that dies again and again costs a start (under a second of processor time) in so many
seconds: little, and it never gives up."""

START_S = 300
"""A year of history is brought up to a new schema in less."""

STOP_S = 10
"""The daemon needs 2 s at most."""

WRONG_INPUT = 2
"""The exit code for a mistake in the settings: trying again mends nothing."""

SANDBOX_FAILED = frozenset({226, 217, 218, 228})
"""Exit codes that the manager itself gives where namespaces, users, capabilities or system call
filters cannot be set up (systemd.exec(5), "Process Exit Codes")."""

SHARED_TMP = (Path("/tmp"), Path("/var/tmp"))

STATE_KEYS = (
    "LoadState",
    "UnitFileState",
    "ActiveState",
    "SubState",
    "MainPID",
    "NRestarts",
    "ActiveEnterTimestamp",
    "ExecMainStatus",
    "NeedDaemonReload",
)

_HEAD = """\
# Written by `walletwatch service install`, which also brings it up to date; `walletwatch service
# uninstall` removes it. Changes of your own belong into `systemctl --user edit walletwatch`.
[Unit]
Description=walletwatch, the flight recorder beside your wallet
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
"""

_KEPT_RUNNING = f"""\
Restart=on-failure
RestartSec={RESTART_S}
RestartPreventExitStatus={WRONG_INPUT}
WatchdogSec={WATCHDOG_S}
TimeoutStartSec={START_S}
TimeoutStopSec={STOP_S}
KillMode=mixed
StandardOutput=journal
StandardError=journal
SyslogIdentifier={NAME}
UMask=0077
LimitCORE=0

# It probes with ordinary and ICMP sockets, reads the network through netlink, and speaks D-Bus.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
NoNewPrivileges=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
"""

_OWN_VIEW = """\

# It writes to its data directory and nowhere else. This needs user namespaces.
PrivateUsers=yes
ProtectSystem=strict
ProtectHome=read-only
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectHostname=yes
PrivateDevices=yes
CapabilityBoundingSet=
"""

_TAIL = """\

[Install]
WantedBy=default.target

[X-Walletwatch]
"""


@dataclass(frozen=True, slots=True)
class Systemd:
    """The user's own systemd manager."""

    path: Path
    run: Run = run_command

    def text(self, plan: Plan) -> bytes:
        """Return the unit."""
        return unit_text(plan).encode()

    def read(self, raw: bytes) -> Installed:
        """Return what a unit says of itself."""
        return read_unit(raw.decode(errors="replace"))

    def install(self, plan: Plan) -> Sequence[Step]:
        """Write the unit where it differs, enable it, and have it run."""
        self._need_manager()
        steps = make_private_folder(plan.data_dir)
        done, state = self._bring(plan)
        if int(state.get("ExecMainStatus", "0")) in SANDBOX_FAILED and not _is_up(state):
            more, state = self._bring(reduced(plan))
            done += more
        if not _is_up(state):
            raise ServiceError(
                N_(
                    "the service was written to {path} but does not run ({state}): "
                    "journalctl --user --unit {unit} tells why"
                ),
                path=self.path,
                state=f"{state.get('ActiveState')}, {state.get('ExecMainStatus')}",
                unit=UNIT,
            )
        return [*steps, *done]

    def uninstall(self) -> Sequence[Step]:
        """Stop and disable the unit and remove it."""
        if content(self.path) is None:
            return []
        self._need_manager()
        steps = [self._do("disable", "--now", UNIT)]
        steps += remove(self.path)
        steps.append(self._do("daemon-reload"))
        self._ctl("reset-failed", UNIT)  # answers with an error where nothing had failed
        return steps

    def condition(self, version: str, program: tuple[str, ...]) -> Condition:
        """Return what the manager says of the unit."""
        raw = content(self.path)
        if raw is None:
            return Condition(self.path, None, is_text_current=False)
        self._need_manager()
        state = self._state()
        return Condition(
            path=self.path,
            installed=self.read(raw),
            is_text_current=is_current(self, raw, version, program),
            is_enabled=state.get("UnitFileState") == "enabled",
            is_active=_is_up(state),
            state=f"{state.get('ActiveState', '?')} ({state.get('SubState', '?')})",
            since_ms=_epoch_ms(state.get("ActiveEnterTimestamp", "")),
            pid=int(state.get("MainPID", "0")) or None,
            restarts=int(state.get("NRestarts", "0")),
            watchdog_at_ms=self._watchdog_at_ms(),
            is_ending_with_session=self._is_ending_with_session(),
        )

    def linger(self) -> Sequence[Step]:
        """Have the user's manager run from boot on, without a log-in.

        Raises:
            ServiceError: the system refused.
        """
        line = ["loginctl", "enable-linger"]
        ran = self.run(line)
        if ran.code != 0:
            raise ServiceError(
                N_("{command} was refused ({reason}): ask whoever administers this machine"),
                command=" ".join(line),
                reason=ran.err or ran.code,
            )
        return [Step(Deed.RAN, " ".join(line))]

    def _bring(self, plan: Plan) -> tuple[list[Step], Mapping[str, str]]:
        """Bring the manager to run this plan; return what was done and the state it led to."""
        steps = write_if_new(self.path, self.text(plan))
        is_new = bool(steps)
        state = self._state()
        if is_new or state.get("NeedDaemonReload") == "yes" or state.get("LoadState") != "loaded":
            steps.append(self._do("daemon-reload"))
            state = self._state()
        if state.get("UnitFileState") != "enabled":
            steps.append(self._do("enable", UNIT))
        if is_new or not _is_up(state):
            steps.append(Step(Deed.RAN, self._line("restart", UNIT)))
            self._ctl("restart", UNIT)  # waits until it is ready, or has failed: the state tells
            state = self._state()
        return steps, state

    def _need_manager(self) -> None:
        ran = self._ctl("show", "--property=Version")
        if ran.code == NOT_FOUND:
            raise ServiceError(
                N_(
                    "there is no systemd on this system: have your desktop start "
                    "'walletwatch run' at log-in, or your own service manager"
                )
            )
        if ran.code != 0:
            raise ServiceError(
                N_(
                    "the user's systemd manager does not answer ({reason}): open a session of that "
                    "user, on the desktop or by ssh (not through su or sudo), and try again"
                ),
                reason=ran.err or ran.code,
            )

    def _state(self) -> Mapping[str, str]:
        properties = [f"--property={key}" for key in STATE_KEYS]
        out = self._ctl("show", UNIT, *properties).out
        return dict(line.split("=", 1) for line in out.splitlines() if "=" in line)

    def _watchdog_at_ms(self) -> EpochMs | None:
        """Return when the journal last tells that the unit hung; None for never, or no journal."""
        line = ["journalctl", "--user", f"--unit={UNIT}", "--grep=Watchdog timeout", "--lines=1"]
        ran = self.run([*line, "--output=short-unix", "--quiet", "--no-pager"])
        found = re.match(r"(\d+\.\d+) ", ran.out)
        return round(float(found[1]) * 1000) if ran.code == 0 and found else None

    def _is_ending_with_session(self) -> bool:
        ran = self.run(["loginctl", "show-user", str(os.getuid()), "--property=Linger", "--value"])
        return ran.code == 0 and ran.out == "no"

    def _do(self, *words: str) -> Step:
        """Run a command of the manager that has to succeed."""
        return succeeded(self._line(*words), self._ctl(*words))

    def _ctl(self, *words: str) -> Ran:
        return self.run(["systemctl", "--user", *words])

    @staticmethod
    def _line(*words: str) -> str:
        return " ".join(["systemctl", "--user", *words])


def this_user() -> Systemd:
    """Return the manager of whoever runs this, with the unit where that manager looks for it."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    home = Path(configured) if configured.startswith("/") else Path.home() / ".config"
    return Systemd(home / "systemd" / "user" / UNIT)


def unit_text(plan: Plan) -> str:
    """Return the unit for a plan. Pure."""
    command = " ".join(_word(word) for word in (*plan.program, *plan.options(), "run"))
    text = f"{_HEAD}ExecStart={command}\n{_KEPT_RUNNING}"
    if plan.sandbox is Sandbox.FULL:
        text += f"{_OWN_VIEW}ReadWritePaths={_path(plan.data_dir)}\n"
        if not _uses_shared_tmp(plan):
            text += "PrivateTmp=yes\n"
    return f"{text}{_TAIL}Version={plan.version}\nSandbox={plan.sandbox}\n"


def read_unit(text: str) -> Installed:
    """Return what a unit says of itself. Pure."""
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    words = _words(found.get("ExecStart", ""))
    is_reduced = found.get("Sandbox") == Sandbox.REDUCED
    sandbox = Sandbox.REDUCED if is_reduced else Sandbox.FULL
    return Installed(found.get("Version"), words, sandbox)


def _word(text: str) -> str:
    """Return a word of a command line, quoted (systemd.service(5), "Command lines")."""
    return _quoted(text).replace("$", "$$")


def _path(path: Path) -> str:
    """Return a path in a list of paths; the unit starts also where it was deleted ("-")."""
    return _quoted(f"-{path}")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _words(line: str) -> tuple[str, ...]:
    """Return the words that `_word` has written."""
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    plain = (re.sub(r"\\(.)", r"\1", word) for word in quoted)
    return tuple(word.replace("%%", "%").replace("$$", "$") for word in plain)


def _uses_shared_tmp(plan: Plan) -> bool:
    """Tell whether the service needs files that lie in a directory for temporary ones."""
    paths = [Path(plan.program[0]), plan.data_dir, *([] if plan.config is None else [plan.config])]
    return any(path.is_relative_to(tmp) for path in paths for tmp in SHARED_TMP)


def _is_up(state: Mapping[str, str]) -> bool:
    return state.get("ActiveState") == "active"


def _epoch_ms(text: str) -> EpochMs | None:
    """Return the instant of systemd's own form, in UTC; None where there is none."""
    try:
        at = datetime.strptime(text, "%a %Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    except ValueError:
        return None
    return round(at.timestamp() * 1000)
