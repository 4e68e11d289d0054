"""A stuck desktop stops nothing: notices wait in a bounded queue, the newest count."""

import logging
import queue
import threading

import pytest

from monitor.model import Delivery, Notice, NoticeKind
from monitor.notify.worker import DROPPED, QUEUE_LENGTH, NoticeWorker

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
        self.done: queue.Queue[tuple[int | None, Delivery, str]] = queue.Queue()

    def show(self, _notice: Notice) -> tuple[Delivery, str]:
        self.shows.set()
        assert self.let.wait(DEADLINE_S)
        return self.delivery, "toy"

    def note(self, shown: Notice, delivery: Delivery, backend: str) -> None:
        self.done.put((shown.id, delivery, backend))

    def take(self, count: int) -> list[tuple[int | None, Delivery, str]]:
        return [self.done.get(timeout=DEADLINE_S) for _ in range(count)]


def test_notices_are_shown_in_order() -> None:
    desktop = Desktop()
    desktop.let.set()
    worker = NoticeWorker(desktop.show, desktop.note, LOG)
    for number in range(3):
        worker.put(notice(number))
    assert desktop.take(3) == [(n, Delivery.SENT, "toy") for n in range(3)]
    assert worker.stop(DEADLINE_S)


def test_a_full_queue_drops_the_oldest_and_says_so() -> None:
    desktop = Desktop()
    worker = NoticeWorker(desktop.show, desktop.note, LOG)
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
    worker = NoticeWorker(desktop.show, desktop.note, LOG)
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
    assert NoticeWorker(desktop.show, desktop.note, LOG).stop(0.0)


@pytest.mark.parametrize("delivery", [Delivery.LOGGED, Delivery.FAILED, Delivery.UNKNOWN])
def test_what_was_not_surely_shown_can_be_read_in_the_log(
    delivery: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    desktop = Desktop(delivery)
    desktop.let.set()
    worker = NoticeWorker(desktop.show, desktop.note, LOG)
    with caplog.at_level(logging.WARNING):
        worker.put(notice(5))
        desktop.take(1)
        assert worker.stop(DEADLINE_S)
    assert caplog.messages == [f"notice ({delivery}): notice 5: first second"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_ends_one_notice_and_not_those_after_it() -> None:
    desktop = Desktop()
    desktop.let.set()
    crashed: list[threading.Thread] = []

    def show(shown: Notice) -> tuple[Delivery, str]:
        if shown.id == 0:
            crashed.append(threading.current_thread())
            desktop.done.put((0, Delivery.PENDING, "crash"))
            raise ValueError("a bug")
        return desktop.show(shown)

    worker = NoticeWorker(show, desktop.note, LOG)
    worker.put(notice(0))
    desktop.take(1)
    crashed[0].join(DEADLINE_S)
    worker.put(notice(1))
    assert desktop.take(1) == [(1, Delivery.SENT, "toy")]
    assert worker.stop(DEADLINE_S)
