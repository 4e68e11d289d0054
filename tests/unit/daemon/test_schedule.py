"""The grid holds on the monotonic clock, whatever happens to the wall clock."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.clock import Clock, SystemClock
from monitor.daemon.schedule import EARLY_MS, SAMPLING, GridTrigger, Schedule


@dataclass
class SteppedClock:
    """The machine's clocks, with a wall clock that the test sets."""

    offset_ms: int = 0
    real: SystemClock = field(default_factory=SystemClock)

    def wall_ms(self) -> int:
        return self.real.wall_ms() + self.offset_ms

    def monotonic_ms(self) -> float:
        return self.real.monotonic_ms()

    def boot_ms(self) -> float:
        return self.real.boot_ms()


def wall(clock: Clock) -> datetime:
    """Return what the scheduler reads before it asks a trigger."""
    return datetime.fromtimestamp(clock.wall_ms() / 1000, UTC)


def test_the_next_point_only_after_a_jump_of_a_year() -> None:
    clock = SteppedClock()
    trigger = GridTrigger(clock, 5.0, 0.0)
    first = trigger.get_next_fire_time(None, wall(clock))
    clock.offset_ms = 365 * 86_400_000
    second = trigger.get_next_fire_time(first, wall(clock))
    assert 364 < (second - first).total_seconds() / 86_400 < 366
    assert (second.timestamp() * 1000 - clock.wall_ms()) <= 5_000 + EARLY_MS


def test_a_clock_set_back_while_the_scheduler_asks_does_not_keep_it_asking() -> None:
    clock = SteppedClock(offset_ms=365 * 86_400_000)
    trigger = GridTrigger(clock, 5.0, 0.0)
    first = trigger.get_next_fire_time(None, wall(clock))
    read_before = wall(clock) + timedelta(seconds=1)
    clock.offset_ms = 0
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
    schedule = Schedule(SteppedClock(), 8)
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
    schedule = Schedule(SteppedClock(), 2)
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
