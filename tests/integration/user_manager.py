"""A real systemd of a user's own, in namespaces of a test's own: started, asked, ended.

Root makes a mount, PID, cgroup and network namespace with an empty /home, /run and /sys/fs/cgroup
in it; the manager runs there as an ordinary user, as it does on a desktop after log-in.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.integration.running import ROOT
from tests.waiting import wait_until

USER_ID = 47_654
HOME = Path("/home") / "tester"
RUNTIME = Path(f"/run/user/{USER_ID}")
COMMAND = HOME / ".local" / "bin" / "walletwatch"
DATA_DIR = HOME / ".local" / "share" / "walletwatch"
DATABASE = DATA_DIR / "walletwatch.db"
SYSTEMD = "/lib/systemd/systemd"

SET_UP = """
set -e
mount --make-rprivate /
keep() {  # what only root may enter is shown at its place again, below folders that all may enter
    blocked=$1
    while [ "$blocked" != / ]; do
        [ $(( 0$(stat -c %a "$blocked") & 1 )) = 1 ] || hidden=$blocked
        blocked=$(dirname "$blocked")
    done
}
mkdir -p /mnt
mount -t tmpfs -o mode=755 tmpfs /mnt
n=0
for path in "$@"; do
    n=$((n + 1)); mkdir /mnt/$n; mount --bind "$path" /mnt/$n
done
for path in "$@"; do
    hidden=; keep "$path"
    [ -z "$hidden" ] || mount -t tmpfs -o mode=755 tmpfs "$hidden"
done
mount -t tmpfs -o mode=755 tmpfs /home
n=0
for path in "$@"; do
    n=$((n + 1)); [ -d "$path" ] || { mkdir -p "$path"; mount --bind /mnt/$n "$path"; }
done
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/system /run/systemd/unit-root "$XDG_RUNTIME_DIR" "$HOME" /run/mine
cp /etc/passwd /run/mine/passwd
echo "tester:x:$USER_ID:$USER_ID::$HOME:/bin/sh" >> /run/mine/passwd
mount --bind /run/mine/passwd /etc/passwd
chown "$USER_ID:$USER_ID" "$XDG_RUNTIME_DIR" "$HOME"
chmod 700 "$XDG_RUNTIME_DIR" "$HOME"
mkdir /sys/fs/cgroup/$GROUP
chown -R "$USER_ID:$USER_ID" /sys/fs/cgroup/$GROUP
echo $$ > /sys/fs/cgroup/$GROUP/cgroup.procs
ip link set lo up
echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range
# not as process 1, which would make it the system's own
setpriv --reuid $USER_ID --regid $USER_ID --clear-groups $SYSTEMD --user &
wait
"""

PROGRAM = f"""#!{sys.executable} -P
import sys
sys.path[:0] = [{str(ROOT)!r}]
from monitor.__main__ import main
main()
"""

ASK = f"""
import json, sqlite3, sys
sys.path[:0] = [{str(ROOT)!r}]
from tests.samples import ask
found = sqlite3.connect(f"file:{{sys.argv[1]}}?mode=ro", uri=True)
print(json.dumps(ask(found, sys.argv[2])))
"""


class NoManagerError(Exception):
    """This machine does not let a manager run in namespaces; the message is its complaint."""


class UserManager:
    """`systemd --user` of a user that nothing but it belongs to."""

    def __enter__(self) -> Self:
        self._group = f"walletwatch-{os.getpid()}"
        unshare = ["unshare", "--mount", "--pid", "--cgroup", "--net", "--fork", "--kill-child"]
        self._process = subprocess.Popen(
            [*unshare, "sh", "-c", SET_UP, "sh", *self._needed()],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until(self._is_there)
        self.write(COMMAND, PROGRAM)
        self.run("chmod", "+x", str(COMMAND))
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # and with it, by --kill-child, all of its PID namespace
        self._process.wait(10)
        assert self._process.stderr is not None
        self._process.stderr.close()
        remove_group(self._group)

    @property
    def pid(self) -> int:
        """Return the first process of the namespace as it is called out here."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return int(children.read_text().split()[0])

    @property
    def root(self) -> Path:
        """Return where its files are seen from out here."""
        return Path(f"/proc/{self.pid}/root")

    def inside(self, path: Path) -> Path:
        """Return one of its files."""
        return self.root / path.relative_to("/")

    def run(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command as the user and return what it answered."""
        return subprocess.run(
            self.line(*command),
            input=stdin,
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=60,
            check=False,
        )

    def line(self, *command: str) -> list[str]:
        """Return the command line that runs a command as the user."""
        try:
            enter = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--cgroup", "--net"]
        except (IndexError, FileNotFoundError):
            return ["false"]  # not there yet
        user = ["--reuid", str(USER_ID), "--regid", str(USER_ID), "--clear-groups"]
        return [*enter, "setpriv", *user, "--", *command]

    def do(self, *command: str) -> str:
        """Run a command that has to succeed; return what it printed."""
        done = self.run(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def write(self, path: Path, text: str) -> None:
        """Have the user write a file."""
        script = 'mkdir -p "$(dirname "$1")" && cat > "$1"'
        done = self.run("sh", "-c", script, "sh", str(path), stdin=text)
        assert done.returncode == 0, done.stderr

    def shown(self, *properties: str) -> list[str]:
        """Return properties of our unit."""
        wanted = [f"--property={name}" for name in properties]
        lines = self.do("systemctl", "--user", "show", "walletwatch.service", *wanted).splitlines()
        found = dict(line.split("=", 1) for line in lines)
        return [found[name] for name in properties]

    def ask(self, sql: str) -> list[list[object]]:
        """Read from the service's database, as its user and where it lies."""
        rows = json.loads(self.do(sys.executable, "-c", ASK, str(DATABASE), sql))
        assert isinstance(rows, list)
        return rows

    def _is_there(self) -> bool:
        """Tell whether the manager answers.

        Raises:
            NoManagerError: it has ended.
        """
        if self._process.poll() is None:
            shown = self.run("systemctl", "--user", "show", "--property=Version")
            return shown.returncode == 0
        assert self._process.stderr is not None
        with self._process.stderr as complaint:
            raise NoManagerError(complaint.read())

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{COMMAND.parent}:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(HOME),
            "XDG_RUNTIME_DIR": str(RUNTIME),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={RUNTIME}/bus",
            "LANG": "C.UTF-8",
            "USER_ID": str(USER_ID),
            "GROUP": self._group,
            "SYSTEMD": SYSTEMD,
        }

    @staticmethod
    def _needed() -> Sequence[str]:
        """Return the folders that the program needs, wherever they lie."""
        return [str(Path(place).resolve()) for place in (sys.base_prefix, sys.prefix, ROOT)]


def remove_group(name: str) -> None:
    """Remove the control groups that the manager has left, as soon as they are empty."""
    script = 'mount -t cgroup2 none /mnt && find "/mnt/$1" -depth -type d -exec rmdir {} +'
    line = ["unshare", "--mount", "sh", "-c", script, "sh", name]
    wait_until(lambda: _succeeds(line), 10.0, f"the control group {name} is removed")


def _succeeds(line: Sequence[str]) -> bool:
    return subprocess.run(line, capture_output=True, check=False).returncode == 0
