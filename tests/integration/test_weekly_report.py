"""A week from a real store, and the daemon's job that has its page written once and tells of it."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import weekly
from monitor.config.settings import NotifySettings, ReportSettings, Settings, WalletSettings
from monitor.correlate.engine import scene_of
from monitor.correlate.factors.registry import FACTORS
from monitor.correlate.interface import WatchedWeek
from monitor.daemon.own_use import CPU_KEY, RSS_KEY, WRITTEN_KEY, own_use
from monitor.daemon.weekly import MADE_KEY, MOST_TRIES, RETRY_MS, WeeklyReport, command_of
from monitor.locale import translator
from monitor.model import (
    CauseCode,
    Diagnosis,
    Disconnect,
    Finding,
    FixCode,
    FixMark,
    How,
    Leg,
    Notice,
    NoticeKind,
    Outcome,
    ProbeKind,
    Role,
    Sample,
    StateChange,
    Target,
)
from monitor.report.weeks import parse_week
from monitor.store.sqlite import Store, open_store
from monitor.weekly import cost
from monitor.weekly.close_ups import MOST
from monitor.weekly.patterns import STATE_KEYS
from tests.clocks import HandClock
from tests.waiting import wait_until

UTC_ZONE = ZoneInfo("UTC")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WEEK = parse_week("2026-W47", 0, UTC_ZONE)
EIGHT_MS = WEEK.until_ms + 8 * HOUR_MS
BANK = Target("icbc", Role.WALLET, ProbeKind.TCP, wallet="icbc")
SETTINGS = Settings(
    wallets={
        "icbc": WalletSettings(title="工行数字钱包", hosts=("127.0.0.1:9",)),
        "alipay": WalletSettings(role="control", hosts=("127.0.0.1:9",)),
    }
)
DEADLINE_S = 60.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        yield opened


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def at(day: float, hour: float = 0.0) -> int:
    return WEEK.since_ms + round(day * DAY_MS + hour * HOUR_MS)


def watched(store: Store, days: int = 7, drops: int = 5) -> None:
    """Fill a week: samples every ten minutes, a drop each evening with the saver on."""
    every = range(at(0), at(days), 600_000)
    store.add_records([Sample(ms, BANK, Outcome.REPLY, 30.0) for ms in every])
    store.add_records([StateChange(at(0), "power.battery_saver", False)])
    for day in range(days):
        store.add_records(
            [
                StateChange(at(day, 19), "power.battery_saver", True),
                StateChange(at(day, 22), "power.battery_saver", False),
            ]
        )
    for day in range(drops):
        drop = Disconnect("icbc", "session", at(day, 20), at(day, 20.1), How.RESET)
        kept = store.insert_disconnect(drop)
        finding = Finding(CauseCode.BATTERY_SAVER, 0.8, fixes=(FixCode.REVIEW_SETTINGS,))
        assert kept.id is not None
        store.save_diagnosis(kept.id, Diagnosis((finding,), "1", at(day, 21)))


def test_a_week_from_the_store(store: Store) -> None:
    watched(store)
    for at_ms, cpu_s, written in ((0.0, 1.0, 2.0), (1 / 6, 4.0, 3.0), (2 / 6, 0.5, 0.0)):
        store.add_records(
            [
                StateChange(at(3, at_ms), CPU_KEY, cpu_s),
                StateChange(at(3, at_ms), WRITTEN_KEY, written),
                StateChange(at(3, at_ms), RSS_KEY, 50.0 + cpu_s),
            ]
        )
    store.add_fix_mark(FixMark(at(4), FixCode.REVIEW_SETTINGS, is_told=True))
    store.insert_disconnect(Disconnect("alipay", "session", at(2), at(2, 1), How.RESET))
    found = weekly.facts(store, WEEK, SETTINGS, EIGHT_MS)
    assert len(found.disconnects) == 6
    assert found.controls == {"alipay"}
    [leg] = found.legs
    assert (leg.leg, leg.step_ms, len(leg.columns)) == (Leg.WALLET, 900_000, 672)
    assert len(found.close_ups) == 5
    assert all(len(one.dots) == 1 for one in found.close_ups.values())
    assert found.factors
    [check] = found.fix_checks
    assert (check.fix, check.cause) == (FixCode.REVIEW_SETTINGS, CauseCode.BATTERY_SAVER)
    assert (check.before_count, check.after_count) == (4, 1)
    assert found.care is not None
    assert found.cost is not None
    assert found.cost.cpu_ratio == pytest.approx(3.0 / 600)
    assert (found.cost.rss_mib, found.cost.written_mib) == (54.0, 1.0)
    assert weekly.summary(store, WEEK, SETTINGS, EIGHT_MS).totals.count == 5


def test_ten_thousand_disconnects_in_a_week(store: Store) -> None:
    drops = [
        Disconnect("icbc", "session", at(0) + n * 60_000, at(0) + n * 60_000 + 5_000, How.RESET)
        for n in range(10_000)
    ]
    store.insert_new_disconnects(drops)
    watched(store, drops=0)
    found = weekly.facts(store, WEEK, SETTINGS, EIGHT_MS)
    assert len(found.disconnects) == 10_000
    assert len(found.close_ups) == MOST


def test_an_empty_store_and_an_unobserved_week(store: Store) -> None:
    assert weekly.summary(store, WEEK, SETTINGS, EIGHT_MS).observed_ms == 0
    store.add_records([Sample(at(20), BANK, Outcome.REPLY, 30.0)])
    found = weekly.summary(store, WEEK, SETTINGS, at(21))
    assert (found.observed_ms, found.totals.count, found.legs, found.factors) == (0, 0, (), ())


def test_the_states_that_are_read_are_those_that_the_factors_look_at() -> None:
    asked: set[str] = set()

    class Asked(dict[str, list[StateChange]]):
        def get(self, key: str, default: object = None) -> list[StateChange]:
            asked.add(key)
            return []

    scene = replace(scene_of(WatchedWeek(at(0), at(7))), changes=Asked())
    for source in FACTORS:
        source(scene)
    assert asked == STATE_KEYS


def test_the_daemon_notes_what_the_report_reads() -> None:
    assert (CPU_KEY, RSS_KEY, WRITTEN_KEY) == (cost.CPU_KEY, cost.RSS_KEY, cost.WRITTEN_KEY)
    noted = own_use()
    assert isinstance(noted[CPU_KEY], float)
    if sys.platform.startswith("linux"):
        rss_mib = noted[RSS_KEY]
        assert isinstance(rss_mib, float)
        assert 5 < rss_mib < 2000


@dataclass
class Desk:
    """The daemon around the job: its writer's queue, and a desktop that may be quiet."""

    store: Store
    clock: HandClock
    is_quiet: bool = False
    tasks: list[Callable[[Store], None]] = field(default_factory=list)

    def tell(self, store: Store, notice: Notice) -> None:
        if not self.is_quiet:
            store.add_notice(notice)

    def job(self, command: list[str], settings: Settings = SETTINGS) -> WeeklyReport:
        tr = translator("en")
        return WeeklyReport(
            settings, self.clock, tr, command, self.tell, self.tasks.append, UTC_ZONE
        )

    def run(self, job: WeeklyReport) -> None:
        """Look, and do what the process that was started hands over."""
        job.look(self.store)
        if job.is_writing:
            wait_until(lambda: bool(self.tasks), DEADLINE_S, "the report's process")
            self.tasks.pop(0)(self.store)

    def told(self) -> list[Notice]:
        return [n for n in self.store.notices() if n.kind is NoticeKind.REPORT]


