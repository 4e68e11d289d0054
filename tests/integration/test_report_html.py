"""The weekly page in a real Chromium: at phone and desk width, light and dark, by keyboard.

Needs Chromium, Node, and the packages axe-core and playwright-core in `build/browser`
(`npm install --prefix build/browser axe-core playwright-core`). With REQUIRE_BROWSER=1 nothing is
skipped: what is missing fails.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from monitor.locale import translator
from monitor.phrases import ReportWords
from monitor.report import html
from tests.unit.report import sample_week

ROOT = Path(__file__).resolve().parents[2]
MODULES = Path(os.environ.get("BROWSER_MODULES", ROOT / "build" / "browser"))
LONGEST_S = 110


def _missing() -> str:
    """What the browser tests lack; "" for nothing."""
    if _chromium() is None:
        return "no Chromium"
    if shutil.which("node") is None:
        return "no Node"
    for package in ("axe-core", "playwright-core"):
        if not (MODULES / "node_modules" / package).is_dir():
            return f"no {package} in {MODULES}"
    return ""


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser says of the pages."""
    missing = _missing()
    if missing and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"{missing}, and REQUIRE_BROWSER=1")
    if missing:
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("pages")
    summaries = {
        "busy-en": sample_week.busy(is_demo=True),
        "busy-zh": sample_week.busy(),
        "hostile-en": sample_week.busy(sample_week.HOSTILE, sample_week.HOSTILE),
        "healthy-en": sample_week.healthy(),
        "huge-en": sample_week.huge(),
    }
    files = []
    for name, summary in summaries.items():
        words = ReportWords(translator(name.rpartition("-")[2]))
        file = folder / f"{name}.html"
        file.write_text(html.render(summary, words), encoding="utf-8")
        files.append(str(file))
    script = Path(__file__).with_name("browser.mjs")
    done = subprocess.run(
        ["node", str(script), str(_chromium()), str(MODULES), *files],
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_no_page_is_objected_to(seen: dict[str, Any]) -> None:
    for check in seen["checks"]:
        assert check["violations"] == [], check["file"]
        assert check["said"] == [], check["file"]


def test_no_page_asks_for_anything_but_itself(seen: dict[str, Any]) -> None:
    for check in seen["checks"]:
        assert check["requests"] == [Path(check["file"]).as_uri()]


def test_no_page_is_wider_than_its_window(seen: dict[str, Any]) -> None:
    assert {check["width"] for check in seen["checks"]} == {360, 1280}
    for check in seen["checks"]:
        assert check["wide"] <= check["width"], check["file"]
        assert check["wideOpen"] <= check["width"], check["file"]


def test_the_keyboard_and_the_pointer_read_the_pictures_out(seen: dict[str, Any]) -> None:
    told = seen["handled"]
    assert told["day"] == "Mon 16, 21:12:04: lost for 6 min 24 s"
    assert told["hour"].startswith("Mon 16 12:00: ") and " ms · " in told["hour"]
    assert told["pointed"] and told["pointed"] != told["hour"]
    assert told["said"] == []


def test_a_day_can_be_looked_at_closely(seen: dict[str, Any]) -> None:
    left, width = seen["handled"]["box"]
    assert left == pytest.approx(720 / 7, abs=0.1) and width == pytest.approx(720 / 7, abs=0.1)
    assert seen["handled"]["pressed"] == ["Tue"]


def test_without_its_script_all_can_be_read(seen: dict[str, Any]) -> None:
    text = seen["withoutScript"]["text"]
    for part in ("7 disconnects, 41 min 48 s lost.", "One change that would help most"):
        assert part in text
    assert "Demo: all data on this page are synthetic." in text
    assert "Mon 16" in seen["withoutScript"]["rows"]
