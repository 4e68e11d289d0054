import signal
import threading
import time
from collections.abc import Iterator

import pytest

from monitor.daemon.ending import Ending, ended_by


@pytest.fixture
def ending() -> Iterator[Ending]:
    ending = Ending()
    yield ending
    ending.close()


def test_it_is_waited_for_so_long_and_no_longer(ending: Ending) -> None:
    began_s = time.perf_counter()
    assert not ending.wait(0.05)
    assert 0.04 < time.perf_counter() - began_s < 5
    assert not ending.is_set()


def test_the_word_ends_the_wait_and_holds(ending: Ending) -> None:
    giver = threading.Timer(0.02, ending.set)
    giver.start()
    assert ending.wait(20)
    giver.join()
    assert ending.wait() and ending.wait(0) and ending.is_set()


def test_a_wait_beyond_the_systems_time_is_one_like_any_other(ending: Ending) -> None:
    giver = threading.Timer(0.02, ending.set)
    giver.start()
    assert ending.wait(float("inf"))
    giver.join()


def test_the_word_may_be_given_again_and_again(ending: Ending) -> None:
    for _ in range(100_000):
        ending.set()
    assert ending.wait()


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of POSIX")
def test_a_signal_ends_the_wait_also_where_another_thread_gets_it() -> None:
    """The wait for a lock would go on: nothing stirs the main thread then."""
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    assert other.ident is not None
    try:
        with ended_by(signal.SIGUSR1) as ending:
            sender = threading.Timer(0.1, signal.pthread_kill, (other.ident, signal.SIGUSR1))
            sender.start()
            began_s = time.perf_counter()
            assert ending.wait(30)
            assert time.perf_counter() - began_s < 10
            sender.join()
    finally:
        over.set()
        other.join()
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
