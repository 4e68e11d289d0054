"""What is tortured: the real daemon, a bank that ends sessions on command, and a desktop."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tests.integration.notification_server import NotificationServer
from tests.integration.private_bus import PrivateBus, is_available
from tests.integration.running import LOOPBACK, SAMPLES_OF, Running
from tests.integration.wallet_tls_server import NAME, TlsServer, issue
from tests.torture.name_server import NameServer
from tests.waiting import wait_until

HOST = "127.0.0.1"
STEP_MS = 500
"""The grid of the trials: fine enough that a pause of a second shows."""

CONFIG = f"interval_s = {STEP_MS / 1000}\nsaver_interval_s = {STEP_MS / 1000}\n" + LOOPBACK.replace(
    "enabled = false", 'enabled = true\nlanguage = "en"\ncool_down_min = 0\nmost_per_day = 50'
)
READY_S = 90.0
"""A machine that does much else: what is measured begins after."""
TELLS = "monitor.daemon.evaluation: icbc lost its connection"
"""In the log's line of each disconnect; a notice that goes to the log, too, is another line."""
POWER = ("net.hadess.PowerProfiles", "/net/hadess/PowerProfiles")


@dataclass(frozen=True, slots=True)
class Vitals:
    """What a process takes: the figures that must not grow."""

    threads: int
    descriptors: int
    resident_kib: int


def vitals(pid: int) -> Vitals:
    """Read them from proc(5)."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    return Vitals(
        threads=int(status["Threads"]),
        descriptors=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        resident_kib=int(status["VmRSS"].split()[0]),
    )


class Desktop:
    """A bus of the test's own, for the session and the system, with what is on it."""

    def __init__(self, folder: Path) -> None:
        self._bus = PrivateBus(folder)
        self.server: NotificationServer | None = None
        self._begin()

    @property
    def env(self) -> Mapping[str, str]:
        """Where the daemon finds it."""
        return {
            "DBUS_SESSION_BUS_ADDRESS": self._bus.address,
            "DBUS_SYSTEM_BUS_ADDRESS": self._bus.address,
            "DISPLAY": ":99",
        }

    def shown_count(self) -> int:
        """How many notices the present server was told."""
        return 0 if self.server is None else len(self.server.shown)

    def save_power(self, wanted: bool) -> None:
        """Switch the battery saver."""
        name, path = POWER
        profile = "power-saver" if wanted else "balanced"
        self._bus.set(name, path, name, "ActiveProfile", ("s", profile))

    def die(self) -> None:
        """The bus goes, and everybody on it."""
        self._bus.die()
        if self.server is not None:
            with suppress(OSError):
                self.server.stop()
            self.server = None

    def come_back(self) -> None:
        """A new bus at the same place, with new services."""
        self._bus.start()
        self._begin()

    def _begin(self) -> None:
        self.server = NotificationServer(self._bus.address)
        name, path = POWER
        self._bus.serve(name, path, {"ActiveProfile": ("s", "balanced")})


@dataclass
class Bed:
    """The daemon of a trial and everything around it."""

    folder: Path
    bank: TlsServer
    desktop: Desktop | None
    daemon: Running
    breaks_ms: list[int] = field(default_factory=list)
    """When the test ended the session: the truth that the present store must hold."""
    name_server: NameServer | None = None
    """The system's resolver, where the trial brings one."""
    caused: int = 0
    """Breaks in all: a store that was deleted took some along."""

    def break_session(self) -> None:
        """End the wallet's session, truly; it may come back at once."""
        self.note_break(self.bank.reset_all())

    def note_break(self, at_ms: int) -> None:
        """Remember a loss that was truly caused."""
        self.breaks_ms.append(at_ms)
        self.caused += 1

    def refuse_session(self) -> None:
        """End the wallet's session and take no other until `bank.listen_again`."""
        self.bank.refuse()
        self.break_session()

    def vitals(self) -> Vitals:
        """Return what the daemon takes now."""
        return vitals(self.daemon.process.pid)

    def disconnects(self) -> list[int]:
        """When the wallet was disconnected, as the store has it."""
        rows = self.daemon.ask("SELECT started_at_ms FROM disconnect ORDER BY started_at_ms")
        return [at_ms for (at_ms,) in rows]

    def gaps(self) -> list[tuple[int, int]]:
        """Return what is stored as not observed."""
        rows = self.daemon.ask("SELECT at_ms, until_ms FROM gap ORDER BY at_ms")
        return [(since_ms, until_ms) for since_ms, until_ms in rows]

    def longest_ms(self, since_ms: int = 0, where: str = "probe = 'icmp'") -> int:
        """Return the longest time between two samples of one target, without stored gaps."""
        return longest_ms(self.daemon, since_ms, where)

    def told_count(self) -> int:
        """How many disconnects the log has told."""
        return sum(TELLS in line for line in self.daemon.said)

    def said(self) -> list[str]:
        """Return what the log said beside disconnects."""
        return [line.rstrip() for line in self.daemon.said if TELLS not in line]


def longest_ms(daemon: Running, since_ms: int, where: str) -> int:
    """Return the longest time between two samples of one target, without stored gaps.

    What was asked before it was ready lies on no grid yet.
    """
    since_ms = max(since_ms, daemon.ready_ms)
    rows = daemon.ask(
        SAMPLES_OF.replace("SELECT at_ms FROM", "SELECT target_id, at_ms FROM", 1)
        + f" WHERE {where} AND at_ms >= {since_ms} ORDER BY target_id, at_ms"
    )
    gaps = daemon.ask("SELECT at_ms, until_ms FROM gap")
    distances = [
        (b - a) - sum(max(0, min(b, until) - max(a, since)) for since, until in gaps)
        for (target, a), (other, b) in pairwise(rows)
        if target == other
    ]
    return max(distances, default=0)


def config_with(bank: TlsServer, folder: Path, name: str = HOST) -> str:
    """Return the settings that watch this bank."""
    return (
        f'{CONFIG}[wallets.icbc]\nhosts = ["{name}:{bank.port}"]\nmin_reconnect_s = 0\n'
        f'ca_file = "{folder / "bank-ca.pem"}"\n'
    )


@contextmanager
def made(
    folder: Path,
    data_dir: Path | None = None,
    *,
    has_desktop: bool = True,
    names: NameServer | None = None,
) -> Iterator[Bed]:
    """Start everything; give it once the session stands.

    With `names` the bank has a name, which the daemon's system asks that server for.
    """
    folder.mkdir(exist_ok=True)
    name, prefix = (HOST, []) if names is None else (NAME, names.prefix())
    bank = TlsServer(issue(folder, name, "bank").chain_file)
    desktop = Desktop(folder) if has_desktop and is_available() else None
    env = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/none", "DISPLAY": ""}
    if desktop is not None:
        env = dict(desktop.env)
    config = config_with(bank, folder, name)
    if names is not None:
        config = config.replace('[resolvers]\nhosts = ["127.0.0.1"]', "[resolvers]")
    running = Running(
        data_dir or folder / "data", config, prefix=prefix, env=env, ready_within_s=READY_S
    )
    try:
        with running as daemon:
            wait_until(daemon.has_session, READY_S)
            yield Bed(folder, bank, desktop, daemon, name_server=names)
    finally:
        bank.stop()
        if desktop is not None:
            desktop.die()
