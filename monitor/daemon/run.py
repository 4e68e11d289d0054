"""The daemon: every real thing built, wired and started, and ended in order.

What happens when is here; what it means is in `pipeline` and the rooms it calls. Samples wait in
the writer's batch; everything that happens (a session change, a state, a gap) is stored at once
and evaluated at once.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from monitor import __version__
from monitor.clock import Clock, SystemClock, follow_zone
from monitor.config.settings import Settings
from monitor.daemon.announce import Announcer
from monitor.daemon.boundary import guarded
from monitor.daemon.care import CARE_STATES, REMIND_PHASE_S, REMIND_S, Care
from monitor.daemon.closer import Beside
from monitor.daemon.edge import THIS_MACHINE, Edge
from monitor.daemon.ending import end_signals, ended_by
from monitor.daemon.evaluation import EVALUATE_S, Evaluation
from monitor.daemon.first_look import Begun, FirstLook
from monitor.daemon.footprint import (
    allow_descriptors,
    give_back,
    settle_memory,
    share_one_heap,
)
from monitor.daemon.home import Home
from monitor.daemon.network import network_now
from monitor.daemon.own_use import own_use
from monitor.daemon.pulse import Pulse
from monitor.daemon.sampler import Sampler
from monitor.daemon.sources import peers
from monitor.daemon.states import States, reading_job
from monitor.daemon.steps import in_steps
from monitor.daemon.targets import SYSTEM_RESOLVERS, Place, places, step_of
from monitor.daemon.watch import ClockWatch
from monitor.daemon.weekly import LOOK_PHASE_S, LOOK_S, WeeklyReport, command_of
from monitor.device.resolvers import RESOLVERS_KEY
from monitor.locale import N_, SentenceError, Translator
from monitor.model import (
    Gap,
    GapWhy,
    Leg,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    StateValue,
)
from monitor.probes.interface import ProbeError
from monitor.store.interface import StoreError
from monitor.store.lock import Lock, hold
from monitor.store.retention import Keep
from monitor.store.sqlite import Store, open_store
from monitor.store.tightening import look_above
from monitor.store.veil import settle as settle_names
from monitor.wallet.attempt import TrustError

log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.0005
"""A thread that computes holds the others up for this long at most; Python's own 5 ms would be
added to every round trip that is measured meanwhile."""

SAVER_KEY = "power.battery_saver"
STEP_KEY = "monitor.interval_s"

PROMPT_STATES = ("link.", "network.", "power.", "app.")
"""Keys whose changes do not wait for the batch."""

BEAT_S = 3600.0
"""A sign of life beside the samples, which are one themselves: for a machine with no targets. What
the daemon itself takes is noted with it, and at the end."""

ROLLUP_S = 3600.0
PRUNE_S = 24 * 3600.0
PRUNE_PHASE_S = 1200.0
"""Not at start: a machine that has just booted may not know the time yet."""

FIRST_ROUND_S = 2.5
"""The first round is waited for this long before the daemon says that it is ready."""

STOP_S = 1.5
"""What is still to be written at the end has this long."""

DESCRIPTORS = 8192
"""A thousand targets that all keep silent, in a closer look, and what else is open."""

THREADS_PER_TARGET = 7
SPARE_THREADS = 8
"""Sampling threads: a slow question and six of the closer look in flight for each target."""


class StartError(SentenceError):
    """Something that the settings name cannot be used: one sentence with which and the mend."""


def run(
    settings: Settings,
    data_dir: Path,
    *,
    tr: Translator,
    duration_s: float | None = None,
    live: bool = False,
    config: Path | None = None,
    look: FirstLook | None = None,
) -> int:
    """Watch until a signal of `end_signals` or the end of `duration_s`; return the exit code.

    `config` is the file that the settings come from, for the process that writes the report;
    `look` has begun to ask already.

    Raises:
        StoreError: the data directory cannot be used, or another daemon uses it.
        StartError: something that the settings name cannot be used.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    share_one_heap()
    allow_descriptors(DESCRIPTORS)
    with ended_by(*end_signals()) as ended, hold(data_dir) as held:
        if ended.is_set():
            return 0  # asked to end while it was loading
        settle_names(data_dir, is_wanted=settings.privacy.hash_names)
        look_above(data_dir)
        store = open_store(data_dir)
        if store.is_demo():
            store.close()
            words = N_("{dir} holds the demo's data; name another place with --data-dir")
            raise StartError(words, dir=data_dir)
        if store.hide_names():
            log.info("names of networks are stored as hashes from now on, the earlier ones too")
        try:
            daemon = Daemon(settings, store, SystemClock(), tr, config)
        except (ProbeError, TrustError) as error:
            store.close()
            raise StartError(error.text, **error.values) from error
        except ValueError as error:
            store.close()
            raise StartError(str(error)) from error
        try:
            daemon.start(None if look is None else look.hand_over())
            daemon.keep(held, ended.set)
            print("walletwatch: ready", file=sys.stderr, flush=True)  # noqa: T201  the contract
            if live:
                from monitor.daemon.live import show

                show(daemon, tr, ended, duration_s)
            else:
                ended.wait(duration_s)
        finally:
            daemon.stop()
            store.close()
        if daemon.is_displaced:
            raise StoreError(
                "{path} was deleted, and another walletwatch watches with it now: this one ends",
                path=data_dir,
            )
    return 0


