"""A session's name while it is suspected: a resolver that hangs, and one that is heard again."""

import threading
from collections.abc import Sequence

import pytest

from monitor.wallet.name_check import NameCheck, NameNews
from monitor.wallet.names import LIVE_LOOKUPS_MAX, Address, HostPort, Lookups
from tests.waiting import wait_until

BANK = HostPort("bank.test", 443)
STEP_MS = 250.0


class Resolver:
    """Hangs until it is let go; then every question is answered."""

    def __init__(self) -> None:
        self.is_free = threading.Event()
        self.woken = threading.Semaphore(0)

    def resolve(self, host: str, port: int) -> Sequence[Address]:
        assert self.is_free.wait(10)
        return [Address(2, (host, port))]

    def wake(self) -> None:
        self.woken.release()


class Film:
    """Drives a check second by second; the session is heard all the time."""

    def __init__(self) -> None:
        self.resolver = Resolver()
        self.lookups = Lookups(self.resolver.resolve, self.resolver.wake)
        self.check = NameCheck(self.lookups, 5_000.0)
        self.now_ms = 0.0

    def go_on(self, until_ms: float) -> list[NameNews]:
        news = []
        while self.now_ms < until_ms:
            self.now_ms += STEP_MS
            news.append(self.check.advance(BANK, self.now_ms, self.now_ms))
        return [each for each in news if each is not NameNews.NONE]


@pytest.fixture
def film() -> Film:
    return Film()


def test_a_lost_name_is_found_again_though_the_resolver_was_full(film: Film) -> None:
    film.check.suspect(BANK, 0.0)
    assert film.go_on(60_000) == [NameNews.LOST]
    film.resolver.is_free.set()
    for _ in range(LIVE_LOOKUPS_MAX):
        assert film.resolver.woken.acquire(timeout=10)
    wait_until(lambda: film.lookups.live_count == 0, what="no lookup that hangs")
    assert film.check.due_ms() is not None
    news = film.go_on(film.now_ms + 1_250)
    assert film.resolver.woken.acquire(timeout=10)
    assert [*news, *film.go_on(film.now_ms + 500)] == [NameNews.WORKS]


def test_what_failed_while_the_session_was_silent_does_not_count_after_it(film: Film) -> None:
    film.check.suspect(BANK, 0.0)
    assert film.go_on(4_000) == []
    assert film.check.first_failed_ms is not None
    film.check.heard_again()
    film.check.suspect(BANK, film.now_ms)
    assert film.go_on(film.now_ms + 4_500) == []
    film.resolver.is_free.set()
