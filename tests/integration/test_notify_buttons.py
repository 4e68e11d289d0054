"""Notices with buttons, on a real bus: replaced in place, pressed, and never waited for."""

import logging
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("a D-Bus desktop is a Linux one", allow_module_level=True)

from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from monitor.model import CauseCode, Delivery, Notice, NoticeKind
from monitor.notify.interface import Button
from monitor.notify.linux import LinuxDesktop
from monitor.notify.worker import NoticeWorker
from tests.integration.desktop import BUS_CONFIG, DEADLINE_S, SERVER, Screen, has_server, running
from tests.integration.notification_server import EXPIRED, NotificationServer
from tests.waiting import wait_until

LOST = Notice(
    NoticeKind.LOST, 1, "ICBC", "The router did not answer.", 7, cause=CauseCode.GATEWAY, id=1
)
RESTORED = replace(LOST, kind=NoticeKind.RESTORED, title="ICBC is back", id=2)
WHY = replace(LOST, kind=NoticeKind.WHY, title="Why", id=3)
CARE = Notice(NoticeKind.CARE, 1, "Care", "", id=4)
LABELS = {"why": "Why?", "wrong": "That's wrong"}


def buttons(notice: Notice) -> tuple[Button, ...]:
    if notice.kind is NoticeKind.CARE:
        return ()
    return tuple(Button(action, label) for action, label in LABELS.items())


class Desk:
    """A worker on the desktop of the environment, and what came of it."""

    def __init__(self, listens_s: float = 60.0) -> None:
        self.done: queue.Queue[tuple[int | None, Delivery, str]] = queue.Queue()
        self.pressed: queue.Queue[tuple[int | None, str]] = queue.Queue()
        self.desktop = LinuxDesktop(
            buttons, lambda notice, action: self.pressed.put((notice.id, action)), listens_s
        )
        self.worker = NoticeWorker(
            self.desktop,
            lambda notice, delivery, way: self.done.put((notice.id, delivery, way)),
            logging.getLogger("notices"),
        )

    def show(self, notice: Notice) -> tuple[Delivery, str]:
        self.worker.put(notice)
        number, delivery, way = self.done.get(timeout=DEADLINE_S)
        assert number == notice.id
        return delivery, way

    def press_within(self) -> tuple[int | None, str]:
        return self.pressed.get(timeout=DEADLINE_S)

    @property
    def is_listening(self) -> bool:
        return self.desktop.fileno() is not None


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    assert made.worker.stop(DEADLINE_S)


@pytest.fixture
def server(bus: str) -> Iterator[NotificationServer]:
    made = NotificationServer(bus)
    yield made
    made.stop()


SENT = (Delivery.SENT, "dbus")


def test_a_notice_has_buttons_an_urgency_and_text_that_is_no_markup(
    desk: Desk, server: NotificationServer
) -> None:
    text = replace(LOST, title="--version 工行", body="loss <5% & late\n请检查网络")
    assert desk.show(text) == SENT
    [shown] = server.shown
    assert shown.title == " --version 工行"
    assert shown.body == "loss &lt;5% &amp; late\n请检查网络"
    assert shown.actions == ("why", "Why?", "wrong", "That's wrong")
    assert shown.hints == {"urgency": ("y", 1)}
    assert shown.expires_ms == 20_000
    assert desk.show(CARE) == SENT
    assert server.shown[1].hints == {"urgency": ("y", 0)}


def test_a_server_without_buttons_gets_none_and_is_not_listened_to(
    desk: Desk, server: NotificationServer
) -> None:
    server.capabilities = ("body",)
    assert desk.show(replace(LOST, body="a & b")) == SENT
    assert (server.shown[0].actions, server.shown[0].body) == ((), "a & b")
    assert not desk.is_listening


def test_a_long_text_is_cut_and_an_answer_may_be_longer(
    desk: Desk, server: NotificationServer
) -> None:
    long = "路由器没有回应。" * 200
    assert desk.show(replace(LOST, body=long)) == SENT
    assert desk.show(replace(WHY, body=long)) == SENT
    assert [len(shown.body) for shown in server.shown] == [400, 900]


