"""A stuck desktop stops nothing: notices wait in a bounded queue, the newest count."""

import logging
import queue
import select
import socket
import threading
from pathlib import Path

import pytest

from monitor.model import Delivery, Notice, NoticeKind
from monitor.notify.worker import DROPPED, QUEUE_LENGTH, NoticeWorker
from tests.waiting import wait_until

DEADLINE_S = 5.0
LOG = logging.getLogger("notices")


def notice(number: int) -> Notice:
    return Notice(NoticeKind.TEST, 1, f"notice {number}", "first\nsecond", id=number)


class Desktop:
    """Shows what it is given, once it is let."""

    def __init__(self, delivery: Delivery = Delivery.SENT) -> None:
        self.delivery = delivery
        self.let = threading.Event()
        self.shows = threading.Event()
        self.is_closed = False
        self.done: queue.Queue[tuple[int | None, Delivery, str]] = queue.Queue()

    def show(self, notice: Notice) -> tuple[Delivery, str]:
        self.shows.set()
        assert self.let.wait(DEADLINE_S)
        return self.delivery, "toy"

    def fileno(self) -> int | None:
        return None

    def wait_s(self) -> float | None:
        return None

    def hear(self) -> None:
        raise AssertionError("nothing can be heard here")

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.let.set()

    def note(self, shown: Notice, delivery: Delivery, backend: str) -> None:
        self.done.put((shown.id, delivery, backend))

    def take(self, count: int) -> list[tuple[int | None, Delivery, str]]:
        return [self.done.get(timeout=DEADLINE_S) for _ in range(count)]


def test_notices_are_shown_in_order() -> None:
    desktop = Desktop()
    desktop.let.set()
    worker = NoticeWorker(desktop, desktop.note, LOG)
    for number in range(3):
        worker.put(notice(number))
    assert desktop.take(3) == [(n, Delivery.SENT, "toy") for n in range(3)]
    assert worker.stop(DEADLINE_S)


def test_a_full_queue_drops_the_oldest_and_says_so() -> None:
    desktop = Desktop()
    worker = NoticeWorker(desktop, desktop.note, LOG)
    worker.put(notice(0))
    assert desktop.shows.wait(DEADLINE_S)  # it is stuck with this one
    for number in range(1, QUEUE_LENGTH + 3):
        worker.put(notice(number))
    assert desktop.take(2) == [(1, Delivery.FAILED, DROPPED), (2, Delivery.FAILED, DROPPED)]
    desktop.let.set()
    shown = desktop.take(QUEUE_LENGTH + 1)
    assert [number for number, _, _ in shown] == [0, *range(3, QUEUE_LENGTH + 3)]
    assert worker.stop(DEADLINE_S)


def test_stop_leaves_what_waits_and_does_not_wait_for_a_stuck_desktop() -> None:
    desktop = Desktop()
    worker = NoticeWorker(desktop, desktop.note, LOG)
    worker.put(notice(0))
    worker.put(notice(1))
    assert desktop.shows.wait(DEADLINE_S)
    assert not worker.stop(0.01)
    worker.put(notice(2))
    desktop.let.set()
    assert desktop.take(1) == [(0, Delivery.SENT, "toy")]
    assert worker.stop(DEADLINE_S)
    assert desktop.done.empty()


def test_stop_before_the_first_notice() -> None:
    desktop = Desktop()
    assert NoticeWorker(desktop, desktop.note, LOG).stop(0.0)


@pytest.mark.parametrize("delivery", [Delivery.LOGGED, Delivery.FAILED, Delivery.UNKNOWN])
def test_what_was_not_surely_shown_can_be_read_in_the_log(
    delivery: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    desktop = Desktop(delivery)
    desktop.let.set()
    worker = NoticeWorker(desktop, desktop.note, LOG)
    with caplog.at_level(logging.WARNING):
        worker.put(notice(5))
        desktop.take(1)
        assert worker.stop(DEADLINE_S)
    assert caplog.messages == [f"notice ({delivery}): notice 5: first second"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_ends_one_notice_and_not_those_after_it() -> None:
    crashed: list[threading.Thread] = []

    class Crashing(Desktop):
        def show(self, notice: Notice) -> tuple[Delivery, str]:
            if notice.id == 0:
                crashed.append(threading.current_thread())
                self.done.put((0, Delivery.PENDING, "crash"))
                raise ValueError("a bug")
            return super().show(notice)

    desktop = Crashing()
    desktop.let.set()
    worker = NoticeWorker(desktop, desktop.note, LOG)
    worker.put(notice(0))
    desktop.take(1)
    crashed[0].join(DEADLINE_S)
    worker.put(notice(1))
    assert desktop.take(1) == [(1, Delivery.SENT, "toy")]
    assert worker.stop(DEADLINE_S)


class TalkingDesktop(Desktop):
    """Says something now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.let.set()
        self.ours, self.theirs = socket.socketpair()
        self.heard: queue.Queue[bytes] = queue.Queue()
        self.due_s: float | None = None

    def fileno(self) -> int | None:
        return self.ours.fileno()

    def wait_s(self) -> float | None:
        return self.due_s

    def hear(self) -> None:
        self.due_s = None
        ready, _, _ = select.select([self.ours], [], [], 0)
        self.heard.put(self.ours.recv(100) if ready else b"")

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


def test_what_the_desktop_says_is_heard_between_notices() -> None:
    desktop = TalkingDesktop()
    worker = NoticeWorker(desktop, desktop.note, LOG)
    worker.put(notice(0))
    desktop.take(1)
    desktop.theirs.send(b"pressed")
    assert desktop.heard.get(timeout=DEADLINE_S) == b"pressed"
    desktop.due_s = 0.01
    worker.put(notice(1))
    assert desktop.heard.get(timeout=DEADLINE_S) == b""
    assert worker.stop(DEADLINE_S)


def test_nothing_wakes_the_thread_while_nothing_happens() -> None:
    desktop = Desktop()
    desktop.let.set()
    worker = NoticeWorker(desktop, desktop.note, LOG)
    worker.put(notice(0))
    desktop.take(1)
    [thread] = [t for t in threading.enumerate() if t.name == "notices"]
    assert thread.native_id is not None
    status = Path(f"/proc/self/task/{thread.native_id}/status")
    if not status.exists():
        pytest.skip("no /proc here")
    wait_until(lambda: "S (sleeping)" in status.read_text(), DEADLINE_S, "the thread to sleep")
    before = switches(status)
    threading.Event().wait(1.0)
    assert switches(status) == before
    assert worker.stop(DEADLINE_S)
    assert desktop.is_closed


def switches(status: Path) -> list[str]:
    """How often the thread gave up, or lost, its processor."""
    return [line for line in status.read_text().splitlines() if "ctxt_switches" in line]
