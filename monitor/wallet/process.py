"""A watched program of this machine: its connections to the wallet's hosts, and its life.

psutil is asked for the connections of this one program, never of the whole system: that would
walk every process (10 ms with 70 of them). The program's traffic is not read.
"""

import logging
import signal
import threading
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import psutil

from monitor.clock import Clock
from monitor.model import How
from monitor.wallet.interface import Emit
from monitor.wallet.names import Lookup, Lookups, Resolve, host_port, system_resolve
from monitor.wallet.pace import Moment
from monitor.wallet.process_policy import SOURCE, ProcessPolicy, Seen
from monitor.wallet.sock_diag import DiagError, Ends, figures_of
from monitor.wallet.tcp_info import TcpFigures

_LOG = logging.getLogger(__name__)

POLL_S = 2.0
"""Between looks: half of what a person needs to notice that an app has lost its connection."""
MISSING_POLL_S = 0.5
"""Between looks while a connection is missing that was there."""
FIND_MS = 10_000.0
"""Between searches of the process table, which cost more than looks at a known process."""
RESOLVE_MS = 60_000.0
"""Between lookups while the program runs: banks spread over addresses that change."""
ADDRESSES_MAX = 256
"""Every address ever seen is kept, because the program may stay on an old one; so many."""
STOP_LIMIT_S = 1.0

_CRASHES = frozenset(
    -int(number)
    for name in ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGSYS", "SIGTRAP")
    if (number := getattr(signal, name, None)) is not None
)
"""Ends that a program brings upon itself (signal(7), action Core)."""

Endpoint: TypeAlias = tuple[str, int]