def test_the_end_and_the_reasons_replace_the_beginning(
    desk: Desk, server: NotificationServer
) -> None:
    for notice in (LOST, RESTORED, WHY):
        assert desk.show(notice) == SENT
    other = replace(LOST, disconnect_id=8, id=9)
    assert desk.show(other) == SENT
    assert [(s.number, s.replaces) for s in server.shown] == [(1, 0), (1, 1), (1, 1), (2, 0)]


def test_the_end_does_not_snatch_the_reasons_away(desk: Desk, server: NotificationServer) -> None:
    for notice in (LOST, WHY, RESTORED):
        assert desk.show(notice) == SENT
    assert [s.replaces for s in server.shown] == [0, 1, 0]
    server.press(server.shown[1], "That's wrong")  # it is still there, and so is its button
    assert desk.press_within() == (3, "wrong")


def test_a_button_is_heard_once_and_then_the_connection_goes(
    desk: Desk, server: NotificationServer
) -> None:
    assert desk.show(LOST) == SENT
    assert desk.is_listening
    server.invoke(99, "why")  # another program's
    server.invoke(1, "default")  # a click beside the buttons
    assert desk.show(replace(LOST, disconnect_id=8, id=5)) == SENT
    server.invoke(2, "why")
    server.invoke(2, "why")
    assert desk.press_within() == (5, "why")
    wait_until(lambda: not desk.is_listening, DEADLINE_S, "the connection to go")
    assert desk.pressed.empty()


def test_a_notice_that_went_is_not_replaced_and_not_listened_for(
    desk: Desk, server: NotificationServer
) -> None:
    assert desk.show(LOST) == SENT
    server.close(1, EXPIRED)
    wait_until(lambda: not desk.is_listening, DEADLINE_S, "the connection to go")
    assert desk.show(RESTORED) == SENT
    assert [s.replaces for s in server.shown] == [0, 0]


def test_buttons_that_nobody_presses_are_given_up(server: NotificationServer) -> None:
    desk = Desk(listens_s=0.2)
    assert desk.show(LOST) == SENT
    wait_until(lambda: not desk.is_listening, DEADLINE_S, "the connection to go")
    assert desk.show(RESTORED) == SENT  # and yet the end replaces the beginning
    assert [s.replaces for s in server.shown] == [0, 1]
    assert desk.worker.stop(DEADLINE_S)


def test_the_bus_sees_one_connection_only_while_it_is_needed(
    desk: Desk, server: NotificationServer, bus: str
) -> None:
    def connections() -> int:
        with open_dbus_connection(bus) as asking:
            reply = asking.send_and_get_reply(message_bus.ListNames(), timeout=5)
            names: list[str] = reply.body[0]
            return sum(name.startswith(":") for name in names) - 1

    before = connections()
    assert desk.show(LOST) == SENT
    assert connections() == before + 1
    server.close(1)
    wait_until(lambda: connections() == before, DEADLINE_S, "the connection to go")
    assert desk.show(CARE) == SENT
    assert connections() == before


def test_a_server_that_is_started_anew_is_not_told_of_the_old_ones_numbers(
    desk: Desk, bus: str
) -> None:
    first = NotificationServer(bus)
    assert desk.show(LOST) == SENT
    first.stop()
    wait_until(lambda: not desk.is_listening, DEADLINE_S, "the end to be noticed")
    second = NotificationServer(bus)
    try:
        assert desk.show(RESTORED) == SENT
        assert second.shown[0].replaces == 0
        second.press(second.shown[0], "Why?")
        assert desk.press_within() == (2, "why")
    finally:
        second.stop()


def test_a_refusal_is_a_failure(desk: Desk, server: NotificationServer) -> None:
    server.refuses = True
    assert desk.show(LOST)[0] is Delivery.FAILED
    server.refuses = False
    assert desk.show(RESTORED) == SENT


def test_a_server_that_takes_the_notice_and_keeps_silent(
    desk: Desk, server: NotificationServer
) -> None:
    server.is_silent = True
    began_s = time.monotonic()
    assert desk.show(LOST) == (Delivery.UNKNOWN, "dbus")
    assert time.monotonic() - began_s < 3.0
    server.is_silent = False
    assert desk.show(RESTORED) == SENT


