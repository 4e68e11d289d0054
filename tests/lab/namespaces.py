"""Network namespaces of our own: made, entered and removed through `ip` (ip-netns(8))."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

COMMAND_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
NETNS_CONFIG = Path("/etc/netns")
"""`ip netns exec NAME` shows /etc/netns/NAME/FILE as /etc/FILE (a plain setns() does not)."""
NETNS_HANDLES = Path("/run/netns")
CLONE_NEWNET = 0x40000000
"""sched.h; what setns(2) is to change."""


class LabError(RuntimeError):
    """The lab itself failed: a command of its own ended with an error."""


def run(command: Sequence[str], *, text_in: str | None = None) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        LabError: it ended with an error, or not within COMMAND_TIMEOUT_S.
    """
    try:
        done = subprocess.run(
            command,
            input=text_in,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{' '.join(command)}: no end within {COMMAND_TIMEOUT_S:.0f} s") from error
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@contextmanager
def inside(namespace: "Namespace") -> Iterator[None]:
    """Let this thread open its sockets in `namespace`; they stay there (setns(2)).

    Only the network changes: the resolver still reads the machine's own /etc/resolv.conf.
    """
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    other = os.open(NETNS_HANDLES / namespace.name, os.O_RDONLY)
    try:
        _enter(other)
        try:
            yield
        finally:
            _enter(own)
    finally:
        os.close(own)
        os.close(other)


def _enter(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@dataclass(frozen=True, slots=True)
class Namespace:
    """One network namespace, by its name."""

    name: str

    def create(self) -> None:
        """Make it, with its loopback up."""
        run(["ip", "netns", "add", self.name])
        run(["ip", "-n", self.name, "link", "set", "lo", "up"])

    def delete(self) -> None:
        """Remove it and its files below /etc/netns; its interfaces go with it."""
        run(["ip", "netns", "delete", self.name])
        folder = NETNS_CONFIG / self.name
        if folder.is_dir():
            shutil.rmtree(folder)
            with suppress(OSError):  # not empty: somebody else's
                NETNS_CONFIG.rmdir()

    def write_config(self, file_name: str, text: str) -> None:
        """Give the processes in it a file of their own in place of /etc/FILE_NAME."""
        folder = NETNS_CONFIG / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file_name).write_text(text)

    def command(self, *words: str) -> list[str]:
        """Return the command line that runs `words` inside."""
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words: str, text_in: str | None = None) -> str:
        """Run a command inside and return what it printed; raises LabError as `run`."""
        return run(self.command(*words), text_in=text_in)

    def ip(self, *lines: str) -> None:
        """Carry out lines of ip(8) inside, each without the leading `ip`."""
        run(["ip", "-n", self.name, "-batch", "-"], text_in="\n".join(lines) + "\n")

    def nft(self, text: str) -> None:
        """Load nftables rules inside (nft(8))."""
        self.run("nft", "-f", "-", text_in=text)

    def start(
        self, *words: str, cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a process inside that is told by the end of its input when to end."""
        return subprocess.Popen(
            self.command(*words),
            stdin=subprocess.PIPE,
            cwd=cwd,
            env=None if env is None else {**os.environ, **env},
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process of the lab: its input ends, then it is killed if it stays."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def connect(left: Namespace, left_interface: str, right: Namespace, right_interface: str) -> None:
    """Lay a veth cable between two namespaces (veth(4))."""
    run(
        [
            *("ip", "link", "add", left_interface, "netns", left.name, "type", "veth"),
            *("peer", "name", right_interface, "netns", right.name),
        ]
    )


def without_offloads(*interfaces: str) -> str:
    """Return shell lines that make interfaces carry real frames with real checksums.

    With offloading on, packet sockets see frames of 64 KB without checksums.
    """
    features = " ".join(f"{name} off" for name in ("tx", "rx", "tso", "gso", "gro", "sg"))
    return "\n".join(f"ethtool -K {interface} {features}" for interface in interfaces)
