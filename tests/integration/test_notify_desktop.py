"""Notices on a real desktop: a bus, a display and a notification server of the test's own."""

import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

if sys.platform != "linux":
    pytest.skip("a D-Bus desktop is a Linux one", allow_module_level=True)

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_call,
    new_method_return,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from monitor.model import Delivery, Notice, NoticeKind
from monitor.notify.launch import DesktopNotifier
from monitor.notify.worker import NoticeWorker
from tests.integration.desktop import DEADLINE_S, SERVER, Screen
from tests.needs import need
from tests.waiting import wait_until


def notice(title: str = "ICBC", body: str = "The router did not answer.") -> Notice:
    return Notice(NoticeKind.LOST, 1, title, body)


def show(wanted: Notice) -> tuple[Delivery, str, float]:
    began_s = time.monotonic()
    delivery, backend = DesktopNotifier().show(wanted)
    return delivery, backend, time.monotonic() - began_s


class Recorder:
    """A notification server that keeps what it is told."""

    def __init__(self, address: str, capabilities: tuple[str, ...]) -> None:
        self.told: list[tuple[str, str]] = []
        self.capabilities = capabilities
        self.refuses = False
        self.is_silent = False
        self._stopping = False
        self._connection = open_dbus_connection(address)
        self._connection.send_and_get_reply(message_bus.RequestName(SERVER), timeout=5)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._thread.join()
        self._connection.close()

    def _serve(self) -> None:
        while not self._stopping:
            try:
                message = self._connection.receive(timeout=0.05)
            except TimeoutError:
                continue
            if message.header.message_type is MessageType.method_call:
                self._answer(self._connection, message)

    def _answer(self, connection: DBusConnection, message: Message) -> None:
        member = message.header.fields[HeaderFields.member]
        if member == "GetCapabilities":
            connection.send(new_method_return(message, "as", (list(self.capabilities),)))
        elif member == "GetServerInformation":
            connection.send(new_method_return(message, "ssss", ("recorder", "", "1", "1.2")))
        elif member == "Notify":
            self._notify(connection, message)

    def _notify(self, connection: DBusConnection, message: Message) -> None:
        title, body = message.body[3], message.body[4]
        self.told.append((title, body))
        if self.refuses:
            connection.send(new_error(message, f"{SERVER}.Refused", "s", ("no room",)))
        elif not self.is_silent:
            connection.send(new_method_return(message, "u", (len(self.told),)))


@pytest.fixture
def recorder(bus: str) -> Iterator[Recorder]:
    server = Recorder(bus, ("body", "body-markup"))
    yield server
    server.stop()


def test_text_arrives_as_it_was_meant(recorder: Recorder) -> None:
    need("notify-send")
    body = 'loss <5% & "late" on C:\\new\\net\n请检查网络。'
    assert show(notice("--version 工行数字钱包", body))[:2] == (Delivery.SENT, "plyer notify-send")
    escaped = 'loss &lt;5% &amp; "late" on C:\\new\\net\n请检查网络。'
    assert recorder.told == [(" --version 工行数字钱包", escaped)]