def test_nobody_on_the_bus_and_no_bus_make_it_a_log_line(
    desk: Desk, bus: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert desk.show(LOST) == (Delivery.LOGGED, "none")
    for address in (f"unix:path={tmp_path / 'none'}", "nonsense", "unix:path"):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        assert desk.show(LOST) == (Delivery.LOGGED, "none")


def test_a_bus_that_ends_and_comes_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "own.conf"
    address = f"unix:path={tmp_path / 'own'}"
    config.write_text(BUS_CONFIG.format(socket=tmp_path / "own", services=tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"]

    with running(command, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None and daemon.stdout.readline()
        server = NotificationServer(address)
        assert desk.show(LOST) == SENT
        assert desk.is_listening
    wait_until(lambda: not desk.is_listening, DEADLINE_S, "the end of the bus to be noticed")
    server.stop()
    assert desk.show(LOST) == (Delivery.LOGGED, "none")
    (tmp_path / "own").unlink(missing_ok=True)
    with running(command, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None and daemon.stdout.readline()
        server = NotificationServer(address)
        wait_until(lambda: has_server(address), DEADLINE_S, SERVER)
        assert desk.show(RESTORED) == SENT
        assert server.shown[0].replaces == 0
        server.press(server.shown[0], "Why?")
        assert desk.press_within() == (2, "why")
        server.stop()


def test_stop_does_not_wait_for_a_silent_server(server: NotificationServer) -> None:
    server.is_silent = True
    desk = Desk()
    desk.worker.put(LOST)
    wait_until(lambda: bool(server.shown), DEADLINE_S, "the notice")
    assert not desk.worker.stop(0.01)
    desk.desktop.abort()
    assert desk.worker.stop(1.0)


def test_a_press_wakes_the_thread_and_nothing_else_does(
    desk: Desk, server: NotificationServer
) -> None:
    assert desk.show(LOST) == SENT
    [thread] = [t for t in threading.enumerate() if t.name == "notices"]
    status = Path(f"/proc/self/task/{thread.native_id}/status")
    wait_until(lambda: "S (sleeping)" in status.read_text(), DEADLINE_S, "the thread to sleep")
    before = [line for line in status.read_text().splitlines() if "ctxt" in line]
    threading.Event().wait(1.0)
    assert [line for line in status.read_text().splitlines() if "ctxt" in line] == before
    server.press(server.shown[0], "Why?")
    assert desk.press_within() == (1, "why")


# -- dunst, on a display


def test_a_real_server_shows_replaces_and_hears(desk: Desk, screen: Screen) -> None:
    before = screen.pixels()
    chinese = replace(LOST, title="工行数字钱包 断开了连接", body="路由器 9 秒没有回应。")
    assert desk.show(chinese) == SENT
    wait_until(lambda: screen.pixels() != before, DEADLINE_S, "the notice on the screen")
    assert desk.show(RESTORED) == SENT
    assert displayed() == 1  # in place of the other
    screen.press("Why?")
    assert desk.press_within() == (2, "why")
    wait_until(lambda: not desk.is_listening, DEADLINE_S, "the connection to go")


def test_a_frozen_server_holds_nothing_up_and_is_forgiven(desk: Desk, screen: Screen) -> None:
    assert desk.show(LOST) == SENT
    screen.dunst.send_signal(signal.SIGSTOP)
    began_s = time.monotonic()
    desk.worker.put(RESTORED)
    assert time.monotonic() - began_s < 0.1
    assert desk.done.get(timeout=DEADLINE_S)[1] is Delivery.FAILED
    assert time.monotonic() - began_s < 3.0
    screen.dunst.send_signal(signal.SIGCONT)
    assert desk.show(WHY) == SENT
    screen.press("That's wrong")
    assert desk.press_within() == (3, "wrong")


def displayed() -> int:
    done = subprocess.run(["dunstctl", "count", "displayed"], check=True, capture_output=True)
    return int(done.stdout)