def saying(line: object, code: int = 0) -> list[str]:
    """A process that says a line and counts its runs in a file beside."""
    text = line if isinstance(line, str) else json.dumps(line)
    return [sys.executable, "-c", f"import sys; print({text!r}); sys.exit({code})"]


def written(week: str = WEEK.name) -> dict[str, object]:
    return {"week": week, "is_written": True, "body": "5 disconnects", "cause": None, "fix": None}


def test_the_page_is_written_once_and_told_once(store: Store, tmp_path: Path) -> None:
    watched(store)
    desk = Desk(store, HandClock(EIGHT_MS))
    command = command_of(tmp_path, None, "en")
    desk.run(desk.job(command))
    page = tmp_path / "reports" / "2026-W47.html"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    if os.name == "posix":
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert list(page.parent.iterdir()) == [page]
    [notice] = desk.told()
    assert notice.subject == "2026-W47"
    assert notice.body.startswith("5 disconnects; mostly: Battery saver may be the reason\n")
    assert (notice.cause, notice.fix) == (CauseCode.BATTERY_SAVER, FixCode.REVIEW_SETTINGS)
    before = page.stat().st_mtime_ns
    for restarted in (desk.job(command), desk.job(command)):
        for _ in range(3):
            desk.clock.now_ms += HOUR_MS
            desk.run(restarted)
    assert (len(desk.told()), page.stat().st_mtime_ns) == (1, before)


