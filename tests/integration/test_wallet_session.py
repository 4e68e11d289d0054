"""The held session against a real TLS server on loopback: each ending told apart and dated."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.model import How, SessionState
from monitor.wallet.attempt import TrustError
from monitor.wallet.names import LIVE_LOOKUPS_MAX, Address
from monitor.wallet.pace import Pace
from monitor.wallet.session import HeldSession, Holding
from tests.integration.wallet_tls_server import (
    NAME,
    Papers,
    Recorder,
    TlsServer,
    issue,
)
from tests.waiting import wait_until

QUICK = Pace(
    interval_s=0.4, min_reconnect_s=1.0, proof_s=0.2, settled_s=0.8, renew_s=1.0, settle_s=1.5
)
"""The product's pace, about ten times as fast."""
NEAR_MS = 300


class Resolver:
    """Sends the bank's name to loopback; can be told to fail or to hang."""

    def __init__(self) -> None:
        self.fails = False
        self.address = "127.0.0.1"
        self.hang: threading.Event | None = None
        self.count = 0

    def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.count += 1
        if self.hang is not None:
            self.hang.wait(20)
        if self.fails:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [Address(socket.AF_INET, (self.address, port))]


Hold = Callable[..., HeldSession]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return issue(tmp_path_factory.mktemp("papers"), NAME, "good")


@pytest.fixture
def server(papers: Papers) -> Iterator[TlsServer]:
    server = TlsServer(papers.chain_file)
    yield server
    server.stop()


@pytest.fixture
def resolver() -> Resolver:
    return Resolver()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def hold(
    papers: Papers, server: TlsServer, resolver: Resolver, recorder: Recorder
) -> Iterator[Hold]:
    begun: list[HeldSession] = []

    def begin(pace: Pace = QUICK, **changes: object) -> HeldSession:
        holding = replace(
            Holding(ca_file=papers.ca_file, heartbeat_s=5.0, pace=pace),
            **changes,  # type: ignore[arg-type]  # the fields of Holding
        )
        session = HeldSession("icbc", [f"{NAME}:{server.port}"], holding, SystemClock(), resolver)
        begun.append(session)
        session.start(recorder)
        return session

    yield begin
    for session in begun:
        session.stop()


def test_a_first_session_comes_up_dated_at_its_hand_shake(hold: Hold, recorder: Recorder) -> None:
    before_ms = SystemClock().wall_ms()
    hold()
    change = recorder.wait_for(1)
    assert (change.state, change.how, change.source) == (SessionState.UP, None, "session")
    assert before_ms <= change.at_ms <= before_ms + NEAR_MS