class Daemon:
    """Everything that runs, and what each part tells the others."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        tr: Translator,
        config: Path | None = None,
        edge: Edge = THIS_MACHINE,
    ) -> None:
        self.settings = settings
        self.latest: dict[str, Sample] = {}
        self.sessions: dict[str, SessionChange] = {}
        self._clock = clock
        self._store = store
        self._edge = edge
        self._controls = settings.controls()
        self._writer = edge.writer(store, clock, settings.store.flush_s)
        self._announcer = Announcer(settings, self._writer, clock, tr, edge.desktop)
        self._daily_care = Care(settings, clock, tr, self._announcer.tell)
        self._weekly = WeeklyReport(
            settings,
            clock,
            tr,
            command_of(store.path.parent, config, tr.language),
            self._announcer.tell,
            partial(self._on_writer, "weekly report"),
        )
        self._schedule = edge.schedule(clock, self._thread_count())
        self._evaluation = Evaluation(
            clock,
            self._schedule,
            self._on_writer,
            self._controls,
            self._announcer.consider,
            tr,
        )
        self.states = States(clock, self._stated, self._moved)
        self._sampler = Sampler(
            edge.probes(settings),
            self._schedule,
            clock,
            self._sampled,
            self._trouble,
            self._returned,
            tr,
        )
        self._pulse = Pulse(os.environ, os.getpid(), clock, tr)
        self._sources = edge.sources(settings, clock)
        self._beside = Beside(
            self._schedule,
            self._sampler,
            self.states,
            self._sources,
            self._walk_target,
            edge.walk,
        )
        self._schedule.at_each_wake_up(ClockWatch(clock, self._jumped).look)
        self._readers = edge.readers()
        self._following = threading.Lock()
        self._is_started = False
        self.is_displaced = False
        """Another daemon has taken the data directory."""
        self._run_id: int | None = None

    def start(self, begun: Begun | None = None) -> None:
        """Begin to watch, or go on with what was begun; returns once the first round is stored."""
        now_ms = self._clock.wall_ms() if begun is None else begun.since_ms
        self._note_the_stop(now_ms)
        self._run_id = self._store.start_run(now_ms, os.getpid(), __version__)
        self.states.read_now(self._readers)
        self._keep_pace()
        self._schedule.start()
        for source in self._sources:
            source.start(self._session_changed)
        self._sampler.first_round(self._places(), FIRST_ROUND_S, begun)
        self._note_own_use(now_ms)
        self._writer.flush()
        self._on_writer("notices left", self._announcer.resume)
        self._evaluation.look()  # what the last run stored and did not live to look at
        self._follow()
        self._is_started = True
        self.states.schedule(self._readers, self._schedule)
        self.states.watch(self._edge.watchers())
        self._care()
        settle_memory()
        self._pulse.ready(len(self._places()))

    def keep(self, held: Lock, end: Callable[[], None]) -> None:
        """Hold on to the data directory from now on; `end` is called where another has taken it."""

        def leave() -> None:
            self.is_displaced = True
            end()

        write = partial(self._on_writer, "answer", is_once=True)
        home = Home(self._store.path.parent, held, write, self._beat, leave)
        self._schedule.at_each_wake_up(home.look)

    def stop(self) -> None:
        """End everything and store what is not stored yet."""
        self._pulse.ending()
        self._schedule.stop()
        self._sampler.stop()
        for source in self._sources:
            source.stop()
        self.states.stop()
        self._weekly.stop()
        if self._run_id is not None:
            ended_ms = self._clock.wall_ms()
            self._note_own_use(ended_ms)
            self._writer.call(partial(_end_run, run_id=self._run_id, at_ms=ended_ms))
        self._writer.stop(STOP_S)
        self._announcer.stop()

    def _thread_count(self) -> int:
        settings = self.settings
        hosts = len(settings.anchors.hosts) + len(settings.anchors.hosts_v6)
        resolvers = len(settings.resolvers.hosts) + SYSTEM_RESOLVERS
        targets = 2 * hosts + resolvers + len(settings.wallets) + 3
        return SPARE_THREADS + THREADS_PER_TARGET * targets

    def _places(self) -> list[Place]:
        states = self.states.current()
        step_s = step_of(self.settings, states.get(SAVER_KEY))
        return places(self.settings, network_now(states, peers(self._sources)), step_s)

    def _follow(self) -> None:
        """Ask what is to be asked now, and forget what came from routers and servers of before."""
        with self._following:  # several threads bring news; the newest places must come last
            places = self._places()
            self._sampler.follow(places)
        followed = {(place.target.role, place.target.name) for place in places}
        for key, sample in list(self.latest.items()):
            if (sample.target.role, sample.target.name) not in followed:
                self.latest.pop(key, None)

    def _keep_pace(self) -> None:
        """Tell how often is asked now: less on battery saver."""
        saver = self.states.current().get(SAVER_KEY)
        self.states.take({STEP_KEY: step_of(self.settings, saver)})

    def _walk_target(self) -> str | None:
        """Return where the way is walked to: the first wallet's address, else an anchor's."""
        found = peers(self._sources)
        own = [address for name, address in found.items() if name not in self._controls]
        return next(iter([*own, *self.settings.anchors.hosts]), None)

    def _look_closer(self, *, force: bool = False) -> None:
        if self._sampler.look_closer(force=force):
            self._beside.begin()

    def _note_the_stop(self, now_ms: int) -> None:
        """Store the time since the last run as not observed."""
        last_ms = self._store.last_alive_ms(now_ms)
        self._evaluation.begin_from(last_ms)
        if last_ms is not None:
            self._store.add_records([Gap(min(last_ms, now_ms), now_ms, GapWhy.STOPPED)])

    def _care(self) -> None:
        """Schedule what is done regularly besides sampling and reading."""
        every = partial(self._schedule.every, aligned=True)
        every(
            "evaluate", EVALUATE_S, guarded("evaluate", self._evaluation.look), phase_s=EVALUATE_S
        )
        every("beat", BEAT_S, guarded("beat", self._beat), phase_s=BEAT_S)
        every("roll-up", ROLLUP_S, guarded("roll-up", self._roll_up), phase_s=ROLLUP_S)
        every("prune", PRUNE_S, guarded("prune", self._prune), phase_s=PRUNE_PHASE_S)
        every("care", REMIND_S, guarded("care", self._remind), phase_s=REMIND_PHASE_S)
        every("report", LOOK_S, guarded("report", self._report), phase_s=LOOK_PHASE_S)
        step_s = self._pulse.step_s
        if step_s is not None:
            every("pulse", step_s, guarded("pulse", self._give_pulse), phase_s=step_s)

    def _give_pulse(self) -> None:
        self._pulse.give(self._sampler, self._writer)

    def _sampled(self, sample: Sample) -> None:
        self._pulse.sampled()
        self.latest[f"{sample.target.role} {sample.target.name} {sample.target.probe}"] = sample
        self._writer.later(sample)
        if sample.target.leg is Leg.PORTAL:
            self._look_around(sample)

    def _stated(self, change: StateChange) -> None:
        """Store what bears on a session at once; a number that wanders can wait."""
        if change.key.startswith(PROMPT_STATES):
            self._writer.event(change)
        else:
            self._writer.later(change)

    def _trouble(self, _sample: Sample) -> None:
        """Something that was heard a moment ago is not: look closer, at the sessions too."""
        self._look_closer()
        self._evaluation.alert()
        for source in self._sources:
            source.suspect()

    def _returned(self, _sample: Sample) -> None:
        for source in self._sources:
            source.path_returned()

    def _session_changed(self, change: SessionChange) -> None:
        self._writer.event(change)
        is_first = change.source == "session" and change.wallet not in self.sessions
        if change.source == "session":
            self.sessions[change.wallet] = change
            self._look_around()
        if change.state is SessionState.DOWN:
            self._look_closer(force=True)
        else:
            self._follow()
        if not (is_first and change.state is SessionState.UP):  # the first success ends nothing
            self._evaluation.alert()
            self._evaluation.look()

    def _moved(self, news: Mapping[str, StateValue]) -> None:
        """A state changed; what concerns the network is looked at now."""
        if self._is_started and not CARE_STATES.isdisjoint(news):
            self._look_around()
        is_link = any(key.startswith("link.") for key in news)
        is_ours = is_link or RESOLVERS_KEY in news or SAVER_KEY in news
        if not self._is_started or not is_ours:
            return
        self._keep_pace()
        self._follow()
        if not is_link:
            return
        self._schedule.now(reading_job(RESOLVERS_KEY))
        self._look_closer(force=True)
        self._evaluation.alert()
        for source in self._sources:
            if news.get("link.up") is True:
                source.path_returned()
            else:
                source.suspect()

    def _jumped(self, gap: Gap) -> None:
        """The machine slept, stood still or had its clock set: remember nothing across it."""
        log.info("not observed: %s, %.0f s", gap.why, (gap.until_ms - gap.at_ms) / 1000)
        self._pulse.forget()
        self._writer.event(gap)
        self._schedule.reanchor()
        self._sampler.forget()
        for source in self._sources:
            source.forget()
        self.states.announce()

    def _on_writer(
        self, name: str, task: Callable[[Store], None], *, is_once: bool = False
    ) -> None:
        """Have the writer do a task after what is queued; a bug in it is logged.

        `is_once`: one of this name that still waits for the disk need not be done as well.
        """

        def tell(future: Future[None]) -> None:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, StoreError):  # a sentence already; the next round tries again
                log.warning("%s: %s", name, error)
            elif error is not None:
                log.error("%s failed", name, exc_info=error)

        self._writer.call(task, name if is_once else "").add_done_callback(tell)

    def _report(self) -> None:
        """Look what is due; a traveller's day begins when it does where they are."""
        follow_zone()
        if self._weekly.may_be_due():
            self._on_writer("weekly report", self._weekly.look, is_once=True)

    def _remind(self) -> None:
        self._on_writer("care", self._daily_care.remind, is_once=True)

    def _look_around(self, sample: Sample | None = None) -> None:
        """Have a warning told where this network deserves one."""
        sessions = list(self.sessions.values())
        states = self._store.as_stored(self.states.current())
        warn = self._daily_care.warning_task(states, sessions, sample)
        if warn is not None:
            self._on_writer("warning", warn)

    def _beat(self) -> None:
        """Note that the run lives, and what it has cost."""
        assert self._run_id is not None
        at_ms = self._clock.wall_ms()
        self._note_own_use(at_ms)
        task = partial(_beat, run_id=self._run_id, at_ms=at_ms)
        self._on_writer("beat", task, is_once=True)

    def _note_own_use(self, at_ms: int) -> None:
        for key, value in own_use().items():
            self._writer.later(StateChange(at_ms, key, value))

    def _roll_up(self) -> None:
        now_ms = self._clock.wall_ms()
        later = partial(self._on_writer, "roll-up")
        in_steps(later, lambda store: store.rollup_steps(now_ms), give_back)

    def _prune(self) -> None:
        now_ms = self._clock.wall_ms()
        keep = self.settings.store
        days = Keep(keep.raw_days, keep.minute_days, keep.hour_days)
        later = partial(self._on_writer, "prune")
        in_steps(later, lambda store: store.prune_steps(now_ms, days), give_back)


def _beat(store: Store, run_id: int, at_ms: int) -> None:
    store.beat(run_id, at_ms)


def _end_run(store: Store, run_id: int, at_ms: int) -> None:
    store.end_run(run_id, at_ms)
