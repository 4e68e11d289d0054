"""From a stored disconnect to the screen, and from a button back to the store."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("a D-Bus desktop is a Linux one", allow_module_level=True)

from monitor.clock import SystemClock
from monitor.config.settings import NotifySettings, Settings
from monitor.daemon.announce import Announcer
from monitor.locale import translator
from monitor.model import (
    CauseCode,
    Delivery,
    Diagnosis,
    Disconnect,
    Evidence,
    Finding,
    FixCode,
    How,
    Notice,
    NoticeKind,
)
from monitor.notify.quiet import SNOOZE_KEY, Stretch, snooze_text
from monitor.pipeline import Outcome
from monitor.store.sqlite import Store, open_store
from monitor.store.writer import Writer
from tests.integration.desktop import DEADLINE_S, Screen
from tests.integration.notification_server import NotificationServer, Shown
from tests.waiting import wait_until

FINDINGS = (
    Finding(
        CauseCode.GATEWAY,
        0.95,
        (
            Evidence("gateway.silent", True, {"silent_s": 9.0, "lost_count": 12}),
            Evidence("internet.silent", True, {"silent_s": 8.5, "lost_count": 30}),
            Evidence("link.up", True),
            Evidence("dns.answered", False, {"answered_count": 1, "measured_count": 4}),
        ),
        (FixCode.CHECK_NETWORK, FixCode.STRONGER_SIGNAL, FixCode.CONTACT_BANK),
    ),
    Finding(CauseCode.ISP, 0.3),
)


@dataclass
class House:
    """A store with its writer, and an announcer over them."""

    store: Store
    writer: Writer
    announcer: Announcer

    @property
    def now_ms(self) -> int:
        return SystemClock().wall_ms()

    def lose(self, seconds_ago: float = 8, findings: tuple[Finding, ...] = FINDINGS) -> Disconnect:
        """Store a loss that lasts, and consider it."""
        at_ms = self.now_ms - round(seconds_ago * 1000)
        lost = self.store.insert_disconnect(
            Disconnect("icbc", "session", at_ms, None, How.TIMEOUT, detected_at_ms=at_ms)
        )
        assert lost.id is not None
        self.store.save_diagnosis(lost.id, Diagnosis(findings, "1", at_ms))
        self.consider(lost)
        return lost

    def end(self, lost: Disconnect, seconds_ago: float = 11) -> None:
        ended = replace(lost, ended_at_ms=self.now_ms - round(seconds_ago * 1000))
        self.store.update_disconnect(ended)
        self.consider(ended)

    def consider(self, lost: Disconnect) -> None:
        assert lost.id is not None
        diagnosis = self.store.diagnosis(lost.id)
        assert diagnosis is not None
        outcome = Outcome(lost, diagnosis, is_new=True)
        self.writer.call(lambda store: self.announcer.consider(store, [outcome])).result(DEADLINE_S)

    def tell(self, notice: Notice) -> None:
        self.writer.call(lambda store: self.announcer.tell(store, notice)).result(DEADLINE_S)

    def kinds(self) -> list[tuple[NoticeKind, Delivery]]:
        return [(notice.kind, notice.delivery) for notice in self.store.notices()]

    def settled(self, count: int) -> list[Notice]:
        def shown() -> list[Notice]:
            marked = [n for n in self.store.notices() if n.delivery is not Delivery.PENDING]
            return marked if len(marked) >= count else []

        return wait_until(shown, DEADLINE_S, f"{count} notices")


def house_of(folder: Path, wanted: NotifySettings) -> Iterator[House]:
    store = open_store(folder)
    clock = SystemClock()
    writer = Writer(store, clock)
    announcer = Announcer(Settings(notify=wanted), writer, clock, translator("en"))
    yield House(store, writer, announcer)
    announcer.stop()
    writer.stop()
    store.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    yield from house_of(tmp_path / "data", NotifySettings())


@pytest.fixture
def chinese(tmp_path: Path) -> Iterator[House]:
    yield from house_of(tmp_path / "data", NotifySettings(language="zh"))


@pytest.fixture
def server(bus: str) -> Iterator[NotificationServer]:
    made = NotificationServer(bus)
    yield made
    made.stop()


def nth(server: NotificationServer, count: int) -> Shown:
    wait_until(lambda: len(server.shown) >= count, DEADLINE_S, f"{count} notices")
    return server.shown[count - 1]


def test_a_loss_and_its_end_are_one_notice_each_and_the_second_takes_the_firsts_place(
    house: House, server: NotificationServer
) -> None:
    lost = house.lose(30)
    [told] = house.settled(1)
    assert (told.kind, told.cause, told.fix) == (
        NoticeKind.LOST,
        CauseCode.GATEWAY,
        FixCode.CHECK_NETWORK,
    )
    house.consider(lost)
    house.end(lost)
    assert house.settled(2)[1].kind is NoticeKind.RESTORED
    assert nth(server, 2).replaces == nth(server, 1).number
    house.end(lost)
    assert house.kinds() == [(k, Delivery.SENT) for k in (NoticeKind.LOST, NoticeKind.RESTORED)]


def test_why_shows_the_evidence(house: House, server: NotificationServer) -> None:
    lost = house.lose()
    server.press(nth(server, 1), "Why?")
    shown = nth(server, 2)
    assert shown.title == "工行数字钱包: why it disconnected"
    assert "walletwatch explain " + str(lost.id) in shown.body
    assert "Less likely: " in shown.body
    assert shown.labels == ["That's wrong"]
    assert house.settled(2)[1].kind is NoticeKind.WHY


def test_thats_wrong_is_stored_and_the_answer_too(house: House, server: NotificationServer) -> None:
    lost = house.lose()
    assert lost.id is not None
    server.press(nth(server, 1), "That's wrong")
    asked = nth(server, 2)
    assert asked.title == "工行数字钱包: what was it, then?"
    assert len(asked.labels) == 3
    denied = house.store.disconnect(lost.id)
    assert denied is not None
    assert (denied.denied, denied.confirmed) == (CauseCode.GATEWAY, None)
    server.press(asked, asked.labels[0])
    assert nth(server, 3).title == "Thank you"
    confirmed = house.store.disconnect(lost.id)
    assert confirmed is not None
    assert (confirmed.denied, confirmed.confirmed) == (None, CauseCode.ISP)
    assert nth(server, 3).actions == ()


def test_the_next_rung_is_shown_when_the_cause_returns(
    house: House, server: NotificationServer
) -> None:
    yesterday = house.now_ms - 86_400_000
    before = Notice(NoticeKind.LOST, yesterday, "", "", delivery=Delivery.SENT)
    house.store.add_notice(replace(before, cause=CauseCode.GATEWAY, fix=FixCode.CHECK_NETWORK))
    house.store.add_notice(replace(before, cause=CauseCode.GATEWAY, fix=FixCode.STRONGER_SIGNAL))
    house.lose()
    assert house.settled(3)[-1].fix is FixCode.CONTACT_BANK
    assert len(nth(server, 1).body.splitlines()) == 3  # never without the warning


def test_a_snooze_silences_everything_and_is_summed_up(
    house: House, server: NotificationServer
) -> None:
    def snooze(until_ms: int) -> None:
        text = snooze_text(Stretch(house.now_ms - 60_000, until_ms))
        house.writer.call(lambda store: store.set_meta(SNOOZE_KEY, text)).result(DEADLINE_S)

    snooze(house.now_ms + 60_000)
    lost = house.lose(30)
    care = Notice(NoticeKind.CARE, house.now_ms, "Care", "A reminder.", subject="care.password")
    house.tell(care)
    assert house.kinds() == []
    snooze(house.now_ms - 1)
    house.consider(lost)
    house.tell(care)
    assert [n.kind for n in house.settled(2)] == [NoticeKind.SUMMARY, NoticeKind.CARE]
    assert "still disconnected" in nth(server, 1).body
    house.end(lost)
    assert house.settled(3)[-1].kind is NoticeKind.RESTORED


def test_quiet_hours_and_switched_off_notices_store_nothing(
    tmp_path: Path, server: NotificationServer
) -> None:
    for folder, wanted in (
        ("quiet", NotifySettings(quiet_hours="00:00-23:59")),
        ("off", NotifySettings(enabled=False)),
    ):
        for house in house_of(tmp_path / folder, wanted):
            house.lose()
            house.tell(Notice(NoticeKind.CARE, house.now_ms, "Care", ""))
            assert house.kinds() == []
    assert server.shown == []


def test_of_what_was_left_by_the_last_run_only_the_newest_news_is_shown(
    house: House, server: NotificationServer
) -> None:
    now_ms = house.now_ms
    ids = [
        house.store.insert_disconnect(Disconnect("icbc", "session", n, n + 1, How.RESET)).id
        for n in range(3)
    ]
    lost = Notice(NoticeKind.LOST, now_ms - 60_000, "lost", "", ids[0])
    for left in (
        replace(lost, created_at_ms=now_ms - 86_400_000, disconnect_id=ids[1]),
        lost,
        replace(lost, kind=NoticeKind.RESTORED, title="restored"),
        replace(lost, kind=NoticeKind.WHY, disconnect_id=ids[2]),
    ):
        house.store.add_notice(left)
    house.writer.call(house.announcer.resume).result(DEADLINE_S)
    assert [n.delivery for n in house.settled(4)] == [
        Delivery.FAILED,
        Delivery.FAILED,
        Delivery.SENT,
        Delivery.FAILED,
    ]
    assert [shown.title for shown in server.shown] == ["restored"]


def test_chinese_notices_on_a_real_screen(chinese: House, screen: Screen, tmp_path: Path) -> None:
    """The pictures are kept with what the test leaves behind."""
    chinese.lose()
    chinese.settled(1)
    labels = [translator("zh").text(label) for label in ("Why?", "That's wrong")]
    for count, name in enumerate(("lost", "why", "ask"), start=1):
        chinese.settled(count)
        screen.keep_when_drawn(tmp_path / f"{name}.png")
        if count <= len(labels):
            screen.press(labels[count - 1])
    assert [n.kind for n in chinese.store.notices()] == [
        NoticeKind.LOST,
        NoticeKind.WHY,
        NoticeKind.ASK,
    ]