def test_not_before_its_time_and_only_the_last_week(store: Store) -> None:
    watched(store)
    desk = Desk(store, HandClock(EIGHT_MS - 1))
    job = desk.job(saying(written()))
    desk.run(job)
    assert desk.told() == []  # the week before was not observed
    desk.clock.now_ms = EIGHT_MS + 15 * DAY_MS
    desk.run(desk.job(saying(written("2026-W49"))))
    assert [notice.subject for notice in desk.told()] == ["2026-W49"]


def test_in_a_quiet_time_it_is_written_and_told_after_it(store: Store) -> None:
    watched(store)
    desk = Desk(store, HandClock(EIGHT_MS), is_quiet=True)
    job = desk.job(saying(written()))
    desk.run(job)
    assert desk.told() == []
    assert json.loads(store.meta(MADE_KEY) or "") == written()
    desk.is_quiet = False
    desk.run(desk.job([str(Path("no", "such", "program"))]))  # a restart: nothing is written again
    assert len(desk.told()) == 1


def test_a_crash_is_logged_once_and_tried_three_times(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    watched(store)
    desk = Desk(store, HandClock(EIGHT_MS))
    job = desk.job(saying("half a lin", code=1))
    for _ in range(5):
        desk.run(job)
        desk.run(job)  # within the hour: not again
        desk.clock.now_ms += RETRY_MS
    assert job.tries == MOST_TRIES
    assert [r.levelname for r in caplog.records].count("ERROR") == 1
    assert desk.told() == []


def test_a_program_that_is_not_there_is_a_failure(store: Store) -> None:
    watched(store)
    desk = Desk(store, HandClock(EIGHT_MS))
    job = desk.job(["/no/such/program"])
    desk.run(job)
    assert (job.tries, job.is_writing) == (1, False)


@pytest.mark.parametrize(
    "settings",
    [
        replace(SETTINGS, report=ReportSettings(enabled=False)),
        replace(SETTINGS, report=ReportSettings(at="09:30")),
    ],
    ids=["switched off", "later in the morning"],
)
def test_settings(store: Store, settings: Settings) -> None:
    watched(store)
    desk = Desk(store, HandClock(EIGHT_MS))
    desk.run(desk.job(saying(written()), settings))
    assert desk.told() == []
    assert store.meta(MADE_KEY) is None


def test_without_notices_it_is_written_all_the_same(store: Store) -> None:
    watched(store)
    desk = Desk(store, HandClock(EIGHT_MS))
    job = desk.job(saying(written()), replace(SETTINGS, notify=NotifySettings(enabled=False)))
    desk.run(job)
    desk.run(job)
    assert desk.told() == []
    assert job.tries == 1


def test_a_new_installation_has_nothing_to_report(store: Store) -> None:
    store.add_records([Sample(EIGHT_MS, BANK, Outcome.REPLY, 30.0)])
    desk = Desk(store, HandClock(EIGHT_MS))
    job = desk.job(["/no/such/program"])
    assert job.may_be_due()
    desk.run(job)
    assert job.tries == 0
    # the store is not asked again each minute: that would end each batch of samples early
    assert not job.may_be_due()


def test_a_fix_that_is_seen_is_marked_and_compared(store: Store, tmp_path: Path) -> None:
    """Recommended in a notice on Tuesday, the saver of the evenings before stays off."""
    every = range(at(-21), at(7), 3_600_000)
    store.add_records([Sample(ms, BANK, Outcome.REPLY, 30.0) for ms in every])
    store.add_records([StateChange(at(-21), "power.battery_saver", False)])
    for day in range(-14, 2):
        store.add_records(
            [
                StateChange(at(day, 19), "power.battery_saver", True),
                StateChange(at(day, 22), "power.battery_saver", False),
            ]
        )
    told = Notice(NoticeKind.LOST, at(1), "t", "b", fix=FixCode.REVIEW_SETTINGS)
    store.add_notice(replace(told, cause=CauseCode.BATTERY_SAVER))
    done = subprocess.run(
        [*command_of(tmp_path, None, "en"), "2026-W47"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [mark] = store.fix_marks()
    assert (mark.at_ms, mark.fix, mark.is_told) == (at(1, 22), FixCode.REVIEW_SETTINGS, False)
    [check] = weekly.facts(store, WEEK, SETTINGS, EIGHT_MS).fix_checks
    assert (check.cause, check.is_told) == (CauseCode.BATTERY_SAVER, False)