class WatchedProcess:
    """Emits the ups and downs of a program's connections to one wallet.

    Raises:
        ValueError: an entry of `hosts` is no host and port.
    """

    name = SOURCE

    def __init__(
        self,
        wallet: str,
        process_name: str,
        hosts: Sequence[str],
        clock: Clock,
        poll_s: float = POLL_S,
        resolve: Resolve = system_resolve,
    ) -> None:
        self.wallet = wallet
        self._process_name = process_name
        self._hosts = tuple(host_port(each) for each in hosts)
        self._clock = clock
        self._poll_s = poll_s
        self._policy = ProcessPolicy(wallet)
        self._emit: Emit | None = None
        self._wakened = threading.Event()
        self._is_stopping = False
        self._must_forget = False
        self._must_find = True
        self._thread: threading.Thread | None = None
        self._lookups = Lookups(resolve, self._wakened.set)
        self._pending: list[Lookup] = []
        self._resolved_ms = float("-inf")
        self._found_ms = float("-inf")
        self._known: dict[int, psutil.Process] = {}
        self._endpoints: dict[Endpoint, None] = {
            (each.host, each.port): None for each in self._hosts if each.is_literal
        }
        self._ends: tuple[Ends, ...] = ()
        self._is_denied = False
        self._exit_how = How.KILLED

    # Source: called from any thread

    @property
    def peer(self) -> None:
        """None: the held session knows where the wallet is."""
        return None

    def figures(self) -> TcpFigures | None:
        """Return the kernel's figures of the connection that is worst off; None without any."""
        try:
            found = figures_of(self._ends)
        except (OSError, DiagError) as error:
            _LOG.debug("process %s: no figures of its connections: %s", self._process_name, error)
            return None
        return max(found, key=_trouble_of, default=None)

    def start(self, emit: Emit) -> None:
        """Begin to watch; returns at once."""
        self._emit = emit
        name = f"process-{self.wallet}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def suspect(self) -> None:
        """Look now; returns at once."""
        self._must_find = True
        self._wakened.set()

    def path_returned(self) -> None:
        """Look now; returns at once."""
        self._must_find = True
        self._wakened.set()

    def forget(self) -> None:
        """Tell the present state afresh; returns at once."""
        self._must_forget = True
        self._wakened.set()

    def stop(self) -> None:
        """End within 1 s; nothing is emitted any more."""
        self._emit = None
        self._is_stopping = True
        self._wakened.set()
        if self._thread is not None:
            self._thread.join(STOP_LIMIT_S)

    # The thread

    def _run(self) -> None:
        while not self._is_stopping:
            self._look()
            wait_s = MISSING_POLL_S if self._policy.is_missing else self._poll_s
            self._wakened.wait(min(wait_s, self._poll_s))
            self._wakened.clear()

    def _look(self) -> None:
        now = Moment(self._clock.monotonic_ms(), self._clock.wall_ms())
        if self._must_forget:
            self._must_forget = False
            self._policy.forget(now)
        self._take_names()
        seen = self._see(now)
        if seen is None:
            return
        if seen.is_alive:
            self._ask_names(now)
        change = self._policy.look(now, seen)
        emit = self._emit
        if change is not None and emit is not None:
            emit(change)

    def _see(self, now: Moment) -> Seen | None:
        """Look at the program; None where the system does not let us see."""
        has_lost_one = self._drop_dead()
        is_due = now.mono_ms - self._found_ms >= FIND_MS
        if has_lost_one or is_due or self._must_find or self._policy.is_missing:
            self._find(now)
        try:
            ends = [each for process in self._known.values() for each in self._ends_of(process)]
        except psutil.AccessDenied:
            if not self._is_denied:
                self._is_denied = True
                _LOG.warning(
                    "process %s: its connections cannot be seen; run walletwatch as its user",
                    self._process_name,
                )
            return None
        self._ends = tuple(ends)
        return Seen(bool(self._known), bool(ends), self._exit_how)

    def _find(self, now: Moment) -> None:
        self._found_ms = now.mono_ms
        self._must_find = False
        wanted = {self._process_name.lower(), f"{self._process_name.lower()}.exe"}
        for process in psutil.process_iter(["name", "status"]):
            name = process.info["name"] or ""
            if name.lower() in wanted and process.info["status"] != psutil.STATUS_ZOMBIE:
                self._known.setdefault(process.pid, process)

    def _drop_dead(self) -> bool:
        dead = [pid for pid, process in self._known.items() if not _is_living(process)]
        for pid in dead:
            self._exit_how = _exit_how(self._known.pop(pid))
        return bool(dead)

    def _ends_of(self, process: psutil.Process) -> list[Ends]:
        """Return the program's established connections to the wallet's hosts."""
        try:
            connections = process.net_connections(kind="tcp")
        except psutil.NoSuchProcess:
            return []
        return [
            Ends((each.laddr[0], each.laddr[1]), (each.raddr[0], each.raddr[1]))
            for each in connections
            if each.status == psutil.CONN_ESTABLISHED
            and each.raddr
            and (each.raddr[0].removeprefix("::ffff:"), each.raddr[1]) in self._endpoints
        ]

    def _ask_names(self, now: Moment) -> None:
        if self._pending or now.mono_ms - self._resolved_ms < RESOLVE_MS:
            return
        self._resolved_ms = now.mono_ms
        begun = (
            self._lookups.begin(each, now.mono_ms) for each in self._hosts if not each.is_literal
        )
        self._pending = [each for each in begun if each is not None]

    def _take_names(self) -> None:
        now_ms = self._clock.monotonic_ms()
        for lookup in list(self._pending):
            if lookup.is_done:
                self._remember(address.sockaddr for address in lookup.addresses)
            if lookup.is_done or now_ms >= lookup.deadline_ms:
                self._pending.remove(lookup)

    def _remember(self, found: Iterable[tuple[object, ...]]) -> None:
        for sockaddr in found:
            host, port = sockaddr[0], sockaddr[1]
            if isinstance(host, str) and isinstance(port, int):
                self._endpoints.pop((host, port), None)
                self._endpoints[(host, port)] = None
        while len(self._endpoints) > ADDRESSES_MAX:
            del self._endpoints[next(iter(self._endpoints))]


def _trouble_of(figures: TcpFigures) -> tuple[int, int]:
    """Return what orders connections by how badly off they are."""
    return figures.retransmit_count, figures.unacked_count or 0


def _is_living(process: psutil.Process) -> bool:
    """Tell whether the process runs; one that has ended and was not yet collected does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _exit_how(process: psutil.Process) -> How:
    """Name how a process ended.

    Only a parent learns the exit code (waitpid(2)); for another's child it is not known, and
    then `KILLED` says no more than that it vanished.
    """
    try:
        code = process.wait(timeout=0)
    except (psutil.TimeoutExpired, psutil.NoSuchProcess, psutil.AccessDenied):
        return How.KILLED
    if code is None or code == -int(signal.SIGTERM):
        return How.KILLED
    if code == 0:
        return How.CLOSED
    return How.CRASH if code > 0 or code in _CRASHES else How.KILLED
