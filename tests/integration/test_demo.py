"""`walletwatch demo` as a user runs it: what it stores, tells and says of itself."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor import weekly
from monitor.clock import SystemClock
from monitor.demo.make import demo_settings
from monitor.demo.samples import WALLET
from monitor.demo.story import Story, story
from monitor.model import CauseCode, FactorVerdict, FixCode, HelpVerdict
from monitor.report.interface import WeekSummary
from monitor.store.sqlite import Store, open_store
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
NEAR_MS = 60_000
CPU_LIMIT_S = 20.0
"""Three times what it takes: the machine that runs the tests has other work as well."""


def walletwatch(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "share"),
        "TMPDIR": str(folder),
        "PYTHONUTF8": "1",
        "WALLETWATCH_LANG": "en",
    }
    env.pop("WALLETWATCH_DATA_DIR", None)
    command = [sys.executable, "-m", "monitor", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", timeout=110
    )


@dataclass(frozen=True)
class Made:
    told: dict[str, Any]
    folder: Path
    cpu_s: float


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("demo")
    before = os.times()
    ran = walletwatch(folder, "demo", "--no-open", "--json")
    after = os.times()
    assert ran.returncode == 0, ran.stderr
    cpu_s = after.children_user + after.children_system
    cpu_s -= before.children_user + before.children_system
    return Made(json.loads(ran.stdout), folder, cpu_s)


def data_dir(made: Made) -> Path:
    return Path(made.told["data_dir"])


def opened(made: Made) -> Store:
    return open_store(data_dir(made), readonly=True)


def month(store: Store) -> Story:
    """Return the story of that month; it ends a little before now, in the same week."""
    span = store.span()
    assert span is not None
    return story(span[1])


def weeks(made: Made) -> list[WeekSummary]:
    store = opened(made)
    try:
        now_ms = SystemClock().wall_ms()
        return [weekly.summary(store, w, demo_settings(), now_ms) for w in month(store).weeks]
    finally:
        store.close()


def test_it_is_quick_and_lies_where_it_says(made: Made) -> None:
    assert made.cpu_s < CPU_LIMIT_S
    assert made.told["demo"] is True
    assert data_dir(made).parent == made.folder
    assert Path(made.told["report"]).is_file()


def test_what_is_told_is_what_happened(made: Made) -> None:
    store = opened(made)
    try:
        found = [d for d in store.disconnects() if d.wallet == WALLET]
        verdicts = store.diagnoses([d.id for d in found if d.id is not None])
        drops = month(store).drops
    finally:
        store.close()
    right = 0
    for drop in drops:
        (same,) = (d for d in found if abs(d.started_at_ms - drop.at_ms) < NEAR_MS)
        assert same.id is not None
        right += verdicts[same.id].best.cause is drop.cause
    assert len(found) == len(drops)
    assert right >= 0.9 * len(drops)


def test_the_change_that_was_recommended_helped(made: Made) -> None:
    first, second, third, last = weeks(made)
    for week in (first, second, third):
        assert week.action is not None
        assert week.action.cause is CauseCode.BATTERY_SAVER
        assert week.action.fix is FixCode.REVIEW_SETTINGS
    assert last.totals.count < min(w.totals.count for w in (first, second, third))
    (check,) = last.fix_checks
    assert (check.fix, check.verdict) == (FixCode.REVIEW_SETTINGS, HelpVerdict.HELPED)
    assert check.after_count == 0


def test_the_patterns_are_those_of_the_story(made: Made) -> None:
    summaries = weeks(made)
    raised = [
        {f.key for f in week.factors if f.verdict is FactorVerdict.RAISES} for week in summaries
    ]
    assert all("power.battery_saver" in keys for keys in raised[:3])
    assert raised[3] == {"wifi.weak_signal"}
    last = summaries[3]
    assert last.action is not None
    assert last.action.cause is CauseCode.WEAK_SIGNAL
    assert last.heat
    assert {cell.hour for cell in last.heat if cell.count} == {10, 18}


def test_every_page_says_that_it_is_a_demo(made: Made) -> None:
    here = ("--data-dir", str(data_dir(made)))
    number = str(max(d["id"] for d in disconnects(made)))
    for command in (("explain", number), ("status",), ("disconnects",)):
        told = walletwatch(made.folder, *here, *command)
        assert told.returncode == 0, told.stderr
        assert told.stdout.startswith("Demo:"), command
    page = Path(made.told["report"]).read_text(encoding="utf-8")
    assert "Demo: all data on this page are synthetic." in page


def disconnects(made: Made) -> list[dict[str, Any]]:
    listed = walletwatch(made.folder, "--data-dir", str(data_dir(made)), "disconnects", "--json")
    return [json.loads(line) for line in listed.stdout.splitlines()]


def test_a_folder_that_holds_data_is_left_alone(made: Made) -> None:
    before = (data_dir(made) / "walletwatch.db").read_bytes()
    for where in (
        ("--data-dir", str(data_dir(made)), "demo"),
        ("demo", "--keep", str(data_dir(made))),
    ):
        ran = walletwatch(made.folder, *where, "--no-open")
        assert ran.returncode == 2
        assert "holds data already" in ran.stderr
    assert (data_dir(made) / "walletwatch.db").read_bytes() == before


def test_a_file_in_the_way_is_told_without_another_options_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        run = walletwatch(tmp_path, "demo", "--no-open", "--keep", str(folder))
        told = f"{folder} is no folder, or lies below a file; name another"
        assert (run.returncode, run.stderr) == (2, f"walletwatch: {told}\n")


def test_its_control_is_named_as_everywhere_and_told_how_to_list(made: Made) -> None:
    here = ("--data-dir", str(data_dir(made)))
    listed = walletwatch(made.folder, *here, "disconnects").stdout
    assert listed.endswith("are not listed; --wallet NAME shows them: alipay\n")
    week = made.told["week"]
    assert "支付宝 (control): " in walletwatch(made.folder, *here, "report", "--week", week).stdout
    assert "Nobody has watched here" in walletwatch(made.folder, *here, "status").stdout


def test_the_users_own_data_are_never_touched(made: Made) -> None:
    assert not (made.folder / "share").exists()


BROKEN_OFF = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[0] = "walletwatch"
from monitor.__main__ import main
main()
"""
"""Whoever runs the tests in the background has Ctrl-C ignored, and so would the demo."""


@pytest.mark.parametrize("is_there", [True, False])
def test_ctrl_c_leaves_what_was_there_and_nothing_else(tmp_path: Path, is_there: bool) -> None:
    folder = tmp_path / "new" / "demo"
    if is_there:
        (folder / "reports").mkdir(parents=True)
        (folder / "reports" / "mine.html").write_text("mine")
        (folder / "notes.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    options = ("demo", "--no-open", "--keep", str(folder))
    child = subprocess.Popen(
        [sys.executable, "-c", BROKEN_OFF, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: (folder / "walletwatch.db").exists())
    child.send_signal(signal.SIGINT)
    said, complained = child.communicate(timeout=60)
    assert (child.returncode, said) == (130, b"")
    assert b"Traceback" not in complained
    assert sorted(tmp_path.rglob("*")) == before
