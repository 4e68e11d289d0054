"""The grid holds on the monotonic clock, whatever happens to the wall clock."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from monitor.clock import Clock, SystemClock
from monitor.daemon.schedule import EARLY_MS, PROMPT, SAMPLING, GridTrigger, Schedule
from tests.clocks import ShiftedClock
from tests.waiting import wait_until


def wall(clock: Clock) -> datetime:
    """Return what the scheduler reads before it asks a trigger."""
    return datetime.fromtimestamp(clock.wall_ms() / 1000, UTC)


def test_the_next_point_only_after_a_jump_of_a_year() -> None:
    clock = ShiftedClock()
    trigger = GridTrigger(clock, 5.0, 0.0)
    first = trigger.get_next_fire_time(None, wall(clock))
    clock.ahead_ms = 365 * 86_400_000
    second = trigger.get_next_fire_time(first, wall(clock))
    assert 364 < (second - first).total_seconds() / 86_400 < 366
    assert (second.timestamp() * 1000 - clock.wall_ms()) <= 5_000 + EARLY_MS


def test_a_clock_set_back_while_the_scheduler_asks_does_not_keep_it_asking() -> None:
    clock = ShiftedClock(ahead_ms=365 * 86_400_000)
    trigger = GridTrigger(clock, 5.0, 0.0)
    first = trigger.get_next_fire_time(None, wall(clock))
    read_before = wall(clock) + timedelta(seconds=1)
    clock.ahead_ms = 0
    assert trigger.get_next_fire_time(first, read_before) > read_before
    assert 0 < (trigger.due() - wall(clock)).total_seconds() <= 5.01


@dataclass
class StandingClock:
    """A clock that goes only where the test puts it."""

    now_ms: float = 5_000.0

    def wall_ms(self) -> int:
        return 1_795_000_000_000 + int(self.now_ms)

    def monotonic_ms(self) -> float:
        return self.now_ms

    def boot_ms(self) -> float:
        return self.now_ms


def test_a_run_that_begins_a_little_early_is_not_run_again_at_its_point() -> None:
    clock = StandingClock()
    trigger = GridTrigger(clock, 1.0, 0.0)
    first = trigger.get_next_fire_time(None, wall(clock))
    assert first.timestamp() * 1000 - clock.wall_ms() < 2
    for _ in range(3):  # the scheduler asks more than once for each run
        clock.now_ms += 0.25
        second = trigger.get_next_fire_time(first, wall(clock))
        assert 998 < (second - first).total_seconds() * 1000 <= 1001


def test_a_job_that_hangs_delays_no_other() -> None:
    schedule = Schedule(ShiftedClock(), 8)
    release = threading.Event()
    ran = threading.Semaphore(0)
    schedule.start()
    try:
        for number in range(4):
            schedule.every(f"hung {number}", 0.05, lambda: bool(release.wait(20)), pool=SAMPLING)
        schedule.every("healthy", 0.05, ran.release, pool=SAMPLING)
        assert all(ran.acquire(timeout=2) for _ in range(10))
    finally:
        release.set()
        schedule.stop()


def test_a_job_goes_on_after_its_replacement_and_ends_when_removed() -> None:
    schedule = Schedule(ShiftedClock(), 2)
    ran = threading.Semaphore(0)
    schedule.start()
    try:
        schedule.every("job", 60.0, ran.release, phase_s=60.0)
        assert not ran.acquire(timeout=0.05)
        schedule.now("job")
        assert ran.acquire(timeout=2)
        schedule.every("job", 0.05, ran.release)
        assert all(ran.acquire(timeout=2) for _ in range(3))
        schedule.remove("job")
    finally:
        schedule.stop()


def test_prompt_jobs_share_one_wake_up_of_one_thread() -> None:
    schedule = Schedule(ShiftedClock(), 2)
    ran: list[tuple[str, str, float]] = []

    def note(name: str) -> None:
        at_ms = SystemClock().monotonic_ms()
        ran.append((name, threading.current_thread().name, at_ms))

    for name, phase_s in (("one", 0.0), ("two", 0.0), ("half", 0.1)):
        schedule.every(name, 0.2, partial(note, name), phase_s=phase_s, pool=PROMPT, aligned=True)
    schedule.start()
    try:
        assert wait_until(lambda: len(ran) >= 12)
    finally:
        schedule.stop()
    assert len({thread for _, thread, _ in ran}) == 1
    ones = [at_ms for name, _, at_ms in ran if name == "one"]
    twos = [at_ms for name, _, at_ms in ran if name == "two"]
    assert all(abs(one - two) < 50 for one, two in zip(ones, twos, strict=False))


def test_a_prompt_job_may_change_the_schedule_that_runs_it() -> None:
    schedule = Schedule(ShiftedClock(), 2)
    ran = threading.Semaphore(0)

    def end_itself() -> None:
        schedule.remove("first")
        schedule.every("second", 0.05, ran.release, pool=PROMPT)
        schedule.once("third", ran.release, pool=SAMPLING)

    schedule.start()
    try:
        schedule.every("first", 0.05, end_itself, pool=PROMPT)
        assert all(ran.acquire(timeout=2) for _ in range(4))
    finally:
        schedule.stop()


def test_a_job_that_was_moved_runs_then_and_not_before() -> None:
    schedule = Schedule(ShiftedClock(), 2)
    ran = threading.Semaphore(0)
    schedule.start()
    try:
        schedule.every("far", 3600.0, ran.release, phase_s=3600.0, pool=PROMPT)
        began_ms = SystemClock().monotonic_ms()
        schedule.move("far", began_ms + 300)
        assert ran.acquire(timeout=3)
        assert SystemClock().monotonic_ms() - began_ms >= 298
    finally:
        schedule.stop()


def test_the_clocks_are_looked_at_though_nothing_is_due() -> None:
    schedule = Schedule(ShiftedClock(), 2)
    looked = threading.Semaphore(0)
    schedule.at_each_wake_up(looked.release)
    schedule.start()
    try:
        assert all(looked.acquire(timeout=3) for _ in range(3))
    finally:
        schedule.stop()