def test_a_reset_is_told_although_the_next_session_comes_at_once(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    hold()
    recorder.wait_for(1)
    reset_ms = server.reset_all()
    down = recorder.wait_for(2)
    assert (down.state, down.how) == (SessionState.DOWN, How.RESET)
    assert abs(down.at_ms - reset_ms) < NEAR_MS
    assert recorder.took_at_ms[1] - reset_ms < NEAR_MS
    up = recorder.wait_for(3)
    assert up.state is SessionState.UP
    assert abs(up.at_ms - reset_ms) < NEAR_MS


def test_an_idle_session_closed_in_good_order_and_renewed_is_no_disconnect(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    hold()
    recorder.wait_for(1)
    recorder.expect_none(1, QUICK.min_reconnect_s + 0.1)
    server.close_all()
    wait_until(lambda: len(server.handshakes) == 2)
    recorder.expect_none(1, 0.5)


def test_a_young_session_closed_in_good_order_is_a_loss_dated_at_the_close(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    hold(replace(QUICK, settled_s=10.0))
    recorder.wait_for(1)
    closed_ms = server.close_all()
    down = recorder.wait_for(2)
    assert (down.state, down.how) == (SessionState.DOWN, How.CLOSED)
    assert abs(down.at_ms - closed_ms) < NEAR_MS


def test_an_idle_close_and_then_refusal_is_a_loss_dated_at_the_close(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    hold()
    recorder.wait_for(1)
    recorder.expect_none(1, QUICK.min_reconnect_s + 0.1)
    server.refuse()
    closed_ms = server.close_all()
    down, refined = recorder.wait_for(2), recorder.wait_for(3)
    assert (down.state, down.how) == (SessionState.DOWN, How.CLOSED)
    assert (refined.state, refined.how) == (SessionState.DOWN, How.REFUSED)
    assert down.at_ms == refined.at_ms
    assert abs(down.at_ms - closed_ms) < NEAR_MS
    server.listen_again()
    listened_ms = SystemClock().wall_ms()
    up = recorder.wait_for(4)
    assert up.state is SessionState.UP
    assert abs(up.at_ms - listened_ms) < QUICK.interval_s * 1000 + NEAR_MS


def test_an_idle_close_soon_after_the_hand_shake_is_a_loss_at_once_where_the_next_is_refused(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    hold(replace(QUICK, min_reconnect_s=30.0))
    recorder.wait_for(1)
    recorder.expect_none(1, QUICK.settled_s)
    server.refuse()
    closed_ms = server.close_all()
    down = recorder.wait_for(2)
    assert down.how is How.CLOSED
    assert abs(down.at_ms - closed_ms) < NEAR_MS


def test_another_name_s_certificate_after_a_reset_is_told_as_tls(
    hold: Hold, server: TlsServer, recorder: Recorder, tmp_path: Path
) -> None:
    hold()
    recorder.wait_for(1)
    server.show(issue(tmp_path, "other.test", "wrong").chain_file)
    reset_ms = server.reset_all()
    down, refined = recorder.wait_for(2), recorder.wait_for(3)
    assert (down.how, refined.how) == (How.RESET, How.TLS)
    assert down.at_ms == refined.at_ms
    assert abs(down.at_ms - reset_ms) < NEAR_MS
    recorder.expect_none(3, 3 * QUICK.interval_s)


def test_starting_with_no_server_is_not_yet_connected_and_no_disconnect(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    server.refuse()
    hold()
    recorder.expect_none(0, 3 * QUICK.interval_s)
    server.listen_again()
    assert recorder.wait_for(1).state is SessionState.UP


def test_a_returned_path_is_tried_at_once(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    session = hold(replace(QUICK, interval_s=60.0))
    recorder.wait_for(1)
    server.refuse()
    server.reset_all()
    assert recorder.wait_for(3).how is How.REFUSED
    server.listen_again()
    recorder.expect_none(3, 1.0)
    session.path_returned()
    assert recorder.wait_for(4, within_s=1.5).state is SessionState.UP


def test_questions_that_a_dead_network_swallowed_do_not_hold_up_the_return(
    hold: Hold, server: TlsServer, recorder: Recorder, resolver: Resolver
) -> None:
    session = hold(replace(QUICK, interval_s=0.1))
    recorder.wait_for(1)
    swallowed = resolver.hang = threading.Event()
    try:
        asked_before = resolver.count
        server.reset_all()
        wait_until(lambda: resolver.count - asked_before >= LIVE_LOOKUPS_MAX)
        resolver.hang = None  # what is asked from now on is answered
        wait_until(lambda: recorder.changes[-1].how is How.DNS)

        def is_back() -> bool:
            session.path_returned()  # said by each target that is heard again
            return recorder.changes[-1].state is SessionState.UP

        wait_until(is_back, 5.0)
    finally:
        swallowed.set()


def test_a_server_that_resets_at_once_is_never_up_and_tried_at_the_pace(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    server.resets_on_accept = True
    hold()
    recorder.expect_none(0, 2.0)
    assert 3 <= len(server.handshakes) <= 2.0 / QUICK.interval_s + 2


def test_hand_shakes_stay_polite_with_a_server_that_closes_idle_sessions(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    server.closes_after_s = 0.9
    hold(replace(QUICK, min_reconnect_s=1.5))
    recorder.wait_for(1)
    recorder.expect_none(1, 5.0)
    gaps = [b - a for a, b in pairwise(server.handshakes)]
    assert len(gaps) >= 2
    assert min(gaps) >= 1.45


def test_hand_shakes_stay_at_the_pace_with_a_server_that_closes_young_sessions(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    server.closes_after_s = 0.3
    hold(replace(QUICK, settled_s=10.0))
    recorder.expect_none(99, 3.0)
    assert len(server.handshakes) <= 3.0 / QUICK.interval_s + 3
    downs = [each for each in recorder.changes if each.state is SessionState.DOWN]
    assert downs and {each.how for each in downs} == {How.CLOSED}


def test_a_name_that_stops_resolving_is_a_loss_while_the_session_stands(
    hold: Hold, server: TlsServer, recorder: Recorder, resolver: Resolver
) -> None:
    session = hold()
    recorder.wait_for(1)
    resolver.fails = True
    failed_ms = SystemClock().wall_ms()
    session.suspect()
    down = recorder.wait_for(2)
    assert down.how is How.DNS
    assert abs(down.at_ms - failed_ms) < NEAR_MS
    assert server.live_count() == 1
    resolver.fails = False
    works_ms = SystemClock().wall_ms()
    up = recorder.wait_for(3)
    assert up.state is SessionState.UP
    assert abs(up.at_ms - works_ms) < QUICK.interval_s * 1000 + NEAR_MS
    assert len(server.handshakes) == 1


def test_a_name_led_astray_is_told_from_a_bank_that_serves_nowhere(
    hold: Hold, server: TlsServer, recorder: Recorder, resolver: Resolver
) -> None:
    hold()
    recorder.wait_for(1)
    resolver.address = "127.0.0.9"  # nobody listens there; the server listens where it did
    server.reset_all()
    assert recorder.wait_for(2).how is How.RESET
    astray = recorder.wait_for(3)
    assert (astray.state, astray.how) == (SessionState.DOWN, How.DNS)
    assert "elsewhere" in astray.detail
    assert len(server.handshakes) == 1, "the last address is asked, and not used"
    resolver.address = "127.0.0.1"
    wait_until(lambda: recorder.changes[-1].state is SessionState.UP)


def test_a_bank_that_serves_at_neither_address_is_no_matter_of_names(
    hold: Hold, server: TlsServer, recorder: Recorder, resolver: Resolver
) -> None:
    hold()
    recorder.wait_for(1)
    resolver.address = "127.0.0.9"
    server.stop()
    assert recorder.wait_for(3).how is How.REFUSED


def test_one_failed_lookup_is_no_loss(hold: Hold, recorder: Recorder, resolver: Resolver) -> None:
    session = hold()
    recorder.wait_for(1)
    resolver.fails = True
    before = resolver.count
    session.suspect()
    wait_until(lambda: resolver.count > before)
    resolver.fails = False
    recorder.expect_none(1, 3.0)


def test_suspicion_of_a_healthy_session_emits_nothing(hold: Hold, recorder: Recorder) -> None:
    session = hold()
    recorder.wait_for(1)
    session.suspect()
    recorder.expect_none(1, 4.0)


def test_a_hanging_application_is_found_by_an_unanswered_request(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    session = hold(heartbeat="http", heartbeat_s=30.0)
    recorder.wait_for(1)
    recorder.expect_none(1, 3.2)  # requests are no closer than 3 s
    server.answers = None
    asked_ms = SystemClock().wall_ms()
    session.suspect()
    down = recorder.wait_for(2, within_s=4.0)
    assert down.how is How.TIMEOUT
    assert abs(down.at_ms - asked_ms) < NEAR_MS
    assert down.last_good_at_ms is not None and down.last_good_at_ms < asked_ms
    server.answers = b"HTTP/1.1 200 OK\r\n\r\n"
    assert recorder.wait_for(3, within_s=8.0).state is SessionState.UP


def test_waiting_for_a_first_answer_costs_nothing(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    server.answers = None
    session = hold(replace(QUICK, interval_s=60.0), heartbeat="http")
    recorder.expect_none(0, 2.5)
    assert session.wake_count < 30


def test_the_heartbeat_asks_politely_and_any_status_is_alive(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    hold(heartbeat="http", heartbeat_s=0.5, heartbeat_path="/hello")
    recorder.wait_for(1)
    wait_until(lambda: len(server.requests) >= 3)
    head = server.requests[0].decode()
    assert head.startswith("HEAD /hello HTTP/1.1\r\nHost: bank.test\r\n")
    assert "Connection: keep-alive" in head and "Cookie" not in head
    recorder.expect_none(1, 0.5)
    assert len(server.handshakes) == 1


def test_an_answer_that_announces_the_close_is_an_orderly_end(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    server.answers = b"HTTP/1.1 405 No\r\nConnection: close\r\n\r\n"
    server.closes_after_answer = True
    hold(replace(QUICK, settled_s=10.0), heartbeat="http", heartbeat_s=0.5)
    assert recorder.wait_for(1).state is SessionState.UP
    recorder.expect_none(1, 3.0)
    assert len(server.handshakes) <= 5


def test_after_a_sleep_a_standing_session_is_told_afresh(hold: Hold, recorder: Recorder) -> None:
    session = hold()
    recorder.wait_for(1)
    session.forget()
    forgot_ms = SystemClock().wall_ms()
    up = recorder.wait_for(2)
    assert up.state is SessionState.UP
    assert forgot_ms <= up.at_ms + 10 <= forgot_ms + 1500


def test_after_a_sleep_a_dead_session_is_renewed_without_a_word(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    session = hold()
    recorder.wait_for(1)
    session.forget()
    server.reset_all()
    up = recorder.wait_for(2)
    assert up.state is SessionState.UP


def test_after_a_sleep_a_session_that_cannot_be_had_is_down_once_settled(
    hold: Hold, server: TlsServer, recorder: Recorder
) -> None:
    session = hold()
    recorder.wait_for(1)
    server.refuse()
    session.forget()
    server.reset_all()
    forgot_ms = SystemClock().wall_ms()
    down = recorder.wait_for(2)
    assert (down.state, down.how) == (SessionState.DOWN, How.REFUSED)
    assert abs(down.at_ms - forgot_ms - QUICK.settle_s * 1000) < NEAR_MS


def test_stop_is_quick_even_while_the_resolver_hangs(
    hold: Hold, recorder: Recorder, resolver: Resolver
) -> None:
    resolver.hang = threading.Event()
    session = hold()
    wait_until(lambda: resolver.count)
    before_ms = SystemClock().monotonic_ms()
    session.stop()
    assert SystemClock().monotonic_ms() - before_ms < 1000
    resolver.hang.set()


def test_a_session_at_rest_hardly_ever_wakes(hold: Hold, recorder: Recorder) -> None:
    session = hold(heartbeat_s=1.0)
    recorder.wait_for(1)
    recorder.expect_none(1, 1.0)
    before = session.wake_count
    recorder.expect_none(1, 5.0)
    assert session.wake_count - before <= 6


def test_where_acknowledgements_cannot_be_seen_a_second_connection_is_the_check(
    papers: Papers, server: TlsServer, recorder: Recorder, resolver: Resolver
) -> None:
    holding = Holding(ca_file=papers.ca_file, pace=QUICK)
    host = f"{NAME}:{server.port}"
    session = HeldSession("icbc", [host], holding, SystemClock(), resolver, lambda _: None)
    session.start(recorder)
    try:
        recorder.wait_for(1)
        session.suspect()
        recorder.expect_none(1, 0.8)
        server.refuse()
        suspected_ms = SystemClock().wall_ms()
        session.suspect()
        down = recorder.wait_for(2)
        assert down.how is How.REFUSED
        assert abs(down.at_ms - suspected_ms) < NEAR_MS
    finally:
        session.stop()


def test_a_ca_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("not a certificate")
    with pytest.raises(TrustError, match=r"ca\.pem: cannot be used .*give a PEM file"):
        HeldSession("icbc", [NAME], Holding(ca_file=str(wrong)), SystemClock())
