import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.daemon.pulse import Pulse
from monitor.daemon.sd_notify import Manager, watchdog_s
from monitor.locale import translator


class HandClock:
    """Set by hand; slept through as a laptop does: only the wall and boot clocks go on."""

    def __init__(self) -> None:
        self.wall, self.monotonic, self.boot = 1_800_000_000_000, 0.0, 0.0

    def wall_ms(self) -> int:
        return self.wall

    def monotonic_ms(self) -> float:
        return self.monotonic

    def boot_ms(self) -> float:
        return self.boot

    def run(self, seconds: float) -> None:
        self.monotonic += seconds * 1000
        self.sleep(seconds)

    def sleep(self, seconds: float) -> None:
        self.wall += int(seconds * 1000)
        self.boot += seconds * 1000


class Asking:
    """A sampler that asks each `step_s`, or nobody at all."""

    def __init__(self, step_s: float | None = 5.0) -> None:
        self.step_s = step_s

    def quickest_step_s(self) -> float | None:
        return self.step_s


class Answering:
    """A writer whose thread answers, until it is told not to."""

    def __init__(self) -> None:
        self.is_well = True

    def ask(self) -> None:
        return None

    def has_answered(self) -> bool:
        return self.is_well


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def heard(ear: socket.socket) -> list[str]:
    found: list[str] = []
    try:
        while True:
            found.append(ear.recv(4096).decode())
    except BlockingIOError:
        return found


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def pulse(ear: socket.socket, clock: HandClock) -> Pulse:
    words = {"NOTIFY_SOCKET": ear.getsockname(), "WATCHDOG_USEC": "60000000"}
    return Pulse(words, 7, clock, translator("en"))


def test_the_sign_is_due_three_times_a_period(pulse: Pulse) -> None:
    assert pulse.step_s == 20.0


def test_it_is_given_while_samples_come(pulse: Pulse, clock: HandClock, ear: socket.socket) -> None:
    for _ in range(3):
        clock.run(20.0)
        pulse.sampled()
        pulse.give(Asking(), Answering())
    assert heard(ear) == ["WATCHDOG=1"] * 3


def test_it_is_not_given_when_samples_stay_out(
    pulse: Pulse, clock: HandClock, ear: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        clock.run(20.1)
        pulse.give(Asking(), Answering())
    assert heard(ear) == []
    assert len(caplog.records) == 1, "said once, not each time"


def test_a_slow_grid_is_not_a_hanging_one(
    pulse: Pulse, clock: HandClock, ear: socket.socket
) -> None:
    clock.run(170.0)
    pulse.give(Asking(60.0), Answering())
    clock.run(20.0)
    pulse.give(Asking(60.0), Answering())
    assert heard(ear) == ["WATCHDOG=1"]


def test_who_has_nobody_to_ask_is_well(pulse: Pulse, clock: HandClock, ear: socket.socket) -> None:
    clock.run(600.0)
    pulse.give(Asking(None), Answering())
    assert heard(ear) == ["WATCHDOG=1"]


def test_it_is_not_given_while_the_writer_hangs(pulse: Pulse, ear: socket.socket) -> None:
    writer = Answering()
    writer.is_well = False
    pulse.give(Asking(), writer)
    assert heard(ear) == []
    writer.is_well = True
    pulse.give(Asking(), writer)
    assert heard(ear) == ["WATCHDOG=1"]


def test_a_night_asleep_is_no_hanging(pulse: Pulse, clock: HandClock, ear: socket.socket) -> None:
    clock.run(10.0)
    pulse.sampled()
    clock.sleep(9 * 3600.0)
    clock.run(1.0)
    pulse.give(Asking(), Answering())
    assert heard(ear) == ["WATCHDOG=1"]


def test_a_stop_that_was_noticed_is_no_hanging(
    pulse: Pulse, clock: HandClock, ear: socket.socket
) -> None:
    clock.run(3600.0)  # the whole machine stood still, as a virtual one may
    pulse.forget()
    pulse.give(Asking(), Answering())
    assert heard(ear) == ["WATCHDOG=1"]


def test_the_end_and_the_state_are_told_in_the_users_language(
    pulse: Pulse, ear: socket.socket
) -> None:
    pulse.ready(1)
    pulse.ready(9)
    pulse.ending()
    assert heard(ear) == [
        "READY=1\nSTATUS=Watching 1 target",
        "READY=1\nSTATUS=Watching 9 targets",
        "STOPPING=1\nSTATUS=Ending",
    ]


def test_without_a_manager_nothing_is_told(clock: HandClock) -> None:
    silent = Pulse({}, 7, clock, translator("en"))
    assert silent.step_s is None
    silent.ready(9)
    silent.ending()


def test_a_manager_that_is_gone_is_survived(tmp_path: Path) -> None:
    Manager(str(tmp_path / "nobody")).tell("READY=1")


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({}, None),
    ],
)
def test_the_watchdogs_period(words: dict[str, str], seconds: float | None) -> None:
    assert watchdog_s({"NOTIFY_SOCKET": "/run/x", **words}, 7) == seconds
    assert watchdog_s(words, 7) is None
