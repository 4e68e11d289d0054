"""Daily care on a real store and in the real daemon: reminders in their pace, one warning each."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config.settings import NotifySettings, Settings, WalletSettings
from monitor.daemon.care import FIRST_KEY, IN_USE_MS, PORTAL_MS, Care
from monitor.locale import translator
from monitor.model import (
    EpochMs,
    How,
    Notice,
    NoticeKind,
    Outcome,
    ProbeKind,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateValue,
    Target,
)
from monitor.store.sqlite import Store, open_store
from tests.clocks import HandClock
from tests.integration.running import LOOPBACK, SAMPLES_OF, Running
from tests.integration.servers import tcp_server
from tests.integration.wallet_tls_server import TlsServer, issue
from tests.waiting import wait_until

NOW: EpochMs = 1_795_000_000_000
DAY_MS = 86_400_000
PORTAL = Target("portal", Role.ANCHOR, ProbeKind.HTTP)
CAFE: dict[str, StateValue] = {"wifi.ssid": "cafe", "wifi.is_open": True, "link.up": True}
CLOSED: dict[str, StateValue] = {**CAFE, "wifi.is_open": False}
UP = SessionChange(NOW - 1000, "icbc", SessionState.UP)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        yield opened


def keep(store: Store, notice: Notice) -> None:
    store.add_notice(notice)


def carer(clock: HandClock, notify: NotifySettings | None = None) -> Care:
    wallets = {"icbc": WalletSettings(), "alipay": WalletSettings(role="control")}
    settings = Settings(wallets=wallets, notify=notify or NotifySettings())
    return Care(settings, clock, translator("en"), keep)


def portal(outcome: Outcome, at_ms: EpochMs = NOW) -> Sample:
    return Sample(at_ms, PORTAL, outcome)


def reminded(store: Store, care: Care, clock: HandClock, hours: int) -> list[Notice]:
    """Ask every hour for so long, as the daemon does; return what is kept then."""
    for _ in range(hours):
        care.remind(store)
        clock.now_ms += 3_600_000
    return store.notices()


def test_a_month_brings_a_reminder_a_week(store: Store) -> None:
    clock = HandClock(NOW)
    told = reminded(store, carer(clock), clock, 30 * 24)
    days = [(notice.created_at_ms - NOW) // DAY_MS for notice in told]
    assert days == [1, 8, 15, 22, 29]
    assert {notice.kind for notice in told} == {NoticeKind.CARE}
    assert len({notice.subject for notice in told}) == 5


def test_the_pace_outlives_a_restart_and_a_month_off_leaves_no_backlog(store: Store) -> None:
    clock = HandClock(NOW)
    reminded(store, carer(clock), clock, 26)
    clock.now_ms += 45 * DAY_MS
    told = reminded(store, carer(clock), clock, 48)
    assert len(told) == 2


@pytest.mark.parametrize("notify", [NotifySettings(care="off"), NotifySettings(enabled=False)])
def test_one_key_ends_them(store: Store, notify: NotifySettings) -> None:
    clock = HandClock(NOW)
    assert reminded(store, carer(clock, notify), clock, 24 * 60) == []


def test_they_speak_the_language_of_the_notices(store: Store) -> None:
    clock = HandClock(NOW)
    care = carer(clock, NotifySettings(language="en"))
    (told,) = reminded(store, care, clock, 30)
    assert told.title == "A network of your own is best for payments"


def test_a_first_day_from_a_wrong_clock_begins_anew(store: Store) -> None:
    store.set_meta(FIRST_KEY, str(NOW + 999 * DAY_MS))
    clock = HandClock(NOW)
    assert len(reminded(store, carer(clock), clock, 26)) == 1


def warned(store: Store, care: Care, *seen: object) -> bool:
    """Look around and do what is to be done; tell whether a warning was kept."""
    before = len(store.notices())
    task = care.warning_task(*seen)  # type: ignore[arg-type]
    if task is not None:
        task(store)
    return len(store.notices()) > before


def test_an_open_wifi_is_warned_of_once_even_after_a_restart(store: Store) -> None:
    clock = HandClock(NOW)
    care = carer(clock)
    assert warned(store, care, CAFE, [UP])
    assert not warned(store, care, CAFE, [UP])
    clock.now_ms += 30 * DAY_MS
    assert not warned(store, care, CAFE, [UP])
    assert not warned(store, carer(clock), CAFE, [UP])
    assert warned(store, care, {**CAFE, "wifi.ssid": "station"}, [UP])
    assert [notice.subject for notice in store.notices()] == ["cafe", "station"]


def down(ago_ms: int, lived_ms: int | None, wallet: str = "icbc") -> SessionChange:
    return SessionChange(NOW - ago_ms, wallet, SessionState.DOWN, How.TIMEOUT, lived_ms=lived_ms)


@pytest.mark.parametrize(
    ("states", "sessions", "is_due"),
    [
        (CAFE, [], False),
        (CAFE, [down(IN_USE_MS, 1000)], True),
        (CAFE, [down(IN_USE_MS + 1, 1000)], False),
        (CAFE, [down(1000, None)], False),  # it never stood
        (CAFE, [replace(UP, wallet="alipay")], False),  # a control is nobody's wallet
        ({**CAFE, "app.running": True}, [], True),
        ({**CAFE, "app.running": None}, [], False),
        ({**CAFE, "wifi.is_open": None}, [UP], False),
        ({**CAFE, "link.up": False}, [UP], False),
        ({"wifi.is_open": True}, [UP], False),  # a network that nothing tells from others
        ({**CAFE, "wifi.ssid": None, "link.gateway": "192.0.2.1"}, [UP], True),
        (CLOSED, [UP], False),
    ],
)
def test_only_on_an_open_wifi_and_while_a_wallet_is_in_use(
    store: Store, states: dict[str, StateValue], sessions: list[SessionChange], is_due: bool
) -> None:
    assert warned(store, carer(HandClock(NOW)), states, sessions) is is_due


def test_a_warning_that_was_held_back_is_tried_again(store: Store) -> None:
    """`tell` stores nothing in quiet hours: the network deserves its warning after them."""
    clock, held = HandClock(NOW), list[Notice]()
    care = Care(Settings(), clock, translator("en"), lambda _store, notice: held.append(notice))
    for minutes in (0, 1, 14, 15, 16, 31):
        clock.now_ms = NOW + minutes * 60_000
        warned(store, care, CAFE, [UP])
    assert [(notice.created_at_ms - NOW) // 60_000 for notice in held] == [0, 15, 31]


def test_a_portal_counts_for_its_own_network_until_the_way_is_free(store: Store) -> None:
    clock = HandClock(NOW)
    care = carer(clock)
    assert not warned(store, care, CLOSED, [], portal(Outcome.PORTAL))
    assert not warned(store, care, {**CLOSED, "wifi.ssid": "home"}, [UP])
    assert warned(store, care, CLOSED, [UP])

    hotel = {**CLOSED, "wifi.ssid": "hotel"}
    assert not warned(store, care, hotel, [], portal(Outcome.PORTAL))
    assert not warned(store, care, hotel, [], portal(Outcome.REPLY))
    assert not warned(store, care, hotel, [UP])
    assert not warned(store, care, hotel, [], portal(Outcome.PORTAL))
    clock.now_ms += PORTAL_MS + 1
    assert not warned(store, care, hotel, [UP])


def test_notices_switched_off_warn_of_nothing(store: Store) -> None:
    care = carer(HandClock(NOW), NotifySettings(enabled=False))
    assert not warned(store, care, CAFE, [UP])


def sign_in_page(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[TlsServer]:
    server = TlsServer(issue(tmp_path, "127.0.0.1", "bank").chain_file)
    yield server
    server.stop()


def test_the_daemon_warns_of_a_portal_while_a_session_stands(
    tmp_path: Path, bank: TlsServer
) -> None:
    with tcp_server(sign_in_page) as port:
        config = LOOPBACK.replace("enabled = false", "enabled = true")
        config = config.replace('url = ""', f'url = "http://127.0.0.1:{port}/x"\ninterval_s = 10.0')
        config += f'[wallets.icbc]\nhosts = ["127.0.0.1:{bank.port}"]\n'
        config += f'ca_file = "{tmp_path / "bank-ca.pem"}"\n'
        env = {"DBUS_SESSION_BUS_ADDRESS": "", "DISPLAY": ""}
        with Running(tmp_path / "data", "interval_s = 0.5\n" + config, env=env) as daemon:
            wait_until(daemon.has_session)
            named = "SELECT value FROM state_change WHERE key IN ('wifi.ssid', 'link.gateway')"
            if not any(value for (value,) in daemon.ask(named)):
                pytest.skip("this machine is on no network that could be warned of")
            told = "SELECT kind FROM notice"
            wait_until(lambda: daemon.ask(told), 30, "a warning")
            answered = f"SELECT count(*) FROM ({SAMPLES_OF} WHERE probe = 'http')"
            wait_until(lambda: daemon.ask(answered)[0][0] >= 2, 40, "the page again")
            assert daemon.ask(told) == [("warning",)]
            assert daemon.stop()[0] == 0