def test_text_arrives_in_any_locale(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    need("notify-send")
    for locale in ("C", "POSIX", "zh_CN.GBK"):
        monkeypatch.setenv("LC_ALL", locale)
        show(notice("工行 😀", ""))
    assert recorder.told == [("工行 😀", "")] * 3


def test_a_server_without_markup_gets_plain_text(recorder: Recorder) -> None:
    recorder.capabilities = ("body",)
    show(notice(body="loss <5% & late"))
    assert recorder.told == [("ICBC", "loss <5% & late")]


def test_without_notify_send_the_server_is_asked_directly(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert show(notice(body="a & b"))[:2] == (Delivery.SENT, "dbus")
    assert recorder.told == [("ICBC", "a &amp; b")]


@pytest.mark.parametrize("has_notify_send", [True, False])
def test_a_refusal_is_a_failure(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, has_notify_send: bool
) -> None:
    if has_notify_send:
        need("notify-send")
    else:
        monkeypatch.setenv("PATH", str(tmp_path))
    recorder.refuses = True
    assert show(notice())[0] is Delivery.FAILED


def test_a_server_that_takes_the_notice_and_keeps_silent(recorder: Recorder) -> None:
    need("notify-send")
    recorder.is_silent = True
    delivery, backend, took_s = show(notice("silent-7e1d"))
    assert (delivery, backend) == (Delivery.UNKNOWN, "deadline")
    assert took_s < 5.5
    commands = [p.info["cmdline"] or [] for p in psutil.process_iter(["cmdline"])]  # None: a zombie
    assert not [command for command in commands if "silent-7e1d" in command]


def test_the_notice_that_is_being_shown_can_be_aborted(recorder: Recorder) -> None:
    need("notify-send")
    recorder.is_silent = True
    notifier = DesktopNotifier()
    outcome: list[tuple[Delivery, str]] = []
    thread = threading.Thread(target=lambda: outcome.append(notifier.show(notice())))
    thread.start()
    wait_until(lambda: bool(recorder.told), DEADLINE_S, "the notice")
    notifier.abort()
    thread.join(2.0)
    assert [delivery for delivery, _ in outcome] == [Delivery.FAILED]


def test_nobody_on_the_bus_makes_it_a_log_line(bus: str) -> None:
    assert show(notice())[:2] == (Delivery.LOGGED, "none")


def test_no_bus_makes_it_a_log_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for address in (f"unix:path={tmp_path / 'none'}", "tcp:host=localhost,port=1", "nonsense"):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        assert show(notice())[:2] == (Delivery.LOGGED, "none")


def test_a_server_is_started_only_where_it_has_a_display(
    bus: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = f"[D-BUS Service]\nName={SERVER}\nExec=/bin/false\n"
    (tmp_path / "services" / "server.service").write_text(service)
    with open_dbus_connection(bus) as connection:
        daemon = DBusAddress(
            "/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus"
        )
        connection.send_and_get_reply(new_method_call(daemon, "ReloadConfig"), timeout=5)
    assert show(notice())[0] is Delivery.LOGGED
    monkeypatch.setenv("DISPLAY", ":4711")
    assert show(notice())[:2] == (Delivery.FAILED, "dbus")


@pytest.mark.parametrize("authenticates", [False, True])
def test_a_bus_that_accepts_and_keeps_silent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authenticates: bool
) -> None:
    path = tmp_path / "silent"
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={path}")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=accept_once, args=(listener, authenticates))
        thread.start()
        delivery, _, took_s = show(notice())
        thread.join(DEADLINE_S)
    assert delivery is Delivery.FAILED
    assert took_s < 5.5


def accept_once(listener: socket.socket, authenticates: bool) -> None:
    connection, _ = listener.accept()
    with connection:
        while words := connection.recv(4096):
            if authenticates and b"AUTH" in words:
                connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")


@pytest.mark.parametrize("interpreter", ["/bin/false", "/nonexistent/python"])
def test_a_process_that_cannot_work_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, interpreter: str
) -> None:
    monkeypatch.setattr(sys, "executable", interpreter)
    assert show(notice())[:2] == (Delivery.FAILED, "none")


def test_the_working_directory_is_not_imported_from(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the working directory')")
    monkeypatch.chdir(tmp_path)
    assert show(notice())[0] is Delivery.SENT


def test_the_notice_is_seen_on_the_screen(screen: Screen, tmp_path: Path) -> None:
    before = screen.pixels()
    body = "丢包 <5% & 延迟 80 ms：家里的路由器没有回应。\n请检查网络，再重启路由器。"
    assert show(notice("工行数字钱包 断开了连接", body))[:2] == (Delivery.SENT, "plyer notify-send")
    wait_until(lambda: screen.pixels() != before, DEADLINE_S, "the notice on the screen")
    screen.keep(tmp_path / "screen.png")
    after = screen.pixels()
    changed = sum(before[at : at + 3] != after[at : at + 3] for at in range(0, len(before), 3))
    assert changed > 10_000  # a box with text, not a cursor


def test_a_frozen_server_stops_nothing_and_is_forgiven(screen: Screen) -> None:
    done: list[tuple[str, Delivery]] = []
    worker = NoticeWorker(
        DesktopNotifier(),
        lambda shown, delivery, _backend: done.append((shown.title, delivery)),
        logging.getLogger("notices"),
    )
    screen.dunst.send_signal(signal.SIGSTOP)
    began_s = time.monotonic()
    for title in ("frozen 1", "frozen 2"):
        worker.put(notice(title))
    assert time.monotonic() - began_s < 0.5
    wait_until(lambda: len(done) == 2, DEADLINE_S, "the frozen server to be given up")
    screen.dunst.send_signal(signal.SIGCONT)
    worker.put(notice("thawed"))
    wait_until(lambda: len(done) == 3, DEADLINE_S, "the thawed server")
    assert worker.stop(DEADLINE_S)
    assert done == [
        ("frozen 1", Delivery.FAILED),
        ("frozen 2", Delivery.FAILED),
        ("thawed", Delivery.SENT),
    ]
