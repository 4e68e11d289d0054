"""One run: a world, the daemon in it, a fault that begins and ends, and what the daemon said."""

import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.lab.daemon import INTERVAL_S, Daemon, Options, Stopped
from tests.lab.faults import Fault
from tests.lab.instant import Instant
from tests.lab.namespaces import LabError
from tests.lab.servers.control import Answer
from tests.lab.world import World

SETTLE_S = 2 * INTERVAL_S + 1.0
"""Two rounds of every probe lie before the fault, so that there is a "before"."""
SEED = os.environ.get("LAB_SEED", "1")
"""Chooses where on the daemon's grid the faults begin; another seed looks at other places."""
SESSION_WITHIN_S = 20.0
RECOVER_WITHIN_S = 20.0
"""How long a disconnect may stay open after the truth's end before the run is given up."""
LAST_WORD_S = 4.0
"""After the end: a diagnosis may still be refined, and a second disconnect would show."""
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, how long it lasts, and what the daemon must make of it."""

    fault: Fault
    hows: frozenset[str] = frozenset()
    """Ways of ending that are true of this fault; empty: there is no disconnect."""
    causes: frozenset[str] = frozenset()
    start_within_s: float = INTERVAL_S
    """How far the disconnect's start may lie from the truth."""
    detect_within_s: float = 6.0
    """From the fault to the stored disconnect."""
    end_within_s: float = INTERVAL_S
    hold_s: float = 18.0
    settle_s: float = SETTLE_S
    """How long the session has stood before the fault, at least."""
    options: Options = field(default_factory=Options)
    before: tuple[Fault, ...] = ()
    """What holds already before the daemon starts, and throughout."""
    name: str = ""

    @property
    def id(self) -> str:
        """The test's name."""
        return self.name or self.fault.name


@dataclass(frozen=True, slots=True)
class Observation:
    """What came of one run."""

    began: Instant
    ended: Instant
    disconnects: tuple[dict[str, object], ...]
    """The lines of `disconnects --json`."""
    first_seen: dict[int, Instant]
    stopped: Stopped
    log: str
    bank_log: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """How one run goes, whatever comes of it."""

    fault: Fault
    settle_s: float
    hold_s: float
    expects_disconnect: bool
    options: Options = field(default_factory=Options)
    before: tuple[Fault, ...] = ()
    make_world: Callable[[], World] = World


def carry_out(case: Case, stopping: threading.Event) -> Observation:
    """Run one case from the first cable to the last word; raises LabError as `observe`."""
    settle_s = case.settle_s + random.Random(f"{case.id} {SEED}").uniform(0.0, INTERVAL_S)
    course = Course(case.fault, settle_s, case.hold_s, bool(case.hows), case.options, case.before)
    return observe(course, stopping)


def observe(course: Course, stopping: threading.Event) -> Observation:
    """Carry out one run.

    Raises:
        LabError: the world could not be built, the daemon did not get ready or keep its session.
    """
    with course.make_world() as world:
        for fault in course.before:
            fault.begin(world)
        with Daemon(world, course.options) as daemon:
            _wait_for(lambda: _has_session(world), SESSION_WITHIN_S, stopping, daemon)
            _pass(course.settle_s, stopping)
            began = course.fault.begin(world)
            _pass(course.hold_s, stopping)
            ended = course.fault.end(world)
            if course.expects_disconnect or daemon.rows:
                _wait_until_over(daemon, stopping)
            _pass(LAST_WORD_S, stopping)
            if daemon.rows:  # also one that was told after all was over
                _wait_until_over(daemon, stopping)
            if not daemon.is_alive():
                raise LabError(f"the daemon died; it said:\n{daemon.said()}")
            disconnects = tuple(daemon.disconnects())
            stopped = daemon.stop()
        return Observation(
            began=began,
            ended=ended,
            disconnects=disconnects,
            first_seen=daemon.first_seen,
            stopped=stopped,
            log=daemon.said(),
            bank_log=tuple(world.bank_log()),
        )


def _has_session(world: World) -> bool:
    return any(entry["what"] == "established" for entry in world.bank_log())


def _wait_until_over(daemon: Daemon, stopping: threading.Event) -> None:
    """Wait until every disconnect has its end; one that stays open is the test's to judge."""
    deadline_s = time.monotonic() + RECOVER_WITHIN_S
    while time.monotonic() < deadline_s:
        if daemon.rows and all(row.ended_at_ms is not None for row in daemon.rows):
            return
        _pass(POLL_S, stopping)


def _wait_for(
    is_so: Callable[[], bool], seconds: float, stopping: threading.Event, daemon: Daemon
) -> None:
    deadline_s = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline_s or not daemon.is_alive():
            raise LabError(f"no session within {seconds:.0f} s; the daemon said:\n{daemon.said()}")
        _pass(POLL_S, stopping)


def _pass(seconds: float, stopping: threading.Event) -> None:
    if stopping.wait(seconds):
        raise LabError("the lab was stopped")
