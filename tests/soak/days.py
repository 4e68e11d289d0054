"""The soak's first part: months of the real daemon on a machine that is played.

Real are the composition root, the store's file and its writer's thread, detection, diagnosis, the
announcer and its thread, the weekly report in its own process. Played are the clocks, the probes,
the device's readers, the session and the desktop; the job table is driven by the clocks.
"""

import logging
import os
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from monitor.clock import Clock
from monitor.config.settings import (
    AnchorSettings,
    NotifySettings,
    Settings,
    StoreSettings,
    WalletSettings,
)
from monitor.daemon.edge import Edge
from monitor.daemon.footprint import share_one_heap
from monitor.daemon.run import SWITCH_INTERVAL_S, Daemon
from monitor.locale import translator
from monitor.model import CauseCode, Gap, GapWhy, How, Leg, ProbeKind
from monitor.store.clock_gaps import EDGE_MS
from monitor.store.lock import hold
from monitor.store.sqlite import Store, open_store
from tests.soak.driven import DrainedWriter, DrivenClock, DrivenSchedule, Loop
from tests.soak.figures import Held, held, most
from tests.soak.played import (
    LinkWatcher,
    Network,
    PlayedProbe,
    PlayedSession,
    RecordingDesktop,
    readers,
)
from tests.soak.story import DAY_S, Event, Plan, What, events

HOUR_MS = 3_600_000
SETTLE_MS = 10_000
"""What came at the very end of the last day is still to be noticed."""
CHILD_PACE_S = 0.01
"""While the report's process writes, each turn of the loop takes this long: virtual time must not
run days ahead of a process that takes a second."""

DEAD: dict[CauseCode, Leg] = {
    CauseCode.LINK_DOWN: Leg.LINK,
    CauseCode.GATEWAY: Leg.GATEWAY,
    CauseCode.ISP: Leg.INTERNET,
    CauseCode.BANK_UNREACHABLE: Leg.WALLET,
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Truth:
    """A disconnect that the story made."""

    at_ms: int
    cause: CauseCode
    grid_ms: float
    """How far apart the questions were then."""


@dataclass(frozen=True, slots=True)
class TrueGap:
    """A gap that the story made."""

    at_ms: int
    until_ms: int
    why: GapWhy
    earliest_ms: int | None = None
    """Where a clock goes ahead over time already lived through, the daemon knows by its records how
    far it had been: the gap may begin with the last of them. None: `at_ms` was looked at."""


@dataclass(frozen=True, slots=True)
class Lived:
    """A stretch of wall time without a step of the clock, now over."""

    first_ms: int
    last_ms: int
    asked_ms: int
    """When the last question in it was asked."""

    def until(self, ms: int, grid_ms: float) -> tuple[int, int]:
        """Return where it ended before an instant, and no later than its last question there."""
        if self.last_ms <= ms:
            return self.last_ms, self.asked_ms
        return ms, round(ms - grid_ms)


@dataclass(frozen=True, slots=True)
class Day:
    """What one day came to."""

    number: int
    held: Held
    asked: int
    cpu_s: float
    """Processor time that the day took, all threads."""
    blocks: int
    """The fewest pieces of memory that Python's objects took at any look: what stays."""
    stays_mib: float
    """The least RSS at any look: what stays once the hour's work is given back."""


@dataclass(slots=True)
class Result:
    """Everything that the checks look at."""

    plan: Plan
    settings: Settings
    began_ms: int
    ended_ms: int = 0
    days: list[Day] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    gaps: list[TrueGap] = field(default_factory=list)
    gaps_found: list[Gap] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    jobs: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of each job of the table at the end: how often it ran, and how often it should have."""
    stale: list[str] = field(default_factory=list)
    """Targets that are asked no more, and whose last samples are kept in memory all the same."""
    shown: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0
    fine_days: int = 0
    wall_s: float = 0.0
    zones: list[tuple[int, str]] = field(default_factory=list)


def soak_settings(interval_s: float, store: StoreSettings) -> Settings:
    """Return the settings of the played machine."""
    return Settings(
        interval_s=interval_s,
        wallets={
            "icbc": WalletSettings(title="ICBC", hosts=("bank.example:443",)),
        },
        anchors=AnchorSettings(hosts_v6=()),
        notify=NotifySettings(language="en", quiet_hours="23:00-07:00"),
        store=store,
    )


class Errors(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._kept = kept
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._kept) < 1000:
            self._kept.append(self.format(record))


class Soak:
    """One run of the story."""

    def __init__(self, plan: Plan, data_dir: Path, settings: Settings) -> None:
        self.clock = DrivenClock(round(plan.start.timestamp() * 1000))
        self.loop = Loop(self.clock)
        self.result = Result(plan, settings, self.clock.wall_ms())
        self._plan = plan
        self._data_dir = data_dir
        self._noise = random.Random(plan.seed + 1)
        self.network = Network(random.Random(plan.seed + 2), self.clock)
        self.desktop = RecordingDesktop()
        self._boot0_ms = self.clock.boot_ms()
        self._seen: list[Held] = []
        self._blocks: list[int] = []
        self._gaps_found: dict[int, Gap] = {}
        self._lived: list[Lived] = []
        self._lives_since_ms = self.clock.wall_ms()
        self._grid_s = settings.interval_s
        self._cpu_s = time.process_time()

    def run(self, settings: Iterable[tuple[Settings, int]], say: Callable[[str], None]) -> Result:
        """Play the story with one daemon after the other: the settings of each, its last day."""
        left = events(self._plan)
        errors = Errors(self.result.errors)
        logging.getLogger().addHandler(errors)
        began_s = time.perf_counter()
        self._set_zone(self._plan.zone)
        try:
            with hold(self._data_dir):
                for number, (each, until_day) in enumerate(settings):
                    if number:
                        self._stand_still()
                    mine = [e for e in left if e.at_s < until_day * DAY_S]
                    left = left[len(mine) :]
                    self._one_daemon(each, mine, until_day, say)
        finally:
            logging.getLogger().removeHandler(errors)
        self.result.ended_ms = self.clock.wall_ms()
        self.result.shown = self.desktop.shown
        self.result.asked = self.network.asked
        self.result.wall_s = time.perf_counter() - began_s
        return self.result

    def _stand_still(self) -> None:
        """Let ten minutes pass in which no daemon runs."""
        self.loop.run_until(self.clock.monotonic_ms() + 600_000)

    def _one_daemon(
        self, settings: Settings, mine: list[Event], until_day: int, say: Callable[[str], None]
    ) -> None:
        store = open_store(self._data_dir)
        stopped_ms = store.last_alive_ms(self.clock.wall_ms())
        self._grid_s = settings.interval_s
        daemon = Daemon(settings, store, self.clock, translator("en"), None, self._edge(settings))
        try:
            if stopped_ms is not None:
                gap = TrueGap(stopped_ms, self.clock.wall_ms(), GapWhy.STOPPED)
                self.result.gaps.append(gap)
            daemon.start()
            self.loop.after_each = partial(self._after_each, daemon)
            self.loop.after(60.0, self._minute)
            self._play(mine, until_day, say)
            self.loop.run_until(self.clock.monotonic_ms() + SETTLE_MS)
            self._await_report(daemon)
            self._count_jobs()
            followed = {(place.target.role, place.target.name) for place in daemon._places()}
            self.result.stale += [
                key
                for key, sample in daemon.latest.items()
                if (sample.target.role, sample.target.name) not in followed
            ]
        finally:
            self.loop.after_each = lambda: None
            daemon.stop()
            self._read_gaps()
            store.close()

    def _edge(self, settings: Settings) -> Edge:
        """Return the machine that is played, with a session and a job table of its own."""
        self.session = PlayedSession("icbc", self.network, self.loop)
        self.watcher = LinkWatcher()
        self.schedule = DrivenSchedule(self.loop)

        def schedule(_clock: Clock, _threads: int) -> DrivenSchedule:
            return self.schedule

        def writer(store: Store, clock: Clock, flush_s: float) -> DrainedWriter:
            self.writer = DrainedWriter(store, clock, flush_s)
            return self.writer

        return Edge(
            probes=lambda _: {kind: PlayedProbe(kind, self.network) for kind in ProbeKind},
            walk=lambda _: None,
            readers=lambda: readers(self.network, self._noise, settings.interval_s),
            watchers=lambda: [self.watcher],
            sources=lambda _settings, _clock: [self.session],
            desktop=lambda _buttons, _pressed: self.desktop,
            schedule=schedule,
            writer=writer,
        )

    def _after_each(self, daemon: Daemon) -> None:
        self.writer.drain()
        if daemon._weekly.is_writing:
            time.sleep(CHILD_PACE_S)

    def _await_report(self, daemon: Daemon) -> None:
        deadline_s = time.perf_counter() + 60.0
        while daemon._weekly.is_writing and time.perf_counter() < deadline_s:
            self.loop.run_until(self.clock.monotonic_ms() + 1000)
            time.sleep(CHILD_PACE_S)

    # -- the story

    def _play(self, mine: list[Event], until_day: int, say: Callable[[str], None]) -> None:
        waiting = list(mine)
        while len(self.result.days) < until_day:
            end_s = (len(self.result.days) + 1) * DAY_S
            while waiting and waiting[0].at_s < end_s:
                event = waiting.pop(0)
                self._until_boot(event.at_s)
                self._happen(event)
            self._until_boot(end_s)
            self._day_is_over(say)

    def _until_boot(self, at_s: float) -> None:
        left_ms = self._boot0_ms + at_s * 1000 - self.clock.boot_ms()
        self.loop.run_until(self.clock.monotonic_ms() + max(0.0, left_ms))

    def _happen(self, event: Event) -> None:
        self.result.events[event.what] += 1
        acts: dict[What, Callable[[Event], None]] = {
            What.SLEEP: self._sleep,
            What.STEP: self._step,
            What.LOSS: self._lose,
            What.NOISE: self._noisy,
            What.NETWORK: self._move,
            What.RESOLVERS: self._other_resolvers,
            What.ZONE: lambda e: self._set_zone(e.detail),
        }
        acts[event.what](event)

    def _sleep(self, event: Event) -> None:
        at_ms = self.clock.wall_ms()
        self.clock.sleep(event.lasts_s * 1000)
        self.result.gaps.append(TrueGap(at_ms, self.clock.wall_ms(), GapWhy.SLEEP))

    def _step(self, event: Event) -> None:
        self._set_clock(event.amount)
        if event.lasts_s:
            self.loop.after(event.lasts_s, lambda: self._set_clock(-event.amount))

    def _set_clock(self, by_s: float) -> None:
        before_ms = self.clock.wall_ms()
        self._lived.append(Lived(self._lives_since_ms, before_ms, self.network.asked_ms))
        self.clock.step(by_s * 1000)
        after_ms = self._lives_since_ms = self.clock.wall_ms()
        if by_s < 0:
            mine = [replace_end(gap, after_ms) for gap in self.result.gaps]
            self.result.gaps = [*mine, TrueGap(after_ms, after_ms, GapWhy.CLOCK)]
            return
        # where the clock had been set back, it goes over what it has already lived through
        grid_ms = self._grid_s * 1000
        earlier = [
            lived.until(after_ms - EDGE_MS, grid_ms)
            for lived in self._lived
            if lived.first_ms < after_ms - EDGE_MS
        ]
        at_ms, earliest_ms = max(earlier, default=(before_ms, before_ms))
        gap = TrueGap(at_ms, after_ms, GapWhy.CLOCK, earliest_ms)
        if at_ms <= before_ms:
            gap = TrueGap(before_ms, after_ms, GapWhy.CLOCK)
        self.result.gaps.append(gap)

    def _lose(self, event: Event) -> None:
        assert event.cause is not None
        self._truth(event.cause)
        if event.cause is CauseCode.BANK_CLOSED:
            self.session.end(How.RESET, event.lasts_s)
            return
        leg = DEAD[event.cause]
        self.network.dead.add(leg)
        self.session.way_died()
        self._tell_link(leg)
        self.loop.after(event.lasts_s, lambda: self._back(leg))

    def _back(self, leg: Leg) -> None:
        self.network.dead.discard(leg)
        self._tell_link(leg)
        self.session.way_returned()

    def _tell_link(self, leg: Leg) -> None:
        if leg is Leg.LINK and self.watcher.changed is not None:
            self.watcher.changed(self.network.link_values())

    def _noisy(self, event: Event) -> None:
        self.network.noise_left = round(event.amount)

    def _move(self, event: Event) -> None:
        """Change the network; where the address changes, the session that hung on it ends."""
        net, chance = self.network, self._noise
        if event.detail in ("vpn", "no vpn"):
            net.vpn = event.detail == "vpn"
        else:
            third = chance.randrange(2, 250)
            net.kind = "ethernet" if event.detail == "ethernet" else "wifi"
            if event.detail != "address":
                net.ssid = event.detail
                net.gateway = f"192.168.{third}.1"
                net.resolvers = f"192.168.{third}.1,198.51.100.53"
            prefix = net.gateway.rpartition(".")[0]
            net.address = f"{prefix}.{chance.randrange(20, 250)}"
            self._truth(CauseCode.ROAMING)
            self.session.end(How.TIMEOUT, 4.0)
        if self.watcher.changed is not None:
            self.watcher.changed({**net.link_values(), **net.wifi_values()})

    def _other_resolvers(self, _: Event) -> None:
        second = f"198.51.100.{self._noise.randrange(2, 250)}"
        self.network.resolvers = f"{self.network.gateway},{second}"

    def _truth(self, cause: CauseCode) -> None:
        truth = Truth(self.clock.wall_ms(), cause, self._grid_s * 1000)
        self.result.truths.append(truth)

    def _set_zone(self, zone: str) -> None:
        os.environ["TZ"] = zone
        time.tzset()
        self.result.zones.append((self.clock.wall_ms(), zone))

    # -- the figures

    def _minute(self) -> None:
        """Have the report's process live at the same time as we, and look at what is held."""
        ahead_s = self.clock.wall_ms() / 1000 - time.time()
        os.environ["FAKETIME"] = f"{ahead_s:+.0f}"
        self._seen.append(held(os.getpid(), self._data_dir / "walletwatch.db"))
        self._blocks.append(sys.getallocatedblocks())
        self.loop.after(600.0, self._minute)

    def _day_is_over(self, say: Callable[[str], None]) -> None:
        spent_s = time.process_time()
        number = len(self.result.days) + 1
        earlier = sum(day.asked for day in self.result.days)
        asked, cpu_s = self.network.asked - earlier, spent_s - self._cpu_s
        stays_mib = min(seen.rss_mib for seen in self._seen)
        day = Day(number, most(self._seen), asked, cpu_s, min(self._blocks), stays_mib)
        self.result.days.append(day)
        self._cpu_s = spent_s
        self._seen = self._seen[-1:]
        self._blocks = self._blocks[-1:]
        self._read_gaps()
        what = day.held
        say(
            f"{number:4d}  {_date(self.clock.wall_ms())}  {day.asked:7d}  {day.cpu_s:6.1f}"
            f"  {what.rss_mib:6.1f}  {what.threads:3d}  {what.fds:3d}"
            f"  {what.wal_mib:5.2f}  {what.db_mib:6.2f}  {day.blocks:7d}"
        )

    def _read_gaps(self) -> None:
        """Read the gaps that are new: old ones are pruned as the months go by."""
        path = self._data_dir / "walletwatch.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT id, at_ms, until_ms, why FROM gap").fetchall()
        for number, at_ms, until_ms, why in rows:
            self._gaps_found[number] = Gap(at_ms, until_ms, GapWhy(why))
        self.result.gaps_found = list(self._gaps_found.values())

    def _count_jobs(self) -> None:
        now_ms = self.clock.monotonic_ms()
        for name, job in self.schedule.jobs.items():
            due = int((now_ms - job.first_ms) // job.step_ms) + 1 if now_ms >= job.first_ms else 0
            self.result.jobs[name] = (job.runs, due)


def replace_end(gap: TrueGap, set_back_to_ms: int) -> TrueGap:
    """Return the gap, which ends where a clock that was set back will go through its time."""
    if gap.why is GapWhy.CLOCK and gap.at_ms < set_back_to_ms < gap.until_ms:
        return replace(gap, until_ms=set_back_to_ms)
    return gap


def _date(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d}"


def prepare() -> None:
    """Settle this process as the daemon settles its own."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    share_one_heap()


def run(
    plan: Plan,
    data_dir: Path,
    store: StoreSettings,
    grid_s: float,
    fine_days: int,
    say: Callable[[str], None],
) -> Result:
    """Play the plan: on a coarse grid at first, and its last days on the 5 s of the defaults."""
    settings = soak_settings(grid_s, store)
    turns = [(settings, plan.days - fine_days)]
    if fine_days:
        turns.append((replace(settings, interval_s=5.0), plan.days))
    soak = Soak(plan, data_dir, settings)
    result = soak.run(turns, say)
    result.fine_days = fine_days
    return result
